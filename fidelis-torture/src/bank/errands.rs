//! What is asked of the bank: commands by their names, as JSON, each following from its key.

use rand::{RngExt, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Key;

/// How many accounts there are before anything else happens.
pub(super) const ACCOUNTS: usize = 100;

/// So many of them are closed from the beginning.
const CLOSED: usize = 5;

/// Who leaves is paid out to this one, which nobody takes money from: what goes there can be taken back.
const TREASURY: usize = CLOSED;

/// So many get most of what is asked for.
const BUSY: usize = 10;

/// An errand has up to so many commands; their keys stand together.
pub(super) const PARTS: u64 = 4;

/// What callers ask for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Errands {
    /// All chance follows from it.
    pub seed: u64,
}

/// A command, by its name and as JSON.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) name: &'static str,
    pub(super) payload: String,
}

/// One errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Money is put in or taken out at the counter, or moved to another account.
    One,
    /// A customer opens an account (part 0), asks to leave (part 1), and money comes in meanwhile (part 2).
    Leaves,
}

impl Errands {
    /// The keys of the accounts: whoever uses them gets the same ones.
    pub(super) fn openings() -> impl Iterator<Item = Key> {
        (0..ACCOUNTS as u64).map(|number| Key { run: 0, caller: 0, number })
    }

    /// The keys of what closes some of them.
    pub(super) fn closings() -> impl Iterator<Item = Key> {
        (0..CLOSED as u64).map(|number| Key { run: 0, caller: 1, number })
    }

    /// Whether a command is a part of making the bank ready.
    pub(super) fn is_preparation(key: Key) -> bool {
        key.run == 0
    }

    /// What opens or closes an account before anything else happens.
    pub(super) fn preparation(key: Key, accounts: &[String]) -> Ask {
        match (key.caller, accounts.get(key.number as usize)) {
            (1, Some(account)) => ask("CloseAccount", &json!({ "account_id": account, "reason": "never used" })),
            _ => open(key.number as usize, if key.number < CLOSED as u64 { 0 } else { 3_000 }),
        }
    }

    pub(super) fn errand(self, key: Key) -> Errand {
        match self.kind(key).0 {
            92..96 => Errand::Leaves,
            _ => Errand::One,
        }
    }

    /// A command of an errand; `own`: the account that its first part has opened.
    pub(super) fn command(self, key: Key, accounts: &[String], own: Option<&str>) -> Ask {
        let (kind, mut chance) = self.kind(key);
        let cents = chance.random_range(1..=500);
        let (one, mut other) = (busy(&mut chance), busy(&mut chance));
        if other == one {
            other = if one + 1 < ACCOUNTS { one + 1 } else { TREASURY + 1 };
        }
        let (one, other) = (&*accounts[one], &*accounts[other]);
        let reference = key.to_string();
        match (kind, own, key.number % PARTS) {
            (92..96, None, _) => open(ACCOUNTS, cents),
            (92..96, Some(own), 1) => ask("RequestClosure", &json!({ "account_id": own, "pay_out_to": accounts[TREASURY] })),
            (92..94, Some(own), _) => transfer(one, own, cents),
            (94..96, Some(own), _) => {
                ask("MakeDeposit", &json!({ "account_id": own, "amount": dollars(cents), "reference": reference }))
            }
            (0..12, ..) => ask("MakeDeposit", &json!({ "account_id": one, "amount": dollars(cents), "reference": reference })),
            (12..24, ..) => ask("MakeWithdrawal", &json!({ "account_id": one, "amount": dollars(cents), "reference": null })),
            (24..30, ..) => transfer(one, &accounts[chance.random_range(0..CLOSED)], cents),
            (30..32, ..) => transfer(one, "00000000-0000-4000-8000-00000000dead", cents),
            (32..36, ..) => transfer(one, other, 1_000_000),
            _ => transfer(one, other, cents),
        }
    }

    /// What an errand is about, and the chance for the rest of it.
    fn kind(self, key: Key) -> (u32, StdRng) {
        let mut chance = Key { number: key.number - key.number % PARTS, ..key }.chance(self.seed);
        (chance.random_range(0..100), chance)
    }
}

/// An account that money is taken from: one of the busy ones more often than not.
fn busy(chance: &mut StdRng) -> usize {
    let first = TREASURY + 1;
    if chance.random_bool(0.6) { chance.random_range(first..first + BUSY) } else { chance.random_range(first..ACCOUNTS) }
}

fn ask(name: &'static str, payload: &serde_json::Value) -> Ask {
    Ask { name, payload: payload.to_string() }
}

fn open(number: usize, cents: u64) -> Ask {
    let holder = format!("Customer {number}");
    let number = format!("ACC-{number:03}");
    ask("OpenAccount", &json!({ "account_number": number, "holder_name": holder, "opening_deposit": dollars(cents) }))
}

fn transfer(from: &str, to: &str, cents: u64) -> Ask {
    let payload = json!({ "source_account_id": from, "destination_account_id": to, "amount": dollars(cents) });
    ask("InitiateTransfer", &payload)
}

fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
