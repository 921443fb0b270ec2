//! What callers were told, as a log of lines that a worker prints and whoever runs it reads.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::Key;

/// One line of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The store is open and its tables are ready.
    Ready,
    /// A caller is about to make this commit.
    Calls(Key),
    /// It was answered.
    Answered(Key, Answer),
    /// What a caller was told, word for word.
    Told(Key, String),
    /// Something of this name has happened, which is counted.
    Counted(String),
    /// Everything there was to do is done.
    Finished,
    /// Something else a person should see.
    Note(String),
}

/// What a caller was told about a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It happened, now or when it was tried before.
    Done,
    /// Its version was not the expected one: nothing happened.
    Conflict,
    /// Nothing happened, for another reason.
    Failed,
    /// Nobody can tell.
    Unknown,
}

impl Answer {
    /// The word for it, in lines and in the tables of an oracle.
    pub fn as_str(self) -> &'static str {
        match self {
            Answer::Done => "done",
            Answer::Conflict => "conflict",
            Answer::Failed => "failed",
            Answer::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Ready => f.write_str("ready"),
            Line::Calls(key) => write!(f, "calls {key}"),
            Line::Answered(key, answer) => write!(f, "{} {key}", answer.as_str()),
            Line::Told(key, text) => write!(f, "told {key} {}", text.replace('\n', " ")),
            Line::Counted(name) => write!(f, "counted {name}"),
            Line::Finished => f.write_str("finished"),
            Line::Note(text) => write!(f, "note {}", text.replace('\n', " ")),
        }
    }
}

/// A line that no worker prints whole: what a killed one was in the middle of, or something else's output.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{0}` is no line of a worker")]
pub struct NoLine(String);

impl FromStr for Line {
    type Err = NoLine;

    fn from_str(line: &str) -> Result<Self, NoLine> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let key = || rest.parse().map_err(|_| NoLine(line.to_owned()));
        let answered = |answer| Ok(Line::Answered(key()?, answer));
        match word {
            "ready" => Ok(Line::Ready),
            "finished" => Ok(Line::Finished),
            "note" => Ok(Line::Note(rest.to_owned())),
            "told" => {
                let (key, text) = rest.split_once(' ').ok_or_else(|| NoLine(line.to_owned()))?;
                Ok(Line::Told(key.parse().map_err(|_| NoLine(line.to_owned()))?, text.to_owned()))
            }
            "counted" => Ok(Line::Counted(rest.to_owned())),
            "calls" => Ok(Line::Calls(key()?)),
            "done" => answered(Answer::Done),
            "conflict" => answered(Answer::Conflict),
            "failed" => answered(Answer::Failed),
            "unknown" => answered(Answer::Unknown),
            _ => Err(NoLine(line.to_owned())),
        }
    }
}

/// All calls, and how each of them was answered last; `None` while it is not answered.
#[derive(Clone, Debug, Default)]
pub struct History {
    calls: BTreeMap<Key, Option<Answer>>,
    told: BTreeMap<Key, String>,
    contradictions: Vec<(Key, String)>,
    counts: BTreeMap<String, u64>,
}

impl History {
    /// Takes a line in.
    pub fn add(&mut self, line: &Line) {
        match line {
            Line::Calls(key) => {
                self.calls.entry(*key).or_default();
            }
            Line::Answered(key, answer) => {
                self.calls.insert(*key, Some(*answer));
            }
            Line::Told(key, text) => match self.told.get(key) {
                Some(first) if first != text => self.contradictions.push((*key, text.clone())),
                _ => drop(self.told.insert(*key, text.clone())),
            },
            Line::Counted(name) => *self.counts.entry(name.clone()).or_default() += 1,
            Line::Ready | Line::Finished | Line::Note(_) => {}
        }
    }

    /// All calls with their answers, in the order of the keys.
    pub fn calls(&self) -> impl Iterator<Item = (Key, Option<Answer>)> {
        self.calls.iter().map(|(key, answer)| (*key, *answer))
    }

    /// What callers were told first, word for word.
    pub fn told(&self) -> &BTreeMap<Key, String> {
        &self.told
    }

    /// What callers were told that is not what was told first.
    pub fn contradictions(&self) -> &[(Key, String)] {
        &self.contradictions
    }

    /// How often something of this name was counted.
    pub fn counted(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// The calls of which nobody knows whether they happened.
    pub fn open(&self) -> Vec<Key> {
        let open = self.calls().filter(|(_, answer)| matches!(answer, None | Some(Answer::Unknown)));
        open.map(|(key, _)| key).collect()
    }

    /// How many calls were answered.
    pub fn answered(&self) -> usize {
        self.calls.values().flatten().count()
    }

    /// How many calls were answered like this.
    pub fn count(&self, answer: Answer) -> usize {
        self.calls().filter(|(_, found)| *found == Some(answer)).count()
    }
}
