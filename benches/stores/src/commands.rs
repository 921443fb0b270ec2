//! Durable deposits with more and more callers: loaded from the cache, decided, appended, with the dashboard's row.

use std::sync::Arc;

use load::{Candidate, Fault, Measured, measure};

use crate::{
    by_hand::{postgres, sqlite},
    fidelis_bank, flush, peers, pgbench,
    setting::{Database, Setting},
};

/// A candidate's figures.
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    /// For each number of callers, round by round; nothing where a candidate has only one caller.
    pub(crate) measured: Vec<Vec<Measured>>,
}

/// Who is measured. Ratios refer to the by-hand group commit, and to what the table says besides.
enum Who {
    Flush,
    Pgbench(String),
    Sqlite(Arc<sqlite::Bank>),
    Postgres(postgres::Way, String),
    Fidelis(Arc<fidelis_bank::Bank>),
    Peer(&'static str, String),
}

/// Runs everybody in turn.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figures>, Fault> {
    peers::build()?;
    let mut candidates = candidates(setting).await?;
    if let Some(only) = &setting.only {
        candidates.retain(|(name, _)| name.starts_with(only.as_str()));
    }
    let mut figures: Vec<Figures> =
        candidates.iter().map(|(name, _)| Figures { name, measured: vec![Vec::new(); setting.callers.len()] }).collect();
    for round in 0..setting.rounds {
        for (place, &callers) in setting.callers.iter().enumerate() {
            for ((name, who), figures) in candidates.iter().zip(&mut figures) {
                eprintln!("round {} of {}: {name}, {callers} callers", round + 1, setting.rounds);
                let seed = (round * 1_000 + callers) as u64;
                figures.measured[place].extend(who.measure(setting, callers, seed).await?);
            }
        }
    }
    Ok(figures)
}

async fn candidates(setting: &Setting) -> Result<Vec<(&'static str, Who)>, Fault> {
    let fidelis = Who::Fidelis(Arc::new(fidelis_bank::open(&setting.new_store().await?).await?));
    match setting.database {
        Database::Sqlite => {
            let by_hand = |way| Ok::<_, Fault>(Who::Sqlite(Arc::new(sqlite::open(&setting.new_file(), way)?)));
            Ok(vec![
                ("flush loop, 4 KiB", Who::Flush),
                ("bare INSERT, a transaction each", by_hand(sqlite::Way::Bare)?),
                ("by hand, a transaction per command", by_hand(sqlite::Way::One)?),
                ("by hand, group commit", by_hand(sqlite::Way::Grouped)?),
                ("fidelis", fidelis),
                ("cqrs-es, sqlite-es", Who::Peer("sqlite-es", format!("sqlite:{}", setting.new_file().display()))),
            ])
        }
        Database::Postgres => {
            let pgbench = Who::Pgbench(setting.new_database().await?);
            let bare = Who::Postgres(postgres::Way::Bare, setting.new_database().await?);
            let one = Who::Postgres(postgres::Way::One, setting.new_database().await?);
            let grouped = Who::Postgres(postgres::Way::Grouped, setting.new_database().await?);
            let cqrs = Who::Peer("postgres-es", setting.new_database().await?);
            let esrs = Who::Peer("esrs", setting.new_database().await?);
            Ok(vec![
                ("pgbench, single INSERT", pgbench),
                ("bare INSERT, a transaction each", bare),
                ("by hand, a transaction per command", one),
                ("by hand, group commit", grouped),
                ("fidelis", fidelis),
                ("cqrs-es, postgres-es", cqrs),
                ("esrs", esrs),
            ])
        }
    }
}

impl Who {
    async fn measure(&self, setting: &Setting, callers: usize, seed: u64) -> Result<Option<Measured>, Fault> {
        let time = setting.time;
        let measured = match self {
            Who::Flush if callers > 1 => return Ok(None),
            Who::Flush => flush::measure(&setting.folder().join("flush"), time)?,
            Who::Pgbench(url) => pgbench::measure(setting.pgbench(), url, setting.folder(), callers, time).await?,
            Who::Sqlite(bank) => ours(Arc::clone(bank), callers, time, seed).await?,
            Who::Postgres(way, url) => {
                // As many connections as callers; the accounts are opened anew, in tables of their own.
                let client = postgres::connect(url).await?;
                client.batch_execute("DROP TABLE IF EXISTS events, commands, dashboard, checkpoints").await?;
                ours(Arc::new(postgres::open(url, *way, callers).await?), callers, time, seed).await?
            }
            Who::Fidelis(bank) => ours(Arc::clone(bank), callers, time, seed).await?,
            Who::Peer(name, url) => {
                let measured = peers::measure(name, url, callers, time, seed)?;
                if measured.lost > 0 {
                    eprintln!("`{name}`: the dashboard does not show {} of the deposits", measured.lost);
                }
                measured
            }
        };
        Ok(Some(measured))
    }
}

/// Ours have no excuse.
async fn ours(bank: Arc<impl Candidate>, callers: usize, time: std::time::Duration, seed: u64) -> Result<Measured, Fault> {
    let measured = measure(bank, callers, time, seed).await?;
    if measured.lost != 0 {
        return Err(Fault(format!("the dashboard does not show {} of the deposits", measured.lost)));
    }
    Ok(measured)
}
