//! Writing what a batch has decided.

use fidelis_core::{
    Recorded,
    store::{Outcome, Parked, PrunedSettlement, Settlement},
};
use fidelis_sql::batch::{Changes, TableRows};
use rusqlite::{Connection, params, params_from_iter};

use super::numbers::Numbers;
use crate::{
    models::{self, Models},
    read::{CATEGORY_MARK, TYPE_MARK, kind_to, time_to},
    value::{bind_keys, bind_row},
};

/// Writes all changes, within the transaction that is open.
pub(super) fn write(
    connection: &Connection,
    models: &Models,
    numbers: &mut Numbers,
    changes: &Changes,
) -> Result<(), rusqlite::Error> {
    records(connection, numbers, &changes.records)?;
    changes.tables.iter().try_for_each(|rows| table(connection, models, rows))?;
    changes.exchanged.iter().try_for_each(|change| models::exchange(connection, *change))?;
    if !changes.checkpoints.is_empty() {
        let sql = "INSERT INTO fidelis_checkpoints (subscription, position) VALUES (?1, ?2)
            ON CONFLICT (subscription) DO UPDATE SET position = excluded.position";
        let mut statement = connection.prepare_cached(sql)?;
        for (subscription, position) in &changes.checkpoints {
            statement.execute(params![&**subscription, position.cast_signed()])?;
        }
    }
    for ((subscription, position), change) in &changes.parked {
        park(connection, numbers, subscription, *position, change.as_ref())?;
    }
    prune(connection, &changes.pruned)?;
    settlements(connection, &changes.settlements)
}

fn records(connection: &Connection, numbers: &mut Numbers, records: &[impl AsRef<Recorded>]) -> Result<(), rusqlite::Error> {
    if records.is_empty() {
        return Ok(());
    }
    let sql =
        "INSERT INTO fidelis_records (position, type, category, stream, stream_position, time, kind, schema_version, priority, \
               id, correlation, causation, process, extensions, payload)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let mut statement = connection.prepare_cached(sql)?;
    for record in records {
        let Recorded { metadata, payload } = record.as_ref();
        let origin = &metadata.origin;
        let position = metadata.global_position.cast_signed();
        let type_number = numbers.type_number(connection, &metadata.type_name)?;
        let (stream, category) = numbers.stream(connection, &metadata.stream)?;
        let process = match &origin.process {
            Some(process) => Some(numbers.stream(connection, process)?.0),
            None => None,
        };
        let extensions = match &origin.extensions {
            Some(extensions) => Some(serde_json::to_string(&**extensions).map_err(unwritable)?),
            None => None,
        };
        statement.execute(params![
            position,
            type_number,
            category,
            stream,
            metadata.position.cast_signed(),
            time_to(metadata.time).map_err(unwritable)?,
            kind_to(metadata.kind),
            metadata.schema_version,
            origin.priority,
            metadata.id.uuid().as_bytes(),
            origin.correlation_id.uuid().as_bytes(),
            origin.causation_id.map(|id| *id.uuid().as_bytes()),
            process,
            extensions,
            &**payload,
        ])?;
        numbers.mark(connection, TYPE_MARK, type_number, position)?;
        numbers.mark(connection, CATEGORY_MARK, category, position)?;
    }
    Ok(())
}

fn table(connection: &Connection, models: &Models, rows: &TableRows) -> Result<(), rusqlite::Error> {
    let model = models.get(rows.table).map_err(unwritable)?;
    let staged = usize::from(rows.staged);
    let mut put = connection.prepare_cached(&model.put[staged])?;
    for (key, row) in &rows.rows {
        match row {
            Some(row) => put.execute(params_from_iter(bind_row(model.table, row)))?,
            None => connection.prepare_cached(&model.delete[staged])?.execute(params_from_iter(bind_keys(key)))?,
        };
    }
    Ok(())
}

fn park(
    connection: &Connection,
    numbers: &mut Numbers,
    subscription: &str,
    position: u64,
    change: Option<&Parked>,
) -> Result<(), rusqlite::Error> {
    let position = position.cast_signed();
    let Some(parked) = change else {
        let sql = "DELETE FROM fidelis_parked WHERE subscription = ?1 AND position = ?2";
        return connection.prepare_cached(sql)?.execute(params![subscription, position]).map(drop);
    };
    let (stream, _) = numbers.stream(connection, &parked.stream)?;
    let failure = parked.failure.as_ref();
    let time = |time| time_to(time).map_err(unwritable);
    let sql = "INSERT INTO fidelis_parked (subscription, position, stream, error, attempts, first, last, next)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (subscription, position) DO UPDATE SET stream = excluded.stream, error = excluded.error,
            attempts = excluded.attempts, first = excluded.first, last = excluded.last, next = excluded.next";
    connection.prepare_cached(sql)?.execute(params![
        subscription,
        position,
        stream,
        failure.map(|failure| &failure.error),
        failure.map(|failure| failure.attempts),
        failure.map(|failure| time(failure.first)).transpose()?,
        failure.map(|failure| time(failure.last)).transpose()?,
        failure.and_then(|failure| failure.next).map(time).transpose()?,
    ])?;
    Ok(())
}

fn prune(connection: &Connection, pruned: &[PrunedSettlement]) -> Result<(), rusqlite::Error> {
    if pruned.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached("DELETE FROM fidelis_settlements WHERE command = ?1 AND position = ?2")?;
    for PrunedSettlement { command, position } in pruned {
        statement.execute(params![command.uuid().as_bytes(), position.cast_signed()])?;
    }
    Ok(())
}

fn settlements(connection: &Connection, settlements: &[Settlement]) -> Result<(), rusqlite::Error> {
    if settlements.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO fidelis_settlements (command, position, fingerprint, outcome, answer) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(sql)?;
    for settlement in settlements {
        let rejection;
        let (outcome, answer) = match &settlement.outcome {
            Outcome::Accepted(answer) => ("accepted", answer.as_deref()),
            Outcome::Rejected(refused) => {
                rejection = serde_json::to_string(refused).map_err(unwritable)?;
                ("rejected", Some(&*rejection))
            }
        };
        statement.execute(params![
            settlement.command.uuid().as_bytes(),
            settlement.position.cast_signed(),
            settlement.fingerprint.map(u64::cast_signed),
            outcome,
            answer,
        ])?;
    }
    Ok(())
}

/// What was looked at before the commit was taken, and cannot go wrong here.
fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
