//! Timers of processes: what starts, restarts and cancels them, and in what order they fire.

use fidelis::{
    MemoryStore, SignedDuration, Store, block_on,
    process::{Cause, ProcessStatus, ProcessSummary},
    sqlite::SqliteStore,
};
use fidelis_postgres::PostgresStore;

use crate::{
    process_errands::{Act, Office},
    process_stores::server,
};

const MINUTE: i64 = 60_000_000_000;

fn start(timer: &str, nanos: i64) -> Act {
    Act::Start(timer.into(), nanos)
}

/// Which timers have fired, in the order of the log.
fn fired(office: &Office) -> Vec<String> {
    let fired = office.steps().into_iter().filter_map(|(errand, step)| match step.cause {
        Cause::Timer { name, .. } => Some(format!("{errand} {name}")),
        _ => None,
    });
    fired.collect()
}

/// Also when one process has several and nobody was there when they fell due.
#[test]
fn they_fire_in_the_order_of_their_times() {
    let office = Office::on(MemoryStore::default());
    office.tell("a", [start("first", MINUTE), start("second", 2 * MINUTE)]);
    office.tell("b", [start("first", MINUTE * 3 / 2), start("second", 4 * MINUTE)]);
    office.tell("c", [start("second", 3 * MINUTE), start("first", 3 * MINUTE)]);
    office.pass(SignedDuration::from_mins(10));
    assert_eq!(fired(&office), ["a first", "b first", "a second", "c first", "c second", "b second"]);
}

/// More than are read at once.
#[test]
fn many_fire_in_the_order_of_their_times() {
    let office = Office::on(MemoryStore::default());
    for index in 0..150 {
        office.tell(&format!("{index:03}"), [start("first", MINUTE + index), start("second", 2 * MINUTE + index)]);
    }
    office.pass(SignedDuration::from_mins(10));
    let dues = office.steps().into_iter().filter_map(|(_, step)| match step.cause {
        Cause::Timer { due, .. } => Some(due),
        _ => None,
    });
    let dues: Vec<_> = dues.collect();
    assert_eq!(dues.len(), 300);
    assert!(dues.is_sorted());
}

#[test]
fn one_that_runs_goes_on_unless_it_is_restarted() {
    let office = Office::on(MemoryStore::default());
    office.tell("a", [start("first", 10 * MINUTE), start("first", MINUTE)]);
    office.tell("b", [start("first", MINUTE), Act::Restart("first".into(), 10 * MINUTE)]);
    office.tell("c", [start("first", MINUTE), start("second", MINUTE)]);
    office.tell("c", [Act::Cancel("first".into()), Act::Cancel("broken".into())]);
    office.tell("d", [start("first", MINUTE)]);
    office.tell("d", [Act::Complete, start("second", MINUTE)]);
    office.pass(SignedDuration::from_mins(9));
    assert_eq!(fired(&office), ["c second"]);
    office.pass(SignedDuration::from_mins(1));
    assert_eq!(fired(&office), ["c second", "a first", "b first"]);
    assert_eq!((office.last("d").status, office.engine.next_due()), (ProcessStatus::Completed, None));
}

#[test]
fn any_duration_can_be_stored_in_memory() {
    let store = MemoryStore::default();
    any_duration_can_be_stored(|| store.clone());
}

#[test]
fn any_duration_can_be_stored_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    any_duration_can_be_stored(|| block_on(SqliteStore::open(folder.path().join("errands.sqlite"))).unwrap());
}

#[test]
fn any_duration_can_be_stored_on_a_server() {
    let Some(server) = server() else { return };
    any_duration_can_be_stored(|| block_on(PostgresStore::connect(&server.url())).unwrap());
}

/// Whatever a step asks for, the timer is found after a restart, and fires no earlier than asked for.
fn any_duration_can_be_stored<S: Store>(open: impl Fn() -> S) {
    let office = Office::on(open());
    office.tell("a", [start("first", 1_500_000_001), start("second", i64::MAX)]);
    office.tell("b", [start("first", -5)]);
    let office = office.again(open());
    assert_eq!(block_on(office.engine.parked()).unwrap(), []);
    let dues = || {
        let rows = block_on(office.engine.query::<ProcessSummary>().order_by(ProcessSummary::KEY.ascending()).all()).unwrap();
        rows.into_iter().map(|row| row.due_at.map(|due| due.as_nanosecond() % 1_000)).collect::<Vec<_>>()
    };
    assert_eq!(dues(), [Some(0), Some(0)]);
    office.pass(SignedDuration::from_nanos(1_500_000_000));
    assert_eq!(fired(&office), ["b first"]);
    office.pass(SignedDuration::from_nanos(1_000));
    assert_eq!(fired(&office), ["b first", "a first"]);
}
