//! The attributes work on items that a `macro_rules!` writes: names of both sides are told apart.
use fidelis::prelude::*;

macro_rules! counter {
    ($counter:ident, $counted:ident, $count:ident, $handler:ident, $row:ident, $projector:ident, $process:ident, $by:ident) => {
        #[event(part_of = $counter)]
        pub struct $counted {
            pub $by: u32,
        }

        #[aggregate(event_sourced, fact_events)]
        pub struct $counter {
            pub total: u32,
        }

        #[aggregate]
        impl $counter {
            #[apply]
            fn on_counted(&mut self, event: &$counted) {
                self.total += event.$by;
            }

            #[invariant(post)]
            fn ends_at_nine(&self) -> Result<(), Rejection> {
                ensure!(self.total < 10, total: "the counter ends at 9")
            }
        }

        #[command(part_of = $counter)]
        pub struct $count {
            #[identifier]
            pub counter: Id<$counter>,
            pub $by: u32,
        }

        #[derive(Default)]
        pub struct $handler;

        #[command_handler(part_of = $counter)]
        impl $handler {
            #[handle]
            fn count(&self, command: $count, counter: &mut $counter, _: &CommandMetadata) -> Result<u32, Rejection> {
                counter.raise($counted { $by: command.$by })?;
                Ok(counter.total)
            }
        }

        #[event_handler(part_of = $counter)]
        impl $handler {
            #[handle]
            async fn on_counted(&self, _: &$counted, _: &Context) {}
        }

        #[projection]
        pub struct $row {
            #[identifier]
            pub $by: u32,
            pub times: i64,
        }

        #[derive(Default)]
        pub struct $projector;

        #[projector(projector_for = $row, aggregates = [$counter])]
        impl $projector {
            #[on(key = $by)]
            fn on_counted(&self, row: &mut Option<$row>, event: &$counted, _: &Metadata) {
                row.get_or_insert($row { $by: event.$by, times: 0 }).times += 1;
            }
        }

        #[process_manager(correlate = $by)]
        pub struct $process {
            pub $by: u32,
        }

        #[process_manager]
        impl $process {
            #[handle(start, correlate = $by)]
            fn on_counted(&mut self, event: &$counted, then: &mut Effects<Self>) {
                then.issue($count { counter: Id::named("door"), $by: event.$by });
                then.start_timer(Self::LATE, SignedDuration::from_mins(1));
            }

            #[handle(issued, end)]
            fn on_counted_again(&mut self, _: &$counted) {}

            #[on_rejected]
            fn on_count_rejected(&mut self, _: &$count, why: &Rejection, then: &mut Effects<Self>) {
                then.need_person(why.to_string());
            }

            #[on_timeout("late")]
            fn on_late(&mut self, then: &mut Effects<$process>) {
                then.mark_as_complete();
            }
        }
    };
}

counter!(Counter, Counted, Count, CountHandler, Steps, StepsProjector, Repeating, by);

fn main() {
    let mut counter = Counter::new(Id::named("door"));
    assert!(counter.raise(Counted { by: 7 }).is_ok());
    assert!(counter.raise(Counted { by: 7 }).is_err());
    assert_eq!(counter.total, 7);
}
