//! Chapter 4: whatever is asked, no rule is ever broken, and a refusal leaves nothing behind.

use fidelis::{
    Aggregate, Error, ErrorKind, Id, MessageId, MessageKind, NewRecord, Origin, StreamName, TypeName, codec,
    store::{Append, Commit, Expected},
};
use fidelis_domain::{
    account::{Account, AccountOpened, AccountStatus, CloseAccount, MakeDeposit, MakeWithdrawal, WithdrawalMade},
    money::{Money, dollars},
};

use super::scene::Scene;

const OVERDRAFT: &str = "{balance: [Insufficient funds: balance cannot be negative]}";
const CLOSED: &str = "{status: [Account is closed]}";

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let account_id = scene.alice_opens(dollars(100)).await?;
    let deposit = |amount| MakeDeposit { account_id, amount, reference: None };
    let withdrawal = |amount| MakeWithdrawal { account_id, amount, reference: None };
    let close = || CloseAccount { account_id, reason: Some("customer request".to_owned()) };

    scene.rejected(withdrawal(dollars(200)), OVERDRAFT).await?;
    scene.rejected(close(), "{status: [Cannot close account with non-zero balance]}").await?;
    for nothing in [Money::ZERO, dollars(-5)] {
        scene.rejected(deposit(nothing), "{amount: [Deposit amount must be positive]}").await?;
        scene.rejected(withdrawal(nothing), "{amount: [Withdrawal amount must be positive]}").await?;
    }
    in_hand(scene, account_id).await?;

    scene.accepted(withdrawal(dollars(100))).await?;
    scene.accepted(close()).await?;
    let account = scene.bank.load(account_id).await?;
    scene.check("the account is closed and empty", (account.status, account.balance), (AccountStatus::Closed, Money::ZERO));

    scene.rejected(deposit(dollars(1)), CLOSED).await?;
    scene.rejected(withdrawal(dollars(1)), CLOSED).await?;
    scene.rejected(close(), CLOSED).await?;
    let log = scene.log(account_id).await?;
    let types: Vec<&str> = log.iter().map(|record| record.metadata.type_name.as_str()).collect();
    let expected = ["Fidelis.AccountOpened.v1", "Fidelis.WithdrawalMade.v1", "Fidelis.AccountClosed.v1"];
    scene.check("the stream holds what was accepted, and nothing else", types, expected);

    broken_history(scene).await
}

/// The same refusals without a bank around them: somebody holds the account and tries.
async fn in_hand(scene: &mut Scene<'_>, account_id: Id<Account>) -> Result<(), Error> {
    scene.say("with the account in hand: withdraw 200.00, then both deposit 50.00 and withdraw 200.00");
    let mut account = scene.bank.load(account_id).await?;
    let before = account.clone();
    let one = account.withdraw(dollars(200), None).map_err(|rejection| rejection.to_string());
    scene.check("the withdrawal is rejected", one, Err::<(), _>(OVERDRAFT.to_owned()));
    let both = account.atomically(|account| {
        account.deposit(dollars(50), None)?;
        account.withdraw(dollars(200), None)
    });
    let both = both.map_err(|rejection| rejection.to_string());
    scene.check("both are rejected together", both, Err::<(), _>(OVERDRAFT.to_owned()));
    scene.check("state and version are exactly as before", &account, &before);
    scene.check("no event waits to be stored", account.root().pending(), []);
    Ok(())
}

/// What no command would ever write: a withdrawal of more than there is.
async fn broken_history(scene: &mut Scene<'_>) -> Result<(), Error> {
    // Another account each time the story is told on this log.
    let account_id = Id::<Account>::named(&format!("ACC-666 at {}", scene.bank.store().head().await?));
    scene.say("behind the rules' back, a history is written in which 500.00 are withdrawn from 100.00");
    let opened = AccountOpened {
        account_id,
        account_number: "ACC-666".to_owned(),
        holder_name: "Mallory".to_owned(),
        opening_deposit: dollars(100),
    };
    let withdrawn = WithdrawalMade { account_id, amount: dollars(500), reference: None };
    let records = [
        record(account_id, "Fidelis.AccountOpened.v1", codec::to_json(&opened)?),
        record(account_id, "Fidelis.WithdrawalMade.v1", codec::to_json(&withdrawn)?),
    ];
    let origin = Origin {
        correlation_id: MessageId::named("a break-in"),
        causation_id: None,
        process: None,
        priority: 0,
        extensions: None,
    };
    let mut commit = Commit::new(scene.bank.now(), origin);
    let stream = StreamName::new("fidelis::account", account_id);
    commit.appends.push(Append { stream, expected: Expected::NoStream, records: records.into_iter().collect() });
    scene.bank.store().commit(commit).await?;

    let Err(error) = scene.bank.load(account_id).await else {
        scene.check("the account is not loaded", "loaded", "an error");
        return Ok(());
    };
    let text = error.to_string();
    scene.say(&text);
    scene.check("loading it fails as corrupt", error.kind(), ErrorKind::Corrupt);
    let names = ["Account", "version 1", "Fidelis.WithdrawalMade.v1", "balance_must_not_be_negative"];
    let missing: Vec<&str> = names.into_iter().filter(|name| !text.contains(name)).collect();
    scene.check("it says which aggregate, version, event and rule", missing, [""; 0]);
    Ok(())
}

fn record(account_id: Id<Account>, type_name: &str, payload: Box<str>) -> NewRecord {
    NewRecord {
        id: MessageId::named(&format!("{type_name} of {account_id}")),
        type_name: TypeName::parse(type_name),
        kind: MessageKind::Event,
        schema_version: 1,
        payload,
    }
}
