//! Readers that follow the log: one on a thread of this process, one in a process of its own.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use fidelis::{Reader, Records, Store};
use load::Fault;

use super::{domain::Counted, now};

pub(super) struct Followers {
    here: mpsc::Receiver<u64>,
    elsewhere: mpsc::Receiver<u64>,
    _process: Process,
}

/// Ended with the measurement.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It has done its work; if it is gone already, so much the better.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Followers {
    pub(super) fn start(url: &str, store: &Arc<dyn Store>) -> Result<Self, Fault> {
        let (sender, here) = mpsc::channel();
        let store = Arc::clone(store);
        thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || fidelis::block_on(each(store, |seen| sender.send(seen).is_ok())))?;
        let mut process = Command::new(env::current_exe()?).args(["follow", url]).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or_else(|| Fault("the other process cannot be listened to".to_owned()))?;
        let mut lines = BufReader::new(out);
        let mut first = String::new();
        lines.read_line(&mut first)?;
        let (sender, elsewhere) = mpsc::channel();
        thread::Builder::new().name("listener".to_owned()).spawn(move || listen(lines, &sender))?;
        Ok(Followers { here, elsewhere, _process: Process(process) })
    }

    /// When each of the commits was seen, by the one here and by the other.
    pub(super) fn seen(&self, commits: usize) -> Result<(Vec<u64>, Vec<u64>), Fault> {
        let all = |seen: &mpsc::Receiver<u64>| -> Result<Vec<u64>, Fault> {
            (0..commits).map(|_| Ok(seen.recv_timeout(Duration::from_secs(10))?)).collect()
        };
        Ok((all(&self.here)?, all(&self.elsewhere)?))
    }
}

fn listen(lines: BufReader<ChildStdout>, sender: &mpsc::Sender<u64>) {
    for seen in lines.lines().map_while(Result::ok).filter_map(|line| line.parse().ok()) {
        if sender.send(seen).is_err() {
            return;
        }
    }
}

/// What the other process does: prints when it saw each commit.
pub(crate) async fn follow(url: &str) -> Result<(), Fault> {
    let store = fidelis::open(url).await?;
    let mut out = std::io::stdout();
    writeln!(out, "ready")?;
    each(store, |seen| writeln!(out, "{seen}").is_ok()).await
}

async fn each(store: Arc<dyn Store>, mut see: impl FnMut(u64) -> bool) -> Result<(), Fault> {
    let mut reader = Reader::new(store, Records::Category("latency::counter".into())).follow();
    while let Some(record) = reader.next().await? {
        record.decode::<Counted>()?;
        if !see(now()) {
            return Ok(());
        }
    }
    Ok(())
}
