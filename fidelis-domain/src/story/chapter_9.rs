//! Chapter 9: money moves between accounts that know nothing of each other, or it is where it was before.

use fidelis::{Error, ErrorKind, Id, SignedDuration};
use fidelis_domain::{
    account::{Account, AccountStatus, CloseAccount, MakeDeposit, MakeWithdrawal, OpenAccount},
    closure::{ClosureStatus, RequestClosure},
    money::{Money, dollars},
    transfer::{InitiateTransfer, Transfer, TransferStatus},
};

use super::scene::Scene;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<(), Error> {
    let alice = scene.alice_opens(dollars(10_000)).await?;
    let bob = opens(scene, "ACC-002", "Bob Smith", dollars(5_000)).await?;
    let transfer = |from, to, amount| InitiateTransfer { source_account_id: from, destination_account_id: to, amount };

    let moved = scene.accepted(transfer(alice, bob, dollars(3_000))).await?;
    ended(scene, moved, TransferStatus::Completed, None).await?;
    balances(scene, [(alice, 7_000), (bob, 8_000)]).await?;
    let process = scene.stream("fidelis::funds_transfer", moved).await?;
    scene.check("its process has made four steps", process.len(), 4);

    let refused = scene.accepted(transfer(alice, bob, dollars(7_001))).await?;
    ended(scene, refused, TransferStatus::Failed, Some("Insufficient funds: balance cannot be negative")).await?;
    balances(scene, [(alice, 7_000), (bob, 8_000)]).await?;

    let carol = opens(scene, "ACC-003", "Carol Jones", Money::ZERO).await?;
    scene.accepted(CloseAccount { account_id: carol, reason: None }).await?;
    for (destination, why) in [(carol, "Account is closed"), (Id::named("nobody"), "there is no `Account`")] {
        let came_back = scene.accepted(transfer(alice, destination, dollars(3_000))).await?;
        ended(scene, came_back, TransferStatus::Failed, Some(why)).await?;
        balances(scene, [(alice, 7_000), (bob, 8_000)]).await?;
    }
    crossing(scene, alice, bob).await?;
    closing(scene, bob, alice).await
}

/// Both ways at once, with people at the counter in between.
async fn crossing(scene: &mut Scene<'_>, alice: Id<Account>, bob: Id<Account>) -> Result<(), Error> {
    let mut transfers = Vec::new();
    for amount in [100, 200, 300] {
        for (from, to) in [(alice, bob), (bob, alice)] {
            let transfer = InitiateTransfer { source_account_id: from, destination_account_id: to, amount: dollars(amount) };
            transfers.push(scene.accepted(transfer).await?);
        }
        scene.accepted(MakeDeposit { account_id: alice, amount: dollars(amount), reference: None }).await?;
        scene.accepted(MakeWithdrawal { account_id: bob, amount: dollars(amount), reference: None }).await?;
    }
    for transfer in transfers {
        ended(scene, transfer, TransferStatus::Completed, None).await?;
    }
    balances(scene, [(alice, 7_600), (bob, 7_400)]).await
}

/// Bob leaves: what he has goes to Alice.
async fn closing(scene: &mut Scene<'_>, bob: Id<Account>, alice: Id<Account>) -> Result<(), Error> {
    let closure = scene.accepted(RequestClosure { account_id: bob, pay_out_to: Id::named("nobody") }).await?;
    let abandoned = scene.bank.load(closure).await?;
    scene.check("it is abandoned when nobody takes the money", abandoned.status, ClosureStatus::Abandoned);
    balances(scene, [(alice, 7_600), (bob, 7_400)]).await?;
    let closure = scene.accepted(RequestClosure { account_id: bob, pay_out_to: alice }).await?;
    scene.check("Bob has left", scene.bank.load(closure).await?.status, ClosureStatus::Completed);
    scene.check("his account is closed", scene.bank.load(bob).await?.status, AccountStatus::Closed);
    balances(scene, [(alice, 15_000), (bob, 0)]).await?;

    scene.pass(SignedDuration::from_hours(48)).await?;
    scene.check("two days later nothing more has happened", scene.bank.load(alice).await?.balance, dollars(15_000));
    let error = scene.bank.process(RequestClosure { account_id: Id::named("nobody"), pay_out_to: alice }).await.err();
    scene.check("an account that is not there is not closed", error.map(|error| error.kind()), Some(ErrorKind::NotFound));
    Ok(())
}

async fn opens(scene: &mut Scene<'_>, number: &str, holder: &str, deposit: Money) -> Result<Id<Account>, Error> {
    let (account_number, holder_name) = (number.to_owned(), holder.to_owned());
    scene.accepted(OpenAccount { account_number, holder_name, opening_deposit: deposit }).await
}

/// Checks how a transfer ended.
async fn ended(scene: &mut Scene<'_>, transfer: Id<Transfer>, status: TransferStatus, why: Option<&str>) -> Result<(), Error> {
    let transfer = scene.bank.load(transfer).await?;
    let what = match status {
        TransferStatus::Completed => "the transfer is completed",
        _ => "the transfer failed, with the reason",
    };
    let gives_reason = match (&transfer.reason, why) {
        (Some(reason), Some(why)) => reason.contains(why),
        (reason, why) => reason.is_none() && why.is_none(),
    };
    scene.check(what, (transfer.status, gives_reason), (status, true));
    Ok(())
}

/// Checks what is in two accounts.
async fn balances(scene: &mut Scene<'_>, expected: [(Id<Account>, i64); 2]) -> Result<(), Error> {
    let mut found = Vec::new();
    for (account, _) in expected {
        found.push(scene.bank.load(account).await?.balance);
    }
    let expected = expected.map(|(_, balance)| dollars(balance));
    scene.check(&format!("the accounts hold {} and {}", expected[0], expected[1]), found, expected);
    Ok(())
}
