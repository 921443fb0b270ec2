//! Tables of read models: made when they are missing, grown where they can, refused where they do not fit.

use fidelis_core::{
    Error,
    projection::{ColumnType, Table},
    store::RowChange,
};
use fidelis_sql::{
    Dialect, quote,
    schema::{Change, FoundColumn, FoundIndex, FoundTable, add_column, compare, create_table, drop_table},
};
use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::{
    bounds,
    dialect::{LONGEST_NAME, LONGEST_TABLE, Postgres, table_name},
    fault::Fault,
    names::Names,
    session::Session,
};

/// The names of the store's own tables.
const OWN: [&str; 6] = ["batches", "checkpoints", "events", "migrations", "parked", "settlements"];

/// The read models whose tables are ready.
#[derive(Debug, Default)]
pub(crate) struct Tables(RwLock<FxHashMap<&'static str, &'static Table>>);

impl Tables {
    /// Whether a table was prepared in this shape.
    pub(crate) fn check_table(&self, table: &Table) -> Result<(), Error> {
        match self.0.read().get(table.name) {
            Some(prepared) if *prepared == table => Ok(()),
            Some(_) => Err(Error::invalid(format!("read model `{}` was prepared in another shape", table.name))),
            None => Err(Error::invalid(format!("read model `{}` has no table: prepare it when the engine starts", table.name))),
        }
    }

    /// Whether a change can be made.
    pub(crate) fn check(&self, change: &RowChange) -> Result<(), Error> {
        match change {
            RowChange::Put { table, row, .. } => {
                self.check_table(table)?;
                table.check_row(row)?;
            }
            RowChange::Delete { table, key, .. } => {
                self.check_table(table)?;
                table.check_key(key)?;
            }
        }
        bounds::check_row(change)
    }

