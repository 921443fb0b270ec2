//! The smallest complete domain: one event, one aggregate, one command, one read model, one test.
//!
//! `cargo run --example counter` runs it; `cargo test --example counter` tests it.

#![allow(clippy::print_stdout, reason = "an example shows what comes of it")]

use fidelis::prelude::*;

fidelis::domain!("counting");

/// Somebody counted.
#[event(part_of = Counter)]
pub struct Counted {
    /// How many.
    pub by: i64,
}

/// Counts up to 99.
#[aggregate(event_sourced)]
pub struct Counter {
    /// How many in all.
    pub total: i64,
}

#[aggregate]
impl Counter {
    /// Counts on.
    pub fn count(&mut self, by: i64) -> Result<(), Rejection> {
        self.raise(Counted { by })
    }

    #[apply]
    fn on_counted(&mut self, event: &Counted) {
        self.total += event.by;
    }

    #[invariant(post)]
    fn total_must_have_two_digits(&self) -> Result<(), Rejection> {
        ensure!(self.total < 100, total: "the counter ends at 99")
    }
}

/// Start a new counter.
#[command(part_of = Counter)]
pub struct StartCounting {}

/// Count on.
#[command(part_of = Counter)]
pub struct Count {
    /// The counter.
    #[identifier]
    pub counter: Id<Counter>,
    /// How many.
    pub by: i64,
}

/// Answers the commands.
#[derive(Default)]
pub struct CounterCommandHandler;

#[command_handler(part_of = Counter)]
impl CounterCommandHandler {
    #[handle]
    fn start_counting(&self, _: StartCounting, id: Id<Counter>) -> Result<Counter, Rejection> {
        let mut counter = Counter::new(id);
        counter.count(0)?;
        Ok(counter)
    }

    #[handle]
    fn count(&self, command: Count, counter: &mut Counter) -> Result<(), Rejection> {
        counter.count(command.by)
    }
}

/// What a counter shows.
#[projection]
pub struct Total {
    /// The counter.
    #[identifier]
    pub counter: Id<Counter>,
    /// How many in all.
    pub total: i64,
}

/// Keeps the totals.
#[derive(Default)]
pub struct TotalProjector;

#[projector(projector_for = Total, aggregates = [Counter])]
impl TotalProjector {
    #[on]
    fn on_counted(&self, total: &mut Option<Total>, event: &Counted, meta: &Metadata) -> Result<(), HandlerError> {
        let counter = meta.stream.id().parse()?;
        total.get_or_insert(Total { counter, total: 0 }).total += event.by;
        Ok(())
    }
}

fn main() -> Result<(), Error> {
    fidelis::block_on(async {
        let engine = domain().in_memory()?;
        let counter = engine.process(StartCounting {}).await?.value;
        let _ = engine.process(Count { counter, by: 42 }).await?;
        let refused = engine.process(Count { counter, by: 58 }).await;
        println!("{}", refused.err().map_or_else(String::new, |error| error.to_string()));
        println!("{:?}", engine.query::<Total>().all().await?);
        Ok(())
    })
}

#[test]
fn the_domain_has_no_faults() {
    assert_eq!(domain().check(), Ok(()));
}
