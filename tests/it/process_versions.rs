//! Processes that were begun by another version of the code: those that cannot go on are found before anything runs.

use std::sync::Arc;

use fidelis::{Domain, ManualClock, MemoryStore, RetryPolicy, Store, block_on, prelude::*, sqlite::SqliteStore};
use fidelis_postgres::PostgresStore;

use crate::process_stores::server;

/// One version of a domain: all of them have the same aggregate, and each its process manager.
macro_rules! version {
    ($version:ident, $($process:tt)*) => {
        mod $version {
            use fidelis::prelude::*;

            fidelis::domain!("evolving");

            #[event(part_of = Plan)]
            pub struct Planned { pub plan: String }

            #[event(part_of = Plan)]
            pub struct Done {}

            #[event(part_of = Plan)]
            pub struct Over { pub plan: String }

            #[aggregate(event_sourced)]
            pub struct Plan { pub done: u32 }

            #[aggregate]
            impl Plan {
                #[apply]
                fn on_planned(&mut self, _: &Planned) {}

                #[apply]
                fn on_done(&mut self, _: &Done) { self.done += 1; }

                #[apply]
                fn on_over(&mut self, _: &Over) {}
            }

            #[command(part_of = Plan)]
            pub struct Make { #[identifier] pub id: Id<Plan>, pub plan: String }

            /// Works.
            #[command(part_of = Plan)]
            pub struct Do { #[identifier] pub id: Id<Plan> }

            /// Works, and is not undone.
            #[command(part_of = Plan)]
            pub struct Note { #[identifier] pub id: Id<Plan> }

            /// Never works.
            #[command(part_of = Plan)]
            pub struct Fail { #[identifier] pub id: Id<Plan> }

            /// Is always refused.
            #[command(part_of = Plan)]
            pub struct Refuse { #[identifier] pub id: Id<Plan> }

            #[derive(Default)]
            pub struct Planner;

            #[command_handler(part_of = Plan)]
            impl Planner {
                #[handle]
                fn make(&self, command: Make, id: Id<Plan>) -> Result<Plan, Rejection> {
                    let mut plan = Plan::new(id);
                    plan.raise(Planned { plan: command.plan })?;
                    Ok(plan)
                }

                #[handle]
                fn go(&self, _: Do, plan: &mut Plan) -> Result<(), Rejection> { plan.raise(Done {}) }

                #[handle]
                fn note(&self, _: Note, plan: &mut Plan) -> Result<(), Rejection> { plan.raise(Done {}) }

                #[handle]
                fn fail(&self, _: Fail, _: &mut Plan) -> Result<(), Rejection> { panic!("it does not work") }

                #[handle]
                fn refuse(&self, _: Refuse, _: &mut Plan) -> Result<(), Rejection> { Err(Rejection::new("plan", "no")) }
            }

            $($process)*
        }
    };
}

version! { one,
    #[process_manager(correlate = plan)]
    pub struct Planning { pub plan: String }

    #[process_manager(never_rejected = [Do, Note, Fail, Refuse])]
    impl Planning {
        #[handle(start, correlate = plan)]
        fn on_planned(&mut self, event: &Planned, then: &mut Effects<Self>) {
            let id = Id::named(&event.plan);
            match event.plan.as_str() {
                "timed" => then.start_timer(Self::LATE, SignedDuration::from_hours(1)),
                "undoable" => then.issue(Do { id }),
                "answered" => then.issue(Note { id }),
                "failing" => then.issue(Fail { id }),
                "refused" => then.issue(Refuse { id }),
                _ => (),
            }
        }

        #[handle(end, correlate = plan)]
        fn on_over(&mut self, _: &Over) {}

        #[on_timeout("late")]
        fn on_late(&mut self) {}

        #[undo]
        fn undo(&mut self, done: &Do, then: &mut Effects<Self>) {
            then.issue(Note { id: done.id });
        }
    }
}

// The same state, and hardly any steps.
version! { fewer_steps,
    #[process_manager(correlate = plan)]
    pub struct Planning { pub plan: String }

    #[process_manager]
    impl Planning {
        #[handle(start, correlate = plan)]
        fn on_planned(&mut self, _: &Planned) {}

        #[handle(end, correlate = plan)]
        fn on_over(&mut self, _: &Over) {}
    }
}

version! { another,
    #[process_manager(correlate = plan)]
    pub struct Scheming { pub plan: String }

    #[process_manager]
    impl Scheming {
        #[handle(start, correlate = plan)]
        fn on_planned(&mut self, _: &Planned) {}

        #[handle(end, correlate = plan)]
        fn on_over(&mut self, _: &Over) {}
    }
}

version! { renamed,
    #[process_manager(correlate = plan, name = "planning")]
    pub struct Scheming { pub plan: String }

    #[process_manager(never_rejected = [Do, Note, Fail, Refuse])]
    impl Scheming {
        #[handle(start, correlate = plan)]
        fn on_planned(&mut self, _: &Planned, then: &mut Effects<Self>) {
            if self.plan.is_empty() {
                then.start_timer(Self::LATE, SignedDuration::ZERO);
            }
        }

        #[handle(end, correlate = plan)]
        fn on_over(&mut self, _: &Over) {}

        #[on_timeout("late")]
        fn on_late(&mut self) {}

        #[undo]
        fn undo(&mut self, done: &Do, then: &mut Effects<Self>) {
            then.issue(Note { id: done.id });
        }
    }
}

fn start(domain: Domain, store: impl Store) -> Result<Engine, Error> {
    let retry = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
    block_on(domain.on(store).clock(Arc::new(ManualClock::default())).retry(retry).start())
}

fn make(engine: &Engine, plan: &str) {
    let _ = block_on(engine.process(one::Make { id: Id::named(plan), plan: plan.into() })).unwrap();
}

fn refused(domain: Domain, store: impl Store) -> String {
    let refused = start(domain, store).map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    refused.to_string()
}

#[test]
fn what_needs_a_step_that_is_gone_is_refused_in_memory() {
    let store = MemoryStore::default();
    what_needs_a_step_that_is_gone_is_refused(|| store.clone());
}

#[test]
fn what_needs_a_step_that_is_gone_is_refused_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    what_needs_a_step_that_is_gone_is_refused(|| block_on(SqliteStore::open(folder.path().join("plans.sqlite"))).unwrap());
}

#[test]
fn what_needs_a_step_that_is_gone_is_refused_on_a_server() {
    let Some(server) = server() else { return };
    what_needs_a_step_that_is_gone_is_refused(|| block_on(PostgresStore::connect(&server.url())).unwrap());
}

fn what_needs_a_step_that_is_gone_is_refused<S: Store>(open: impl Fn() -> S) {
    let engine = start(one::domain(), open()).unwrap();
    for plan in ["answered", "failing", "idle", "refused", "timed", "undoable"] {
        make(&engine, plan);
    }
    drop(engine);
    let text = refused(fewer_steps::domain(), open());
    let expected = [
        "4 processes of `Planning` cannot go on",
        "`evolving::planning-failing`: it issues no `Fail` any more",
        "`evolving::planning-refused`: it issues no `Refuse` any more",
        "`evolving::planning-timed`: its timer `late` is handled by no `#[on_timeout]` method",
        "`evolving::planning-undoable`: what would undo its `Do` is gone",
        "bring a removed method back",
        "by hand",
    ];
    for part in expected {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let text = refused(another::domain(), open());
    for part in
        ["6 processes of domain `evolving` cannot go on", "`evolving::planning-answered`", "and 1 more", "under its old name"]
    {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let engine = start(one::domain(), open()).unwrap();
    for plan in ["failing", "refused", "timed", "undoable"] {
        block_on(engine.end_process(&fidelis::StreamName::new("evolving::planning", plan), "its code goes")).unwrap();
    }
    drop(engine);
    drop(start(fewer_steps::domain(), open()).unwrap());
}

/// With another type the same streams have transitions of another name: the commands in the old ones would never be carried out.
#[test]
fn a_process_manager_that_is_called_otherwise_is_refused() {
    let store = MemoryStore::default();
    make(&start(one::domain(), store.clone()).unwrap(), "idle");
    let text = refused(renamed::domain(), store);
    let expected = "`evolving::planning-idle`: its steps are called `Evolving.PlanningTransition.v1`";
    assert!(text.contains(expected), "`{expected}` is missing in:\n{text}");
}

/// However many there are, the message names a few and counts the others.
#[test]
fn many_are_counted() {
    let store = MemoryStore::default();
    let engine = start(one::domain(), store.clone()).unwrap();
    (0..1_100).for_each(|index| make(&engine, &format!("plan{index}")));
    drop(engine);
    for domain in [another::domain(), renamed::domain()] {
        let text = refused(domain, store.clone());
        assert!(text.starts_with("1100 processes") && text.contains("- and 1095 more") && text.lines().count() < 10, "{text}");
    }
}
