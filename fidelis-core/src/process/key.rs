//! What tells the processes of one type apart.

use std::{borrow::Cow, fmt, sync::Arc};

use uuid::Uuid;

use crate::{Id, MessageId, Rejection};

/// A key has at most this many bytes: it is part of the name of a stream.
pub const LONGEST_KEY: usize = 200;

/// The key of one process among those of its type, such as the identity of the transfer it carries out.
///
/// ```
/// use fidelis_core::process::ProcessKey;
/// assert_eq!(ProcessKey::new("transfer-17")?.as_str(), "transfer-17");
/// assert!(ProcessKey::new("").is_err());
/// # Ok::<(), fidelis_core::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessKey(Arc<str>);

impl ProcessKey {
    /// A key from a text.
    ///
    /// # Errors
    /// An empty text, one of more than [`LONGEST_KEY`] bytes, one with control characters, and one that begins with `fact-`, which in
    /// the name of a stream means something else.
    pub fn new(text: impl AsRef<str>) -> Result<Self, Rejection> {
        let text = text.as_ref();
        let refused: Cow<'static, str> = match text {
            "" => "a process key must not be empty".into(),
            _ if text.len() > LONGEST_KEY => {
                format!("a process key has at most {LONGEST_KEY} bytes; this one has {}", text.len()).into()
            }
            _ if text.contains(char::is_control) => "a process key has no control characters".into(),
            _ if text.starts_with("fact-") => "a process key does not begin with `fact-`".into(),
            _ => return Ok(ProcessKey(text.into())),
        };
        Err(Rejection::new("key", refused))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A type whose values can be the key of a process: that of the field which a process is correlated by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a process",
    label = "not a type that processes can be correlated by",
    note = "correlate by a field that is an `Id<..>`, a `String`, a `Uuid`, a `MessageId` or a whole number"
)]
pub trait CorrelationKey {
    /// The key.
    ///
    /// # Errors
    /// What [`ProcessKey::new`] refuses.
    fn process_key(&self) -> Result<ProcessKey, Rejection>;
}

macro_rules! keys_as_written {
    ($($type:ty),+) => {
        $(impl CorrelationKey for $type {
            fn process_key(&self) -> Result<ProcessKey, Rejection> {
                ProcessKey::new(self.to_string())
            }
        })+
    };
}

keys_as_written!(Uuid, MessageId, i32, i64, u32, u64);

impl<A: ?Sized> CorrelationKey for Id<A> {
    fn process_key(&self) -> Result<ProcessKey, Rejection> {
        ProcessKey::new(self.to_string())
    }
}

impl CorrelationKey for String {
    fn process_key(&self) -> Result<ProcessKey, Rejection> {
        ProcessKey::new(self)
    }
}
