//! What goes into one commit, and what comes out of it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::{
    Error, MessageId, Metadata, NewRecord, Origin, Recorded, Rejection, StreamName,
    projection::{Key, Row, Table},
    store::Interest,
};

/// Everything that is to happen together.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The clock's reading, to the microsecond; records get this time, or their predecessor's when that is later.
    pub time: Timestamp,
    /// Where the appended messages come from.
    pub origin: Origin,
    /// Records to append, stream by stream, in this order. No two for one stream.
    pub appends: SmallVec<[Append; 1]>,
    /// Rows to write, in this order.
    pub rows: Vec<RowChange>,
    /// Staged tables to put in the place of live ones, after the rows are written.
    pub tables: Vec<TableChange>,
    /// Projectors that follow within this commit, if they can; see [`Fold`].
    pub folds: SmallVec<[Arc<dyn Fold>; 1]>,
    /// Checkpoints to move. No two for one subscription.
    pub checkpoints: SmallVec<[CheckpointMove; 1]>,
    /// Messages to set aside or take back.
    pub parked: Vec<ParkedChange>,
    /// Settlements that are not kept any longer.
    pub pruned: Vec<PrunedSettlement>,
    /// The command this commit settles, with its answer.
    pub settlement: Option<Settlement>,
    /// What is taken over from another log. Goes with checkpoints and parked messages, with nothing else.
    pub restored: Option<Box<Restored>>,
}

impl Commit {
    /// A commit of nothing yet. What is finer than a microsecond is taken off the time.
    pub fn new(time: Timestamp, origin: Origin) -> Self {
        Commit {
            time: crate::clock::recorded(time),
            origin,
            appends: SmallVec::new(),
            rows: Vec::new(),
            tables: Vec::new(),
            folds: SmallVec::new(),
            checkpoints: SmallVec::new(),
            parked: Vec::new(),
            pruned: Vec::new(),
            settlement: None,
            restored: None,
        }
    }

    /// Whether it makes sense by itself: no stream and no checkpoint is in it twice, and it takes over another log or does something
    /// else, not both.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid), naming what is there twice.
    pub fn check(&self) -> Result<(), Error> {
        if let Some(restored) = &self.restored {
            restored.goes_with(self)?;
        }
        if let Some(stream) = twice(self.appends.iter().map(|append| append.stream.as_str())) {
            let message = format!("stream `{stream}` is appended to twice in one commit: put its records into one append");
            return Err(Error::invalid(message));
        }
        match twice(self.checkpoints.iter().map(|moved| &*moved.subscription)) {
            Some(subscription) => Err(Error::invalid(format!("the checkpoint of `{subscription}` is moved twice in one commit"))),
            None => Ok(()),
        }
    }

    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.appends.iter().all(|append| append.records.is_empty())
            && self.rows.is_empty()
            && self.tables.is_empty()
            && self.checkpoints.is_empty()
            && self.parked.is_empty()
            && self.pruned.is_empty()
            && self.settlement.is_none()
            && self.restored.is_none()
    }
}

/// The first name, in their order, that is there twice.
fn twice<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
    if names.len() < 2 {
        return None;
    }
    let mut names: SmallVec<[&str; 8]> = names.collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// A piece of another log, taken over exactly as it is: identities, positions, times, all metadata.
///
/// It continues the log: its first record has the position after the head, and each has the next position of its stream and no
/// earlier time than the one before. Anything else is [`Invalid`](crate::ErrorKind::Invalid).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// The records, in the order of the log.
    pub records: Vec<Arc<Recorded>>,
    /// Settled commands, with the positions they have there. One that is known already stays as it is.
    pub settlements: Vec<Settlement>,
}

impl Restored {
    fn goes_with(&self, commit: &Commit) -> Result<(), Error> {
        let changes = commit.appends.is_empty() && commit.rows.is_empty() && commit.folds.is_empty();
        match changes && commit.settlement.is_none() && commit.pruned.is_empty() {
            true => Ok(()),
            false => Err(Error::invalid("what is taken over from another log goes with checkpoints and parked messages only")),
        }
    }

