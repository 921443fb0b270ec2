//! Processes that need a person: what a retry tries again, and how they are found.

use fidelis::{
    MemoryStore, SignedDuration, Store, Waiting, block_on,
    process::{ProcessStatus, ProcessSummary},
    sqlite::SqliteStore,
};
use fidelis_postgres::PostgresStore;

use crate::{
    process_errands::{Act, Office, Tell, stream},
    process_stores::server,
};

fn needs_person(office: &Office, errand: &str) -> bool {
    office.last(errand).status == ProcessStatus::NeedsPerson
}

fn retry(office: &Office, errand: &str) {
    block_on(office.engine.retry_process(&stream(errand))).unwrap();
}

/// Else a process that waited for it would wait for ever, and look as if it ran.
#[test]
fn a_timer_whose_step_failed_fires_again_on_a_retry() {
    let office = Office::on(MemoryStore::default());
    office.tell("a", [Act::Start("broken".into(), 1), Act::Start("first".into(), 2_000_000_000)]);
    office.pass(SignedDuration::from_secs(1));
    assert!(needs_person(&office, "a"));
    retry(&office, "a");
    assert!(needs_person(&office, "a"), "it is still broken");
    office.tell("a", [Act::Mend]);
    office.pass(SignedDuration::from_secs(1));
    retry(&office, "a");
    assert_eq!(
        (office.last("a").status, office.state("a").fired),
        (ProcessStatus::Running, vec!["first".into(), "broken".into()])
    );
    assert_eq!(office.engine.next_due(), None);
}

#[test]
fn a_command_that_a_step_has_given_to_a_person_is_issued_again_on_a_retry() {
    let office = Office::on(MemoryStore::default());
    office.build("mill", false);
    office.tell("a", [Act::Go("mill".into())]);
    assert!(needs_person(&office, "a"));
    retry(&office, "a");
    assert!(needs_person(&office, "a"), "it is still closed");
    office.build("mill", true);
    retry(&office, "a");
    assert_eq!((office.last("a").status, office.place("mill").visits), (ProcessStatus::Running, 1));
}

#[test]
fn all_commands_that_were_refused_are_issued_again_on_a_retry() {
    let office = Office::on(MemoryStore::default());
    office.build("mill", false);
    office.build("well", false);
    office.tell("a", [Act::Must("mill".into()), Act::Must("well".into()), Act::Go("mill".into())]);
    assert!(needs_person(&office, "a"));
    office.build("mill", true);
    office.build("well", true);
    retry(&office, "a");
    assert_eq!((office.place("mill").visits, office.place("well").visits), (2, 1));
    assert_eq!(office.last("a").status, ProcessStatus::Running);
}

#[test]
fn a_reason_may_quote_anything_in_memory() {
    a_reason_may_quote_anything(MemoryStore::default());
}

#[test]
fn a_reason_may_quote_anything_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    a_reason_may_quote_anything(block_on(SqliteStore::open(folder.path().join("errands.sqlite"))).unwrap());
}

#[test]
fn a_reason_may_quote_anything_on_a_server() {
    let Some(server) = server() else { return };
    a_reason_may_quote_anything(block_on(PostgresStore::connect(&server.url())).unwrap());
}

/// Whatever is said in a refusal, the process is found by its state.
fn a_reason_may_quote_anything(store: impl Store) {
    let office = Office::on(store);
    office.build("mill", false);
    for (errand, act) in [("a", Act::Go("mill".into())), ("b", Act::Must("mill".into()))] {
        office.tell(errand, [act]);
        let stuck = office.engine.query::<ProcessSummary>().filter(ProcessSummary::STATUS.eq(ProcessStatus::NeedsPerson));
        let stuck = block_on(stuck.filter(ProcessSummary::KEY.eq(errand)).all()).unwrap();
        let reason = stuck[0].reason.as_deref().unwrap();
        assert!(reason.ends_with("{place: [closed\u{fffd} for today]}"), "{reason}");
        let inspection = block_on(office.engine.inspect_process(&stream(errand), 1)).unwrap();
        let said = |waiting: &Waiting| matches!(waiting, Waiting::Person { reason } if reason.contains("closed\0 for today"));
        assert!(inspection.waits_for.iter().any(said), "{:?}", inspection.waits_for);
        block_on(office.engine.end_process(&stream(errand), "the mill\0 is gone")).unwrap();
        assert_eq!(office.last(errand).reason.as_deref(), Some("the mill\0 is gone"));
    }
    assert_eq!(block_on(office.engine.parked()).unwrap(), []);
    let ended = office.engine.query::<ProcessSummary>().filter(ProcessSummary::STATUS.eq(ProcessStatus::Ended));
    assert_eq!(block_on(ended.count()).unwrap(), 2);
    // And what cannot be handled is parked, or it would stop all others.
    let _ = block_on(office.engine.process(Tell { errand: "c".into(), acts: vec![Act::Fail] })).unwrap();
    office.tell("d", []);
    assert_eq!(office.last("d").status, ProcessStatus::Running);
    let parked = block_on(office.engine.parked()).unwrap().remove(0).failure.unwrap();
    assert!(parked.error.contains("broken\u{fffd} by somebody"), "{}", parked.error);
}
