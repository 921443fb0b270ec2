//! What a batch changes, as one statement.
//!
//! It is one statement, and so one transaction and one round trip, whatever the batch holds: a chain of `WITH` parts. The first takes the
//! turn; the others write what they write *for each row of it*, which is one row, or none when somebody else was faster.

mod parts;
mod tables;

use std::sync::Arc;

use fidelis_core::Recorded;
use fidelis_sql::batch::Changes;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use self::parts::{Absent, Shape};
pub(super) use self::{parts::Parts, tables::exchange};
use super::outcome::Sent;
use crate::{
    names::Names,
    records::unusual_category,
    rows::comma_separated,
    values::{Cell, Json, Moment, microseconds},
};

/// A batch in the order of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) batch: i64,
    pub(super) token: Uuid,
}

/// A statement and what belongs into its placeholders.
pub(super) struct Statement<'a> {
    text: Text,
    parameters: Vec<Values<'a>>,
}

/// The text of a statement. Batches of one [shape](Parts::shape) have one text, which is written once.
enum Text {
    Known(Arc<str>),
    New(String),
}

/// The texts that were written, by shape.
pub(super) type Texts = FxHashMap<Shape, Arc<str>>;

/// How many texts are kept.
const KEPT_TEXTS: usize = 256;

impl<'a> Statement<'a> {
    /// Writes more of the text, unless it is known.
    fn text(&mut self, write: impl FnOnce(&mut String)) {
        if let Text::New(text) = &mut self.text {
            write(text);
        }
    }

    fn push(&mut self, text: &str) {
        self.text(|sql| sql.push_str(text));
    }

    fn bind(&mut self, parameter: impl ToSql + Sync + Send + 'a, of: &str) {
        self.bind_boxed(Box::new(parameter), of, "");
    }

    /// A list, or what is in it when it is only one.
    fn bind_all(&mut self, mut cells: Vec<Cell<'a>>, of: &str) {
        match (cells.pop(), cells.is_empty()) {
            (Some(alone), true) => self.bind_boxed(Box::new(alone), of, ""),
            (last, _) => {
                cells.extend(last);
                self.bind_boxed(Box::new(cells), of, "[]");
            }
        }
    }

    fn bind_boxed(&mut self, parameter: Values<'a>, of: &str, list: &str) {
        self.parameters.push(parameter);
        let number = self.parameters.len();
        self.text(|sql| sql.push_str(&format!("${number}::{of}{list}")));
    }

    /// `SELECT .. FROM unnest(..) u(..), turn`: a row for each entry of the columns, if it is our turn. One entry needs no lists: the
    /// database makes each list of a column into rows of its own first, which takes as long as all the rest for one commit.
    fn each<T>(&mut self, entries: &'a [T], columns: &[Column<'a, T>]) {
        if let [entry] = entries {
            self.push(" SELECT ");
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    self.push(", ");
                }
                self.bind_boxed((column.value)(entry), column.of, "");
                self.text(|sql| sql.push_str(&format!(" AS {}", column.name)));
            }
            self.push(" FROM turn");
            return;
        }
        self.push(" SELECT u.* FROM unnest(");
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.bind_boxed((column.values)(entries), column.of, "[]");
        }
        self.text(|sql| {
            sql.push_str(") u(");
            comma_separated(sql, columns, |sql, column| sql.push_str(column.name));
            sql.push_str("), turn");
        });
    }
}

