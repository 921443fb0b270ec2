//! What the aggregate is now.

use super::Then;
use crate::{
    Aggregate,
    testing::{
        failure::Failure,
        subject::{HasState, Subject},
    },
};

impl<S: Subject, T> Then<S, T> {
    /// The aggregate is what the closure asserts. Its state comes from the log, or is that of the instance in hand.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&S::Aggregate)) -> Self
    where
        S: HasState,
    {
        let then = self.succeeding();
        let checked = then.subject.state(&then.world);
        let checked = checked.and_then(|state| Failure::of_closure("the state is not the expected one", || check(&state)));
        then.checked(checked)
    }

    /// The aggregate is at this version: the position of its last event, from 0.
    #[track_caller]
    pub fn then_version(self, expected: u64) -> Self
    where
        S: HasState,
    {
        let then = self.succeeding();
        let checked = then.subject.state(&then.world).and_then(|state| match state.version() {
            Some(version) if version == expected => Ok(()),
            actual => {
                let actual = actual.map_or_else(|| "none".to_owned(), |version| version.to_string());
                let failure = Failure::new("the aggregate is at another version");
                Err(failure.detail(format!("expected  {expected}")).detail(format!("actual    {actual}")))
            }
        });
        then.checked(checked)
    }
}
