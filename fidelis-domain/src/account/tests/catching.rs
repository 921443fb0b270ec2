//! Chapter 4: a handler that catches the rejection and goes on has nothing of what was rejected.

use fidelis::prelude::*;

use super::super::{Account, AccountStatus};
use crate::{
    money::{Money, dollars},
    tests::Bank,
};

/// Take money out if there is as much; else do what `otherwise` says.
#[command(part_of = Account)]
struct TryToWithdraw {
    #[identifier]
    account_id: Id<Account>,
    amount: Money,
    otherwise: Money,
}

/// As [`TryToWithdraw`], by a handler that loads and saves by itself.
#[command(part_of = Account)]
struct TryToWithdrawInContext {
    account_id: Id<Account>,
    amount: Money,
    otherwise: Money,
}

#[derive(Default)]
struct CatchingHandler;

#[command_handler(part_of = Account)]
impl CatchingHandler {
    #[handle]
    fn try_to_withdraw(&self, command: TryToWithdraw, account: &mut Account) -> Result<bool, Rejection> {
        let withdrawn = account.withdraw(command.amount, None).is_ok();
        if command.otherwise > Money::ZERO {
            account.deposit(command.otherwise, None)?;
        }
        Ok(withdrawn)
    }

    #[handle]
    async fn try_in_context(&self, command: TryToWithdrawInContext, ctx: &Context) -> Result<bool, HandlerError> {
        let mut account = ctx.get(command.account_id).await?;
        let withdrawn = account.withdraw(command.amount, None).is_ok();
        if command.otherwise > Money::ZERO {
            account.deposit(command.otherwise, None)?;
        }
        ctx.save(account)?;
        Ok(withdrawn)
    }
}

#[test]
fn chapter_4_who_catches_the_rejection_and_saves_stores_nothing_of_it() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let head = bank.log().len();
    let (account_id, amount, otherwise) = (alice, dollars(200), Money::ZERO);
    assert!(!bank.accepts(TryToWithdraw { account_id, amount, otherwise }));
    assert!(!bank.accepts(TryToWithdrawInContext { account_id, amount, otherwise }));
    assert_eq!(bank.log().len(), head);
    assert_eq!(bank.account(alice), fidelis::block_on(bank.engine.replay(alice)).unwrap());
}

#[test]
fn chapter_4_what_is_done_after_a_caught_rejection_is_stored_alone() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let (account_id, amount, otherwise) = (alice, dollars(200), dollars(5));
    assert!(!bank.accepts(TryToWithdraw { account_id, amount, otherwise }));
    assert!(!bank.accepts(TryToWithdrawInContext { account_id, amount, otherwise }));
    assert_eq!(bank.events(alice), ["Fidelis.AccountOpened.v1", "Fidelis.DepositMade.v1", "Fidelis.DepositMade.v1"]);
    let account = bank.account(alice);
    assert_eq!((account.balance, account.status, account.version()), (dollars(110), AccountStatus::Active, Some(2)));
    assert_eq!(account, fidelis::block_on(bank.engine.replay(alice)).unwrap());
}