/// A column of what is written: its name, its type, and how to get its values.
struct Column<'a, T> {
    name: &'static str,
    of: &'static str,
    value: fn(&'a T) -> Values<'a>,
    values: fn(&'a [T]) -> Values<'a>,
}

/// The values of a placeholder.
pub(super) type Values<'a> = Box<dyn ToSql + Sync + Send + 'a>;

macro_rules! column {
    ($name:literal, $of:literal, $entry:ident => $value:expr) => {
        Column {
            name: $name,
            of: $of,
            value: |$entry| Box::new($value),
            values: |entries| Box::new(entries.iter().map(|$entry| $value).collect::<Vec<_>>()),
        }
    };
}

/// Writes a batch after the one it stands on, or not at all. It gives one row when it has happened, and none when somebody else has
/// written after that one.
pub(super) fn write<'a>(
    names: &Names,
    sent: Sent,
    changes: &'a Changes,
    parts: &'a Parts<'a>,
    texts: &Mutex<Texts>,
) -> (Arc<str>, Vec<Values<'a>>) {
    let shape = parts.shape();
    let known = texts.lock().get(&shape).map(Arc::clone);
    let text = known.map_or_else(|| Text::New(String::with_capacity(4_096)), Text::Known);
    let mut statement = Statement { text, parameters: Vec::with_capacity(48) };
    turn(&mut statement, names, sent);
    if !changes.records.is_empty() {
        let columns = record_columns(parts.absent);
        statement.text(|sql| {
            sql.push_str(&names.sql(", e AS (INSERT INTO {schema}.events ("));
            comma_separated(sql, &columns, |sql, column| sql.push_str(column.name));
            sql.push(')');
        });
        statement.each(&changes.records, &columns);
        statement.push(")");
    }
    for (index, rows) in parts.rows.iter().enumerate() {
        tables::put(&mut statement, names, index, rows);
        tables::delete(&mut statement, names, index, rows);
    }
    if !parts.checkpoints.is_empty() {
        statement.text(|sql| {
            sql.push_str(&names.sql(", c AS (INSERT INTO {schema}.checkpoints (subscription, position)"));
        });
        statement.each(
            &parts.checkpoints,
            &[column!("subscription", "text", entry => entry.0), column!("position", "bigint", entry => signed(entry.1))],
        );
        statement.push(" ON CONFLICT (subscription) DO UPDATE SET position = excluded.position)");
    }
    parked(&mut statement, names, parts);
    if !changes.pruned.is_empty() {
        statement.text(|sql| sql.push_str(&names.sql(", x AS (DELETE FROM {schema}.settlements s USING (")));
        statement.each(
            &changes.pruned,
            &[
                column!("command", "uuid", entry => entry.command.uuid()),
                column!("position", "bigint", entry => signed(entry.position)),
            ],
        );
        statement.push(") g WHERE s.command = g.command AND s.position = g.position)");
    }
    if !changes.settlements.is_empty() {
        statement.text(|sql| {
            let insert = ", s AS (INSERT INTO {schema}.settlements (command, fingerprint, position, accepted, answer)";
            sql.push_str(&names.sql(insert));
        });
        statement.each(
            &parts.settlements,
            &[
                column!("command", "uuid", entry => entry.command),
                column!("fingerprint", "bigint", entry => entry.fingerprint),
                column!("position", "bigint", entry => entry.position),
                column!("accepted", "boolean", entry => entry.accepted),
                column!("answer", "json", entry => entry.answer.as_deref().map(Json)),
            ],
        );
        statement.push(")");
    }
    // Whoever waits for records is told once per batch, when it is committed.
    if changes.records.is_empty() {
        statement.push(" SELECT 1 FROM turn");
    } else {
        statement.text(|sql| {
            sql.push_str(&format!(" SELECT pg_notify({}, turn.head::text) FROM turn", Names::literal(&names.plain)));
        });
    }
    let text = match statement.text {
        Text::Known(text) => text,
        Text::New(text) => {
            let mut texts = texts.lock();
            if texts.len() >= KEPT_TEXTS {
                texts.clear();
            }
            Arc::clone(texts.entry(shape).or_insert(text.into()))
        }
    };
    (text, statement.parameters)
}

/// What belongs into the placeholders, as the driver wants it.
pub(super) fn borrowed<'a>(parameters: &'a [Values<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect()
}

