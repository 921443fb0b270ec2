//! Telling two logs apart.

mod source;

use std::{fmt, io::BufRead};

use self::source::Source;
use crate::{Error, Recorded, Store};

/// How many differences are worded; the others are counted.
const WORDED: usize = 20;

/// One of two logs that are compared.
pub enum Side<'a> {
    /// The log in a store, up to its head when the comparison begins.
    Store(&'a dyn Store),
    /// An exported log.
    File(Box<dyn BufRead + Send + 'a>),
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Store(_) => "Store",
            Side::File(_) => "File",
        })
    }
}

/// What two logs have in common, and what not.
///
/// ```
/// use fidelis_core::{MemoryStore, block_on, interchange::{Comparison, Side}};
/// let (one, other) = (MemoryStore::default(), MemoryStore::default());
/// let comparison = block_on(Comparison::of(Side::Store(&one), Side::Store(&other)))?;
/// assert!(comparison.is_equal(), "{:?}", comparison.differences);
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// The records that are the same in both, at the same place.
    pub records: u64,
    /// The settlements that are the same in both.
    pub settlements: u64,
    /// What is different, in words that quote no payload: the first 20 of them.
    pub differences: Vec<String>,
    /// How many differences there are beyond these.
    pub more: u64,
}

impl Comparison {
    /// Compares the records and the settlements of two logs. Checkpoints and parked messages are not compared: they move while a
    /// domain runs.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a file that is not what it says; what a store reports.
    pub async fn of(left: Side<'_>, right: Side<'_>) -> Result<Self, Error> {
        let (mut left, mut right) = (Source::open(left).await?, Source::open(right).await?);
        let mut comparison = Comparison::default();
        loop {
            match (left.record().await?, right.record().await?) {
                (None, None) => break,
                (Some(one), Some(other)) => match differences(&one, &other) {
                    different if different.is_empty() => comparison.records += 1,
                    different => comparison.note(format!("position {}: {}", one.metadata.global_position, different.join("; "))),
                },
                (Some(only), None) => comparison.note(format!("position {} is only in the first", only.metadata.global_position)),
                (None, Some(only)) => {
                    comparison.note(format!("position {} is only in the second", only.metadata.global_position))
                }
            }
        }
        let (mut one, mut other) = (left.settlement().await?, right.settlement().await?);
        while let Some(first) = one.as_ref().into_iter().chain(&other).map(|settlement| settlement.command).min() {
            let here = one.take_if(|settlement| settlement.command == first);
            let there = other.take_if(|settlement| settlement.command == first);
            match (&here, &there) {
                (Some(here), Some(there)) if here == there => comparison.settlements += 1,
                (Some(_), Some(_)) => comparison.note(format!("command {first} was answered differently")),
                (Some(_), None) => comparison.note(format!("the answer to command {first} is only in the first")),
                (None, _) => comparison.note(format!("the answer to command {first} is only in the second")),
            }
            if here.is_some() {
                one = left.settlement().await?;
            }
            if there.is_some() {
                other = right.settlement().await?;
            }
        }
        Ok(comparison)
    }

    /// Whether nothing is different.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }

    fn note(&mut self, difference: String) {
        match self.differences.len() < WORDED {
            true => self.differences.push(difference),
            false => self.more += 1,
        }
    }
}

/// What is different between two records, by field; payloads are not quoted.
pub(super) fn differences(one: &Recorded, other: &Recorded) -> Vec<String> {
    let mut different = Vec::new();
    let (a, b) = (&one.metadata, &other.metadata);
    let mut field = |name: &str, here: &dyn fmt::Display, there: &dyn fmt::Display| {
        different.push(format!("`{name}` is `{here}` in the first and `{there}` in the second"));
    };
    if a.global_position != b.global_position {
        field("global_position", &a.global_position, &b.global_position);
    }
    if a.id != b.id {
        field("id", &a.id, &b.id);
    }
    if a.type_name != b.type_name {
        field("type", &a.type_name, &b.type_name);
    }
    if a.kind != b.kind {
        field("kind", &a.kind.as_str(), &b.kind.as_str());
    }
    if a.stream != b.stream {
        field("stream", &a.stream, &b.stream);
    }
    if a.position != b.position {
        field("position", &a.position, &b.position);
    }
    if a.time != b.time {
        field("time", &a.time, &b.time);
    }
    if a.schema_version != b.schema_version {
        field("schema_version", &a.schema_version, &b.schema_version);
    }
    if a.origin != b.origin {
        different.push("where it came from (correlation, cause, process, priority, extensions) is not the same".to_owned());
    }
    if one.payload != other.payload {
        let same = one.payload.bytes().zip(other.payload.bytes()).take_while(|(here, there)| here == there).count();
        different.push(format!("the payloads differ from byte {} on", same + 1));
    }
    different
}
