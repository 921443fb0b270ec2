//! What callers write: commits that carry in themselves what an oracle needs to judge them by plain SQL.

mod read_models;

use fidelis_core::{
    Column, Error, MessageId, MessageKind, NewRecord, Origin, Rejection, Store, StreamName, Timestamp, TypeName,
    projection::Row,
    store::{Append, Commit, Expected, Outcome, RowChange, Settlement},
};
use rand::{RngExt, rngs::StdRng, seq::index::sample};
use serde::{Deserialize, Serialize};

pub use self::read_models::{
    BALANCES, Balances, COMMITS, Change, TABLES, TOTALS, TOTALS_SUBSCRIPTION, balance, interest, is_parked,
};
use crate::Key;

/// The stored name of the one type of event.
pub const CHANGED: &str = "Torture.Changed.v1";
/// The category of the streams that everybody writes.
pub const ACCOUNTS: &str = "torture::account";

/// How callers write.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Workload {
    /// All chance follows from it.
    pub seed: u64,
    /// How many accounts there are, from 1: few make conflicts.
    pub accounts: u32,
    /// Whether every append names the version it expects; else about half of them do.
    pub always_expects: bool,
    /// Up to how many bytes a payload is filled with now and then.
    pub filling: u32,
}

impl Workload {
    /// A usual mixture over this many accounts.
    pub fn new(seed: u64, accounts: u32) -> Self {
        Workload { seed, accounts, always_expects: false, filling: 6_000 }
    }

    /// The commit of this name: the same whenever it is asked for, but for the versions it has seen and the time.
    ///
    /// # Errors
    /// Of the store, when it cannot tell a version.
    pub async fn commit(&self, store: &dyn Store, key: Key) -> Result<Commit, Error> {
        let mut chance = key.chance(self.seed);
        let kind = match chance.random_range(0..100) {
            0..4 => Kind::Rejected,
            4..8 => Kind::Empty,
            8..12 => Kind::Creates,
            _ => Kind::Changes,
        };
        let command = key.command();
        let origin = Origin { correlation_id: command, causation_id: None, process: None, priority: 0, extensions: None };
        let mut commit = Commit::new(Timestamp::now(), origin);
        for (account, count) in self.accounts_of(kind, key, &mut chance) {
            let stream = StreamName::new(ACCOUNTS, &account);
            let expects = self.always_expects || chance.random_bool(0.5);
            let expected = match kind {
                Kind::Creates => Expected::NoStream,
                _ if expects => Expected::seen(store.version(&stream).await?),
                _ => Expected::Any,
            };
            let records = (0..count).map(|_| record(&account, expected, self.filling, &mut chance));
            commit.appends.push(Append { stream, expected, records: records.collect() });
        }
        number(&mut commit, key);
        let parts = commit.appends.iter().map(|append| append.records.len() as i64).sum::<i64>();
        let row = Row::new([key.to_string().into_value(), parts.into_value()]);
        commit.rows.push(RowChange::Put { table: &COMMITS, row, staged: false });
        commit.folds.push(Balances::shared());
        let outcome = match kind {
            Kind::Rejected => Outcome::Rejected(Rejection::new("amount", "refused by chance")),
            _ => Outcome::Accepted(Some(parts.to_string().into())),
        };
        commit.settlement = Some(Settlement { command, fingerprint: Some(u64::from(key.caller)), outcome, position: 0 });
        Ok(commit)
    }

    /// The accounts a commit names, each once, with how many records it appends there.
    fn accounts_of(&self, kind: Kind, key: Key, chance: &mut StdRng) -> Vec<(String, u32)> {
        match kind {
            Kind::Rejected => Vec::new(),
            Kind::Empty => vec![(chance.random_range(0..self.accounts).to_string(), 0)],
            Kind::Creates => vec![(format!("new-{key}"), 1)],
            Kind::Changes => {
                let count = chance.random_range(1..=3);
                let accounts = sample(chance, self.accounts as usize, count.min(self.accounts as usize));
                accounts.into_iter().map(|account| (account.to_string(), chance.random_range(1..=3))).collect()
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    /// Appends to one to three accounts.
    Changes,
    /// Makes a stream that nobody else writes.
    Creates,
    /// Compares a version and appends nothing.
    Empty,
    /// Settles its command with a refusal.
    Rejected,
}

fn record(account: &str, expected: Expected, filling: u32, chance: &mut StdRng) -> NewRecord {
    let expected = match expected {
        Expected::Version(version) => Some(version as i64),
        Expected::NoStream => Some(-1),
        Expected::Any | Expected::Exists => None,
    };
    let filling = if chance.random_bool(0.05) { chance.random_range(0..=filling) } else { 0 };
    let change = Change {
        key: String::new(),
        part: 0,
        parts: 0,
        account: account.to_owned(),
        amount: chance.random_range(-50..=50),
        expected,
        filling: "x".repeat(filling as usize),
    };
    NewRecord {
        id: MessageId::named(""),
        type_name: TypeName::parse(CHANGED),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: change.to_json(),
    }
}

/// Writes into each record which part of the commit it is, and of how many.
fn number(commit: &mut Commit, key: Key) {
    let parts = commit.appends.iter().map(|append| append.records.len()).sum::<usize>() as i64;
    let mut part = 0;
    for append in &mut commit.appends {
        for (place, record) in append.records.iter_mut().enumerate() {
            let mut change = Change::of_json(&record.payload).expect("it was written by `record`");
            change.key = key.to_string();
            change.part = part;
            change.parts = parts;
            // Only the first of an append meets the version that was expected.
            change.expected = change.expected.map(|expected| expected + place as i64);
            record.id = key.command().of_event(part as u32);
            record.payload = change.to_json();
            part += 1;
        }
    }
}
