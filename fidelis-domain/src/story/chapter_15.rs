//! Chapter 15: after each save the account states what it is; the report is made of such facts and of nothing else.

use fidelis::{Error, MessageKind};
use fidelis_domain::{
    account::{AccountFactEvent, AccountStatus, MakeDeposit, MakeWithdrawal},
    money::dollars,
    report::AccountReport,
};

use super::scene::Scene;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let account_id = scene.alice_opens(dollars(1000)).await?;
    scene.accepted(MakeDeposit { account_id, amount: dollars(500), reference: None }).await?;
    scene.accepted(MakeWithdrawal { account_id, amount: dollars(200), reference: None }).await?;

    let facts = scene.stream("fidelis::account-fact", account_id).await?;
    let states = facts.iter().map(|record| record.decode::<AccountFactEvent>()).collect::<Result<Vec<_>, _>>()?;
    let balances: Vec<_> = states.iter().map(|fact| fact.balance).collect();
    scene.check("the three facts say 1000.00, 1500.00 and 1300.00", balances, [dollars(1000), dollars(1500), dollars(1300)]);
    let active = states.iter().all(|fact| fact.status == AccountStatus::Active);
    scene.check("all of them say ACTIVE", active, true);
    let named = facts
        .iter()
        .all(|fact| fact.metadata.type_name.as_str() == "Fidelis.AccountFactEvent.v1" && fact.metadata.kind == MessageKind::Fact);
    scene.check("all of them are facts called Fidelis.AccountFactEvent.v1", named, true);

    scene.say("the report");
    let row = scene.bank.query::<AccountReport>().get(account_id).await?;
    if let Some(AccountReport { account_number, holder_name, balance, last_updated, .. }) = &row {
        scene.say(&format!("  {account_number} of {holder_name}: {balance} at {last_updated}"));
    }
    let said = row.as_ref().map(|row| (row.balance, row.status));
    scene.check("the report says 1300.00", said, Some((dollars(1300), AccountStatus::Active)));
    let last_fact = facts.last().map(|fact| fact.metadata.time);
    scene.check("its time is that of the last fact", row.map(|row| row.last_updated), last_fact);

    scene.say("make the report again, of all accounts there are, from their facts");
    let report = scene.bank.query::<AccountReport>().all().await?;
    let facts = scene.count("fidelis::account-fact").await?;
    scene.check("every fact in the log is read, and nothing else", scene.bank.rebuild::<AccountReport>().await?, facts);
    scene.check("the rows are the same", scene.bank.query::<AccountReport>().all().await?, report);
    Ok(())
}
