//! A row of `message_store.messages` as Protean writes it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A row, its columns as they come from a dump; columns that are not named here are not needed.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// The place in the log, from 1, with gaps.
    pub global_position: u64,
    /// The place in the stream, from 0.
    pub position: u64,
    /// The stream.
    pub stream_name: String,
    /// The type of the message.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The payload: an object, or the text of one.
    pub data: Option<Box<RawValue>>,
    /// What Protean knows about it: an object, or the text of one.
    pub metadata: Option<Box<RawValue>>,
    /// When the database stored it, in UTC.
    pub time: Option<String>,
}

/// What Protean writes into `metadata`, as far as it is taken over.
#[derive(Debug, Deserialize)]
pub(crate) struct RowMetadata {
    pub(crate) domain: DomainMetadata,
    pub(crate) headers: Headers,
    #[serde(default)]
    pub(crate) extensions: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DomainMetadata {
    #[serde(default)]
    pub(crate) priority: Option<i64>,
    #[serde(default)]
    pub(crate) correlation_id: Option<String>,
    #[serde(default)]
    pub(crate) causation_id: Option<String>,
    #[serde(default)]
    pub(crate) origin_stream: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Headers {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) time: Option<String>,
    #[serde(default)]
    pub(crate) deadline: Option<Value>,
    #[serde(default)]
    pub(crate) traceparent: Option<Value>,
    #[serde(default)]
    pub(crate) idempotency_key: Option<Value>,
}

/// The JSON in a column: itself, or the text it was dumped as. `None` for nothing.
pub(crate) fn json(column: Option<&RawValue>) -> Option<String> {
    let text = column?.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).ok(),
        _ if text == "null" => None,
        _ => Some(text.to_owned()),
    }
}
