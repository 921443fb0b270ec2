//! What a view does not know yet is read, all of it in one round trip.

use fidelis_core::{
    StreamName,
    projection::{Key, Table},
};
use fidelis_sql::batch::{Care, Needs, View};
use futures_util::future::{join, join_all};
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{Request, batch::Failed};
use crate::{
    fault::{Fault, Follows},
    names::Names,
    records::unsigned,
    rows::{self, Unread},
    session::Session,
    settlements,
    tables::Tables,
};

const STREAMS: &str = "SELECT s.name, e.stream_position FROM unnest($1::text[]) s(name), LATERAL (SELECT stream_position \
     FROM {schema}.events WHERE stream = s.name ORDER BY stream_position DESC LIMIT 1) e";
const CHECKPOINTS: &str = "SELECT subscription, position FROM {schema}.checkpoints WHERE subscription = ANY($1::text[])";
const PARKED: &str = "SELECT subscription, position FROM {schema}.parked WHERE subscription = ANY($1::text[])";
const TYPES: &str =
    "SELECT t.name, (SELECT max(position) FROM {schema}.events WHERE type = t.name) FROM unnest($1::text[]) t(name)";

/// Lets the view learn what the commits need. Gives whether there was anything to learn.
pub(super) async fn needs<'a>(
    session: &Session,
    names: &Names,
    prepared: &Tables,
    view: &mut View,
    batch: impl IntoIterator<Item = &'a Request>,
    care: Care,
) -> Result<bool, Failed> {
    let needs = view.needs(batch.into_iter().map(|request| &request.prepared), care);
    if needs.is_empty() {
        return Ok(false);
    }
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        Fault::new(Follows::NotNow, format!("somebody changed what the store keeps for itself: {error}"))
    };
    let streams: Vec<&str> = needs.streams.iter().map(StreamName::as_str).collect();
    let checkpoints: Vec<&str> = needs.checkpoints.iter().map(|name| &**name).collect();
    let parked: Vec<&str> = needs.parked.iter().map(|name| &**name).collect();
    let types: Vec<&str> = needs.types.iter().map(fidelis_core::TypeName::as_str).collect();
    let commands: Vec<Uuid> = needs.settlements.iter().map(|command| command.uuid()).collect();
    let settlements_sql = settlements::by_command(names);
    let sql = [STREAMS, CHECKPOINTS, PARKED, TYPES].map(|text| names.sql(text));
    let [streams, checkpoints, parked, types]: [[&(dyn ToSql + Sync); 1]; 4] = [[&streams], [&checkpoints], [&parked], [&types]];
    let commands: [&(dyn ToSql + Sync); 1] = [&commands];
    let wanted = [
        (&*sql[0], &streams, needs.streams.is_empty()),
        (&*sql[1], &checkpoints, needs.checkpoints.is_empty()),
        (&*sql[2], &parked, needs.parked.is_empty()),
        (&*sql[3], &types, needs.types.is_empty()),
        (&*settlements_sql, &commands, needs.settlements.is_empty()),
    ];
    let questions = wanted.map(|(sql, parameters, nothing)| async move {
        match nothing {
            true => Ok(Vec::new()),
            false => session.query(sql, parameters).await,
        }
    });
    let by_table = by_table(&needs, prepared);
    let tables = join_all(by_table.iter().map(|(table, keys)| rows::by_keys(session, names, table, keys, false)));
    let (answers, tables) = join(join_all(questions), tables).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, Fault>>()?;
    let [streams, checkpoints, parked, types, settlements] = &answers[..] else { unreachable!("there are five questions") };

    let mut found: FxHashMap<&str, u64> = FxHashMap::default();
    for row in streams {
        found.insert(row.try_get(0).map_err(Fault::from)?, unsigned(row, 1).map_err(broken)?);
    }
    for stream in &needs.streams {
        view.learn_stream(stream.clone(), found.get(stream.as_str()).copied());
    }
    let mut found: FxHashMap<&str, u64> = FxHashMap::default();
    for row in checkpoints {
        found.insert(row.try_get(0).map_err(Fault::from)?, unsigned(row, 1).map_err(broken)?);
    }
    for subscription in &needs.checkpoints {
        view.learn_checkpoint(subscription.clone(), found.get(&**subscription).copied().unwrap_or_default());
    }
    let mut found: FxHashMap<&str, Vec<u64>> = FxHashMap::default();
    for row in parked {
        found.entry(row.try_get(0).map_err(Fault::from)?).or_default().push(unsigned(row, 1).map_err(broken)?);
    }
    for subscription in &needs.parked {
        view.learn_parked(subscription.clone(), found.remove(&**subscription).unwrap_or_default());
    }
    let mut found: FxHashMap<&str, u64> = FxHashMap::default();
    for row in types {
        let last: Option<i64> = row.try_get(1).map_err(Fault::from)?;
        found.insert(row.try_get(0).map_err(Fault::from)?, last.map_or(0, i64::unsigned_abs));
    }
    for name in &needs.types {
        view.learn_type(name.clone(), found.get(name.as_str()).copied().unwrap_or_default());
    }
    let mut found = FxHashMap::default();
    for row in settlements {
        let settlement = settlements::decode(row).map_err(|error| broken(error.into()))?;
        found.insert(settlement.command, settlement);
    }
    for command in &needs.settlements {
        view.learn_settlement(*command, found.remove(command));
    }
    for ((table, keys), answer) in by_table.iter().zip(tables) {
        let mut found = match answer {
            Ok(found) => found,
            Err(Unread::Fault(fault)) => return Err(fault.into()),
            Err(Unread::Row(error)) => return Err(broken(error.into()).into()),
        };
        for &key in keys {
            view.learn_row(table, key.clone(), found.remove(key));
        }
    }
    Ok(true)
}

/// A row that cannot be there is not read: the projector that wants it is refused it, and follows by itself.
fn by_table<'a>(needs: &'a Needs, prepared: &Tables) -> Vec<(&'static Table, Vec<&'a Key>)> {
    let mut tables: Vec<(&'static Table, Vec<&Key>)> = Vec::new();
    for (table, key) in &needs.rows {
        if prepared.check_table(table).is_err() || table.check_key(key).is_err() {
            continue;
        }
        match tables.iter_mut().find(|(known, _)| known.name == table.name) {
            Some((_, keys)) => keys.push(key),
            None => tables.push((table, vec![key])),
        }
    }
    tables
}
