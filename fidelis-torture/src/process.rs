//! Running a worker, listening to it, and ending it.

use std::{
    fmt,
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::{Answer, History, Line, Task};

/// How long a worker may say nothing, or be without success where success is waited for, before it counts as stuck.
const SILENCE: Duration = Duration::from_secs(180);

/// A worker in a process of its own; killed when it is dropped.
pub struct Worker {
    child: Child,
    lines: Receiver<Line>,
    errors: Option<thread::JoinHandle<String>>,
    /// The last notes, for people.
    notes: Vec<String>,
}

/// When to stop listening.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// The store is open.
    Ready,
    /// So many commits were answered with success since listening began.
    Done(usize),
    /// So much time has gone by.
    Elapsed(Duration),
    /// The process has ended.
    Ended,
}

impl Worker {
    /// Starts the program of this crate, at `program`, with a task and additions to its environment.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(program: &Path, task: &Task, environment: &[(&str, String)]) -> Self {
        let text = serde_json::to_string(task).expect("a task can be written as JSON");
        let mut command = Command::new(program);
        command.arg(text).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start `{}`: {error}", program.display()));
        let stdout = child.stdout.take().expect("it was asked for");
        let mut stderr = child.stderr.take().expect("it was asked for");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // What is no line is the end of what a killed process was saying.
                if line.parse().is_ok_and(|line| sender.send(line).is_err()) {
                    return;
                }
            }
        });
        let errors = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Worker { child, lines, errors: Some(errors), notes: Vec::new() }
    }

    /// Listens, and tells the history; `false` when the worker has ended first.
    ///
    /// # Panics
    /// When the worker is stuck.
    pub fn listen(&mut self, history: &mut History, until: Until) -> bool {
        self.listen_with(history, until, |_| ())
    }

    fn listen_with(&mut self, history: &mut History, until: Until, mut hear: impl FnMut(&Line)) -> bool {
        let begin = Instant::now();
        let mut done = 0;
        let mut last_done = begin;
        loop {
            let waits_for_done = matches!(until, Until::Done(_));
            assert!(!waits_for_done || last_done.elapsed() < SILENCE, "nothing was done for {SILENCE:?}; the last words: {self}");
            let patience = match until {
                Until::Elapsed(time) => time.saturating_sub(begin.elapsed()),
                _ => SILENCE,
            };
            match self.lines.recv_timeout(patience) {
                Ok(line) => {
                    hear(&line);
                    self.take(&line, history);
                    if matches!(line, Line::Answered(_, Answer::Done)) {
                        done += 1;
                        last_done = Instant::now();
                    }
                    match until {
                        Until::Ready if line == Line::Ready => return true,
                        Until::Done(count) if done >= count => return true,
                        Until::Elapsed(time) if begin.elapsed() >= time => return true,
                        _ => {}
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return matches!(until, Until::Ended),
                Err(RecvTimeoutError::Timeout) if matches!(until, Until::Elapsed(_)) => return true,
                Err(RecvTimeoutError::Timeout) => panic!("a worker has said nothing for {SILENCE:?}; its last words: {self}"),
            }
        }
    }

    fn take(&mut self, line: &Line, history: &mut History) {
        history.add(line);
        if let Line::Note(note) = line {
            self.notes.push(note.clone());
        }
    }

    /// Kills it at once and listens to what it had still said.
    pub fn kill(mut self, history: &mut History) -> Ended {
        let _ = self.child.kill();
        self.end(history)
    }

    /// Waits until it ends by itself.
    pub fn end(self, history: &mut History) -> Ended {
        self.end_with(history, |_| ())
    }

    /// Waits until it ends by itself, and hears each line.
    pub fn end_with(mut self, history: &mut History, hear: impl FnMut(&Line)) -> Ended {
        self.listen_with(history, Until::Ended, hear);
        let status = self.child.wait().ok();
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        Ended {
            success: status.is_some_and(|status| status.success()),
            signal: status.and_then(|status| status.signal()),
            notes: std::mem::take(&mut self.notes),
            errors,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its last notes.
impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notes.iter().rev().take(10).try_for_each(|note| writeln!(f, "{note}"))
    }
}

/// How a worker ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it ended by itself, and said that all was well.
    pub success: bool,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// What it noted.
    pub notes: Vec<String>,
    /// What it printed to its standard error.
    pub errors: String,
}
