//! Rules over the whole state of an aggregate.

use crate::Rejection;

/// One rule of an aggregate `A`.
pub struct Invariant<A> {
    /// The name of the method that states it.
    pub name: &'static str,
    /// The method.
    pub check: fn(&A) -> Result<(), Rejection>,
}

/// The rules of an aggregate. Written by `#[aggregate] impl`, from its `#[invariant]` methods.
#[diagnostic::on_unimplemented(
    message = "aggregate `{Self}` has no `#[aggregate] impl` block",
    label = "where are its events applied and its rules kept?",
    note = "write `#[aggregate] impl {Self} {{ .. }}`"
)]
pub trait Invariants: Sized + 'static {
    /// Checked before an event is applied.
    const PRE: &'static [Invariant<Self>];
    /// Checked after an event is applied.
    const POST: &'static [Invariant<Self>];
}

/// What the rules refuse, all of it.
pub(super) fn check<A>(rules: &[Invariant<A>], state: &A) -> Result<(), Rejection> {
    match rules {
        [] => Ok(()),
        [only] => (only.check)(state),
        all => Rejection::collect(all.iter().map(|rule| (rule.check)(state))),
    }
}

/// The name of the first rule that `state` breaks, with its refusal.
pub(crate) fn first_broken<A: Invariants>(state: &A) -> Option<(&'static str, Rejection)> {
    A::POST.iter().find_map(|rule| Some((rule.name, (rule.check)(state).err()?)))
}
