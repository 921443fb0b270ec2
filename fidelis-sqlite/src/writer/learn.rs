//! Letting a view learn what a batch needs.

use std::sync::Arc;

use fidelis_core::{Timestamp, projection::Key};
use fidelis_sql::batch::{Needs, View};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

use super::numbers::Numbers;
use crate::{
    models::{Model, Models},
    read::{self, BLOCK, TYPE_MARK},
};

/// A view of the log that knows its end only.
pub(super) fn view(connection: &Connection) -> Result<View, rusqlite::Error> {
    let sql = "SELECT position, time FROM fidelis_records ORDER BY position DESC LIMIT 1";
    let last = connection
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), read::time_of(row.get(1)?)?)));
    let (head, time) = last.optional()?.unwrap_or((0, Timestamp::MIN));
    Ok(View::new(head, time))
}

/// Reads what is needed.
pub(super) fn learn(
    connection: &Connection,
    models: &Models,
    numbers: &mut Numbers,
    needs: Needs,
    view: &mut View,
) -> Result<(), rusqlite::Error> {
    for stream in needs.streams {
        let version = match numbers.find_stream(connection, &stream)? {
            Some(number) => read::version(connection, number)?,
            None => None,
        };
        view.learn_stream(stream, version);
    }
    for subscription in needs.checkpoints {
        let position = read::checkpoint(connection, &subscription)?;
        view.learn_checkpoint(subscription, position);
    }
    for subscription in needs.parked {
        let mut statement = connection.prepare_cached("SELECT position FROM fidelis_parked WHERE subscription = ?1")?;
        let positions = statement.query_map([&*subscription], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
        let positions = positions.collect::<Result<Vec<_>, _>>()?;
        view.learn_parked(subscription, positions);
    }
    for name in needs.types {
        let position = match numbers.find_type(connection, &name)? {
            Some(number) => last_of_type(connection, number)?,
            None => 0,
        };
        view.learn_type(name, position);
    }
    for command in needs.settlements {
        let settlement = read::settlement(connection, command)?;
        view.learn_settlement(command, settlement);
    }
    let mut tables: FxHashMap<&str, (Arc<Model>, Vec<Key>)> = FxHashMap::default();
    for (table, key) in needs.rows {
        // Where there is no such table the projector is refused its rows, and follows by itself.
        let Ok(model) = models.get(table) else { continue };
        if table.check_key(&key).is_ok() {
            tables.entry(table.name).or_insert_with(|| (model, Vec::new())).1.push(key);
        }
    }
    for (model, keys) in tables.into_values() {
        let rows = read::rows_by_key(connection, &model, &keys, false)?;
        for (key, row) in keys.into_iter().zip(rows) {
            view.learn_row(model.table, key, row);
        }
    }
    Ok(())
}

/// The position of the last record of a type: somewhere in the last block with its mark.
fn last_of_type(connection: &Connection, number: i64) -> Result<u64, rusqlite::Error> {
    let sql = "SELECT block FROM fidelis_marks WHERE kind = ?1 AND id = ?2 ORDER BY block DESC LIMIT 1";
    let block = connection.prepare_cached(sql)?.query_row([TYPE_MARK, number], |row| row.get::<_, i64>(0)).optional()?;
    let Some(block) = block else { return Ok(0) };
    let sql =
        "SELECT position FROM fidelis_records WHERE position BETWEEN ?1 AND ?2 AND type = ?3 ORDER BY position DESC LIMIT 1";
    let bounds = [block * BLOCK, (block + 1) * BLOCK - 1, number];
    let last = connection.prepare_cached(sql)?.query_row(bounds, |row| row.get::<_, i64>(0)).optional()?;
    Ok(last.unwrap_or_default().cast_unsigned())
}
