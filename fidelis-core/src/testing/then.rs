//! The last phase of a test: what came of it.

mod domain;
mod events;
mod outcome;
mod rows;
mod state;

use jiff::{SignedDuration, Timestamp};

use super::{
    failure::Failure,
    history::{History, Past},
    subject::{OneAggregate, Subject, Takes},
    world::{Window, World},
};
use crate::{Aggregate, Error, Handled, Id, Rejection};

/// What came of the last `when`, to be looked at; and a place to go on from with the next.
///
/// What is looked at is what the last `when` led to, with what followed it through [`and`](Then::and) and [`after`](Then::after).
pub struct Then<S, T> {
    pub(super) world: World,
    pub(super) subject: S,
    pub(super) outcome: Result<T, Error>,
    /// The answer, for people.
    answer: String,
    /// Whether the test has said that the command does not succeed.
    named: bool,
    pub(super) window: Window,
}

impl<S: Subject> Then<S, ()> {
    pub(super) fn begin(world: World, subject: S) -> Self {
        let window = world.window();
        Then { world, subject, outcome: Ok(()), answer: String::new(), named: false, window }
    }
}

impl<S: Subject, T> Then<S, T> {
    /// Next, a command is processed.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when<C: Handled>(self, command: C) -> Then<S, C::Output>
    where
        S: Takes<C>,
    {
        let window = self.world.window();
        self.process(command, window)
    }

    /// Next, a command is processed, made from what the last one gave.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_with<C: Handled>(self, command: impl FnOnce(&T) -> C) -> Then<S, C::Output>
    where
        S: Takes<C>,
    {
        let then = self.succeeding();
        match &then.outcome {
            Ok(answer) => {
                let command = command(answer);
                then.when(command)
            }
            Err(_) => then.fail(Failure::new("there is no answer to make the next command from")),
        }
    }

    /// A further command is processed; what is looked at is what all of them led to, and what the last one gave.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn and<C: Handled>(self, command: C) -> Then<S, C::Output>
    where
        S: Takes<C>,
    {
        let window = self.window;
        self.process(command, window)
    }

    /// Next, these events happen to the aggregate `id`.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_happened<H: History>(self, id: Id<H::Aggregate>, history: H) -> Then<S, ()> {
        let mut then = self.succeeding().next();
        let happened = then.world.happened("when", true, id, Past::of(history));
        then.checked(happened).proven()
    }

    /// Next, so much time passes; what falls due is done.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_passed(self, duration: SignedDuration) -> Then<S, ()> {
        self.succeeding().next().after(duration)
    }

    /// So much time passes; what falls due is done, and belongs to the same `when`.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn after(mut self, duration: SignedDuration) -> Self {
        let window = self.world.window();
        let passed = self.world.pass(duration).and_then(|()| self.world.prove(window, true));
        self.checked(passed).proven()
    }

    /// It becomes this time; what falls due is done, and belongs to the same `when`.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn at(mut self, time: Timestamp) -> Self {
        let window = self.world.window();
        let set = self.world.set_clock(time).and_then(|()| self.world.prove(window, true));
        self.checked(set).proven()
    }

    #[track_caller]
    fn process<C: Handled>(self, command: C, window: Window) -> Then<S, C::Output> {
        let mut then = self.succeeding();
        if let Some(id) = command.identity() {
            then.subject.meet(&id);
        }
        let done = match then.world.process("when", command) {
            Ok(done) => done,
            Err(failure) => then.fail(failure),
        };
        if let Ok(value) = &done.outcome {
            then.subject.meet(value);
        }
        let Then { world, subject, .. } = then.proven();
        Then { world, subject, outcome: done.outcome, answer: done.answer, named: false, window }
    }

    /// The same world, in which this came of something that is not stored.
    pub(super) fn giving<R>(self, outcome: Result<R, Rejection>) -> Then<S, R> {
        let Then { world, subject, window, .. } = self;
        let answer = outcome.as_ref().map_or_else(Rejection::to_string, |_| "accepted".to_owned());
        Then { world, subject, outcome: outcome.map_err(Error::from), answer, named: false, window }
    }

    /// The same world, about to be asked for something else.
    pub(super) fn next(self) -> Then<S, ()> {
        Then::begin(self.world, self.subject)
    }

    /// Fails when the last command did not succeed and the test has not said so.
    #[track_caller]
    pub(super) fn succeeding(self) -> Self {
        match &self.outcome {
            Err(error) if !self.named => {
                let failure = Failure::new("the command did not succeed, and the test does not say so").detail(error.to_string());
                self.fail(failure)
            }
            _ => self,
        }
    }

    /// What holds besides, of this subject.
    #[track_caller]
    pub(super) fn proven(mut self) -> Self {
        let proven = self.subject.prove(&mut self.world);
        self.checked(proven)
    }

    #[track_caller]
    pub(super) fn checked(self, checked: Result<(), Failure>) -> Self {
        match checked {
            Ok(()) => self,
            Err(failure) => self.fail(failure),
        }
    }

    #[track_caller]
    pub(super) fn fail(&self, failure: Failure) -> ! {
        panic!("{}", failure.told(&[("the story".to_owned(), self.world.story.lines()), self.subject.shown(&self.world)]))
    }
}

impl<A: Aggregate, T> Then<OneAggregate<A>, T> {
    /// Next, a command is processed, made from the aggregate's identity.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_for<C: Handled<Aggregate = A>>(self, command: impl FnOnce(Id<A>) -> C) -> Then<OneAggregate<A>, C::Output> {
        let then = self.succeeding();
        let id = then.subject.identity();
        then.when(command(id))
    }
}
