//! Projectors that follow within a commit, after the file was closed: what nobody remembers is read.

use std::sync::Arc;

use fidelis_core::{
    Error, Recorded, Store, TypeName, block_on,
    projection::{Key, Table},
    store::{CommitResult, Fold, Interest, RowChange, RowSource},
};
use smallvec::SmallVec;

use crate::material::{BALANCES, appended, balance, file, open, typed, write};

/// Writes the position of the last record it has seen.
#[derive(Debug)]
struct Last(Arc<str>, Interest);

impl Fold for Last {
    fn subscription(&self) -> &Arc<str> {
        &self.0
    }

    fn interest(&self) -> &Interest {
        &self.1
    }

    fn rows(&self, _: &Recorded, _: &mut Vec<(&'static Table, Key)>) {}

    fn fold(&self, records: &[Arc<Recorded>], _: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        Ok(records.iter().map(|record| balance("last", record.metadata.global_position as i64)).collect())
    }
}

#[test]
fn projector_that_is_behind_stays_behind_after_reopening() {
    let (_folder, path) = file();
    let follows = |behind: u64| {
        let store = open(&path);
        block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
        let interest = Interest { types: vec![TypeName::parse("Test.Happened.v1")] };
        let mut commit = appended("account-1", &format!("{behind} behind"));
        commit.folds.push(Arc::new(Last("last".into(), interest)));
        match write(&store, commit) {
            CommitResult::Committed(committed) => !committed.folded.is_empty(),
            CommitResult::Repeated(_) => false,
        }
    };
    assert!(follows(0), "there is nothing before it");
    let store = open(&path);
    for number in 0..300 {
        write(&store, typed("account-1", "Test.Other.v1", &number.to_string()));
    }
    drop(store);
    assert!(follows(0), "what is of no interest holds nobody up");
    write(&open(&path), appended("account-1", "nobody follows"));
    for behind in 1..3 {
        assert!(!follows(behind), "it has not handled what is before");
    }
}
