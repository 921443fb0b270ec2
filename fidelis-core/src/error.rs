//! What can go wrong, by what a caller can do about it.

use std::{borrow::Cow, fmt};

use crate::{Metadata, Rejection, StreamName, codec::PayloadError, store::Expected};

/// The source of an error that came from somewhere else.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A rule refused; nothing happened. Show the [`Rejection`].
    Rejected,
    /// Somebody else wrote first; nothing happened. Load again and decide again.
    Conflict,
    /// It does not exist; nothing happened.
    NotFound,
    /// What came in cannot be read or is out of bounds; nothing happened. Send something else.
    Invalid,
    /// The store cannot be reached or is full; nothing happened. Try later.
    Unavailable,
    /// The connection broke inside the commit: it may or may not have happened. Ask with the command's key.
    Unknown,
    /// Something stored cannot be read; the error names stream, position and type. Needs a person.
    Corrupt,
    /// A handler failed or panicked; nothing of it was stored. Needs its author.
    Failed,
}

/// An operation that did not succeed.
///
/// Branch on [`kind`](Error::kind); show the text, and its `source` chain, to a person.
pub struct Error(Box<Fault>);

struct Fault {
    kind: ErrorKind,
    message: Cow<'static, str>,
    detail: Detail,
}

enum Detail {
    None,
    Rejection(Rejection),
    Conflict(Conflict),
    Source(Source),
}

/// Two writers met: the version one of them had seen is not the stream's any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The stream both wanted to write.
    pub stream: StreamName,
    /// What the loser expected.
    pub expected: Expected,
    /// The version the stream has; `None`: it does not exist.
    pub actual: Option<u64>,
}

impl Error {
    fn of(kind: ErrorKind, message: impl Into<Cow<'static, str>>, detail: Detail) -> Self {
        Error(Box::new(Fault { kind, message: message.into(), detail }))
    }

    /// Somebody else wrote first.
    pub fn conflict(conflict: Conflict) -> Self {
        let message = format!(
            "version conflict on `{}`: expected {}, found {}; load it again and decide again",
            conflict.stream,
            conflict.expected,
            Expected::seen(conflict.actual),
        );
        Error::of(ErrorKind::Conflict, message, Detail::Conflict(conflict))
    }

    /// A checkpoint is not where its mover expected it: another runner of the subscription was faster.
    pub fn checkpoint_conflict(subscription: &str, expected: u64, actual: u64) -> Self {
        let message =
            format!("the checkpoint of `{subscription}` is at {actual}, expected at {expected}: another runner has moved it");
        Error::of(ErrorKind::Conflict, message, Detail::None)
    }

    /// Something asked for does not exist.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Error::of(ErrorKind::NotFound, message, Detail::None)
    }

    /// What came in cannot be read or is out of bounds.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Error::of(ErrorKind::Invalid, message, Detail::None)
    }

    /// The store cannot be reached, or cannot take more.
    pub fn unavailable(message: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Error::of(ErrorKind::Unavailable, message, Detail::Source(source.into()))
    }

    /// The outcome of a commit is not known.
    pub fn unknown(message: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Error::of(ErrorKind::Unknown, message, Detail::Source(source.into()))
    }

    /// A stored message cannot be read.
    pub fn corrupt(message: &Metadata, reason: impl Into<Source>) -> Self {
        let text = format!(
            "cannot read the message at position {} of `{}` (`{}`, position {} of the log)",
            message.position, message.stream, message.type_name, message.global_position,
        );
        Error::of(ErrorKind::Corrupt, text, Detail::Source(reason.into()))
    }

    /// Something stored, other than a message, cannot be read.
    pub fn corrupt_store(message: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Error::of(ErrorKind::Corrupt, message, Detail::Source(source.into()))
    }

    /// A handler failed.
    pub fn failed(message: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Error::of(ErrorKind::Failed, message, Detail::Source(source.into()))
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The refusal, if this is one.
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.0.detail {
            Detail::Rejection(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// The text for logs: where something stored cannot be read, but not why, for the reason may quote it.
    pub(crate) fn without_payload(&self) -> Cow<'_, str> {
        match self.0.kind {
            ErrorKind::Corrupt => Cow::Borrowed(&self.0.message),
            // The messages of a refusal may quote what they refuse; its fields do not.
            ErrorKind::Rejected => {
                Cow::Owned(format!("rejected: {}", self.rejection().map_or_else(String::new, Rejection::fields)))
            }
            _ => Cow::Owned(self.to_string()),
        }
    }

    /// Who met, if this is a conflict.
    pub fn as_conflict(&self) -> Option<&Conflict> {
        match &self.0.detail {
            Detail::Conflict(conflict) => Some(conflict),
            _ => None,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Error::of(ErrorKind::Rejected, "rejected", Detail::Rejection(rejection))
    }
}

/// Of a payload that came in from outside; of a stored one, use [`Error::corrupt`].
impl From<PayloadError> for Error {
    fn from(error: PayloadError) -> Self {
        Error::invalid(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.detail {
            Detail::Rejection(rejection) => write!(f, "rejected: {rejection}"),
            Detail::Source(source) => write!(f, "{}: {source}", self.0.message),
            Detail::None | Detail::Conflict(_) => f.write_str(&self.0.message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.detail {
            // Its text is part of ours; what lies behind it is the source.
            Detail::Source(source) => source.source(),
            _ => None,
        }
    }
}
