//! What the domain as a whole did.

use super::Then;
use crate::{
    Aggregate, Id, block_on,
    testing::{
        Commands, Expected,
        expected::{Expectations, compare},
        failure::Failure,
        subject::{WholeDomain, shown},
    },
};

impl<T> Then<WholeDomain, T> {
    /// Handlers issued exactly these commands, in this order, whatever became of them.
    ///
    /// Each one is compared by its fields; `matching!(..)` in its place compares with a pattern; `()` is none.
    #[track_caller]
    pub fn then_issued(self, expected: impl Expected<Commands>) -> Self {
        let then = self.succeeding();
        let issued = then.world.issued(then.window);
        let compared = compare(then.world.engine.domain(), &Expectations::of(expected), &issued)
            .map_err(|lines| Failure::new("the issued commands are not the expected ones").details(lines));
        then.checked(compared)
    }

    /// The aggregate `id` is what the closure asserts. Its state comes from the log.
    #[track_caller]
    pub fn then_state_of<A: Aggregate>(self, id: Id<A>, check: impl FnOnce(&A)) -> Self {
        let then = self.succeeding();
        let checked = block_on(then.world.engine.replay(id)).map_err(Failure::from).and_then(|state| {
            let checked = Failure::of_closure("the state is not the expected one", || check(&state));
            let (title, fields) = shown(&state);
            checked.map_err(|failure| failure.detail("").detail(title).details(fields))
        });
        then.checked(checked)
    }

    /// This consumer could not handle a message, for this reason; what waits behind it is not counted.
    ///
    /// The name is that of the handler, such as `ComplianceAlertHandler`.
    #[track_caller]
    pub fn then_parked(self, consumer: &str, reason: &str) -> Self {
        let then = self.succeeding();
        let name = format!("{}.{consumer}", then.world.engine.domain());
        let checked = then.world.parked().and_then(|parked| {
            let reasons: Vec<&str> = parked.iter().filter(|[who, _]| *who == name).map(|[_, why]| why.as_str()).collect();
            if reasons == [reason] {
                return Ok(());
            }
            let failure =
                Failure::new(format!("`{consumer}` should have one message parked")).detail(format!("expected  {reason}"));
            Err(match reasons.is_empty() {
                true => failure.detail("actual    it has handled everything"),
                false => failure.details(reasons.iter().map(|reason| format!("actual    {reason}"))),
            })
        });
        then.checked(checked)
    }

    /// Every consumer has handled everything.
    #[track_caller]
    pub fn then_caught_up(self) -> Self {
        let then = self.succeeding();
        let checked = then.world.parked().and_then(|parked| match parked.is_empty() {
            true => Ok(()),
            // Who, and why, is told with every failure of such a test.
            false => Err(Failure::new("not every consumer could handle everything")),
        });
        then.checked(checked)
    }
}
