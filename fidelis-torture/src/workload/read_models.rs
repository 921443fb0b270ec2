//! The read models: one written with each commit, one folded within it, one that follows by a checkpoint.

use std::sync::{Arc, LazyLock};

use fidelis_core::{
    Column, Error, Recorded, TypeName, Value,
    projection::{ColumnDefinition, Key as RowKey, Row, Table},
    store::{Fold, Interest, RowChange, RowSource},
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::CHANGED;

/// What an event says: which part of which commit it is, and what it changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The commit it belongs to.
    pub key: String,
    /// Its number within the commit, from 0.
    pub part: i64,
    /// How many the commit has.
    pub parts: i64,
    /// Whose amount changes.
    pub account: String,
    /// By how much.
    pub amount: i64,
    /// The version its stream had, if the commit insisted on one; -1: none.
    pub expected: Option<i64>,
    /// Nothing but length.
    pub filling: String,
}

impl Change {
    /// As a payload.
    pub fn to_json(&self) -> Box<str> {
        serde_json::to_string(self).expect("plain fields can be written as JSON").into()
    }

    /// From a payload.
    ///
    /// # Errors
    /// When it is not one.
    pub fn of_json(payload: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(payload)
    }
}

/// A row for each commit that settled its command, with how many records it has: written in the commit itself.
pub static COMMITS: Table = Table {
    name: "torture_commits",
    columns: &[ColumnDefinition::of::<String>("key"), ColumnDefinition::of::<i64>("parts")],
    key: &[0],
    indexes: &[],
};

/// Amount and number of changes by account, folded within the commits.
pub static BALANCES: Table = account_table("torture_balances");

/// The same, but without what is [parked](is_parked), folded afterwards, page by page, with a checkpoint.
pub static TOTALS: Table = account_table("torture_totals");

/// All of them.
pub static TABLES: [&Table; 3] = [&COMMITS, &BALANCES, &TOTALS];

/// Who fills [`BALANCES`].
pub(super) const BALANCES_SUBSCRIPTION: &str = "torture.balances";
/// Who fills [`TOTALS`].
pub const TOTALS_SUBSCRIPTION: &str = "torture.totals";

const fn account_table(name: &'static str) -> Table {
    const COLUMNS: [ColumnDefinition; 3] = [
        ColumnDefinition::of::<String>("account"),
        ColumnDefinition::of::<i64>("amount"),
        ColumnDefinition::of::<i64>("changes"),
    ];
    Table { name, columns: &COLUMNS, key: &[0], indexes: &[1] }
}

/// Whether the one who fills [`TOTALS`] parks a change instead of folding it.
pub fn is_parked(change: &Change) -> bool {
    change.amount % 13 == 0
}

/// The row of an account after a change, in a table made by `account_table`.
pub fn balance(before: Option<&Row>, change: &Change) -> Row {
    let number = |column: usize| match before.map(|row| &row.values()[column]) {
        Some(Value::Integer(number)) => *number,
        _ => 0,
    };
    Row::new([change.account.clone().into_value(), (number(1) + change.amount).into_value(), (number(2) + 1).into_value()])
}

/// What both are interested in: all there is.
pub fn interest() -> &'static Interest {
    static INTEREST: LazyLock<Interest> = LazyLock::new(|| Interest { types: vec![TypeName::parse(CHANGED)] });
    &INTEREST
}

/// Folds [`BALANCES`] within the commits.
#[derive(Debug)]
pub struct Balances(Arc<str>);

impl Balances {
    /// The one that all commits carry.
    pub fn shared() -> Arc<dyn Fold> {
        static SHARED: LazyLock<Arc<Balances>> = LazyLock::new(|| Arc::new(Balances(BALANCES_SUBSCRIPTION.into())));
        Arc::<Balances>::clone(&SHARED)
    }
}

impl Fold for Balances {
    fn subscription(&self) -> &Arc<str> {
        &self.0
    }

    fn interest(&self) -> &Interest {
        interest()
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, RowKey)>) {
        if let Ok(change) = Change::of_json(&record.payload) {
            rows.push((&BALANCES, RowKey::new([change.account.into_value()])));
        }
    }

    fn fold(&self, records: &[Arc<Recorded>], row: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let mut rows: Vec<(RowKey, Row)> = Vec::new();
        for record in records {
            let change = Change::of_json(&record.payload).map_err(|error| Error::corrupt(&record.metadata, error))?;
            let key = RowKey::new([change.account.clone().into_value()]);
            match rows.iter_mut().find(|(found, _)| *found == key) {
                Some((_, found)) => *found = balance(Some(found), &change),
                None => {
                    let before = row(&BALANCES, &key)?;
                    rows.push((key, balance(before.as_ref(), &change)));
                }
            }
        }
        Ok(rows.into_iter().map(|(_, row)| RowChange::Put { table: &BALANCES, row, staged: false }).collect())
    }
}
