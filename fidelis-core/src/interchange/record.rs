//! The line of a record: its metadata, and its payload byte for byte.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{MessageId, MessageKind, Metadata, Origin, Recorded, StreamName, Timestamp, TypeName};

/// Times are recorded to the microsecond on every store.
const FINEST: i32 = 1_000;

/// A record as it stands in a file. Fields with their usual value are left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordLine<'a> {
    pub(super) global_position: u64,
    id: MessageId,
    #[serde(rename = "type", borrow)]
    type_name: Cow<'a, str>,
    kind: MessageKind,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    /// Where the category is not what the stream's name reads as.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    category: Option<Cow<'a, str>>,
    position: u64,
    time: Timestamp,
    schema_version: u32,
    correlation_id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    process: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    process_category: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_usual")]
    priority: i16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extensions: Option<Cow<'a, BTreeMap<String, String>>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    payload_text: Option<Cow<'a, str>>,
}

fn is_usual(priority: &i16) -> bool {
    *priority == 0
}

/// A payload that is there, be it `null`.
fn present<'a, D: serde::Deserializer<'a>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> RecordLine<'a> {
    pub(super) fn of(record: &'a Recorded) -> Self {
        let Metadata { id, type_name, kind, stream, position, global_position, time, schema_version, origin } = &record.metadata;
        let payload = as_it_stands(&record.payload);
        RecordLine {
            global_position: *global_position,
            id: *id,
            type_name: type_name.as_str().into(),
            kind: *kind,
            stream: stream.as_str().into(),
            category: category_of(stream).map(Cow::Borrowed),
            position: *position,
            time: *time,
            schema_version: *schema_version,
            correlation_id: origin.correlation_id,
            causation_id: origin.causation_id,
            process: origin.process.as_ref().map(|process| process.as_str().into()),
            process_category: origin.process.as_ref().and_then(category_of).map(Cow::Borrowed),
            priority: origin.priority,
            extensions: origin.extensions.as_deref().map(Cow::Borrowed),
            payload,
            payload_text: payload.is_none().then_some(Cow::Borrowed(&*record.payload)),
        }
    }

    pub(super) fn record(self) -> Result<Recorded, String> {
        let finer = self.time.subsec_nanosecond() % FINEST;
        if finer != 0 {
            return Err(format!("`record.time`: expected a time to the microsecond, found `{}`", self.time));
        }
        let payload = match (self.payload, self.payload_text) {
            (Some(payload), None) => payload.get().into(),
            (None, Some(text)) => text.into_owned().into_boxed_str(),
            (None, None) => return Err("`record.payload`: expected one, or a `payload_text`, found neither".to_owned()),
            (Some(_), Some(_)) => return Err("`record.payload`: expected one, or a `payload_text`, found both".to_owned()),
        };
        let process = self.process.map(|process| stream("record", &process, self.process_category.as_deref())).transpose()?;
        Ok(Recorded {
            metadata: Metadata {
                id: self.id,
                type_name: TypeName::from(self.type_name.into_owned()),
                kind: self.kind,
                stream: stream("record", &self.stream, self.category.as_deref())?,
                position: self.position,
                global_position: self.global_position,
                time: self.time,
                schema_version: self.schema_version,
                origin: Origin {
                    correlation_id: self.correlation_id,
                    causation_id: self.causation_id,
                    process,
                    priority: self.priority,
                    extensions: self.extensions.map(|extensions| Arc::new(extensions.into_owned())),
                },
            },
            payload,
        })
    }
}

/// A payload that can stand in a line as it is: JSON from its first byte to its last, without a line break.
fn as_it_stands(payload: &str) -> Option<&RawValue> {
    if payload.bytes().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return None;
    }
    serde_json::from_str::<&RawValue>(payload).ok().filter(|raw| raw.get().len() == payload.len())
}

/// The category of a stream, if its name does not say it.
pub(super) fn category_of(stream: &StreamName) -> Option<&str> {
    (*stream != StreamName::parse(stream.as_str())).then(|| stream.category())
}

/// The stream of this name, in a category that the name does not say.
pub(super) fn stream(line: &str, name: &str, category: Option<&str>) -> Result<StreamName, String> {
    let Some(category) = category else { return Ok(StreamName::parse(name)) };
    match name.strip_prefix(category).and_then(|rest| rest.strip_prefix('-')) {
        Some(id) => Ok(StreamName::new(category, id)),
        None => Err(format!("`{line}.category`: expected the beginning of `{name}` up to a `-`, found `{category}`")),
    }
}
