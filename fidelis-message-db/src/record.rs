//! A row as a record.

use std::{collections::BTreeMap, sync::Arc};

use fidelis_core::{MessageKind, Metadata, Origin, Recorded, StreamName, Timestamp, TypeName};
use serde_json::Value;

use crate::{
    Mapping, Row, identity,
    payload::Fields,
    row::{self, RowMetadata},
};

/// What the names of extensions begin with that keep what a record does not hold.
const KEPT: &str = "message_db.";

/// Where a record stands: what its row alone does not say.
pub(crate) struct Place {
    pub(crate) kind: MessageKind,
    pub(crate) global_position: u64,
    /// That of the record before it.
    pub(crate) time: Timestamp,
}

/// The type of a row, as it is called here, and its version.
pub(crate) fn type_of(row: &Row, mapping: &Mapping) -> Result<(String, u32), String> {
    let name = mapping.types.get(&row.type_name).unwrap_or(&row.type_name);
    let version = name.rsplit_once(".v").and_then(|(_, version)| version.parse().ok());
    match version {
        Some(version) if name.split('.').count() == 3 => Ok((name.clone(), version)),
        _ => Err(format!(
            "`type`: expected one such as `Fidelis.DepositMade.v1`, found `{name}`; give it a name with an entry in `types`"
        )),
    }
}

/// Makes the record of a row of an aggregate.
pub(crate) fn record(row: &Row, category: &str, id: &str, place: Place, mapping: &Mapping) -> Result<Recorded, String> {
    let (type_name, schema_version) = type_of(row, mapping)?;
    let metadata = row::json(row.metadata.as_deref()).ok_or("`metadata`: expected what Protean writes, found nothing")?;
    let metadata: RowMetadata = serde_json::from_str(&metadata).map_err(|error| {
        format!("`metadata`: expected `domain` and `headers` as Protean writes them since 0.15, found something else: {error}")
    })?;
    let data = row::json(row.data.as_deref()).ok_or("`data`: expected an object, found nothing")?;
    let mut payload = Fields::parse(&data)?;
    if let Some(decimals) = mapping.decimals.get(&type_name) {
        payload.write_decimals(decimals)?;
    }
    payload.write_identities(id, &mapping.identifiers);

    let recorded = time(metadata.headers.time.as_deref().or(row.time.as_deref()))?;
    let priority = metadata.domain.priority.unwrap_or_default();
    let priority =
        i16::try_from(priority).map_err(|_| format!("`metadata.domain.priority`: expected one of 16 bits, found {priority}"))?;
    let id_of_message = identity::message(&metadata.headers.id);
    let correlation = metadata.domain.correlation_id.as_deref();
    let category = mapping.categories.get(category).map_or(category, String::as_str);
    let stream = match place.kind {
        MessageKind::Fact => StreamName::new(&format!("{category}-fact"), identity::aggregate(id)),
        _ => StreamName::new(category, identity::aggregate(id)),
    };
    Ok(Recorded {
        metadata: Metadata {
            id: id_of_message,
            type_name: TypeName::parse(&type_name),
            kind: place.kind,
            stream,
            position: row.position,
            global_position: place.global_position,
            time: recorded.max(place.time),
            schema_version,
            origin: Origin {
                correlation_id: correlation.map_or(id_of_message, identity::message),
                causation_id: metadata.domain.causation_id.as_deref().map(identity::message),
                process: None,
                priority,
                extensions: Some(Arc::new(extensions(row, metadata, recorded, place.time))),
            },
        },
        payload: payload.write(),
    })
}

/// A time with an offset, or one of the database, which is in UTC; to the microsecond.
fn time(text: Option<&str>) -> Result<Timestamp, String> {
    let text = text.ok_or("`metadata.headers.time`, `time`: expected a time in one of them, found none")?;
    let time: Timestamp = text.parse().or_else(|_| format!("{text}Z").parse()).map_err(|_| {
        format!("`metadata.headers.time`, `time`: expected a time such as `2026-11-20T10:47:24.288031+00:00`, found `{text}`")
    })?;
    Timestamp::from_microsecond(time.as_microsecond()).map_err(|error| format!("`{text}` is no time to be recorded: {error}"))
}

/// What travelled with the message, and what a record has no place for.
fn extensions(row: &Row, metadata: RowMetadata, time: Timestamp, before: Timestamp) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut extensions: BTreeMap<String, String> =
        metadata.extensions.into_iter().flatten().map(|(name, value)| (name, text(value))).collect();
    let mut keep = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            extensions.insert(format!("{KEPT}{name}"), value);
        }
    };
    let is_no_uuid = |text: &String| uuid::Uuid::try_parse(text).is_err();
    let given = |value: Option<Value>| value.filter(|value| !value.is_null()).map(text);
    keep("global_position", Some(row.global_position.to_string()));
    keep("id", Some(metadata.headers.id).filter(is_no_uuid));
    keep("stream_name", Some(row.stream_name.clone()));
    keep("correlation_id", metadata.domain.correlation_id.filter(is_no_uuid));
    keep("causation_id", metadata.domain.causation_id.filter(is_no_uuid));
    keep("origin_stream", metadata.domain.origin_stream);
    keep("traceparent", given(metadata.headers.traceparent));
    keep("idempotency_key", given(metadata.headers.idempotency_key));
    keep("deadline", given(metadata.headers.deadline));
    keep("time", (time < before).then(|| time.to_string()));
    extensions
}
