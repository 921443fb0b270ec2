//! Chapters 1 to 3: commands go in, events are kept, the account follows from them.

use fidelis::{Aggregate, Error};
use fidelis_domain::{
    account::{MakeDeposit, MakeWithdrawal},
    money::dollars,
};

use super::scene::Scene;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let account_id = scene.alice_opens(dollars(1000)).await?;
    for (amount, reference) in [(500, "paycheck"), (200, "gift")] {
        let reference = Some(reference.to_owned());
        scene.accepted(MakeDeposit { account_id, amount: dollars(amount), reference }).await?;
    }
    let reference = Some("rent".to_owned());
    scene.accepted(MakeWithdrawal { account_id, amount: dollars(150), reference }).await?;

    let account = scene.bank.load(account_id).await?;
    scene.check("the balance is 1550.00", account.balance, dollars(1550));
    scene.check("the version is 3, counted from 0", account.version(), Some(3));

    let log = scene.log(account_id).await?;
    let types: Vec<&str> = log.iter().map(|record| record.metadata.type_name.as_str()).collect();
    let expected = ["Fidelis.AccountOpened.v1", "Fidelis.DepositMade.v1", "Fidelis.DepositMade.v1", "Fidelis.WithdrawalMade.v1"];
    scene.check("the stream holds these four events", types, expected);

    let replayed = scene.bank.replay(account_id).await?;
    scene.check("replaying the log gives the same account", replayed, account);
    Ok(())
}
