//! Two kinds of process on the same events, found by a field that has another name there; processes that start others of their kind, and
//! are over with the step that issues their last command.

use fidelis::{MemoryStore, block_on, prelude::*, process::ProcessStatus};

use crate::troubled::log_of;

fidelis::domain!("company");

#[event(part_of = Project)]
pub struct Opened {
    pub title: String,
    pub parts: Vec<String>,
}

#[event(part_of = Project)]
pub struct Closed {
    pub title: String,
}

#[aggregate(event_sourced)]
pub struct Project {
    pub title: String,
    pub is_closed: bool,
}

#[aggregate]
impl Project {
    #[apply]
    fn on_opened(&mut self, event: &Opened) {
        self.title.clone_from(&event.title);
    }

    #[apply]
    fn on_closed(&mut self, _: &Closed) {
        self.is_closed = true;
    }
}

#[command(part_of = Project)]
pub struct Open {
    #[identifier]
    pub id: Id<Project>,
    pub title: String,
    pub parts: Vec<String>,
}

#[command(part_of = Project)]
pub struct Close {
    #[identifier]
    pub id: Id<Project>,
}

#[derive(Default)]
pub struct Office;

#[command_handler(part_of = Project)]
impl Office {
    #[handle]
    fn open(&self, command: Open, id: Id<Project>) -> Result<Project, Rejection> {
        let mut project = Project::new(id);
        project.raise(Opened { title: command.title, parts: command.parts })?;
        Ok(project)
    }

    #[handle]
    fn close(&self, _: Close, project: &mut Project) -> Result<(), Rejection> {
        project.raise(Closed { title: project.title.clone() })
    }
}

/// Opens a project for each part; one without parts is closed.
#[process_manager(correlate = plan)]
pub struct Planning {
    pub plan: String,
}

#[process_manager(never_rejected = [Open, Close])]
impl Planning {
    #[handle(start, correlate = title)]
    fn on_opened(&mut self, event: &Opened, then: &mut Effects<Self>) {
        for part in &event.parts {
            then.issue(Open { id: Id::named(part), title: part.clone(), parts: Vec::new() });
        }
        if event.parts.is_empty() {
            then.issue(Close { id: Id::named(&event.title) });
            then.mark_as_complete();
        }
    }
}

/// Is paid when the project is closed.
#[process_manager(correlate = bill)]
pub struct Billing {
    pub bill: String,
}

#[process_manager]
impl Billing {
    #[handle(start, correlate = title)]
    fn on_opened(&mut self, _: &Opened) {}

    #[handle(end, correlate = title)]
    fn on_closed(&mut self, _: &Closed) {}
}

#[test]
fn processes_of_two_kinds_share_events_and_start_others() {
    let engine = block_on(domain().on(MemoryStore::default()).start()).unwrap();
    let parts = vec!["roof".to_owned(), "wall".to_owned()];
    let opened = block_on(engine.process(Open { id: Id::named("house"), title: "house".into(), parts })).unwrap();
    assert_eq!(opened.lagging, []);
    let status = |kind: &str, key: &str| {
        let stream = fidelis::StreamName::new(&format!("company::{kind}"), key);
        block_on(engine.inspect_process(&stream, 10)).unwrap().last().status
    };
    for (part, is_closed) in [("house", false), ("roof", true), ("wall", true)] {
        let over = if is_closed { ProcessStatus::Completed } else { ProcessStatus::Running };
        assert_eq!((status("planning", part), status("billing", part)), (over, over), "{part}");
        assert_eq!(block_on(engine.load(Id::<Project>::named(part))).unwrap().is_closed, is_closed, "{part}");
    }
    // All of it is one chain: the one who opened the house caused it.
    let log = log_of(engine.store());
    let chains: std::collections::BTreeSet<_> = log.iter().map(|record| record.metadata.origin.correlation_id).collect();
    assert_eq!(chains.len(), 1);
    assert_eq!(block_on(engine.parked()).unwrap(), []);
}
