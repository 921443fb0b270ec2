//! Chapter 5: the rules need no bank around them. As tests, they are in `account/tests.rs`.

use fidelis::{Aggregate, Error, Id, Rejection};
use fidelis_domain::{
    account::{Account, AccountEvent, AccountStatus},
    money::{Money, dollars},
};

use super::scene::Scene;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    scene.say("as tests: cargo test -p fidelis-domain chapter_5");
    scene.say("1. opening an account");
    let account = opened_with(dollars(1000))?;
    let raised: Vec<&str> = account.root().pending().iter().map(name).collect();
    scene.check("it raises `AccountOpened` and nothing else", raised, ["AccountOpened"]);
    scene.check("the balance is the first deposit", account.balance, dollars(1000));

    scene.say("2. a deposit into an account with a history");
    let mut account = opened_with(dollars(1000))?;
    account.withdraw(dollars(400), None)?;
    account.deposit(dollars(500), Some("paycheck".to_owned()))?;
    scene.check("`DepositMade` comes last", account.root().pending().last().map(name), Some("DepositMade"));
    scene.check("the balance is 1100.00", account.balance, dollars(1100));

    scene.say("3. an overdraft");
    let mut account = opened_with(dollars(100))?;
    let refused = account.withdraw(dollars(200), None).map_err(|rejection| rejection.to_string());
    let words = "{balance: [Insufficient funds: balance cannot be negative]}";
    scene.check("it is rejected", refused, Err::<(), _>(words.to_owned()));
    scene.check("it raises nothing", account.root().pending().len(), 1);

    scene.say("4. a whole life: open, deposit, withdraw everything, close");
    let mut account = opened_with(dollars(100))?;
    account.deposit(dollars(50), None)?;
    account.withdraw(dollars(150), None)?;
    account.close(Some("moving away".to_owned()))?;
    let raised: Vec<&str> = account.root().pending().iter().map(name).collect();
    scene.check("four events", raised, ["AccountOpened", "DepositMade", "WithdrawalMade", "AccountClosed"]);
    scene.check("closed and empty", (account.status, account.balance), (AccountStatus::Closed, Money::ZERO));

    scene.say("5. closing an account with money in it");
    let mut account = opened_with(dollars(100))?;
    let refused = account.close(None).map_err(|rejection| rejection.to_string());
    let words = "{status: [Cannot close account with non-zero balance]}";
    scene.check("it is rejected", refused, Err::<(), _>(words.to_owned()));
    scene.check("it stays open", account.status, AccountStatus::Active);
    Ok(())
}

fn opened_with(opening_deposit: Money) -> Result<Account, Rejection> {
    Account::open(Id::named("ACC-001"), "ACC-001".to_owned(), "Alice Johnson".to_owned(), opening_deposit)
}

fn name(event: &AccountEvent) -> &'static str {
    match event {
        AccountEvent::AccountOpened(_) => "AccountOpened",
        AccountEvent::DepositMade(_) => "DepositMade",
        AccountEvent::WithdrawalMade(_) => "WithdrawalMade",
        AccountEvent::AccountClosed(_) => "AccountClosed",
    }
}
