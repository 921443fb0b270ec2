//! Messages as they stand in the log: a payload in JSON and what is known about it.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use jiff::Timestamp;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize, Serializer};

use crate::{Error, Event, MessageId, StreamName, codec};

/// The stored name of a message type, such as `Fidelis.DepositMade.v1`.
///
/// Cheap to clone, to compare with itself and to look up: the text is shared, and hashed once.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct TypeName {
    text: Arc<str>,
    hash: u64,
}

impl TypeName {
    /// The stored name of version `version` of `name` in `domain` (`fidelis` reads `Fidelis` here).
    pub fn new(domain: &str, name: &str, version: u32) -> Self {
        TypeName::from(format!("{}.{name}.v{version}", pascal_case(domain)))
    }

    /// A name as it is stored.
    pub fn parse(text: &str) -> Self {
        TypeName::from(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<String> for TypeName {
    fn from(text: String) -> Self {
        TypeName { hash: FxBuildHasher.hash_one(&*text), text: text.into() }
    }
}

impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text) || (self.hash == other.hash && self.text == other.text)
    }
}

impl Eq for TypeName {}

impl Hash for TypeName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialOrd for TypeName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By text.
impl Ord for TypeName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Serialize for TypeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

fn pascal_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters))
        })
        .flatten()
        .collect()
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a record in the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Something that happened to an aggregate.
    Event,
    /// The whole state of an aggregate after a save.
    Fact,
    /// A command that was queued.
    Command,
    /// The state of an aggregate, kept to load it faster.
    Snapshot,
    /// A step of a process manager: what came in, the new state, what goes out.
    Transition,
}

impl MessageKind {
    /// The kind as it is stored: `event`, `fact`, `command`, `snapshot` or `transition`.
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageKind::Event => "event",
            MessageKind::Fact => "fact",
            MessageKind::Command => "command",
            MessageKind::Snapshot => "snapshot",
            MessageKind::Transition => "transition",
        }
    }
}

/// Free text that travels with a message and everything it causes, such as trace headers.
pub type Extensions = Option<Arc<BTreeMap<String, String>>>;

/// Where messages come from; shared by everything stored in one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Shared by a whole causal chain: the identity of the command that began it, unless the caller chose another.
    pub correlation_id: MessageId,
    /// The message that caused these; none for what begins a chain.
    pub causation_id: Option<MessageId>,
    /// The stream of the process that issued the cause, if a process did.
    pub process: Option<StreamName>,
    /// Urgency; higher first where a queue may choose, 0 is usual.
    pub priority: i16,
    /// Free text passed along.
    pub extensions: Extensions,
}

/// What is known about a stored message besides its payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Identifies the message.
    pub id: MessageId,
    /// The stored name of its type.
    pub type_name: TypeName,
    /// What the record is.
    pub kind: MessageKind,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place in the stream, from 0.
    pub position: u64,
    /// Its place in the log, from 1; gapless and in commit order.
    pub global_position: u64,
    /// When it was recorded; never before its predecessor in the log.
    pub time: Timestamp,
    /// The version of its type, from 1.
    pub schema_version: u32,
    /// Where it came from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// A message in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// What is known about it.
    pub metadata: Metadata,
    /// Its content, JSON as it was written.
    pub payload: Box<str>,
}

impl Recorded {
    /// Decodes the payload.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when the payload is not an `E`; the error names stream, position and type.
    pub fn decode<E: Event>(&self) -> Result<E, Error> {
        codec::from_json(&self.payload).map_err(|reason| Error::corrupt(&self.metadata, reason))
    }
}

/// A message on its way into the log; the store adds its place and time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    /// Identifies the message.
    pub id: MessageId,
    /// The stored name of its type.
    pub type_name: TypeName,
    /// What the record is.
    pub kind: MessageKind,
    /// The version of its type, from 1.
    pub schema_version: u32,
    /// Its content, JSON.
    pub payload: Box<str>,
}
