//! Whether a file holds what it says, line after line, without a store.

use std::io::BufRead;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Progress, Summary, Watcher,
    line::{End, Header, Line, at_line},
    reader::Reader,
};
use crate::{Error, MessageId, Recorded, StreamName, Timestamp};

/// What a whole and unharmed file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The domain whose log it is.
    pub domain: String,
    /// The time of the log's last record.
    pub time: Option<Timestamp>,
    /// How much there is in it.
    pub summary: Summary,
}

/// Reads a file to its end and makes sure that all of it could be taken over: every line, the order of positions in the log and in
/// each stream, that no identity comes twice, and the checksum. Keeps the identities of the records and the names of the streams in
/// memory.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) with the number of the line, the field, what was expected and what to do;
/// [`Unavailable`](crate::ErrorKind::Unavailable) when the file cannot be read.
pub fn check(from: impl BufRead, mut progress: impl FnMut(Progress) + Send) -> Result<Contents, Error> {
    let mut reader = Reader::new(from);
    let mut sequence = Sequence::new(reader.header()?);
    let mut streams: FxHashMap<StreamName, u64> = FxHashMap::default();
    let mut watcher: Watcher<'_> = Some(Box::new(&mut progress));
    loop {
        let number = reader.number + 1;
        match sequence.accept(reader.line()?, number)? {
            Accepted::Record(record) => {
                let next = streams.entry(record.metadata.stream.clone()).or_default();
                if record.metadata.position != *next {
                    let what = format!(
                        "`record.position`: expected {next}, the next one of `{}`, found {}",
                        record.metadata.stream, record.metadata.position
                    );
                    return Err(at_line(number, &what));
                }
                *next += 1;
                sequence.tell(&mut watcher, reader.bytes);
            }
            Accepted::End(end) => {
                reader.closes(&end, &sequence.counted)?;
                sequence.tell_last(&mut watcher, reader.bytes);
                let Header { domain, time, .. } = sequence.header;
                return Ok(Contents { domain, time, summary: sequence.counted.summary(0) });
            }
            _ => {}
        }
    }
}

impl End {
    pub(super) fn summary(&self, resumed: u64) -> Summary {
        let End { records, settlements, checkpoints, parked, .. } = *self;
        Summary { records, resumed, settlements, checkpoints, parked }
    }
}

/// What comes after what in a file.
pub(super) struct Sequence {
    pub(super) header: Header,
    /// What has come.
    pub(super) counted: End,
    section: u8,
    time: Timestamp,
    settlement: Option<MessageId>,
    ids: FxHashSet<MessageId>,
}

/// A line that is in its place, with what it holds.
pub(super) enum Accepted {
    Record(Recorded),
    Settlement(crate::store::Settlement),
    Checkpoint(std::sync::Arc<str>, u64),
    Parked(crate::store::Parked),
    End(End),
}

impl Sequence {
    pub(super) fn new(header: Header) -> Self {
        Sequence {
            header,
            counted: End::default(),
            section: 0,
            time: Timestamp::MIN,
            settlement: None,
            ids: FxHashSet::default(),
        }
    }

    /// Takes a line, if it is in its place.
    pub(super) fn accept(&mut self, line: Line<'_>, number: u64) -> Result<Accepted, Error> {
        self.placed(line).map_err(|what| at_line(number, &what))
    }

    /// As [`accept`](Sequence::accept), with an error for who knows the number of the line.
    pub(super) fn placed(&mut self, line: Line<'_>) -> Result<Accepted, String> {
        let kind = line.kind();
        let section = match line {
            Line::Header(_) => return Err("a second header".to_owned()),
            Line::Record(_) => 0,
            Line::Settlement(_) => 1,
            Line::Checkpoint(_) => 2,
            Line::Parked(_) => 3,
            Line::End(_) => 4,
        };
        if section < self.section {
            return Err(format!("a `{kind}` line after those that come last"));
        }
        self.section = section;
        let head = self.header.head;
        if section > 0 && self.counted.records != head {
            let records = self.counted.records;
            return Err(format!("a `{kind}` line after {records} records, of which the header promises {head}"));
        }
        match line {
            Line::Header(_) => Err("a second header".to_owned()),
            Line::Record(line) => {
                let expected = self.counted.records + 1;
                if line.global_position != expected || expected > head {
                    let found = line.global_position;
                    return Err(match expected > head {
                        true => format!("record {found} of a log of {head}"),
                        false => format!("`record.global_position`: expected {expected}, for a log has no holes, found {found}"),
                    });
                }
                let record = line.record()?;
                if record.metadata.time < self.time {
                    let (time, before) = (record.metadata.time, self.time);
                    return Err(format!(
                        "`record.time`: expected {before}, that of the record before it, or later, found {time}"
                    ));
                }
                if !self.ids.insert(record.metadata.id) {
                    let id = record.metadata.id;
                    return Err(format!("`record.id`: an identity of its own was expected, {id} stands in an earlier record"));
                }
                self.time = record.metadata.time;
                self.counted.records = expected;
                Ok(Accepted::Record(record))
            }
            Line::Settlement(line) => {
                let settlement = line.settlement()?;
                if self.settlement.is_some_and(|before| before >= settlement.command) {
                    return Err("`settlement.command`: expected to come after the one before it".to_owned());
                }
                if settlement.position > head {
                    let found = settlement.position;
                    return Err(format!("`settlement.position`: expected at most {head}, the head of the log, found {found}"));
                }
                self.settlement = Some(settlement.command);
                self.counted.settlements += 1;
                Ok(Accepted::Settlement(settlement))
            }
            Line::Checkpoint(line) => {
                self.counted.checkpoints += 1;
                Ok(Accepted::Checkpoint(line.subscription, line.position))
            }
            Line::Parked(line) => {
                let parked = line.parked()?;
                if parked.position == 0 || parked.position > head {
                    let found = parked.position;
                    return Err(format!("`parked.position`: expected 1 to {head}, a position of the log, found {found}"));
                }
                self.counted.parked += 1;
                Ok(Accepted::Parked(parked))
            }
            Line::End(end) => Ok(Accepted::End(end)),
        }
    }

    /// Tells of progress, now and then.
    pub(super) fn tell(&self, watcher: &mut Watcher<'_>, bytes: u64) {
        if self.counted.records.is_multiple_of(1_000) {
            self.tell_last(watcher, bytes);
        }
    }

    /// Tells of progress.
    pub(super) fn tell_last(&self, watcher: &mut Watcher<'_>, bytes: u64) {
        if let Some(watcher) = watcher {
            watcher(Progress { records: self.counted.records, of: self.header.head, bytes });
        }
    }
}
