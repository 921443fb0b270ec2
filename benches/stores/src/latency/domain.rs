//! The smallest domain with somebody who reacts.

use std::sync::{Arc, Mutex};

use fidelis::prelude::*;

fidelis::domain!("latency");

/// Something was counted.
#[event(part_of = Counter)]
pub(crate) struct Counted {
    /// How many were before it.
    pub at: u32,
}

/// Counts.
#[aggregate(event_sourced)]
pub(crate) struct Counter {
    /// The last number.
    pub at: u32,
}

#[aggregate]
impl Counter {
    #[apply]
    fn on_counted(&mut self, event: &Counted) {
        self.at = event.at;
    }
}

/// Count.
#[command(part_of = Counter)]
pub(crate) struct Count {
    /// How many were before it.
    pub at: u32,
}

/// Answers the command.
#[derive(Default)]
pub(crate) struct CounterCommandHandler;

#[command_handler(part_of = Counter)]
impl CounterCommandHandler {
    #[handle]
    fn count(&self, command: Count, id: Id<Counter>) -> Result<Counter, Rejection> {
        let mut counter = Counter::new(id);
        counter.raise(Counted { at: command.at })?;
        Ok(counter)
    }
}

/// Writes down when it was told.
#[derive(Clone, Default)]
pub(crate) struct Watcher(Arc<Mutex<Vec<u64>>>);

impl Watcher {
    pub(crate) fn started(&self) -> Vec<u64> {
        self.0.lock().map(|started| started.clone()).unwrap_or_default()
    }
}

#[event_handler(part_of = Counter)]
impl Watcher {
    #[handle]
    async fn on_counted(&self, _: &Counted, _: &Context) -> Result<(), HandlerError> {
        let now = super::now();
        if let Ok(mut started) = self.0.lock() {
            started.push(now);
        }
        Ok(())
    }
}
