//! What has to be there: columns, constraints, indexes, the trigger that keeps the log.

use crate::{
    fault::{Fault, Follows},
    names::Names,
    session::Session,
};

/// A column: table, name, type, whether it may be null.
type Column = (&'static str, &'static str, &'static str, bool);

const COLUMNS: [Column; 38] = [
    ("batches", "batch", "bigint", false),
    ("batches", "token", "uuid", false),
    ("batches", "head", "bigint", false),
    ("batches", "time", "timestamp with time zone", true),
    ("batches", "nanoseconds", "smallint", true),
    ("checkpoints", "subscription", "text", false),
    ("checkpoints", "position", "bigint", false),
    ("events", "position", "bigint", false),
    ("events", "stream", "text", false),
    ("events", "stream_position", "bigint", false),
    ("events", "category", "text", false),
    ("events", "type", "text", false),
    ("events", "kind", "text", false),
    ("events", "time", "timestamp with time zone", false),
    ("events", "nanoseconds", "smallint", true),
    ("events", "id", "uuid", false),
    ("events", "payload", "json", false),
    ("events", "schema_version", "bigint", false),
    ("events", "correlation_id", "uuid", false),
    ("events", "causation_id", "uuid", true),
    ("events", "process", "text", true),
    ("events", "process_category", "text", true),
    ("events", "priority", "smallint", false),
    ("events", "extensions", "json", true),
    ("parked", "subscription", "text", false),
    ("parked", "position", "bigint", false),
    ("parked", "stream", "text", false),
    ("parked", "category", "text", false),
    ("parked", "error", "text", true),
    ("parked", "attempts", "bigint", true),
    ("parked", "first", "timestamp with time zone", true),
    ("parked", "last", "timestamp with time zone", true),
    ("parked", "next", "timestamp with time zone", true),
    ("settlements", "command", "uuid", false),
    ("settlements", "fingerprint", "bigint", true),
    ("settlements", "position", "bigint", false),
    ("settlements", "accepted", "boolean", false),
    ("settlements", "answer", "json", true),
];

/// Indexes that answers and guarantees stand on: name, and what `pg_get_indexdef` says from the table's name on.
const INDEXES: [(&str, &str); 8] = [
    ("batches_pkey", "UNIQUE (batch)"),
    ("checkpoints_pkey", "UNIQUE (subscription)"),
    ("events_category", "(category, position)"),
    ("events_pkey", "UNIQUE (position)"),
    ("events_stream", "UNIQUE (stream, stream_position)"),
    ("events_type", "(type, position)"),
    ("parked_pkey", "UNIQUE (subscription, position)"),
    ("settlements_pkey", "UNIQUE (command)"),
];

const FOUND_COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, \
     a.attcollation = 0 OR l.collname = 'C' OR t.typname <> 'text', a.attgenerated <> '' OR a.attidentity <> '' \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_collation l ON l.oid = a.attcollation \
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = ANY($2) AND c.relkind IN ('r', 'p') \
     AND a.attnum > 0 AND NOT a.attisdropped";

const FOUND_INDEXES: &str = "SELECT c.relname::text, \
     CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || '(' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) \
     FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) JOIN pg_attribute a ON a.attrelid = i.indrelid \
     AND a.attnum = k.number) || ')' \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
     WHERE c.relnamespace = to_regnamespace($1) AND i.indisvalid AND i.indisready AND i.indpred IS NULL";

const FOUND_TRIGGER: &str = "SELECT 1 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = 'events' AND t.tgname = 'events_are_kept' AND t.tgenabled IN ('O', 'A')";

/// Whether everything is as this version works with it.
pub(super) async fn check(session: &Session, names: &Names) -> Result<(), Fault> {
    let tables: Vec<&str> = COLUMNS.iter().map(|column| column.0).collect();
    let [columns, indexes, triggers] = &session
        .query_all(&[
            (FOUND_COLUMNS, &[&names.schema, &tables]),
            (FOUND_INDEXES, &[&names.schema]),
            (FOUND_TRIGGER, &[&names.schema]),
        ])
        .await?[..]
    else {
        return Err(Fault::new(Follows::Gone, "the server left questions unanswered"));
    };
    let mut differences = Vec::new();
    let mut found = Vec::new();
    for row in columns {
        let (table, column): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (kind, nullable): (String, bool) = (row.try_get(2)?, row.try_get(3)?);
        let (by_code_point, computed): (bool, bool) = (row.try_get(4)?, row.try_get(5)?);
        let expected = COLUMNS.iter().find(|expected| (expected.0, expected.1) == (&*table, &*column));
        match expected {
            None if !nullable => {
                differences.push(format!("column `{table}.{column}` is not ours and must not be null: nothing can be written"));
            }
            None => {}
            Some((.., expected, _)) if kind != *expected => {
                differences.push(format!("column `{table}.{column}` is {kind}, not {expected}"));
            }
            Some((.., may_be_null)) if nullable != *may_be_null => {
                let [there, here] = if nullable { ["may", "must not"] } else { ["must not", "may"] };
                differences.push(format!("column `{table}.{column}` {there} be null, and {here} be"));
            }
            Some(_) if computed => differences.push(format!("column `{table}.{column}` is computed by the database")),
            Some(_) if !by_code_point && kind == "text" => {
                differences.push(format!("column `{table}.{column}` is not sorted by code point (`COLLATE \"C\"`)"));
            }
            Some(_) => {}
        }
        found.push((table, column));
    }
    for (table, column, ..) in COLUMNS {
        if !found.iter().any(|found| (&*found.0, &*found.1) == (table, column)) {
            differences.push(format!("column `{table}.{column}` is missing"));
        }
    }
    let mut found = Vec::new();
    for row in indexes {
        found.push((row.try_get::<_, String>(0)?, row.try_get::<_, Option<String>>(1)?.unwrap_or_default()));
    }
    for (index, columns) in INDEXES {
        match found.iter().find(|found| found.0 == index) {
            None => differences.push(format!("index `{index}` on {columns} is missing or not valid")),
            Some((_, found)) if found != columns => differences.push(format!("index `{index}` is on {found}, not {columns}")),
            Some(_) => {}
        }
    }
    if triggers.is_empty() {
        differences.push("trigger `events_are_kept`, which refuses changes of the log, is missing or off".to_owned());
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Fault::new(
        Follows::Configuration,
        format!(
            "somebody altered the tables of schema `{}`: {}; undo that, or restore a backup beside it and name its schema",
            names.plain,
            differences.join("; ")
        ),
    ))
}
