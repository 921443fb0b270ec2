//! Identities: UUIDs as they are, texts as UUIDs that always come out the same.

use fidelis_core::{Id, MessageId};
use uuid::Uuid;

/// The identity of a message that is known by this text.
pub(crate) fn message(text: &str) -> MessageId {
    Uuid::try_parse(text).map_or_else(|_| MessageId::named(text), MessageId::from_uuid)
}

/// The identity of an aggregate that is known by this text, as it is written here.
pub(crate) fn aggregate(text: &str) -> String {
    let uuid = Uuid::try_parse(text).unwrap_or_else(|_| Id::<()>::named(text).uuid());
    uuid.hyphenated().to_string()
}
