//! Letting events happen, with true rollback.

use std::mem;

use super::{Aggregate, Storage, invariant, storage::Raises};
use crate::{PartOf, Rejection};

pub(super) fn raise<A, E>(aggregate: &mut A, event: E) -> Result<(), Rejection>
where
    A: Aggregate,
    A::Storage: Raises<A, E>,
    E: PartOf<A>,
{
    event.validate()?;
    invariant::check(A::PRE, aggregate)?;
    if aggregate.root().deferred > 0 {
        <A::Storage as Raises<A, E>>::apply(aggregate, &event);
        aggregate.root_mut().push(<A::Storage as Raises<A, E>>::pend(event));
        return Ok(());
    }
    let before = Before::of(aggregate, <A::Storage as Raises<A, E>>::REPLAYS);
    <A::Storage as Raises<A, E>>::apply(aggregate, &event);
    match check(aggregate) {
        Ok(()) => {
            aggregate.root_mut().push(<A::Storage as Raises<A, E>>::pend(event));
            Ok(())
        }
        Err(rejection) => {
            before.restore(aggregate, <A::Storage as Raises<A, E>>::replay_pending);
            Err(rejection)
        }
    }
}

/// Lets an event have happened: applies it and keeps it to be stored, whatever the rules say. For histories that tests make up.
pub(crate) fn happened<A, E>(aggregate: &mut A, event: E)
where
    A: Aggregate,
    A::Storage: Raises<A, E>,
    E: PartOf<A>,
{
    <A::Storage as Raises<A, E>>::apply(aggregate, &event);
    aggregate.root_mut().push(<A::Storage as Raises<A, E>>::pend(event));
}

/// How the state before an event is had again.
enum Before<A> {
    /// From a copy.
    Copy(A),
    /// From what is stored and the pending events: no copy is made for the many events that are not refused.
    Replay,
}

impl<A: Aggregate> Before<A> {
    fn of(aggregate: &mut A, replays: bool) -> Self {
        match replays && aggregate.root().base.is_some() {
            true => Before::Replay,
            false => Before::Copy(state_of(aggregate)),
        }
    }

    fn restore(self, aggregate: &mut A, replay: fn(&mut A, &<A::Storage as Storage<A>>::Pending)) {
        match self {
            Before::Copy(before) => restore(aggregate, before),
            Before::Replay => {
                let root = mem::take(aggregate.root_mut());
                if let Some(base) = &root.base {
                    aggregate.copy_from(base);
                }
                root.pending().iter().for_each(|event| replay(aggregate, event));
                *aggregate.root_mut() = root;
            }
        }
    }
}

pub(super) fn atomically<A: Aggregate, T>(
    aggregate: &mut A,
    change: impl FnOnce(&mut A) -> Result<T, Rejection>,
) -> Result<T, Rejection> {
    let before = state_of(aggregate);
    let pending = aggregate.root().pending.len();
    aggregate.root_mut().deferred += 1;
    let changed = change(aggregate);
    aggregate.root_mut().deferred -= 1;
    // Inside another `atomically` its end decides; a refusal still takes back what happened here.
    let changed = match aggregate.root().deferred {
        0 => changed.and_then(|value| check(aggregate).map(|()| value)),
        _ => changed,
    };
    if changed.is_err() {
        aggregate.root_mut().truncate(pending);
        restore(aggregate, before);
    }
    changed
}

/// Every rule that holds after an event: of single fields and of the whole.
fn check<A: Aggregate>(aggregate: &A) -> Result<(), Rejection> {
    match (aggregate.validate(), invariant::check(A::POST, aggregate)) {
        (Ok(()), checked) => checked,
        (Err(fields), Ok(())) => Err(fields),
        (Err(mut all), Err(rules)) => {
            all.merge(rules);
            Err(all)
        }
    }
}

/// A copy of the state without its root: pending events are not copied, however many there are.
fn state_of<A: Aggregate>(aggregate: &mut A) -> A {
    let root = mem::take(aggregate.root_mut());
    let state = aggregate.clone();
    *aggregate.root_mut() = root;
    state
}

fn restore<A: Aggregate>(aggregate: &mut A, mut before: A) {
    mem::swap(aggregate.root_mut(), before.root_mut());
    *aggregate = before;
}
