//! A row that several streams change: what one process does to it again, and what another does meanwhile, are both in it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use fidelis::{Engine, ManualClock, MemoryStore, Store, block_on};

use super::observed::{Fate, Observed};

/// A till, and what all tills took together.
mod tills {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use fidelis::prelude::*;

    fidelis::domain!("tills");

    #[event(part_of = Till)]
    pub(super) struct Taken {
        pub(super) shop: String,
        pub(super) amount: i64,
    }

    #[aggregate(event_sourced)]
    pub(super) struct Till {
        pub(super) amount: i64,
    }

    #[aggregate]
    impl Till {
        #[apply]
        fn on_taken(&mut self, event: &Taken) {
            self.amount += event.amount;
        }
    }

    #[command(part_of = Till)]
    pub(super) struct Take {
        pub(super) amount: i64,
    }

    #[derive(Default)]
    pub(super) struct TakingHandler;

    #[command_handler(part_of = Till)]
    impl TakingHandler {
        #[handle]
        fn take(&self, command: Take, id: Id<Till>) -> Result<Till, Rejection> {
            let mut till = Till::new(id);
            till.raise(Taken { shop: "corner".to_owned(), amount: command.amount })?;
            Ok(till)
        }
    }

    #[projection]
    pub(super) struct Takings {
        #[identifier]
        pub(super) shop: String,
        pub(super) amount: i64,
    }

    #[derive(Default)]
    pub(super) struct TakingsProjector {
        pub(super) refuses_nine: Arc<AtomicBool>,
    }

    #[projector(projector_for = Takings, aggregates = [Till])]
    impl TakingsProjector {
        #[on(key = shop)]
        fn on_taken(&self, row: &mut Option<Takings>, event: &Taken) -> Result<(), HandlerError> {
            if event.amount == 9 && self.refuses_nine.load(Ordering::Relaxed) {
                return Err(HandlerError::failed("nine is beyond it"));
            }
            let before = row.as_ref().map_or(0, |row| row.amount);
            *row = Some(Takings { shop: event.shop.clone(), amount: before + event.amount });
            Ok(())
        }
    }
}

/// A process of its own.
fn start(store: impl Store, refuses_nine: &Arc<AtomicBool>) -> Engine {
    let projector = tills::TakingsProjector { refuses_nine: Arc::clone(refuses_nine) };
    block_on(tills::domain().with(projector).on(store).clock(ManualClock::default()).start()).unwrap()
}

#[test]
fn a_parked_message_that_is_folded_again_does_not_undo_what_another_process_folds() {
    let refuses_nine = Arc::new(AtomicBool::new(true));
    let store = MemoryStore::default();
    let way = Observed::new(store.clone(), |_| Fate::Happens);
    let interruption = way.interruption.clone();
    let (one, other) = (start(way, &refuses_nine), start(store, &refuses_nine));
    let lagging = block_on(one.process(tills::Take { amount: 9 })).unwrap().lagging;
    assert_eq!(lagging.len(), 1);
    // `other` knows of the parked message, and that its time has not come.
    block_on(other.settle()).unwrap();
    refuses_nine.store(false, Ordering::Relaxed);

    let meanwhile = other.clone();
    *interruption.lock() = Some(Box::new(move || {
        assert_eq!(block_on(meanwhile.process(tills::Take { amount: 1 })).unwrap().lagging, []);
    }));
    block_on(one.retry_parked(&lagging[0].subscription, lagging[0].position)).unwrap();
    assert!(interruption.lock().is_none(), "it was interrupted");
    block_on(one.settle()).unwrap();
    let takings = block_on(other.query::<tills::Takings>().get("corner".to_owned())).unwrap().unwrap();
    assert_eq!(takings.amount, 10);
    assert_eq!(block_on(one.parked()).unwrap(), []);
}
