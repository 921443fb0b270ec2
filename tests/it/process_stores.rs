//! The same processes on a file and on a server, by two engines at a time, and by those that come after them.

use std::sync::Arc;

use fidelis::{ManualClock, Store, block_on, prelude::*, process::ProcessSummary, sqlite::SqliteStore};
use fidelis_postgres::PostgresStore;
use fidelis_test_servers::{Postgres, ServerError};

use crate::{
    process_bank::{Account, Ask, Freeze, Open, Transfer},
    process_engines::assert_each_cause_once,
    process_steps::builder,
};

/// A PostgreSQL server of a test's own; none on a machine that has no PostgreSQL.
pub fn server() -> Option<Postgres> {
    match Postgres::start(&[]) {
        Err(ServerError::NotInstalled { .. }) => None,
        server => Some(server.unwrap_or_else(|error| panic!("{error}"))),
    }
}

#[test]
fn transfers_end_once_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    transfers_end_once(|| block_on(SqliteStore::open(folder.path().join("bank.sqlite"))).unwrap());
}

#[test]
fn transfers_end_once_on_a_server() {
    let Some(server) = server() else { return };
    transfers_end_once(|| block_on(PostgresStore::connect(&server.url())).unwrap());
}

fn transfers_end_once<S: Store>(open: impl Fn() -> S) {
    let clock = Arc::new(ManualClock::default());
    let start = || block_on(builder(open(), &clock).start()).unwrap();
    let (one, other) = (start(), start());
    let open = |amount| block_on(one.process(Open { amount })).unwrap().value;
    let (alice, bob, carol) = (open(100), open(100), open(100));
    let _ = block_on(one.process(Freeze { account: carol, frozen: true })).unwrap();
    let ask = |engine: &Engine, index: usize| {
        let (from, to) = [(alice, bob), (bob, alice), (alice, carol), (bob, alice)][index % 4];
        let transfer = format!("t{index}");
        let amount = if index.is_multiple_of(7) { 1_000 } else { 5 };
        let _ = block_on(engine.process(Ask { id: Id::named(&transfer), transfer, from, to, amount })).unwrap();
    };
    std::thread::scope(|scope| {
        scope.spawn(|| (0..20).for_each(|index| ask(&one, 2 * index)));
        scope.spawn(|| (0..20).for_each(|index| ask(&other, 2 * index + 1)));
    });
    drop((one, other));
    let engine = start();
    block_on(engine.settle()).unwrap();
    let balance = |account: Id<Account>| block_on(engine.load(account)).unwrap().balance;
    assert_eq!(balance(alice) + balance(bob), 200);
    assert_eq!(balance(carol), 100);
    for index in 0..40_usize {
        let outcome = block_on(engine.load(Id::<Transfer>::named(&format!("t{index}")))).unwrap().outcome;
        let expected = match index {
            index if index.is_multiple_of(7) => "{balance: [insufficient funds]}",
            index if index % 4 == 2 => "{status: [frozen]}",
            _ => "settled",
        };
        assert_eq!(outcome, expected, "t{index}");
    }
    assert_eq!(block_on(engine.parked()).unwrap(), []);
    assert_eq!(engine.next_due(), None);
    assert_each_cause_once(&engine);
    let rows = block_on(engine.query::<ProcessSummary>().order_by(ProcessSummary::STREAM.ascending()).all()).unwrap();
    block_on(engine.rebuild::<ProcessSummary>()).unwrap();
    let rebuilt = block_on(engine.query::<ProcessSummary>().order_by(ProcessSummary::STREAM.ascending()).all()).unwrap();
    assert_eq!((rows.len(), rows), (40, rebuilt));
}