fn turn(statement: &mut Statement<'_>, names: &Names, sent: Sent) {
    let time = sent.time.map(microseconds);
    statement.text(|sql| {
        let insert = "WITH turn AS (INSERT INTO {schema}.batches (batch, token, head, time, nanoseconds) SELECT b.batch + 1, ";
        sql.push_str(&names.sql(insert));
    });
    statement.bind(sent.place.token, "uuid");
    statement.push(", ");
    statement.bind(signed(sent.head), "bigint");
    statement.push(", ");
    statement.bind(time.map(|(moment, _)| Moment(moment)), "timestamptz");
    statement.push(", ");
    statement.bind(time.map(|(_, nanoseconds)| nanoseconds), "smallint");
    statement.text(|sql| {
        let turn = names.turn;
        sql.push_str(&format!(" FROM (SELECT pg_advisory_xact_lock({turn})) l, {}.batches b WHERE b.batch = ", names.schema));
    });
    statement.bind(sent.previous.batch, "bigint");
    statement.push(" AND b.token = ");
    statement.bind(sent.previous.token, "uuid");
    statement.push(" ON CONFLICT (batch) DO NOTHING RETURNING head)");
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// The columns of records, but for those that are null in all of them.
fn record_columns<'a>(absent: Absent) -> Vec<Column<'a, Arc<Recorded>>> {
    let mut columns = all_record_columns().into_iter().collect::<Vec<_>>();
    columns.retain(|column| !absent.has(column.name));
    columns
}

fn all_record_columns<'a>() -> [Column<'a, Arc<Recorded>>; 17] {
    [
        column!("position", "bigint", record => signed(record.metadata.global_position)),
        column!("stream", "text", record => record.metadata.stream.as_str()),
        column!("stream_position", "bigint", record => signed(record.metadata.position)),
        column!("category", "text", record => record.metadata.stream.category()),
        column!("type", "text", record => record.metadata.type_name.as_str()),
        column!("kind", "text", record => record.metadata.kind.as_str()),
        column!("time", "timestamptz", record => Moment(microseconds(record.metadata.time).0)),
        column!("nanoseconds", "smallint", record => Some(microseconds(record.metadata.time).1).filter(|&rest| rest != 0)),
        column!("id", "uuid", record => record.metadata.id.uuid()),
        column!("payload", "json", record => Json(&record.payload)),
        column!("schema_version", "bigint", record => i64::from(record.metadata.schema_version)),
        column!("correlation_id", "uuid", record => record.metadata.origin.correlation_id.uuid()),
        column!("causation_id", "uuid", record => record.metadata.origin.causation_id.map(fidelis_core::MessageId::uuid)),
        column!("process", "text", record => record.metadata.origin.process.as_ref().map(fidelis_core::StreamName::as_str)),
        column!("process_category", "text", record => record.metadata.origin.process.as_ref().and_then(unusual_category)),
        column!("priority", "smallint", record => record.metadata.origin.priority),
        column!("extensions", "json", record => record.metadata.origin.extensions.as_ref().map(|texts| {
            OwnedJson(serde_json::to_string(&**texts).expect("a map of texts is JSON"))
        })),
    ]
}

/// A `json` that nobody else holds.
#[derive(Debug)]
struct OwnedJson(String);

impl ToSql for OwnedJson {
    fn to_sql(
        &self,
        of: &tokio_postgres::types::Type,
        out: &mut bytes::BytesMut,
    ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Json(&self.0).to_sql(of, out)
    }

    fn accepts(found: &tokio_postgres::types::Type) -> bool {
        <Json<'_> as ToSql>::accepts(found)
    }

    tokio_postgres::types::to_sql_checked!();
}

fn parked<'a>(statement: &mut Statement<'a>, names: &Names, parts: &'a Parts<'a>) {
    if !parts.parked.is_empty() {
        statement.text(|sql| {
            sql.push_str(&names.sql(
                ", p AS (INSERT INTO {schema}.parked \
                 (subscription, position, stream, category, error, attempts, first, last, next)",
            ));
        });
        statement.each(&parts.parked, &[
            column!("subscription", "text", parked => &*parked.subscription),
            column!("position", "bigint", parked => signed(parked.position)),
            column!("stream", "text", parked => parked.stream.as_str()),
            column!("category", "text", parked => parked.stream.category()),
            column!("error", "text", parked => parked.failure.as_ref().map(|failure| failure.error.as_str())),
            column!("attempts", "bigint", parked => parked.failure.as_ref().map(|failure| i64::from(failure.attempts))),
            column!("first", "timestamptz", parked => parked.failure.as_ref().map(|failure| Moment(microseconds(failure.first).0))),
            column!("last", "timestamptz", parked => parked.failure.as_ref().map(|failure| Moment(microseconds(failure.last).0))),
            column!("next", "timestamptz", parked => parked.failure.as_ref().and_then(|failure| failure.next).map(|next| {
                Moment(microseconds(next).0)
            })),
        ]);
        statement.push(
            " ON CONFLICT (subscription, position) DO UPDATE SET stream = excluded.stream, category = excluded.category, \
             error = excluded.error, attempts = excluded.attempts, first = excluded.first, last = excluded.last, next = excluded.next)",
        );
    }
    if !parts.taken_back.is_empty() {
        statement.text(|sql| sql.push_str(&names.sql(", t AS (DELETE FROM {schema}.parked p USING (")));
        statement.each(
            &parts.taken_back,
            &[column!("subscription", "text", entry => entry.0), column!("position", "bigint", entry => signed(entry.1))],
        );
        statement.push(") g WHERE p.subscription = g.subscription AND p.position = g.position)");
    }
}