    pub(crate) fn add(&self, tables: &[&'static Table]) {
        self.0.write().extend(tables.iter().map(|table| (table.name, *table)));
    }
}

/// Whether these can be tables here at all.
pub(crate) fn check_definitions(tables: &[&'static Table]) -> Result<(), Error> {
    for table in tables {
        table.check()?;
        let refuse = |what: String| Err(Error::invalid(format!("read model `{}` {what}", table.name)));
        if OWN.contains(&table.name) || table.name.starts_with("pg_") {
            return refuse(
                "has the name of a table of the store: give it another with `#[projection(name = \"..\")]`".to_owned(),
            );
        }
        if table.name.len() > LONGEST_TABLE {
            return refuse(format!("has a name of more than {LONGEST_TABLE} bytes: PostgreSQL would cut it"));
        }
        for column in table.columns {
            if column.name.len() > LONGEST_NAME {
                return refuse(format!(
                    "has a column `{}` of more than {LONGEST_NAME} bytes: PostgreSQL would cut it",
                    column.name
                ));
            }
        }
        for &column in table.key {
            if table.columns[column].nullable || table.columns[column].column_type == ColumnType::Json {
                return refuse(format!(
                    "has `{}` in its key, which may be null or is JSON: a key is never null and can be compared",
                    table.columns[column].name
                ));
            }
        }
    }
    Ok(())
}

const FOUND_COLUMNS: &str = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) \
     || CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN '' ELSE ' COLLATE ' || quote_ident(l.collname) END, \
     NOT a.attnotnull, array_position(i.indkey::int2[], a.attnum) \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
     LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Only those we made: what somebody else added for his own questions is his.
const FOUND_INDEXES: &str = "SELECT x.relname::text, \
     (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) \
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = $2 AND NOT i.indisprimary AND starts_with(x.relname::text, $2 || '.')";

/// What is to be done so that the tables are ready; what is the matter with one refuses all.
pub(crate) async fn plan(session: &Session, names: &Names, tables: &[&'static Table]) -> Result<Vec<String>, Unready> {
    let mut statements = Vec::new();
    for table in tables {
        for staged in [false, true] {
            let found = find(session, names, table, staged).await?;
            statements.extend(plan_one(names, table, staged, found).map_err(Unready::Misfit)?);
        }
    }
    Ok(statements)
}

/// Why tables are not ready.
#[derive(Debug)]
pub(crate) enum Unready {
    /// One does not fit its read model.
    Misfit(Error),
    /// The database could not be asked, or refused.
    Fault(Fault),
}

impl From<Fault> for Unready {
    fn from(fault: Fault) -> Self {
        Unready::Fault(fault)
    }
}

impl From<tokio_postgres::Error> for Unready {
    fn from(error: tokio_postgres::Error) -> Self {
        Unready::Fault(error.into())
    }
}

async fn find(session: &Session, names: &Names, table: &Table, staged: bool) -> Result<FoundTable, Fault> {
    let name = table_name(table, staged);
    let mut found = FoundTable::default();
    for row in session.query(FOUND_COLUMNS, &[&names.schema, &name]).await? {
        found.columns.push(FoundColumn {
            name: row.try_get(0)?,
            declared: row.try_get(1)?,
            nullable: row.try_get(2)?,
            key: row.try_get::<_, Option<i32>>(3)?.and_then(|place| usize::try_from(place).ok()),
        });
    }
    for row in session.query(FOUND_INDEXES, &[&names.schema, &name]).await? {
        found.indexes.push(FoundIndex { name: row.try_get(0)?, columns: row.try_get::<_, Option<_>>(1)?.unwrap_or_default() });
    }
    Ok(found)
}

fn plan_one(names: &Names, table: &'static Table, staged: bool, found: FoundTable) -> Result<Vec<String>, Error> {
    let dialect = Postgres(names);
    if found.columns.is_empty() {
        return Ok(create(&dialect, table, staged));
    }
    let changes = match compare(&dialect, table, &found) {
        Ok(changes) => changes,
        // Nobody reads a staged table before it is filled anew.
        Err(_) if staged => {
            let mut statements = vec![drop_table(&dialect, table, staged)];
            statements.extend(create(&dialect, table, staged));
            return Ok(statements);
        }
        Err(misfit) => {
            let schema = &names.plain;
            return Err(Error::invalid(format!("{misfit}: `PostgresStore::recreate` does that, in the schema `{schema}`")));
        }
    };
    Ok(changes
        .into_iter()
        .filter_map(|change| match change {
            Change::AddColumn(column) => Some(add_column(&dialect, table, staged, column)),
            Change::AddIndex(column) if !staged => create_index(&dialect, table, column),
            Change::AddIndex(_) => None,
            Change::DropIndex(name) => {
                let mut sql = format!("DROP INDEX {}.", names.schema);
                quote(&mut sql, &name);
                Some(sql)
            }
        })
        .collect())
}

/// A table with its indexes, where there is none.
fn create(dialect: &Postgres<'_>, table: &'static Table, staged: bool) -> Vec<String> {
    let mut statements = vec![create_table(dialect, table, staged)];
    // What is staged is only found by key.
    let indexes = if staged { &[] } else { table.indexes };
    let mut indexes = indexes.to_vec();
    indexes.sort_unstable();
    indexes.dedup();
    statements.extend(indexes.into_iter().filter_map(|column| create_index(dialect, table, column)));
    statements
}

/// Drops a table with all its rows, and the staged one, and makes them anew.
pub(crate) fn anew(names: &Names, table: &'static Table) -> Vec<String> {
    let dialect = Postgres(names);
    let one = |staged| {
        let mut statements = vec![drop_table(&dialect, table, staged)];
        statements.extend(create(&dialect, table, staged));
        statements
    };
    [one(false), one(true)].concat()
}

/// As selections sort: rows without a value come first. Texts can be longer than what an ordered index holds: theirs finds equal ones only.
/// A `json` has no order, and no index.
fn create_index(dialect: &Postgres<'_>, table: &Table, column: usize) -> Option<String> {
    let column = &table.columns[column];
    if column.column_type == ColumnType::Json {
        return None;
    }
    let mut sql = String::from("CREATE INDEX ");
    quote(&mut sql, &dialect.index_name(table, column, 0));
    sql.push_str(" ON ");
    dialect.table(&mut sql, table, false);
    let is_text = column.column_type == ColumnType::Text;
    sql.push_str(if is_text { " USING hash (" } else { " (" });
    quote(&mut sql, column.name);
    sql.push_str(if is_text { ")" } else { " NULLS FIRST)" });
    Some(sql)
}
