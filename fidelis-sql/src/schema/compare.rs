//! What changed between the definition of a read model and the table that is there.

use std::{error, fmt};

use fidelis_core::{Error, projection::Table};

use super::{FoundColumn, FoundTable};
use crate::Dialect;

/// A change that can be made to a table as it stands, with its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Add this column of the definition, which may be null.
    AddColumn(usize),
    /// Create the index on this column of the definition.
    AddIndex(usize),
    /// Drop the index of this name, which the definition does not have any more.
    DropIndex(String),
}

/// A table that does not fit the definition of its read model, and cannot be made to fit without making the rows again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    table: &'static str,
    differences: Vec<String>,
}

impl Misfit {
    /// Each difference, for people.
    pub fn differences(&self) -> &[String] {
        &self.differences
    }
}

/// All differences, and the way out.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read model `{}` does not fit its table: {}", self.table, self.differences.join("; "))?;
        f.write_str("; rebuild it: recreate its table, and its projector fills it again from the log")
    }
}

impl error::Error for Misfit {}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        Error::invalid(misfit.to_string())
    }
}

/// What is to be done to a table that is there; nothing when it fits.
///
/// # Errors
/// Everything that cannot be done: a column of another type or another nullability, one that is missing and must not be null, one
/// that the definition does not have any more, another key.
pub fn compare(dialect: &impl Dialect, table: &'static Table, found: &FoundTable) -> Result<Vec<Change>, Misfit> {
    let mut changes = Vec::new();
    let mut differences = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let declared = dialect.column_type(column.column_type);
        match found.columns.iter().find(|found| found.name == column.name) {
            None if column.nullable && !table.key.contains(&index) => changes.push(Change::AddColumn(index)),
            None => differences.push(format!("column `{}` is missing and must not be null", column.name)),
            Some(found) => {
                if !found.declared.eq_ignore_ascii_case(declared) {
                    differences.push(format!("column `{}` is {}, not {declared}", column.name, found.declared));
                }
                if found.nullable != column.nullable {
                    let [there, here] = if found.nullable { ["may", "must not"] } else { ["must not", "may"] };
                    differences.push(format!("column `{}` {there} be null there and {here} be null here", column.name));
                }
            }
        }
    }
    let is_known = |found: &&FoundColumn| table.columns.iter().any(|column| column.name == found.name);
    for gone in found.columns.iter().filter(|found| !is_known(found)) {
        differences.push(format!("column `{}` is not in the definition", gone.name));
    }
    let key: Vec<&str> = table.key.iter().map(|&column| table.columns[column].name).collect();
    let found_key = found.key();
    if key != found_key {
        differences.push(format!("its key is ({}), not ({})", found_key.join(", "), key.join(", ")));
    }
    if !differences.is_empty() {
        return Err(Misfit { table: table.name, differences });
    }
    changes.extend(indexes(table, found));
    Ok(changes)
}

/// Indexes are dropped before any is created: a name may come again.
fn indexes(table: &Table, found: &FoundTable) -> Vec<Change> {
    let mut missing: Vec<usize> = table.indexes.to_vec();
    missing.sort_unstable();
    missing.dedup();
    let mut changes = Vec::new();
    for index in &found.indexes {
        let wanted = |&column: &usize| matches!(&index.columns[..], [name] if name == table.columns[column].name);
        match missing.iter().position(wanted) {
            Some(place) => drop(missing.remove(place)),
            None => changes.push(Change::DropIndex(index.name.clone())),
        }
    }
    changes.extend(missing.into_iter().map(Change::AddIndex));
    changes
}
