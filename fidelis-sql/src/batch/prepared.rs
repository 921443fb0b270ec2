//! A commit that is ready to be decided.

use std::sync::Arc;

use fidelis_core::{
    Metadata, Recorded,
    projection::{Key, Table},
    store::Commit,
};
use smallvec::SmallVec;

/// A commit on its way into a batch: its records are made, but for their places.
#[derive(Debug)]
pub struct Prepared {
    pub(super) commit: Commit,
    /// The records of each append.
    pub(super) records: SmallVec<[SmallVec<[Arc<Recorded>; 1]>; 1]>,
    /// The rows that its folds are going to ask for.
    pub(super) rows: Vec<(&'static Table, Key)>,
    bytes: usize,
}

impl Prepared {
    /// Makes the records of a commit, and asks its folds what rows they need.
    pub fn new(mut commit: Commit) -> Self {
        let mut prepared = SmallVec::with_capacity(commit.appends.len());
        let mut bytes = 0;
        let mut rows = Vec::new();
        for append in &mut commit.appends {
            let records: SmallVec<[Arc<Recorded>; 1]> = append
                .records
                .drain(..)
                .map(|record| {
                    let metadata = Metadata {
                        id: record.id,
                        type_name: record.type_name,
                        kind: record.kind,
                        stream: append.stream.clone(),
                        position: 0,
                        global_position: 0,
                        time: commit.time,
                        schema_version: record.schema_version,
                        origin: commit.origin.clone(),
                    };
                    Arc::new(Recorded { metadata, payload: record.payload })
                })
                .collect();
            for record in &records {
                bytes += record.payload.len();
                for fold in &commit.folds {
                    if fold.interest().types.contains(&record.metadata.type_name) {
                        fold.rows(record, &mut rows);
                    }
                }
            }
            prepared.push(records);
        }
        if let Some(restored) = &commit.restored {
            bytes += restored.records.iter().map(|record| record.payload.len()).sum::<usize>();
        }
        let entries = commit.rows.len() + commit.parked.len() + prepared.len();
        Prepared { commit, records: prepared, rows, bytes: bytes + 256 * (1 + entries) }
    }

    /// About how many bytes it is going to write: for queues that are bounded.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether it has to be the only one of its batch: it exchanges whole tables, takes over a piece of another log, or removes
    /// settlements, which another commit of the batch could be about to write again.
    pub fn is_alone(&self) -> bool {
        !self.commit.tables.is_empty() || self.commit.restored.is_some() || !self.commit.pruned.is_empty()
    }

    /// The commit; its appends have no records any more.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The records it is going to append. They have no places yet, or those of an earlier try.
    pub fn records(&self) -> impl Iterator<Item = &Recorded> {
        self.records.iter().flatten().map(|record| &**record)
    }
}
