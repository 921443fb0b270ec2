//! Chapter 6: the dashboard is a table that follows the log.

use fidelis::Error;
use fidelis_domain::{account::MakeDeposit, dashboard::AccountSummary, money::dollars};

use super::scene::Scene;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let account_id = scene.alice_opens(dollars(1000)).await?;
    scene.accepted(MakeDeposit { account_id, amount: dollars(500), reference: None }).await?;

    let log = scene.log(account_id).await?;
    let Some(row) = scene.bank.query::<AccountSummary>().get(account_id).await? else {
        return Err(Error::not_found("the dashboard has no row for the account"));
    };
    scene.say("the dashboard");
    scene.say(&format!("  {} of {}: {}", row.account_number, row.holder_name, row.balance));
    let last_activity = row.last_transaction_at.map(|time| time.to_string()).unwrap_or_default();
    scene.say(&format!("  {} transactions, the last at {last_activity}", row.transaction_count));
    scene.check("the balance is 1500.00", row.balance, dollars(1500));
    scene.check("there are 2 transactions: the opening counts", row.transaction_count, 2);
    let deposited_at = log.last().map(|record| record.metadata.time);
    scene.check("the last activity is when the deposit was made", row.last_transaction_at, deposited_at);
    Ok(())
}
