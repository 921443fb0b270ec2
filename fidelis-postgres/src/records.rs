//! Records as they stand in the table `events`.

use std::{collections::BTreeMap, sync::Arc};

use fidelis_core::{Error, Extensions, MessageId, MessageKind, Metadata, Origin, Recorded, StreamName, TypeName};
use rustc_hash::FxHashMap;
use tokio_postgres::{Row, types::FromSql};

use crate::values::{Json, Moment, instant};

/// The columns of a record, in the order [`Decoder::record`] wants them.
pub(crate) const COLUMNS: &str = "position, stream, stream_position, category, type, kind, time, nanoseconds, id, payload, \
                                  schema_version, correlation_id, causation_id, process, process_category, priority, extensions";

/// The name of a stream whose category is known: it need not end at the first hyphen.
pub(crate) fn stream_name(text: &str, category: &str) -> StreamName {
    let parsed = StreamName::parse(text);
    if parsed.category() == category {
        return parsed;
    }
    match text.strip_prefix(category).and_then(|rest| rest.strip_prefix('-')) {
        Some(id) => StreamName::new(category, id),
        None => parsed,
    }
}

/// The category of a stream, if its name does not tell.
pub(crate) fn unusual_category(stream: &StreamName) -> Option<&str> {
    (StreamName::parse(stream.as_str()).category() != stream.category()).then(|| stream.category())
}

/// The kind with this name.
fn kind(text: &str) -> Option<MessageKind> {
    use MessageKind::{Command, Event, Fact, Snapshot, Transition};
    [Event, Fact, Command, Snapshot, Transition].into_iter().find(|kind| kind.as_str() == text)
}

/// Makes records of rows. What many of them share is kept once.
#[derive(Default)]
pub(crate) struct Decoder {
    types: FxHashMap<String, TypeName>,
    stream: Option<StreamName>,
}

impl Decoder {
    /// The record of a row.
    ///
    /// # Errors
    /// [`Corrupt`](fidelis_core::ErrorKind::Corrupt), naming its position, when somebody changed it to what no store writes.
    pub(crate) fn record(&mut self, row: &Row) -> Result<Recorded, Error> {
        let position: i64 = row.try_get(0).unwrap_or_default();
        self.decode(row).map_err(|reason| {
            let message = format!("the record at position {position} of the log cannot be read: somebody changed it");
            Error::corrupt_store(message, reason)
        })
    }

    fn decode(&mut self, row: &Row) -> Result<Recorded, Box<dyn std::error::Error + Send + Sync>> {
        let stream = self.stream(row.try_get(1)?, row.try_get(3)?);
        let type_name = self.type_name(row.try_get(4)?);
        let kind_name: &str = row.try_get(5)?;
        let metadata = Metadata {
            id: MessageId::from_uuid(row.try_get(8)?),
            type_name,
            kind: kind(kind_name).ok_or_else(|| format!("there is no kind `{kind_name}`"))?,
            stream,
            position: unsigned(row, 2)?,
            global_position: unsigned(row, 0)?,
            time: instant(row.try_get::<_, Moment>(6)?, row.try_get(7)?)?,
            schema_version: u32::try_from(row.try_get::<_, i64>(10)?)?,
            origin: origin(row)?,
        };
        let payload: Json<'_> = row.try_get(9)?;
        Ok(Recorded { metadata, payload: payload.0.into() })
    }

    fn stream(&mut self, text: &str, category: &str) -> StreamName {
        match &self.stream {
            Some(last) if last.as_str() == text && last.category() == category => last.clone(),
            _ => self.stream.insert(stream_name(text, category)).clone(),
        }
    }

    fn type_name(&mut self, text: &str) -> TypeName {
        if let Some(known) = self.types.get(text) {
            return known.clone();
        }
        let name = TypeName::parse(text);
        self.types.insert(text.to_owned(), name.clone());
        name
    }
}

fn origin(row: &Row) -> Result<Origin, Box<dyn std::error::Error + Send + Sync>> {
    let process: Option<&str> = row.try_get(13)?;
    let category: Option<&str> = row.try_get(14)?;
    let extensions: Option<Json<'_>> = row.try_get(16)?;
    let extensions: Extensions = match extensions {
        Some(json) => Some(Arc::new(serde_json::from_str::<BTreeMap<String, String>>(json.0)?)),
        None => None,
    };
    let causation_id: Option<uuid::Uuid> = row.try_get(12)?;
    Ok(Origin {
        correlation_id: MessageId::from_uuid(row.try_get(11)?),
        causation_id: causation_id.map(MessageId::from_uuid),
        process: process.map(|text| match category {
            Some(category) => stream_name(text, category),
            None => StreamName::parse(text),
        }),
        priority: row.try_get(15)?,
        extensions,
    })
}

/// A number that is never negative.
pub(crate) fn unsigned(row: &Row, index: usize) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    Ok(u64::try_from(row.try_get::<_, i64>(index)?)?)
}

/// A column of a row that is as the store writes it.
pub(crate) fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, Error> {
    row.try_get(index).map_err(|error| Error::corrupt_store("somebody changed what the store keeps for itself", error))
}