    /// Whether the records continue a log: `head` and `time` are those of its last record, `next` gives the position
    /// that a stream's next record has there.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid), naming the record.
    pub fn continues(&self, head: u64, time: Timestamp, next: impl Fn(&StreamName) -> u64) -> Result<(), Error> {
        let mut streams: FxHashMap<&StreamName, u64> = FxHashMap::default();
        let mut last = (head, time);
        for record in &self.records {
            let Metadata { stream, position, global_position, time, .. } = &record.metadata;
            let refuse = |what: String| {
                Err(Error::invalid(format!("cannot take over the record at position {global_position} of the log: {what}")))
            };
            if *global_position != last.0 + 1 {
                return refuse(format!("the position after the last record is {}", last.0 + 1));
            }
            if *time < last.1 {
                return refuse(format!("its time, {time}, is before that of the record before it, {}", last.1));
            }
            let expected = streams.entry(stream).or_insert_with(|| next(stream));
            if position != expected {
                return refuse(format!("it has position {position} of `{stream}`, whose next one is {expected}"));
            }
            *expected += 1;
            last = (*global_position, *time);
        }
        Ok(())
    }
}

/// Records for one stream. Without records nothing is stored, but the expected version is still compared: a stream that was
/// only read can be named so that the decision stands on it.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamName,
    /// Where it must be.
    pub expected: Expected,
    /// What is appended, oldest first.
    pub records: SmallVec<[NewRecord; 1]>,
}

/// Where a stream must be for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere, existing or not.
    Any,
    /// It must not exist.
    NoStream,
    /// It must exist, at any version.
    Exists,
    /// Its last record must be at this position.
    Version(u64),
}

impl Expected {
    /// The expectation of somebody who saw this version.
    pub fn seen(version: Option<u64>) -> Self {
        version.map_or(Expected::NoStream, Expected::Version)
    }

    /// Whether a stream at `actual` is where it must be.
    pub fn holds(self, actual: Option<u64>) -> bool {
        match self {
            Expected::Any => true,
            Expected::NoStream => actual.is_none(),
            Expected::Exists => actual.is_some(),
            Expected::Version(version) => actual == Some(version),
        }
    }
}

/// For people: "no events" for a stream that must not exist.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Any => f.write_str("any version or none"),
            Expected::NoStream => f.write_str("no events"),
            Expected::Exists => f.write_str("any version"),
            Expected::Version(version) => write!(f, "version {version}"),
        }
    }
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// Writes a row, replacing the one with its key.
    Put {
        /// The table.
        table: &'static Table,
        /// The row.
        row: Row,
        /// Whether it goes into the staged table beside the live one: a rebuild under way.
        staged: bool,
    },
    /// Deletes the row with this key, if there is one.
    Delete {
        /// The table.
        table: &'static Table,
        /// The key.
        key: Key,
        /// Whether it is deleted from the staged table.
        staged: bool,
    },
}

/// A change of a whole table: how a rebuild replaces a read model while people read it.
#[derive(Clone, Copy, Debug)]
pub enum TableChange {
    /// Empties the staged table.
    Stage(&'static Table),
    /// Puts the staged table in the place of the live one.
    Promote(&'static Table),
}

/// A checkpoint that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointMove {
    /// The subscription it belongs to.
    pub subscription: Arc<str>,
    /// Where it must be; 0 when it has never moved. Two runners of one subscription meet here. [`ANYWHERE`](Self::ANYWHERE): it
    /// goes, wherever it is.
    pub from: u64,
    /// Where it goes; may be lower (a rebuild begins again).
    pub to: u64,
}

impl CheckpointMove {
    /// A place that no checkpoint ever has: as [`from`](Self::from), it says that the checkpoint moves wherever it is. For whoever
    /// replaces, in the same commit, all that the checkpoint stands for.
    pub const ANYWHERE: u64 = u64::MAX;

