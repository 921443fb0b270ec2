//! Projectors that follow within a commit: only when nothing is left out by it, and never at the cost of the commit.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{
    Harness,
    material::{BALANCES, at, balance, interest, open, row, rows, stream, text_key, typed_event},
    write::Write,
};
use crate::{
    Error, ErrorKind, Recorded, Store, Value,
    projection::{Key, Row, Table},
    store::{Committed, Expected, Fold, Interest, Parked, RowChange, RowSource},
};

const DEPOSIT: &str = "Conformance.DepositMade.v1";
const WITHDRAWAL: &str = "Conformance.WithdrawalMade.v1";
const CLOSED: &str = "Conformance.Closed.v1";

/// Counts records by stream, and remembers under its own name the position of the last one.
#[derive(Debug)]
struct Counter {
    subscription: Arc<str>,
    interest: Interest,
    /// What it does wrong, when it meets a record with this text.
    wrong: Option<(&'static str, Wrong)>,
}

#[derive(Clone, Copy, Debug)]
enum Wrong {
    Refuses,
    WritesWhatDoesNotFit,
}

impl Counter {
    fn new(subscription: &str, types: &[&str]) -> Arc<Self> {
        Arc::new(Counter { subscription: subscription.into(), interest: interest(types), wrong: None })
    }

    fn wrong(subscription: &str, types: &[&str], text: &'static str, wrong: Wrong) -> Arc<Self> {
        Arc::new(Counter { subscription: subscription.into(), interest: interest(types), wrong: Some((text, wrong)) })
    }

    fn key(&self, counted: &str) -> String {
        format!("{}: {counted}", self.subscription)
    }
}

impl Fold for Counter {
    fn subscription(&self) -> &Arc<str> {
        &self.subscription
    }

    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        rows.push((&BALANCES, text_key(&self.key(record.metadata.stream.as_str()))));
    }

    fn fold(&self, records: &[Arc<Recorded>], stored: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let mut counts: Vec<(String, i64)> = Vec::new();
        let put = |row: Row| RowChange::Put { table: &BALANCES, row, staged: false };
        for record in records {
            match self.wrong {
                Some((text, Wrong::Refuses)) if record.payload.contains(text) => return Err(Error::invalid("refused")),
                Some((text, Wrong::WritesWhatDoesNotFit)) if record.payload.contains(text) => {
                    return Ok(smallvec::smallvec![put(Row::new([Value::Null]))]);
                }
                _ => {}
            }
            let name = self.key(record.metadata.stream.as_str());
            match counts.iter_mut().find(|(counted, _)| *counted == name) {
                Some((_, count)) => *count += 1,
                None => {
                    let count = stored(&BALANCES, &text_key(&name))?.map_or(0, |row| amount(&row));
                    counts.push((name, count + 1));
                }
            }
        }
        let last = records.last().map_or(0, |record| record.metadata.global_position);
        counts.push((self.key("last"), last as i64));
        Ok(counts.into_iter().map(|(name, count)| put(balance(&name, count))).collect())
    }
}

fn amount(row: &Row) -> i64 {
    match row.values()[1] {
        Value::Integer(amount) => amount,
        _ => panic!("an amount is a whole number"),
    }
}

impl Write {
    fn fold(mut self, fold: &Arc<Counter>) -> Self {
        self.0.folds.push(Arc::clone(fold) as Arc<dyn Fold>);
        self
    }

    /// Appends a record of each type, named by its type and place.
    fn typed<const N: usize>(self, to: &str, types: [&str; N]) -> Self {
        self.records(to, Expected::Any, types.map(|type_name| typed_event(type_name, &format!("{to} {type_name}"))))
    }
}

async fn counted(store: &dyn Store, counter: &Counter, what: &str) -> Option<i64> {
    row(store, &BALANCES, &text_key(&counter.key(what))).await.as_ref().map(amount)
}

async fn checkpoint(store: &dyn Store, counter: &Counter) -> u64 {
    store.checkpoint(&counter.subscription).await.expect("a checkpoint can be read")
}

fn folded(committed: &Committed) -> &[usize] {
    &committed.folded
}

pub(super) async fn projector_follows_within_the_commit(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT, WITHDRAWAL]);
    let commit = Write::new().typed("a-1", [DEPOSIT, CLOSED, WITHDRAWAL]).typed("a-2", [DEPOSIT, CLOSED]).fold(&deposits);
    assert_eq!(folded(&commit.stored(store).await), [0]);
    // The checkpoint is at the last record of interest: what follows it is of none.
    assert_eq!((counted(store, &deposits, "last").await, checkpoint(store, &deposits).await), (Some(4), 4));
    assert_eq!((counted(store, &deposits, "a-1").await, counted(store, &deposits, "a-2").await), (Some(2), Some(1)));

    // On top of what is stored; the record at position 5 does not count.
    let commit = Write::new().typed("a-2", [CLOSED, DEPOSIT]).fold(&deposits);
    assert_eq!(folded(&commit.stored(store).await), [0]);
    assert_eq!((counted(store, &deposits, "a-2").await, checkpoint(store, &deposits).await), (Some(2), 7));
}

pub(super) async fn projector_that_is_behind_stays_behind(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    // Nobody followed here.
    Write::new().typed("a-1", [DEPOSIT]).stored(store).await;
    let commit = Write::new().typed("a-1", [DEPOSIT]).fold(&deposits);
    assert_eq!(folded(&commit.stored(store).await), [0_usize; 0]);
    assert_eq!((checkpoint(store, &deposits).await, rows(store, &BALANCES).await), (0, vec![]));
    // It catches up by itself, but not far enough.
    Write::new().checkpoint("deposits", 0, 1).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0_usize; 0]);
    // And then it does.
    Write::new().checkpoint("deposits", 1, 3).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0]);
    assert_eq!((checkpoint(store, &deposits).await, counted(store, &deposits, "a-1").await), (4, Some(1)));
}

