//! Putting a candidate under load.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{
    ACCOUNTS, Candidate, Fault, Refused, Totals,
    bank::{MakeDeposit, account_id},
};

/// What a measurement gave.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Deposits a second, those made while all callers were at work.
    pub per_second: f64,
    /// The median time of a deposit, in microseconds.
    pub p50: f64,
    /// The time that 99 of 100 deposits do not exceed, in microseconds.
    pub p99: f64,
    /// How many deposits had to be tried again because somebody else wrote in between, in percent.
    pub retried: f64,
    /// How many deposits the dashboard does not show although they were made: events and rows that are not written together part
    /// when two callers meet.
    pub lost: i64,
}

/// Opens the accounts that are not there yet, and gives what the dashboard says then.
///
/// # Errors
/// When one cannot be opened, or the dashboard does not have them all.
pub async fn accounts_opened(candidate: &Arc<impl Candidate>) -> Result<Totals, Fault> {
    let there = candidate.totals().await?.accounts;
    let mut opening = JoinSet::new();
    for number in there..ACCOUNTS {
        if opening.len() == 32 {
            joined(opening.join_next().await)?;
        }
        let candidate = Arc::clone(candidate);
        opening.spawn(async move { candidate.open(number).await });
    }
    while let Some(opened) = opening.join_next().await {
        joined(Some(opened))?;
    }
    let totals = candidate.totals().await?;
    if totals.accounts != ACCOUNTS {
        return Err(Fault(format!("the dashboard has {} rows instead of {ACCOUNTS}", totals.accounts)));
    }
    Ok(totals)
}

fn joined(done: Option<Result<Result<(), Fault>, tokio::task::JoinError>>) -> Result<(), Fault> {
    done.transpose()?.unwrap_or(Ok(()))
}

/// What one caller did.
#[derive(Default)]
struct Calls {
    nanoseconds: Vec<u32>,
    retries: u64,
    amount: Decimal,
}

/// Lets `callers` make deposits for `time`, and compares what the dashboard says then with what was asked for.
///
/// # Errors
/// When a deposit fails, or the dashboard has another balance than its own deposits make.
pub async fn measure(candidate: Arc<impl Candidate>, callers: usize, time: Duration, seed: u64) -> Result<Measured, Fault> {
    let before = accounts_opened(&candidate).await?;
    let mut calling = JoinSet::new();
    let start = Instant::now();
    for caller in 0..callers {
        let candidate = Arc::clone(&candidate);
        let chance =
            Chance::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (caller as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03));
        calling.spawn(async move { call(&*candidate, chance, start + time).await });
    }
    let mut all = Calls::default();
    while let Some(calls) = calling.join_next().await {
        let calls = calls??;
        all.nanoseconds.extend(calls.nanoseconds);
        all.retries += calls.retries;
        all.amount += calls.amount;
    }
    let took = start.elapsed().as_secs_f64();
    let made = all.nanoseconds.len();
    let expected =
        Totals { balance: before.balance + all.amount, transactions: before.transactions + i64::try_from(made)?, ..before };
    let after = candidate.totals().await?;
    let lost = expected.transactions - after.transactions;
    if lost == 0 && after != expected || lost < 0 {
        return Err(Fault(format!("the dashboard says {after:?}, it should say {expected:?}")));
    }
    all.nanoseconds.sort_unstable();
    let at = |share: f64| {
        let index = ((made as f64 - 1.0) * share).round() as usize;
        all.nanoseconds.get(index).map_or(f64::NAN, |nanoseconds| f64::from(*nanoseconds) / 1e3)
    };
    Ok(Measured {
        per_second: made as f64 / took,
        p50: at(0.5),
        p99: at(0.99),
        retried: 100.0 * all.retries as f64 / made as f64,
        lost,
    })
}

async fn call(candidate: &impl Candidate, mut chance: Chance, end: Instant) -> Result<Calls, Fault> {
    let mut calls = Calls::default();
    loop {
        let begun = Instant::now();
        if begun >= end {
            return Ok(calls);
        }
        let number = chance.next() % ACCOUNTS;
        let amount = Decimal::new(i64::try_from(chance.next() % 10_000)? + 1, 2);
        let reference = Some(format!("invoice {:08}", chance.next() % 100_000_000));
        let command = MakeDeposit { account_id: account_id(number), amount, reference };
        while let Err(refused) = candidate.deposit(command.clone()).await {
            match refused {
                Refused::Conflict => calls.retries += 1,
                Refused::Fault(fault) => return Err(fault),
            }
        }
        calls.nanoseconds.push(begun.elapsed().as_nanos().try_into().unwrap_or(u32::MAX));
        calls.amount += amount;
    }
}

/// SplitMix64, by Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): every candidate gets the same
/// deposits.
pub struct Chance(u64);

impl Chance {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
