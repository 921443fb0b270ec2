//! Which method of the closure answers which command.

use fidelis::prelude::*;

use super::{AbandonClosure, Closure, CompleteClosure, RequestClosure};

/// Handles every command to closures.
#[derive(Default)]
pub struct ClosureCommandHandler;

#[command_handler(part_of = Closure)]
impl ClosureCommandHandler {
    /// How much is to be paid out is looked up once, here: should it have changed by then, the closure is abandoned.
    #[handle]
    async fn request_closure(&self, command: RequestClosure, ctx: &Context) -> Result<Closure, HandlerError> {
        let RequestClosure { account_id, pay_out_to } = command;
        let balance = ctx.get(account_id).await?.balance;
        Ok(Closure::request(ctx.new_id(), account_id, pay_out_to, balance)?)
    }

    #[handle]
    fn complete_closure(&self, _: CompleteClosure, closure: &mut Closure) -> Result<(), Rejection> {
        closure.complete()
    }

    #[handle]
    fn abandon_closure(&self, command: AbandonClosure, closure: &mut Closure) -> Result<(), Rejection> {
        closure.abandon(command.reason)
    }
}
