//! The first phase of a test: what is the case.

use jiff::{SignedDuration, Timestamp};

use super::{
    failure::Failure,
    history::{History, Past},
    in_hand::InHand,
    subject::{Nothing, OneAggregate, Subject, Takes},
    then::Then,
    world::World,
};
use crate::{Aggregate, Domain, Handled, Id, Rejection};

/// What is the case when a test begins. Ends with a `when`.
#[must_use = "a test that is only given something checks nothing: go on with `.when(..)`"]
pub struct Given<S> {
    subject: S,
    domain: Option<Domain>,
    steps: Vec<Step>,
}

type Step = Box<dyn FnOnce(&mut World) -> Result<(), Failure>>;

impl<S> Given<S> {
    pub(super) fn new(subject: S) -> Self {
        Given { subject, domain: None, steps: Vec::new() }
    }

    /// In this domain, such as `domain().with(handler)` when a handler is to hold something of the test. Without it, the domain
    /// is the one that owns what the test is about, and handlers are made by `Default`.
    pub fn in_domain(mut self, domain: Domain) -> Self {
        self.domain = Some(domain);
        self
    }

    /// These events have happened to the aggregate `id`, of whatever type.
    pub fn events<H: History>(self, id: Id<H::Aggregate>, history: H) -> Self {
        let past = Past::of(history);
        self.step(move |world| world.happened("given", true, id, past))
    }

    /// This command was processed. It has to succeed.
    #[track_caller]
    pub fn command<C: Handled>(self, command: C) -> Self {
        let place = std::panic::Location::caller();
        self.step(move |world| match world.process("given", command)?.outcome {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Failure::new(format!("`{}` was given at {place} and did not succeed", C::NAME)).detail(error.to_string()))
            }
        })
    }

    /// It is this time. Without it, tests begin at 2025-01-01T00:00:00Z.
    pub fn at(self, time: Timestamp) -> Self {
        self.step(move |world| world.set_clock(time))
    }

    /// So much time has passed; what fell due was done.
    pub fn after(self, duration: SignedDuration) -> Self {
        self.step(move |world| world.pass(duration))
    }

    pub(super) fn subject(&self) -> &S {
        &self.subject
    }

    pub(super) fn step(mut self, step: impl FnOnce(&mut World) -> Result<(), Failure> + 'static) -> Self {
        self.steps.push(Box::new(step));
        self
    }
}

impl<S: Subject> Given<S> {
    /// A command is processed.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when<C: Handled>(mut self, command: C) -> Then<S, C::Output>
    where
        S: Takes<C>,
    {
        if let Some(id) = command.identity() {
            self.subject.meet(&id);
        }
        self.begin().when(command)
    }

    /// These events happen to the aggregate `id`; whoever handles them does.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_happened<H: History>(self, id: Id<H::Aggregate>, history: H) -> Then<S, ()> {
        self.begin().when_happened(id, history)
    }

    /// So much time passes; what falls due is done.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_passed(self, duration: SignedDuration) -> Then<S, ()> {
        self.begin().when_passed(duration)
    }

    /// Starts the world and brings it to where the test begins.
    #[track_caller]
    pub(super) fn begin(self) -> Then<S, ()> {
        let Given { mut subject, domain, steps } = self;
        let domain = domain.map_or_else(|| subject.domain(), Ok);
        let mut world = match domain.and_then(World::start) {
            Ok(world) => world,
            Err(failure) => panic!("{}", failure.told(&[])),
        };
        let prepared = subject.prepare(&mut world);
        let prepared = prepared.and_then(|()| steps.into_iter().try_for_each(|step| step(&mut world)));
        Then::begin(world, subject).checked(prepared)
    }
}

impl<A: Aggregate> Given<OneAggregate<A>> {
    /// The identity of the aggregate, where no command says it.
    pub fn of(mut self, id: Id<A>) -> Self {
        self.subject.id = Some(id);
        self
    }

    /// A command is processed, made from the aggregate's identity.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_for<C: Handled<Aggregate = A>>(self, command: impl FnOnce(Id<A>) -> C) -> Then<OneAggregate<A>, C::Output> {
        let id = self.subject.identity();
        self.of(id).when(command(id))
    }

    /// A method of the aggregate is called, without a command: what it raises is not stored.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_called<T>(self, call: impl FnOnce(&mut A) -> Result<T, Rejection>) -> Then<InHand<A>, T> {
        self.begin().in_hand().when_called(call)
    }
}

impl Given<Nothing> {
    /// A command is processed; the test is about the aggregate it creates.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when<C: Handled>(self, command: C) -> Then<OneAggregate<C::Aggregate>, C::Output> {
        self.about(None).when(command)
    }

    /// A method of a new aggregate is called, without a command: `|account: &mut Account| account.deposit(..)`.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_called<A: Aggregate, T>(self, call: impl FnOnce(&mut A) -> Result<T, Rejection>) -> Then<InHand<A>, T> {
        self.about(None).when_called(call)
    }

    /// The identity of the aggregate that the test is about, where no command says it.
    pub fn of<A: Aggregate>(self, id: Id<A>) -> Given<OneAggregate<A>> {
        self.about(Some(id))
    }

    fn about<A: Aggregate>(self, id: Option<Id<A>>) -> Given<OneAggregate<A>> {
        Given { subject: OneAggregate { id, past: Past::default() }, domain: self.domain, steps: self.steps }
    }
}
