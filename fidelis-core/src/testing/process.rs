//! Tests about one process: what it is given, what answers it gets, what it sends out.

use std::{marker::PhantomData, sync::Arc};

use jiff::SignedDuration;

use super::{
    expected::{Commands, Expectations, Expected, Seen, compare},
    failure::Failure,
    fields::Fields,
    given::Given,
    history::{History, Past},
    subject::sealed,
    then::Then,
    world::{Window, World},
};
use crate::{
    Command, Domain, Id, MessageKind, ProcessManager, Rejection, StreamName, TypeName, block_on, codec,
    process::{CorrelationKey, ProcessKey, ProcessStatus, Timer, Transition},
    registry::Element,
};

/// A test about one process of type `P`.
pub struct OneProcess<P> {
    key: ProcessKey,
    process: PhantomData<fn() -> P>,
}

impl<P: ProcessManager> OneProcess<P> {
    /// # Panics
    /// When this is no key.
    #[track_caller]
    pub(super) fn new(key: &impl CorrelationKey) -> Self {
        match key.process_key() {
            Ok(key) => OneProcess { key, process: PhantomData },
            Err(refused) => panic!("this is no key of a `{}`: {refused}", P::NAME),
        }
    }

    fn stream(&self, world: &World) -> StreamName {
        StreamName::new(&format!("{}::{}", world.engine.domain(), P::STREAM), &self.key)
    }

    /// Its last step; `None` before the first.
    fn last(&self, world: &World) -> Result<Option<Transition>, Failure> {
        let stream = self.stream(world);
        match block_on(world.engine.inspect_process(&stream, 1)) {
            Ok(inspection) => Ok(inspection.steps.into_iter().next().map(|(_, step)| step)),
            Err(error) if error.kind() == crate::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn started(&self, world: &World) -> Result<Transition, Failure> {
        let missing = || Failure::new(format!("no `{}` with the key `{}` has started", P::NAME, self.key));
        self.last(world)?.ok_or_else(missing)
    }

    /// Its steps since then.
    fn steps(&self, world: &World, window: Window) -> Result<Vec<Transition>, Failure> {
        let stream = self.stream(world);
        let records = world.records(window)?;
        let own = records.iter().filter(|record| record.metadata.stream == stream);
        Ok(own.map(|record| Transition::of(record)).collect::<Result<_, _>>()?)
    }
}

impl<P: ProcessManager> sealed::Subject for OneProcess<P> {
    fn domain(&self) -> Result<Domain, Failure> {
        let is_it =
            |element: &Element| matches!(element, Element::ProcessManager(row) if row.name == P::NAME && row.stream == P::STREAM);
        let mut owners = Domain::owners(is_it);
        match (owners.pop(), owners.pop()) {
            (Some(domain), None) => Ok(domain),
            (owner, _) => Err(super::subject::no_domain(P::NAME, owner.is_some())),
        }
    }

    fn shown(&self, world: &World) -> (String, Vec<String>) {
        match self.last(world) {
            Ok(Some(last)) => {
                let reason = last.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                let title = format!("`{}` {}, {}{reason}", P::NAME, self.key, last.status);
                let timers = last.timers.iter().map(|(name, due)| format!("timer `{name}` fires at {due}"));
                (title, Fields::read(&last.state.0).in_columns().into_iter().chain(timers).collect())
            }
            _ => (format!("no `{}` {}", P::NAME, self.key), Vec::new()),
        }
    }

    /// Everything that came is delivered once more, to an engine that remembers nothing: nothing may follow.
    fn prove(&self, world: &mut World) -> Result<(), Failure> {
        let subscription: Arc<str> = format!("{}.{}", world.engine.domain(), P::NAME).into();
        // What is parked would be handled out of its turn.
        if !block_on(world.engine.store().parked(&subscription))?.is_empty() {
            return Ok(());
        }
        let window = world.window();
        block_on(world.engine.forget_checkpoint(&subscription))?;
        world.restart()?;
        world.settle()?;
        let stored = world.records(window)?;
        if stored.is_empty() {
            return Ok(());
        }
        let failure = Failure::new("every message was delivered once more, and that was not without effect");
        Err(failure.details(stored.iter().map(|record| format!("stored  {}", Seen::of(record).text()))))
    }
}

impl<P: ProcessManager> Given<OneProcess<P>> {
    /// The commands that processes issue are accepted, and nobody carries them out: what they cause is given with
    /// [`answered`](Given::answered). Without this, the aggregates of the domain answer.
    pub fn alone(self) -> Self {
        self.step(|world| {
            world.trace().leave_alone();
            Ok(())
        })
    }

    /// The next command of this type that a process issues is refused: `.rejecting::<MakeDeposit>(reject!(status: "Account is closed"))`.
    pub fn rejecting<C: Command>(self, why: Rejection) -> Self {
        self.step(move |world| {
            world.tell_rejection(C::NAME, &why);
            world.trace().reject(C::NAME, why);
            Ok(())
        })
    }

    /// These events have happened to the aggregate `id`, caused by what the process issued.
    pub fn answered<H: History>(self, id: Id<H::Aggregate>, history: H) -> Self {
        let (past, key) = (Past::of(history), self.subject().key.clone());
        self.step(move |world| {
            let stream = StreamName::new(&format!("{}::{}", world.engine.domain(), P::STREAM), &key);
            world.happened_to("given", true, id, past, Some(stream))
        })
    }

    /// So many commits later the program crashes, wherever it is then; it is started again and goes on.
    pub fn crash_after(self, commits: usize) -> Self {
        self.step(move |world| {
            world.crash_after(commits);
            Ok(())
        })
    }

    /// These events happen to the aggregate `id`, caused by what the process issued.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_answered<H: History>(self, id: Id<H::Aggregate>, history: H) -> Then<OneProcess<P>, ()> {
        self.begin().when_answered(id, history)
    }
}

impl<P: ProcessManager, T> Then<OneProcess<P>, T> {
    /// Next, these events happen to the aggregate `id`, caused by what the process issued.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_answered<H: History>(self, id: Id<H::Aggregate>, history: H) -> Then<OneProcess<P>, ()> {
        let mut then = self.succeeding().next();
        let stream = then.subject.stream(&then.world);
        let happened = then.world.happened_to("when", true, id, Past::of(history), Some(stream));
        then.checked(happened).proven()
    }

