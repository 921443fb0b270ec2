//! What is stored of a step: what came in, the state after it, and what goes out.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use crate::{Error, MessageId, Recorded, Rejection, TypeName};

/// One step of one process: a record in its stream, such as `fidelis::funds_transfer-{key}`.
///
/// The last one holds all that the next step needs, so a process with a long past costs no more than a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The method that was called, or what the engine did by itself: `answered`, `retried`, `ended`, `undone`.
    pub step: Cow<'static, str>,
    /// What came in.
    pub cause: Cause,
    /// The state after it.
    pub state: JsonText,
    /// Up to which position in the log the process has taken in what is for it: whatever comes again is recognised.
    pub handled: u64,
    /// How far the process is.
    pub status: ProcessStatus,
    /// Why it is undone, needs a person or was ended; as far as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The commands that go out, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issued: Vec<Issued>,
    /// Whether these commands undo something.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undoes: bool,
    /// Whether an undoing has begun that is not over yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undoing: bool,
    /// The timers that run after it, by name, and when they fire.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timers: BTreeMap<Cow<'static, str>, Timestamp>,
    /// The commands that would be undone if something failed now, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoable: Vec<Issued>,
    /// What a process that needs a person tries again when that person says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<Stuck>,
    /// The definition that it was made by; see [`ProcessRow::definition`](super::ProcessRow::definition).
    pub definition: Definition,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// An event.
    Event {
        /// Its identity.
        id: MessageId,
        /// The stored name of its type.
        #[serde(rename = "type")]
        type_name: TypeName,
        /// Its position in the log.
        position: u64,
    },
    /// A command that this process issued was refused.
    Rejected {
        /// Its identity.
        command: MessageId,
        /// Its name.
        name: Cow<'static, str>,
        /// Why.
        why: Rejection,
    },
    /// A command that this process issued failed again and again, and is never going to be carried out.
    Failed {
        /// Its identity.
        command: MessageId,
        /// Its name.
        name: Cow<'static, str>,
        /// The last error.
        error: String,
    },
    /// All commands of an earlier step are answered, while something is to be undone.
    Answered {
        /// The position of that step in the stream.
        step: u64,
    },
    /// A timer fired.
    Timer {
        /// Its name.
        name: Cow<'static, str>,
        /// When it was to fire.
        due: Timestamp,
    },
    /// A command that was carried out is to be undone.
    Undo {
        /// Its identity.
        command: MessageId,
        /// Its name.
        name: Cow<'static, str>,
    },
    /// All is undone.
    Undone,
    /// A person wants what it is stuck at to be tried again.
    Retried,
    /// A person ended it.
    Ended,
}

/// A command that a process issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// Its identity: it follows from the step, so that a second delivery is recognised.
    pub id: MessageId,
    /// Its name.
    pub name: Cow<'static, str>,
    /// The version of its layout.
    pub version: u32,
    /// The command.
    pub payload: JsonText,
}

/// Where a process that needs a person stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stuck {
    /// How far it was.
    pub status: ProcessStatus,
    /// Why something was being undone, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The command it could not do without, and which is issued again on a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Issued>,
    /// Others of which the same is true, in the order in which they were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Issued>,
    /// Whether these commands undo something.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undoes: bool,
    /// The timers whose steps failed: on a retry they fire again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Cow<'static, str>>,
}

/// How far a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessStatus {
    /// On its way.
    Running,
    /// What was done is being undone.
    Undoing,
    /// It cannot go on by itself.
    NeedsPerson,
    /// Over, by its own decision.
    Completed,
    /// Over, by a person's decision.
    Ended,
}

impl ProcessStatus {
    /// As it is stored: `running`, `undoing`, `needs_person`, `completed` or `ended`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProcessStatus::Running => "running",
            ProcessStatus::Undoing => "undoing",
            ProcessStatus::NeedsPerson => "needs_person",
            ProcessStatus::Completed => "completed",
            ProcessStatus::Ended => "ended",
        }
    }

    /// Whether the process is over.
    pub const fn is_over(self) -> bool {
        matches!(self, ProcessStatus::Completed | ProcessStatus::Ended)
    }
}

impl fmt::Display for ProcessStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Transition {
    /// Reads a record of a process' stream.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when it is none.
    pub fn of(record: &Recorded) -> Result<Self, Error> {
        serde_json::from_str(&record.payload).map_err(|error| Error::corrupt(&record.metadata, error))
    }

    /// When the next of its timers fires.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.values().min().copied()
    }
}

/// A definition of a process manager, as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition(pub u64);

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Definition).map_err(de::Error::custom)
    }
}

/// A value that is kept as the JSON it was written as.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText(pub Box<str>);

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(JsonText(raw.get().into()))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}
