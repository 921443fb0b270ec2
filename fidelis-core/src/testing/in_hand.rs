//! Tests of an aggregate's methods, without commands: pure and in memory.

use super::{
    expected::Seen,
    failure::Failure,
    fields::Fields,
    story::Line,
    subject::{HasState, OneAggregate, sealed, shown},
    then::Then,
    world::{Window, World},
};
use crate::{
    Aggregate, Domain, Rejection, TypeName,
    aggregate::{Pending, Storage},
    block_on,
};

/// A test about one aggregate that is called by hand; what it raises is not stored.
pub struct InHand<A: Aggregate> {
    aggregate: A,
    /// As the log has it.
    stored: A,
    /// How many events were pending before the last call.
    before: usize,
}

impl<A: Aggregate, T> Then<OneAggregate<A>, T> {
    /// Takes the aggregate in hand.
    #[track_caller]
    pub(super) fn in_hand(self) -> Then<InHand<A>, ()> {
        let id = self.subject.identity();
        let stored = match block_on(self.world.engine.find(id)) {
            Ok(stored) => stored.unwrap_or_else(|| A::new(id)),
            Err(error) => self.fail(error.into()),
        };
        Then::begin(self.world, InHand { aggregate: stored.clone(), stored, before: 0 })
    }
}

impl<A: Aggregate, T> Then<InHand<A>, T> {
    /// Next, a method of the aggregate is called.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_called<R>(self, call: impl FnOnce(&mut A) -> Result<R, Rejection>) -> Then<InHand<A>, R> {
        let mut then = self.succeeding();
        then.subject.before = then.subject.aggregate.root().pending().len();
        let before = then.subject.aggregate.clone();
        let called = call(&mut then.subject.aggregate);
        let told = called.as_ref().map_or_else(|rejection| format!("rejected: {rejection}"), |_| "accepted".to_owned());
        then.world.story.tell(Line::Words("when", "a method was called".to_owned()));
        then.world.story.tell(Line::Answer(told));
        let proven = match &called {
            Ok(_) => then.subject.prove_stored(&then.world).and_then(|()| then.subject.prove_replayable()),
            Err(_) => then.subject.prove_unchanged(&before),
        };
        then.checked(proven).giving(called)
    }
}

impl<A: Aggregate> InHand<A> {
    /// A call that was refused has left the aggregate as it was.
    fn prove_unchanged(&self, before: &A) -> Result<(), Failure> {
        if self.aggregate == *before && self.aggregate.root().pending().len() == before.root().pending().len() {
            return Ok(());
        }
        let difference = Fields::difference_of(["before", "after"], &Fields::of(before), &Fields::of(&self.aggregate));
        Err(Failure::new("the call was rejected, and yet it changed the aggregate").details(difference))
    }

    /// Every new event survives being stored and read.
    fn prove_stored(&self, world: &World) -> Result<(), Failure> {
        for event in &self.aggregate.root().pending()[self.before..] {
            let lost = match event.encode() {
                Ok(payload) => event.lost_in(&payload),
                Err(error) => Some(error.to_string()),
            };
            if let Some(lost) = lost {
                let type_name = event.event_type().type_name(world.engine.domain());
                let failure = Failure::new("an event does not survive being stored and read");
                return Err(failure.detail(format!("`{type_name}`: {lost}")));
            }
        }
        Ok(())
    }

    /// The events alone give the same state: nothing was changed without one.
    fn prove_replayable(&self) -> Result<(), Failure> {
        if <A::Storage as Storage<A>>::STORES_STATE {
            return Ok(());
        }
        let mut replayed = self.stored.clone();
        for event in self.aggregate.root().pending() {
            let payload = event.encode().map_err(crate::Error::from)?;
            let index = event.index().unwrap_or_default();
            <A::Storage as Storage<A>>::replay(&mut replayed, index, &payload).map_err(crate::Error::from)?;
            replayed.root_mut().advance();
        }
        if replayed == self.aggregate {
            return Ok(());
        }
        let difference = Fields::difference_of(["live", "replayed"], &Fields::of(&self.aggregate), &Fields::of(&replayed));
        let shown = || vec![format!("live      {:?}", self.aggregate), format!("replayed  {replayed:?}")];
        let failure = Failure::new(format!("`{}` is not the same when it is replayed from its events", A::NAME));
        Err(failure.details(if difference.is_empty() { shown() } else { difference }))
    }
}

impl<A: Aggregate> sealed::Subject for InHand<A> {
    fn domain(&self) -> Result<Domain, Failure> {
        super::subject::domain_of_aggregate::<A>()
    }

    fn seen(&self, world: &World, _: Window) -> Result<Vec<Seen>, Failure> {
        let pending = self.aggregate.root().pending()[self.before..].iter();
        let seen = pending.map(|event| {
            let event_type = event.event_type();
            let type_name: TypeName = event_type.type_name(world.engine.domain());
            let payload = event.encode().map_err(crate::Error::from)?;
            Ok(Seen { type_name, kind: event_type.kind, stream: None, payload })
        });
        seen.collect()
    }

    fn shown(&self, _: &World) -> (String, Vec<String>) {
        shown(&self.aggregate)
    }
}

impl<A: Aggregate> HasState for InHand<A> {
    type Aggregate = A;

    fn state(&self, _: &World) -> Result<A, Failure> {
        Ok(self.aggregate.clone())
    }
}
