//! How a transfer is carried out, rightly, and in all the ways in which it is done wrong.

use fidelis::{SignedDuration, prelude::*};

use super::{
    bank::*,
    bugs::{Bug, has},
};

#[process_manager(correlate = key)]
pub struct FundsTransfer {
    pub key: String,
    pub transfer: Id<Transfer>,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
    pub withdrawn: bool,
    pub overdue: bool,
}

#[process_manager(never_rejected = [Complete, Fail])]
impl FundsTransfer {
    #[handle(start, correlate = key)]
    fn on_initiated(&mut self, event: &Initiated, then: &mut Effects<Self>) {
        (self.transfer, self.from, self.to, self.amount) = (event.transfer, event.from, event.to, event.amount);
        match () {
            () if has(Bug::StateWrittenAfterDispatch) => return then.mark_as_complete(),
            () if has(Bug::CreditFirst) => then.issue(self.deposit_into(self.to)),
            () => then.issue(Withdraw { account: self.from, amount: self.amount }),
        }
        then.start_timer(Self::OVERDUE, SignedDuration::from_hours(24));
    }

    #[handle(issued)]
    fn on_withdrawn(&mut self, _: &Withdrawn, then: &mut Effects<Self>) {
        assert!(!has(Bug::Panics), "nobody has thought of this");
        self.withdrawn = true;
        if has(Bug::CreditFirst) {
            then.keep();
            return then.issue(Complete { transfer: self.transfer });
        }
        if !self.overdue {
            then.issue(self.deposit_into(self.to));
        }
        if has(Bug::CompletesTooEarly) {
            then.issue(Complete { transfer: self.transfer });
        }
    }

    #[handle(issued)]
    fn on_deposited(&mut self, _: &Deposited, then: &mut Effects<Self>) {
        if has(Bug::CreditFirst) {
            return then.issue(Withdraw { account: self.from, amount: self.amount });
        }
        if !has(Bug::KeepMissing) {
            then.keep();
        }
        then.cancel_timer(Self::OVERDUE);
        if !has(Bug::CompletesTooEarly) {
            then.issue(Complete { transfer: self.transfer });
        }
    }

    #[on_rejected]
    fn on_withdraw_rejected(&mut self, _: &Withdraw, why: &Rejection, then: &mut Effects<Self>) {
        match () {
            () if has(Bug::RefusalIgnored) => then.cancel_timer(Self::OVERDUE),
            () if has(Bug::GivesBackWhatWasNotTaken) => then.issue(self.deposit_into(self.from)),
            () => then.undo(why.to_string()),
        }
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &Deposit, why: &Rejection, then: &mut Effects<Self>) {
        if has(Bug::UndoneInTheWrongOrder) {
            then.issue(Fail { transfer: self.transfer, reason: why.to_string() });
        }
        then.undo(why.to_string());
    }

    #[on_timeout("overdue")]
    fn on_overdue(&mut self, then: &mut Effects<Self>) {
        match () {
            // It may be on its way still.
            () if has(Bug::RefundWhileInFlight) && self.withdrawn => {
                then.issue(self.deposit_into(self.from));
                then.issue(Fail { transfer: self.transfer, reason: "it took too long".to_owned() });
            }
            () if has(Bug::SentAgain) && self.withdrawn => then.issue(self.deposit_into(self.to)),
            () => {
                self.overdue = true;
                then.undo("it took too long");
            }
        }
    }

    #[undo]
    fn give_back(&mut self, done: &Withdraw, then: &mut Effects<Self>) {
        if !has(Bug::CompensationMissing) {
            then.issue(self.deposit_into(done.account));
        }
    }

    #[on_undone]
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.cancel_timer(Self::OVERDUE);
        if !has(Bug::UndoneInTheWrongOrder) {
            then.issue(Fail { transfer: self.transfer, reason: why.to_owned() });
        }
    }

    #[handle(issued)]
    fn on_completed(&mut self, _: &Completed, then: &mut Effects<Self>) {
        then.mark_as_complete();
    }

    #[handle(issued)]
    fn on_failed(&mut self, _: &Failed, then: &mut Effects<Self>) {
        then.mark_as_complete();
    }

    fn deposit_into(&self, account: Id<Account>) -> Deposit {
        Deposit { account, amount: self.amount }
    }
}

/// What does a transfer by hand, where the process does not: command by command, deciding by what it finds.
#[derive(Default)]
pub struct TransferByHand;

#[event_handler(part_of = Transfer)]
impl TransferByHand {
    #[handle]
    async fn on_initiated(&self, event: &Initiated, ctx: &Context) -> Result<(), HandlerError> {
        if has(Bug::WaitsForTheWorld) {
            std::future::pending::<()>().await;
        }
        if !has(Bug::StateWrittenAfterDispatch) {
            return Ok(());
        }
        if ctx.get(event.from).await?.balance < event.amount {
            ctx.process(Fail { transfer: event.transfer, reason: "insufficient funds".to_owned() }).await?;
            return Ok(());
        }
        ctx.process(Withdraw { account: event.from, amount: event.amount }).await?;
        ctx.process(Deposit { account: event.to, amount: event.amount }).await?;
        ctx.process(Complete { transfer: event.transfer }).await?;
        Ok(())
    }
}
