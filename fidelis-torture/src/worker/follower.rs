//! A read model that follows the log: a page, its rows and its checkpoint in one commit.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use fidelis_core::{
    Column, Error, ErrorKind, MessageId, Origin, Recorded, Store, Timestamp, block_on,
    projection::{Key as RowKey, Row},
    store::{CheckpointMove, Commit, Failure, PageLimit, Parked, ParkedChange, ReadFrom, RowChange},
};

use super::{Worker, retry, say};
use crate::{
    Line,
    workload::{Change, TOTALS, TOTALS_SUBSCRIPTION, balance, interest, is_parked},
};

const PAGE: PageLimit = PageLimit { records: 50, bytes: 1 << 20 };

impl Worker<'_> {
    /// Follows until the callers are done and everything they wrote is folded.
    pub(super) fn follow(&self) {
        let mut attempt = 0;
        loop {
            let finished = self.done.load(Ordering::Acquire);
            match block_on(step(&*self.store)) {
                Ok(true) => attempt = 0,
                Ok(false) if finished => return,
                Ok(false) => retry::pause(1),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => {
                    say(&Line::Note(format!("follower: {error:?}")));
                    if finished {
                        return;
                    }
                    attempt += 1;
                    retry::pause(attempt);
                }
            }
        }
    }
}

/// Folds one page; `false` when there is none.
async fn step(store: &dyn Store) -> Result<bool, Error> {
    let from = store.checkpoint(TOTALS_SUBSCRIPTION).await?;
    let read = ReadFrom::Interest { interest: interest(), position: from + 1 };
    let page = store.read(read, PAGE).await?;
    let Some(last) = page.last() else { return Ok(false) };
    let to = last.metadata.global_position;
    let correlation_id = MessageId::named(TOTALS_SUBSCRIPTION);
    let origin = Origin { correlation_id, causation_id: None, process: None, priority: 0, extensions: None };
    let mut commit = Commit::new(Timestamp::now(), origin);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for record in &page {
        let change = Change::of_json(&record.payload).map_err(|error| Error::corrupt(&record.metadata, error))?;
        if is_parked(&change) {
            commit.parked.push(parked(record));
            continue;
        }
        let before = match rows.remove(&change.account) {
            Some(row) => Some(row),
            None => store.row(&TOTALS, &RowKey::new([change.account.clone().into_value()]), false).await?,
        };
        rows.insert(change.account.clone(), balance(before.as_ref(), &change));
    }
    commit.rows.extend(rows.into_values().map(|row| RowChange::Put { table: &TOTALS, row, staged: false }));
    commit.checkpoints.push(CheckpointMove { subscription: TOTALS_SUBSCRIPTION.into(), from, to });
    store.commit(commit).await?;
    Ok(true)
}

fn parked(record: &Arc<Recorded>) -> ParkedChange {
    let time = record.metadata.time;
    let failure = Failure { error: "parked on purpose".to_owned(), attempts: 1, first: time, last: time, next: None };
    ParkedChange::Put(Parked {
        subscription: TOTALS_SUBSCRIPTION.into(),
        stream: record.metadata.stream.clone(),
        position: record.metadata.global_position,
        failure: Some(failure),
    })
}
