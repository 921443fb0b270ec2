//! What a process has caused comes back to it, and nothing else does.

use fidelis::{MemoryStore, process::ProcessStatus};

use crate::process_errands::{Act, Office};

/// What a handler does because of it is somebody else's: a process that waits for a deposit must not take a bonus for it.
#[test]
fn what_an_event_handler_does_about_it_does_not() {
    let office = Office::on(MemoryStore::default());
    office.build("mill", true);
    office.tell("a", [Act::Go("mill".into())]);
    assert_eq!((office.place("mill").visits, office.place("mill").applause), (1, 1));
    assert_eq!((office.last("a").status, office.state("a").fired), (ProcessStatus::Running, vec![]));
    office.tell("a", [Act::Applaud("mill".into())]);
    assert_eq!((office.place("mill").applause, office.state("a").fired), (2, vec!["applauded".into()]));
}
