//! What somebody has to say about a log before it can be taken over.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::Kind;

/// Names that changed, amounts that were numbers, and what is left out. All of it may be missing.
///
/// ```toml
/// skip = ["commands", "snapshots", "positions"]
/// identifiers = ["source_account_id"]
///
/// [categories]
/// "__main__::account" = "fidelis::account"
///
/// [types]
/// "Main.DepositMade.v1" = "Fidelis.DepositMade.v1"
///
/// [decimals."Fidelis.DepositMade.v1"]
/// amount = 2
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// Categories of streams that have another name here. Of those that are not named, the name stays.
    pub categories: BTreeMap<String, String>,
    /// Types that have another name here. Of those that are not named, the name stays.
    pub types: BTreeMap<String, String>,
    /// For types, by their names here: fields that are numbers there and exact decimals here, written as texts with this many
    /// decimals. Binary fractions that are off by less than their precision are set right (`0.30000000000000004` is `0.30`).
    pub decimals: BTreeMap<String, BTreeMap<String, u32>>,
    /// Fields of payloads that hold identities of other aggregates, if these may be no UUIDs.
    pub identifiers: BTreeSet<String>,
    /// What is left out.
    pub skip: BTreeSet<Kind>,
}