pub(super) async fn what_is_of_no_interest_holds_nobody_up(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    Write::new().typed("a-1", [CLOSED, CLOSED]).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0]);
    Write::new().typed("a-1", [CLOSED, CLOSED]).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0]);
    assert_eq!((checkpoint(store, &deposits).await, counted(store, &deposits, "a-1").await), (6, Some(2)));
}

pub(super) async fn commit_without_interest_moves_nothing(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await;
    for commit in [Write::new().typed("a-1", [CLOSED]), Write::new().put(&BALANCES, balance("other", 1)), Write::new()] {
        assert_eq!(folded(&commit.fold(&deposits).stored(store).await), [0_usize; 0]);
    }
    assert_eq!((checkpoint(store, &deposits).await, counted(store, &deposits, "last").await), (1, Some(1)));
}

pub(super) async fn parked_messages_keep_a_projector_out(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    let parked = Parked { subscription: "deposits".into(), stream: stream("a-1"), position: 1, failure: None };
    Write::new().typed("a-1", [DEPOSIT]).park(parked).checkpoint("deposits", 0, 1).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0_usize; 0]);
    assert_eq!((checkpoint(store, &deposits).await, rows(store, &BALANCES).await), (1, vec![]));
    // Those of others do not.
    let others = Parked { subscription: "others".into(), stream: stream("a-1"), position: 1, failure: None };
    Write::new().take_back("deposits", 1).park(others).checkpoint("deposits", 1, 2).stored(store).await;
    assert_eq!(folded(&Write::new().typed("a-1", [DEPOSIT]).fold(&deposits).stored(store).await), [0]);
}

pub(super) async fn refusing_projector_does_not_refuse_the_commit(harness: &dyn Harness) {
    let store = &*open(harness).await;
    for (name, wrong) in [("refuses", Wrong::Refuses), ("misfits", Wrong::WritesWhatDoesNotFit)] {
        let counter = Counter::wrong(name, &[DEPOSIT], "bad-", wrong);
        let (good, bad) = (format!("good-{name}"), format!("bad-{name}"));
        let commit = Write::new().typed(&good, [DEPOSIT]).typed(&bad, [DEPOSIT]).fold(&counter).settle(name, "1");
        let committed = commit.stored(store).await;
        assert_eq!((committed.records.len(), folded(&committed)), (2, &[][..]), "{name}");
        let so_far = (checkpoint(store, &counter).await, counted(store, &counter, &good).await);
        assert_eq!(so_far, (0, None), "{name}: nothing of what it refused is stored");
    }
    assert_eq!(rows(store, &BALANCES).await, []);
}

pub(super) async fn projectors_follow_each_for_itself(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let behind = Counter::new("behind", &[DEPOSIT, CLOSED]);
    let refusing = Counter::wrong("refusing", &[WITHDRAWAL], "a-1", Wrong::Refuses);
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    let withdrawals = Counter::new("withdrawals", &[WITHDRAWAL]);
    Write::new().typed("a-0", [CLOSED]).stored(store).await;
    let commit = Write::new().typed("a-1", [DEPOSIT, WITHDRAWAL, DEPOSIT]);
    let commit = commit.fold(&behind).fold(&deposits).fold(&refusing).fold(&withdrawals);
    assert_eq!(folded(&commit.stored(store).await), [1, 3]);
    let at = [&behind, &deposits, &refusing, &withdrawals].map(|counter| checkpoint(store, counter));
    let mut checkpoints = Vec::new();
    for at in at {
        checkpoints.push(at.await);
    }
    assert_eq!(checkpoints, [0, 4, 0, 3]);
    assert_eq!((counted(store, &deposits, "a-1").await, counted(store, &withdrawals, "a-1").await), (Some(2), Some(1)));
}

pub(super) async fn refused_and_repeated_commits_fold_nothing(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = Counter::new("deposits", &[DEPOSIT]);
    let command = |expected| {
        let records = [typed_event(DEPOSIT, "a")];
        Write::at(at(1)).records("a-1", expected, records).fold(&deposits).settle("first command", "1")
    };
    command(Expected::Exists).refused(store, ErrorKind::Conflict).await;
    assert_eq!((checkpoint(store, &deposits).await, counted(store, &deposits, "a-1").await), (0, None));
    assert_eq!(folded(&command(Expected::NoStream).stored(store).await), [0]);
    command(Expected::Any).repeated(store).await;
    assert_eq!((checkpoint(store, &deposits).await, counted(store, &deposits, "a-1").await), (1, Some(1)));
}

pub(super) async fn writers_at_once_are_folded_once_each(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let deposits = &Counter::new("deposits", &[DEPOSIT]);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                harness.run(Box::pin(async move {
                    for _ in 0..25 {
                        let commit = Write::new().typed("shared-1", [DEPOSIT]).typed(&format!("a-{writer}"), [DEPOSIT]);
                        assert_eq!(folded(&commit.fold(deposits).stored(store).await), [0]);
                    }
                }));
            });
        }
    });
    assert_eq!((counted(store, deposits, "shared-1").await, checkpoint(store, deposits).await), (Some(100), 200));
    for writer in 0..4 {
        assert_eq!(counted(store, deposits, &format!("a-{writer}")).await, Some(25));
    }
}
