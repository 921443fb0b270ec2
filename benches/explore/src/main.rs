//! Explores the bank's transfers, from small to large, and says how many worlds there are and how fast they are gone through.

use std::io::{self, Write};

use fidelis::{
    Id,
    explore::{Exploration, World, explore},
};
use fidelis_domain::{
    account::{Account, AccountOpened},
    money::Money,
    transfer::{FundsTransfer, InitiateTransfer, Transfer, TransferStatus},
};

fn dollars(dollars: i64) -> Money {
    format!("{dollars}.00").parse().expect("so many dollars are money")
}

fn account(number: u32) -> Id<Account> {
    Id::named(&format!("ACC-{number:03}"))
}

/// So many transfers in a ring of so many accounts, each with money for one of two.
fn transfers(transfers: u32, accounts: u32) -> Exploration {
    let mut exploration = explore(fidelis_domain::domain());
    for number in 0..accounts {
        let opened = AccountOpened {
            account_id: account(number),
            account_number: format!("ACC-{number:03}"),
            holder_name: "Somebody".to_owned(),
            opening_deposit: dollars(10),
        };
        exploration = exploration.given(account(number), opened);
    }
    let transfer = move |number: u32| InitiateTransfer {
        source_account_id: account(number / 2 % accounts),
        destination_account_id: account((number / 2 + 1 + number % (accounts - 1)) % accounts),
        amount: dollars(7 - i64::from(number % 2)),
    };
    exploration
        .when((0..transfers).map(transfer))
        .always("no money is made", move |world| in_accounts(world) <= dollars(10 * i64::from(accounts)))
        .eventually("no money is missing", move |world| in_accounts(world) == dollars(10 * i64::from(accounts)))
        .eventually("every transfer ends", |world| {
            world.all::<Transfer>().iter().all(|transfer| transfer.status != TransferStatus::Initiated)
                && world.processes::<FundsTransfer>().iter().all(|process| process.status.is_over())
        })
}

fn in_accounts(world: &World<'_>) -> Money {
    world.all::<Account>().iter().map(|account| account.balance).sum()
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let most: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let cases: Vec<(&str, Exploration)> = vec![
        ("1 transfer, 2 accounts, no fault", transfers(1, 2).duplicates(0).early_timers(0)),
        ("1 transfer, 2 duplicates, 1 early timer, 1 failure", transfers(1, 2).duplicates(2).failures(1)),
        ("2 transfers, 2 accounts, no fault", transfers(2, 2).duplicates(0).early_timers(0)),
        ("2 transfers, 2 duplicates", transfers(2, 2).duplicates(2).early_timers(0)),
        ("2 transfers, 2 duplicates, 1 early timer", transfers(2, 2).duplicates(2)),
        ("2 transfers, 1 duplicate, 2 early timers, 1 failure", transfers(2, 2).duplicates(1).early_timers(2).failures(1)),
        ("3 transfers, 3 accounts, no fault", transfers(3, 3).duplicates(0).early_timers(0)),
        ("3 transfers, 3 accounts, 2 duplicates", transfers(3, 3).duplicates(2).early_timers(0)),
        ("2 engines: 1 transfer, 1 duplicate, 1 crash", transfers(1, 2).duplicates(1).early_timers(0).engines(2, 1)),
        ("2 engines: 2 transfers, 1 duplicate, 1 crash", transfers(2, 2).duplicates(1).early_timers(0).engines(2, 1)),
    ];
    writeln!(out, "{:<55} {:>9} {:>10} {:>8} {:>8} {:>10}", "", "worlds", "steps", "ends", "s", "worlds/s")?;
    for (name, exploration) in cases.into_iter().take(most) {
        let told = |progress: fidelis::explore::Progress| eprintln!("{progress:?}");
        let report = exploration.at_most(5_000_000).progress(told).report().expect("the bank can be explored");
        if !report.holds() {
            writeln!(out, "{name}: {report}")?;
            continue;
        }
        writeln!(
            out,
            "{name:<55} {:>9} {:>10} {:>8} {:>8.2} {:>10.0}",
            report.worlds,
            report.steps,
            report.outcomes.len(),
            report.elapsed.as_secs_f64(),
            report.worlds_per_second()
        )?;
        out.flush()?;
    }
    Ok(())
}