    /// Next, everything that ever came to the process manager is delivered once more, to a new engine.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_redelivered(self) -> Then<OneProcess<P>, ()> {
        let mut then = self.succeeding().next();
        let subscription: Arc<str> = format!("{}.{}", then.world.engine.domain(), P::NAME).into();
        let forgotten = block_on(then.world.engine.forget_checkpoint(&subscription)).map_err(Failure::from);
        let delivered = forgotten.and_then(|()| then.world.restart()).and_then(|()| then.world.settle());
        then.checked(delivered)
    }

    /// Next, the program is started again: nothing in memory is left.
    #[track_caller]
    #[must_use = "a `when` without a `then` checks nothing"]
    pub fn when_restarted(self) -> Then<OneProcess<P>, ()> {
        let mut then = self.succeeding().next();
        let restarted = then.world.restart().and_then(|()| then.world.settle());
        then.checked(restarted)
    }

    /// From here on, the next command of this type that a process issues is refused.
    pub fn rejecting<C: Command>(mut self, why: Rejection) -> Self {
        self.world.tell_rejection(C::NAME, &why);
        self.world.trace().reject(C::NAME, why);
        self
    }

    /// So many commits later the program crashes, wherever it is then; it is started again and goes on.
    pub fn crash_after(mut self, commits: usize) -> Self {
        self.world.crash_after(commits);
        self
    }

    /// The process issued exactly these commands, in this order, whatever became of them.
    ///
    /// Each one is compared by its fields; `matching!(..)` in its place compares with a pattern; `()` is none.
    #[track_caller]
    pub fn then_issued(self, expected: impl Expected<Commands>) -> Self {
        let then = self.succeeding();
        let domain = then.world.engine.domain();
        let compared = then.subject.steps(&then.world, then.window).and_then(|steps| {
            let issued = steps.into_iter().flat_map(|step| step.issued);
            let issued: Vec<Seen> = issued
                .map(|command| Seen {
                    type_name: TypeName::new(domain, &command.name, command.version),
                    kind: MessageKind::Command,
                    stream: None,
                    payload: command.payload.0,
                })
                .collect();
            compare(domain, &Expectations::of(expected), &issued)
                .map_err(|lines| Failure::new("the issued commands are not the expected ones").details(lines))
        });
        then.checked(compared)
    }

    /// Exactly these steps were made, by the names of their methods; those of the engine are `answered`, `refused`, `undone`, `retried`
    /// and `ended`.
    #[track_caller]
    pub fn then_steps<const N: usize>(self, expected: [&str; N]) -> Self {
        let then = self.succeeding();
        let checked = then.subject.steps(&then.world, then.window).and_then(|steps| {
            let actual: Vec<&str> = steps.iter().map(|step| &*step.step).collect();
            same(&expected.join(", "), &actual.join(", "), "the steps are not the expected ones")
        });
        then.checked(checked)
    }

    /// Exactly these timers run, and fire after this time from now; `[]` for none.
    #[track_caller]
    pub fn then_timers<const N: usize>(self, expected: [(Timer<P>, SignedDuration); N]) -> Self {
        let then = self.succeeding();
        let now = then.world.engine.now();
        let checked = then.subject.started(&then.world).and_then(|last| {
            let line = |name: &str, left: SignedDuration| format!("{name} after {left:#}");
            let mut expected: Vec<String> = expected.iter().map(|(timer, left)| line(timer.name(), *left)).collect();
            expected.sort();
            let mut actual: Vec<String> = last.timers.iter().map(|(name, due)| line(name, due.duration_since(now))).collect();
            actual.sort();
            same(&expected.join(", "), &actual.join(", "), "the timers are not the expected ones")
        });
        then.checked(checked)
    }

    /// The state of the process is what the closure asserts. It comes from the log.
    #[track_caller]
    pub fn then_process(self, check: impl FnOnce(&P)) -> Self {
        let then = self.succeeding();
        let checked = then.subject.started(&then.world).and_then(|last| {
            let state: P = codec::from_json(&last.state.0).map_err(crate::Error::from)?;
            Failure::of_closure("the state of the process is not the expected one", || check(&state))
        });
        then.checked(checked)
    }

    /// The process is that far.
    #[track_caller]
    pub fn then_status(self, expected: ProcessStatus) -> Self {
        let then = self.succeeding();
        let checked = then
            .subject
            .started(&then.world)
            .and_then(|last| same(expected.as_str(), last.status.as_str(), "the process is not as far as expected"));
        then.checked(checked)
    }

    /// The process is over.
    #[track_caller]
    pub fn then_completed(self) -> Self {
        self.then_status(ProcessStatus::Completed)
    }

    /// The process cannot go on by itself, for this reason.
    #[track_caller]
    pub fn then_needs_person(self, reason: &str) -> Self {
        let then = self.then_status(ProcessStatus::NeedsPerson);
        let checked = then.subject.started(&then.world).and_then(|last| {
            same(reason, last.reason.as_deref().unwrap_or_default(), "the process needs a person for another reason")
        });
        then.checked(checked)
    }

    /// No process with this key has started.
    #[track_caller]
    pub fn then_not_started(self) -> Self {
        let then = self.succeeding();
        let checked = then.subject.last(&then.world).and_then(|last| match last {
            None => Ok(()),
            Some(_) => Err(Failure::new(format!("a `{}` with the key `{}` has started", P::NAME, then.subject.key))),
        });
        then.checked(checked)
    }

    /// Every consumer has handled everything.
    #[track_caller]
    pub fn then_caught_up(self) -> Self {
        let then = self.succeeding();
        let checked = then.world.parked().and_then(|parked| match parked.is_empty() {
            true => Ok(()),
            false => Err(Failure::new("not every consumer could handle everything")
                .details(parked.into_iter().map(|[who, why]| format!("{who}: {why}")))),
        });
        then.checked(checked)
    }
}

fn same(expected: &str, actual: &str, headline: &str) -> Result<(), Failure> {
    match expected == actual {
        true => Ok(()),
        false => Err(Failure::new(headline).detail(format!("expected  {expected}")).detail(format!("actual    {actual}"))),
    }
}
