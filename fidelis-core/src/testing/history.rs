//! What has happened to an aggregate before a test begins.

use crate::{
    Aggregate, Event, EventSourced, PartOf,
    aggregate::{Raises, happened},
};

/// Events of one aggregate, oldest first: one event, a list of them, or a tuple of such.
///
/// Each event is stored as if a command of its own had raised it; [`at_once`] puts several into one save.
///
/// ```
/// # use fidelis::prelude::*;
/// # use fidelis::testing::*;
/// # mod counting {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Counter)] pub struct Counted { pub by: u32 }
/// #     #[aggregate(event_sourced)] pub struct Counter { pub total: u32 }
/// #     #[aggregate] impl Counter {
/// #         pub fn count(&mut self, by: u32) -> Result<(), Rejection> { self.raise(Counted { by }) }
/// #         #[apply] fn on_counted(&mut self, event: &Counted) { self.total += event.by; } }
/// #     fidelis::domain!("counting");
/// # }
/// # use counting::{Counted, Counter};
/// given((Counted { by: 1 }, vec![Counted { by: 2 }; 3]))
///     .when_called(|counter| counter.count(3))
///     .then_state(|counter| assert_eq!(counter.total, 10));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a history of an aggregate",
    label = "neither an event nor a list or tuple of events of one aggregate",
    note = "events come from `#[event(part_of = ..)]`; what happened to several aggregates is given one by one: `.events(id, ..)`"
)]
pub trait History {
    /// The aggregate they happened to.
    type Aggregate: Aggregate;

    /// Adds them to what has happened.
    fn add_to(self, past: &mut Past<Self::Aggregate>);
}

/// What has happened to an aggregate: its events, save by save.
pub struct Past<A> {
    pub(crate) saves: Vec<Vec<Happening<A>>>,
}

pub(crate) type Happening<A> = Box<dyn FnOnce(&mut A)>;

impl<A> Default for Past<A> {
    fn default() -> Self {
        Past { saves: Vec::new() }
    }
}

impl<A: Aggregate> Past<A> {
    pub(crate) fn of(history: impl History<Aggregate = A>) -> Self {
        let mut past = Past::default();
        history.add_to(&mut past);
        past
    }
}

impl<A, E> History for E
where
    A: Aggregate,
    E: Event<Aggregate = A> + PartOf<A>,
    A::Storage: Remembers<A, E>,
{
    type Aggregate = A;

    fn add_to(self, past: &mut Past<A>) {
        past.saves.push(vec![Box::new(|aggregate| A::Storage::happened(aggregate, self))]);
    }
}

/// What makes a state of events: aggregates that are stored as such have a history without a state.
#[diagnostic::on_unimplemented(
    message = "the state of `{A}` is not rebuilt from its events: they cannot be given",
    label = "`{A}` is not event-sourced",
    note = "give commands instead: `given_nothing().command(..)`, or `given_domain(domain()).command(..)`"
)]
pub trait Remembers<A: Aggregate, E> {
    /// Lets the event have happened.
    fn happened(aggregate: &mut A, event: E);
}

impl<A, E> Remembers<A, E> for EventSourced
where
    A: Aggregate<Storage = EventSourced>,
    E: PartOf<A>,
    EventSourced: Raises<A, E>,
{
    fn happened(aggregate: &mut A, event: E) {
        happened(aggregate, event);
    }
}

/// Events that were raised in one save: rules are not asked between them.
pub struct AtOnce<H>(H);

/// Puts events into one save, as [`atomically`](Aggregate::atomically) does: rules are not asked between them.
pub fn at_once<H: History>(history: H) -> AtOnce<H> {
    AtOnce(history)
}

impl<H: History> History for AtOnce<H> {
    type Aggregate = H::Aggregate;

    fn add_to(self, past: &mut Past<H::Aggregate>) {
        past.saves.push(Past::of(self.0).saves.into_iter().flatten().collect());
    }
}

impl<H: History> History for Vec<H> {
    type Aggregate = H::Aggregate;

    fn add_to(self, past: &mut Past<H::Aggregate>) {
        self.into_iter().for_each(|history| history.add_to(past));
    }
}

impl<H: History, const N: usize> History for [H; N] {
    type Aggregate = H::Aggregate;

    fn add_to(self, past: &mut Past<H::Aggregate>) {
        self.into_iter().for_each(|history| history.add_to(past));
    }
}

macro_rules! tuple_of_histories {
    ($first:ident $($rest:ident)*) => {
        impl<$first: History, $($rest: History<Aggregate = $first::Aggregate>),*> History for ($first, $($rest,)*) {
            type Aggregate = $first::Aggregate;

            #[allow(non_snake_case)]
            fn add_to(self, past: &mut Past<Self::Aggregate>) {
                let ($first, $($rest,)*) = self;
                $first.add_to(past);
                $($rest.add_to(past);)*
            }
        }
    };
}

super::tuples!(tuple_of_histories);