    /// Compares where the checkpoint is with where it must be.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when it is elsewhere.
    pub fn check(&self, actual: u64) -> Result<(), Error> {
        match self.from == actual || self.from == Self::ANYWHERE {
            true => Ok(()),
            false => Err(Error::checkpoint_conflict(&self.subscription, self.from, actual)),
        }
    }
}

/// A message that a subscription could not handle, or that waits behind one of the same stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    /// The one consumer it is parked for.
    pub subscription: Arc<str>,
    /// The stream whose messages wait.
    pub stream: StreamName,
    /// Its position in the log.
    pub position: u64,
    /// Why it is parked; `None`: it waits behind another.
    pub failure: Option<Failure>,
}

/// How a message failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The last error, for people.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it first failed.
    pub first: Timestamp,
    /// When it last failed.
    pub last: Timestamp,
    /// When it is tried again; `None`: when a person says so.
    pub next: Option<Timestamp>,
}

/// A change of what is parked.
#[derive(Clone, Debug, PartialEq)]
pub enum ParkedChange {
    /// Parks a message, or replaces what is known about a parked one.
    Put(Parked),
    /// Takes a message back.
    Remove {
        /// The consumer it was parked for.
        subscription: Arc<str>,
        /// Its position in the log.
        position: u64,
    },
}

/// A command that is settled, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The identity of the command: its key.
    pub command: MessageId,
    /// A fingerprint of what was asked, when the caller chose the key: the same key for something else is refused.
    pub fingerprint: Option<u64>,
    /// The answer.
    pub outcome: Outcome,
    /// The position of the last record of the log after the commit that settled it; set by the store.
    pub position: u64,
}

/// A settlement that is not kept any longer: what its command was answered is forgotten.
///
/// It is removed if it still has this position. If its command has been settled once more meanwhile, the new settlement stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrunedSettlement {
    /// The command.
    pub command: MessageId,
    /// The position that the settlement was seen with.
    pub position: u64,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It happened and gave this, as JSON; `None` for nothing.
    Accepted(Option<Box<str>>),
    /// A rule refused it.
    Rejected(Rejection),
}

/// A projector that follows within the commit that appends what it handles: its rows and its checkpoint are stored with the
/// events, so that the read model is never behind them, and there is one write instead of two.
///
/// A store does this when the commit's records have their places and times, if all that the projector is
/// [interested](Fold::interest) in and that was stored before is at or below its checkpoint, and none of its messages is parked.
/// It hands over the records of interest, stores the rows it is given and moves the checkpoint to the last of the records. If
/// the projector is not that far, or refuses a record, the commit happens without it: it then follows by itself.
pub trait Fold: fmt::Debug + Send + Sync {
    /// The subscription whose checkpoint moves.
    fn subscription(&self) -> &Arc<str>;

    /// What it handles.
    fn interest(&self) -> &Interest;

    /// Adds the rows that [`fold`](Fold::fold) is going to ask for because of this record, so that a store can read them ahead. A
    /// record that cannot be read adds nothing: `fold` refuses it.
    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>);

    /// The rows that the records lead to; `row` gives one as it is stored.
    ///
    /// # Errors
    /// What the projector refused; nothing of it is stored.
    fn fold(&self, records: &[Arc<Recorded>], row: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error>;
}

/// Gives rows as they are stored.
pub type RowSource<'a> = dyn FnMut(&'static Table, &Key) -> Result<Option<Row>, Error> + 'a;

/// What became of a commit.
#[derive(Clone, Debug)]
pub enum CommitResult {
    /// It happened now.
    Committed(Committed),
    /// Its command was settled before; nothing happened now.
    Repeated(Settlement),
}

/// What a commit added to the log.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// The records with their places, in the order of the log.
    pub records: SmallVec<[Arc<Recorded>; 1]>,
    /// The position of the last record of the log after this commit.
    pub head: u64,
    /// Which of the commit's [`folds`](Commit::folds) happened within it: their places there.
    pub folded: SmallVec<[usize; 1]>,
}
