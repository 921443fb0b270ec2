//! Transfers from their initiation to their end: a process that takes money out of one account and puts it into another one, through a
//! process manager, 64 of them in flight over 1,000 accounts. Beside it what the same number of bare commits costs in the same
//! run, and what a step of a process costs that has thousands behind it.

mod bare;
mod counting;
mod domain;
mod long;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis::{
    Engine, Id, Store,
    process::{ProcessStatus, ProcessSummary},
};
use load::Fault;
use tokio::task::JoinSet;

use self::{
    counting::{Counting, Counts},
    domain::{Account, Balance, Decimal, InitiateTransfer, OpenAccount},
};
use crate::setting::{Database, Setting};

/// How many accounts there are.
const ACCOUNTS: u32 = 1_000;

/// What each of them begins with: enough that nothing is refused.
const OPENING: i64 = 1_000_000;

/// How many transfers are in flight.
const IN_FLIGHT: [usize; 2] = [1, 64];

/// One store's figures for one number of transfers in flight.
pub(crate) struct Figures {
    pub(crate) store: &'static str,
    pub(crate) in_flight: usize,
    pub(crate) rounds: Vec<Measured>,
}

/// What one round gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Transfers a second, from their initiation to their end.
    pub(crate) per_second: f64,
    /// The median time of one, in microseconds.
    pub(crate) p50: f64,
    /// The time that 99 of 100 do not exceed, in microseconds.
    pub(crate) p99: f64,
    /// What a transfer asked of the store.
    pub(crate) commits: f64,
    /// Reads of any kind, each of them a question to the store.
    pub(crate) reads: f64,
    /// How many commits of one small record that store takes a second, with as many callers.
    pub(crate) bare: f64,
}

/// Figures of transfers, and of steps.
pub(crate) struct All {
    pub(crate) transfers: Vec<Figures>,
    pub(crate) steps: Vec<long::Figures>,
}

/// In memory and on the store that is asked for.
pub(crate) async fn run(setting: &Setting) -> Result<All, Fault> {
    let name = if setting.database == Database::Sqlite { "SQLite" } else { "PostgreSQL" };
    let stores = [("memory", "memory".to_owned()), (name, setting.new_store().await?)];
    let (mut transfers, mut steps) = (Vec::new(), Vec::new());
    for (store, url) in stores {
        let bank = Arc::new(Bank::open(fidelis::open(&url).await?).await?);
        for in_flight in IN_FLIGHT {
            let mut rounds = Vec::new();
            for round in 0..setting.rounds {
                eprintln!("round {} of {}: transfers, {store}, {in_flight} in flight", round + 1, setting.rounds);
                let bare = bare::measure(&bank.store, in_flight, setting.time).await?;
                rounds.push(bank.measure(in_flight, setting.time, bare).await?);
            }
            transfers.push(Figures { store, in_flight, rounds });
        }
        eprintln!("steps of one process: {store}");
        let url = if store == "memory" { url } else { setting.new_store().await? };
        steps.push(long::run(store, fidelis::open(&url).await?).await?);
    }
    Ok(All { transfers, steps })
}

struct Bank {
    engine: Engine,
    store: Arc<Counting>,
    accounts: Vec<Id<Account>>,
}

impl Bank {
    async fn open(store: Arc<dyn Store>) -> Result<Self, Fault> {
        let store = Arc::new(Counting::new(store));
        let engine = domain::domain().on_shared(Arc::clone(&store) as Arc<dyn Store>).start().await?;
        let mut accounts = Vec::new();
        for _ in 0..ACCOUNTS {
            accounts.push(engine.process(OpenAccount { opening_deposit: Decimal::from(OPENING) }).await?.value);
        }
        Ok(Bank { engine, store, accounts })
    }

    async fn measure(self: &Arc<Self>, in_flight: usize, time: Duration, bare: f64) -> Result<Measured, Fault> {
        let before = self.completed().await?;
        let counted = self.store.counts();
        let mut calling = JoinSet::new();
        let start = Instant::now();
        for caller in 0..in_flight {
            let bank = Arc::clone(self);
            calling.spawn(async move { bank.call(caller, start + time).await });
        }
        let mut nanoseconds: Vec<u64> = Vec::new();
        while let Some(calls) = calling.join_next().await {
            nanoseconds.extend(calls??);
        }
        let took = start.elapsed().as_secs_f64();
        let Counts { commits, reads } = self.store.counts().since(counted);
        let made = nanoseconds.len();
        let completed = self.completed().await? - before;
        if completed != made as u64 {
            return Err(Fault(format!("{completed} of {made} transfers are completed")));
        }
        let total: Decimal = self.engine.query::<Balance>().all().await?.iter().map(|row| row.balance).sum();
        if total != Decimal::from(OPENING * i64::from(ACCOUNTS)) {
            return Err(Fault(format!("the accounts hold {total} together")));
        }
        nanoseconds.sort_unstable();
        let at = |share: f64| {
            nanoseconds.get(((made as f64 - 1.0) * share).round() as usize).map_or(f64::NAN, |nanos| *nanos as f64 / 1e3)
        };
        let each = |count: u64| count as f64 / made as f64;
        let per_second = made as f64 / took;
        Ok(Measured { per_second, p50: at(0.5), p99: at(0.99), commits: each(commits), reads: each(reads), bare })
    }

    async fn completed(&self) -> Result<u64, Fault> {
        let completed = self.engine.query::<ProcessSummary>().filter(ProcessSummary::STATUS.eq(ProcessStatus::Completed));
        Ok(completed.count().await?)
    }

    /// Transfers one after the other, from accounts to others that differ from caller to caller.
    async fn call(&self, caller: usize, end: Instant) -> Result<Vec<u64>, Fault> {
        let mut nanoseconds = Vec::new();
        let mut chance = load::Chance::new(caller as u64);
        loop {
            let begun = Instant::now();
            if begun >= end {
                return Ok(nanoseconds);
            }
            let number = |chance: u64| (chance % u64::from(ACCOUNTS)) as usize;
            let source = number(chance.next());
            let destination = (source + 1 + number(chance.next()) % (ACCOUNTS as usize - 1)) % ACCOUNTS as usize;
            let command = InitiateTransfer {
                source_account_id: self.accounts[source],
                destination_account_id: self.accounts[destination],
                amount: Decimal::new(i64::try_from(chance.next() % 1_000)? + 1, 2),
            };
            let receipt = self.engine.process(command).await?;
            if let Some(lagging) = receipt.lagging.first() {
                return Err(Fault(format!("a transfer lags: {}", lagging.error)));
            }
            nanoseconds.push(u64::try_from(begun.elapsed().as_nanos())?);
        }
    }
}
