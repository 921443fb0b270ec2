//! Which events came.

use super::Then;
use crate::{
    Event, MessageKind,
    testing::{
        EventTypes, Events, Expected, Matching, Subject,
        expected::{Expectations, Seen, compare, compare_in_order, compare_types},
        failure::Failure,
    },
};

impl<S: Subject, T> Then<S, T> {
    /// Exactly these events came, in this order: of the aggregate the test is about, or of the whole log.
    ///
    /// Each one is compared by value; `matching!(..)` in its place compares with a pattern.
    #[track_caller]
    pub fn then_events(self, expected: impl Expected<Events>) -> Self {
        self.compared(MessageKind::Event, |domain, seen| compare(domain, &Expectations::of(expected), seen))
    }

    /// These events came, in this order, and others may have come before, between and after them.
    #[track_caller]
    pub fn then_events_including(self, expected: impl Expected<Events>) -> Self {
        self.compared(MessageKind::Event, |domain, seen| compare_in_order(domain, &Expectations::of(expected), seen))
    }

    /// Exactly one event came, of this type.
    #[track_caller]
    pub fn then_event<E: Event>(self) -> Self {
        self.then_events_of::<E>()
    }

    /// Events of exactly these types came, in this order: `then_events_of::<(AccountOpened, DepositMade)>()`.
    #[track_caller]
    pub fn then_events_of<E: EventTypes>(self) -> Self {
        let mut expected = Vec::new();
        E::add_to(&mut expected);
        self.compared(MessageKind::Event, |domain, seen| compare_types(domain, &expected, seen))
    }

    /// Exactly one event came, of type `E`, for which this is true.
    #[track_caller]
    pub fn then_event_matching<E: Event>(self, holds: impl Fn(&E) -> bool + 'static) -> Self {
        self.then_events(Matching::new("what the closure says", holds))
    }

    /// No event came.
    #[track_caller]
    pub fn then_no_events(self) -> Self {
        self.then_events(())
    }

    /// Exactly these facts came, in this order.
    #[track_caller]
    pub fn then_facts(self, expected: impl Expected<Events>) -> Self {
        self.compared(MessageKind::Fact, |domain, seen| compare(domain, &Expectations::of(expected), seen))
    }

    #[track_caller]
    fn compared(self, kind: MessageKind, compare: impl FnOnce(&str, &[Seen]) -> Result<(), Vec<String>>) -> Self {
        let then = self.succeeding();
        let what = if kind == MessageKind::Fact { "facts" } else { "events" };
        let compared = then.subject.seen(&then.world, then.window).and_then(|mut seen| {
            seen.retain(|seen| seen.kind == kind);
            let failure = |lines| Failure::new(format!("the {what} are not the expected ones")).details(lines);
            compare(then.world.engine.domain(), &seen).map_err(failure)
        });
        then.checked(compared)
    }
}
