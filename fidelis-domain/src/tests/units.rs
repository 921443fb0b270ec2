//! Two accounts written in one unit: both or neither.

use fidelis::{block_on, prelude::*, store::Expected};

use super::{Bank, deposit, opening};
use crate::{
    account::{Account, MakeDeposit},
    money::{Money, dollars},
};

/// Move money within the bank at once. With a `bribe`, somebody else pays that into the target while this is decided.
#[command(part_of = Account)]
struct MoveAtOnce {
    from: Id<Account>,
    to: Id<Account>,
    amount: Money,
    bribe: Money,
}

/// As [`MoveAtOnce`], but it is decided again when somebody else was faster.
#[command(part_of = Account)]
struct MoveAtOnceOrTryAgain {
    from: Id<Account>,
    to: Id<Account>,
    amount: Money,
    bribe: Money,
}

#[derive(Default)]
struct MovingHandler;

#[command_handler(part_of = Account)]
impl MovingHandler {
    #[handle]
    async fn move_at_once(&self, command: MoveAtOnce, ctx: &Context) -> Result<(), HandlerError> {
        let MoveAtOnce { from, to, amount, bribe } = command;
        move_money(ctx, from, to, amount, bribe).await
    }

    #[handle(retry)]
    async fn move_or_try_again(&self, command: MoveAtOnceOrTryAgain, ctx: &Context) -> Result<(), HandlerError> {
        let MoveAtOnceOrTryAgain { from, to, amount, bribe } = command;
        move_money(ctx, from, to, amount, bribe).await
    }
}

async fn move_money(ctx: &Context, from: Id<Account>, to: Id<Account>, amount: Money, bribe: Money) -> Result<(), HandlerError> {
    let mut source = ctx.get(from).await?;
    let mut target = ctx.get(to).await?;
    if bribe > Money::ZERO {
        ctx.process(MakeDeposit { account_id: to, amount: bribe, reference: None }).await?;
    }
    source.withdraw(amount, None)?;
    target.deposit(amount, None)?;
    ctx.save(source)?;
    ctx.save(target)?;
    Ok(())
}

/// Alice with 100 and Bob with 50.
fn two_accounts() -> (Bank, Id<Account>, Id<Account>) {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let bob = bank.accepts(opening("ACC-002", "Bob", dollars(50)));
    (bank, alice, bob)
}

/// The balances, and that what the engine keeps ready is what the log says.
fn balances(bank: &Bank, ids: [Id<Account>; 2]) -> [Money; 2] {
    ids.map(|id| {
        let account = bank.account(id);
        assert_eq!(account, block_on(bank.engine.replay(id)).unwrap());
        account.balance
    })
}

#[test]
fn both_accounts_are_written_in_one_unit() {
    let (bank, from, to) = two_accounts();
    bank.accepts(MoveAtOnce { from, to, amount: dollars(30), bribe: Money::ZERO });
    assert_eq!(balances(&bank, [from, to]), [dollars(70), dollars(80)]);
    let cause = |id| bank.stream("fidelis::account", id)[1].metadata.origin.causation_id;
    assert_eq!(cause(from), cause(to));
}

#[test]
fn neither_is_written_when_the_second_is_rejected() {
    let (bank, from, to) = two_accounts();
    bank.accepts(super::withdrawal(to, dollars(50)));
    bank.accepts(super::closing(to));
    let refused = bank.rejects(MoveAtOnce { from, to, amount: dollars(30), bribe: Money::ZERO });
    assert_eq!(refused, "{status: [Account is closed]}");
    assert_eq!(balances(&bank, [from, to]), [dollars(100), Money::ZERO]);
}

#[test]
fn neither_is_written_when_the_second_meets_a_version_conflict_that_says_what_was_expected() {
    let (bank, from, to) = two_accounts();
    let error = bank.process(MoveAtOnce { from, to, amount: dollars(30), bribe: dollars(1) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let conflict = error.as_conflict().unwrap();
    assert_eq!(conflict.stream.as_str(), format!("fidelis::account-{to}"));
    assert_eq!((conflict.expected, conflict.actual), (Expected::Version(0), Some(1)));
    assert!(error.to_string().contains("expected version 0, found version 1"), "{error}");
    assert_eq!(balances(&bank, [from, to]), [dollars(100), dollars(51)], "but for the bribe");
}

#[test]
fn when_it_is_decided_again_both_are_written_once() {
    let (bank, from, to) = two_accounts();
    bank.accepts(MoveAtOnceOrTryAgain { from, to, amount: dollars(30), bribe: dollars(1) });
    assert_eq!(balances(&bank, [from, to]), [dollars(70), dollars(81)], "and the bribe is paid once");
    bank.accepts(deposit(to, dollars(1)));
    assert_eq!(balances(&bank, [from, to]), [dollars(70), dollars(82)]);
}
