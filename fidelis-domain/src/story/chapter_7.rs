//! Chapter 7: others react to what happens to an account; the account knows none of them.

use std::sync::Arc;

use fidelis::{Aggregate, Error, Id, Recorded, StreamName, store::Parked};
use fidelis_domain::{
    account::{Account, DepositMade, MakeDeposit, MakeWithdrawal},
    compliance::{InvestigationOpened, InvestigationStatus},
    dashboard::AccountSummary,
    money::{cents, dollars},
    notices::Outbox,
};

use super::scene::{Scene, about};

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let account_id = scene.alice_opens(dollars(500)).await?;
    let welcome = about(&scene.notices, account_id).pop().map(|notice| notice.text).unwrap_or_default();
    let names = welcome.contains("Alice Johnson") && welcome.contains("ACC-001");
    scene.check("Alice is welcomed, with the number of her account", names, true);
    scene.accepted(MakeDeposit { account_id, amount: dollars(15_000), reference: None }).await?;
    scene.check("compliance is alerted", subjects(&scene.alerts, account_id), ["large deposit"]);
    scene.accepted(MakeWithdrawal { account_id, amount: dollars(6_000), reference: None }).await?;
    scene.check("Alice is told of the withdrawal", subjects(&scene.notices, account_id), ["welcome", "large withdrawal"]);
    let account = scene.bank.load(account_id).await?;
    scene.check("the balance is 9500.00", account.balance, dollars(9_500));

    investigation(scene, account_id).await?;
    thresholds(scene, account_id).await?;
    one_consumer_fails(scene, account_id).await
}

/// The alert has also opened an investigation, with the deposit as its cause.
async fn investigation(scene: &mut Scene<'_>, account_id: Id<Account>) -> Result<(), Error> {
    let opened = investigations(scene, account_id).await?;
    scene.check("one investigation was opened", opened.len(), 1);
    let written = scene.written("fidelis::account").await?;
    let deposit = written.iter().find(|record| record.metadata.type_name.as_str() == "Fidelis.DepositMade.v1");
    let (Some(deposit), [(opened, event)]) = (deposit, &opened[..]) else {
        return Err(Error::not_found("the log does not have one deposit and one investigation"));
    };
    let investigation = scene.bank.load(event.investigation_id).await?;
    scene.say(&format!("investigation {}: {} on account {}", investigation.id(), event.amount, event.account_id));
    scene.check("it is open, about 15000.00", (investigation.status, event.amount), (InvestigationStatus::Open, dollars(15_000)));
    scene.check("it is about the account of the deposit", event.account_id, deposit.decode::<DepositMade>()?.account_id);
    let origin = |record: &Recorded| record.metadata.origin.clone();
    scene.check("it belongs to the same causal chain", origin(opened).correlation_id, origin(deposit).correlation_id);
    Ok(())
}

/// Large begins exactly there.
async fn thresholds(scene: &mut Scene<'_>, account_id: Id<Account>) -> Result<(), Error> {
    let before = (scene.alerts.notices().len(), scene.notices.notices().len());
    scene.accepted(MakeDeposit { account_id, amount: cents(999_999), reference: None }).await?;
    scene.check("9999.99 is no large deposit", scene.alerts.notices().len(), before.0);
    scene.accepted(MakeDeposit { account_id, amount: dollars(10_000), reference: None }).await?;
    scene.check("10000.00 is one", scene.alerts.notices().len(), before.0 + 1);
    scene.accepted(MakeWithdrawal { account_id, amount: cents(499_999), reference: None }).await?;
    scene.check("4999.99 is no large withdrawal", scene.notices.notices().len(), before.1);
    scene.accepted(MakeWithdrawal { account_id, amount: dollars(5_000), reference: None }).await?;
    scene.check("5000.00 is one", scene.notices.notices().len(), before.1 + 1);
    Ok(())
}

/// The dashboard, the notices and compliance do not know of each other.
async fn one_consumer_fails(scene: &mut Scene<'_>, account_id: Id<Account>) -> Result<(), Error> {
    scene.say("the post of compliance goes on strike");
    scene.alerts.strike(true);
    let alerts = scene.alerts.notices().len();
    let before = scene.bank.load(account_id).await?.balance;
    let receipt = scene.processed(MakeDeposit { account_id, amount: dollars(20_000), reference: None }).await?;
    let behind: Vec<&str> = receipt.lagging.iter().map(|consumer| &*consumer.subscription).collect();
    scene.check("the receipt names the one that is behind", behind, ["fidelis.ComplianceAlertHandler"]);
    let balance = scene.bank.load(account_id).await?.balance;
    scene.check("the deposit is made all the same", balance, before + dollars(20_000));
    let shown = scene.bank.query::<AccountSummary>().get(account_id).await?.map(|row| row.balance);
    scene.check("the dashboard shows it", shown, Some(balance));

    scene.say("the strike is over; a person has the message handled again");
    scene.alerts.strike(false);
    for parked in parked(scene, account_id).await? {
        scene.bank.retry_parked(&parked.subscription, parked.position).await?;
    }
    scene.tell_notices();
    scene.check("the alert is sent, once", scene.alerts.notices().len(), alerts + 1);
    scene.check("nothing is parked any more", parked(scene, account_id).await?.len(), 0);
    let opened = investigations(scene, account_id).await?.len();
    scene.check("three large deposits, three investigations", opened, 3);
    Ok(())
}

fn subjects(outbox: &Outbox, account_id: Id<Account>) -> Vec<&'static str> {
    about(outbox, account_id).iter().map(|notice| notice.subject).collect()
}

/// The investigations that this chapter has led to.
async fn investigations(scene: &Scene<'_>, account_id: Id<Account>) -> Result<Vec<(Arc<Recorded>, InvestigationOpened)>, Error> {
    let mut opened = Vec::new();
    for record in scene.written("fidelis::investigation").await? {
        let event: InvestigationOpened = record.decode()?;
        if event.account_id == account_id {
            opened.push((record, event));
        }
    }
    Ok(opened)
}

/// What waits of this account's events.
async fn parked(scene: &Scene<'_>, account_id: Id<Account>) -> Result<Vec<Parked>, Error> {
    let mut parked = scene.bank.parked().await?;
    parked.retain(|message| message.stream == StreamName::new("fidelis::account", account_id));
    Ok(parked)
}
