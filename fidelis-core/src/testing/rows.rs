//! Rows of a read model: read, proven, compared.

use super::{failure::Failure, fields::Fields, world::World};
use crate::{
    Projection, Value, block_on,
    projection::{Key, RowKey},
};

/// All rows, in the order of their keys; those of a read model whose projector keeps up, and which a rebuild from the log gives
/// again.
pub(super) fn proven<P: Projection>(world: &World) -> Result<Vec<P>, Failure> {
    let writers = world.engine.writers_of::<P>();
    let parked = world.parked()?;
    if let Some([who, why]) = parked.iter().find(|[who, _]| writers.iter().any(|writer| **writer == **who)) {
        return Err(Failure::new(format!("`{who}` could not handle an event")).detail(why.clone()));
    }
    let rows = sorted(block_on(world.engine.query::<P>().all())?);
    block_on(world.engine.rebuild::<P>())?;
    let rebuilt = sorted(block_on(world.engine.query::<P>().all())?);
    if rows == rebuilt {
        return Ok(rows);
    }
    let failure = Failure::new(format!("a rebuild of `{}` from the log gives other rows", P::TABLE.name));
    let difference = compare(rows, &rebuilt).err().map(Failure::into_details).unwrap_or_default();
    Err(failure.details(difference))
}

/// The rows, one a line, for a failure.
pub(super) fn shown<P: Projection>(world: &World) -> Vec<String> {
    block_on(world.engine.query::<P>().all()).map_or_else(|error| vec![error.to_string()], |rows| lines(&rows))
}

pub(super) fn lines<P: Projection>(rows: &[P]) -> Vec<String> {
    rows.iter().map(line).collect()
}

/// The row with this key; else the key, to be named.
pub(super) fn find<P: Projection>(rows: &[P], key: P::Key) -> Result<&P, Key> {
    let key = key.into_key();
    rows.iter().find(|row| row.key().into_key() == key).ok_or(key)
}

pub(super) fn missing<P: Projection>(key: &Key) -> Failure {
    Failure::new(format!("`{}` has no row {key}", P::TABLE.name))
}

pub(super) fn unexpected<P: Projection>(row: &P) -> Failure {
    Failure::new(format!("`{}` should have no row {}", P::TABLE.name, row.key().into_key())).detail(line(row))
}

pub(super) fn differs<P: Projection>(expected: &P, actual: &P) -> Failure {
    let headline = format!("row {} of `{}` is not the expected one", actual.key().into_key(), P::TABLE.name);
    let difference = Fields::difference(&fields(expected), &fields(actual));
    let shown = || vec![format!("expected  {expected:?}"), format!("actual    {actual:?}")];
    Failure::new(headline).details(if difference.is_empty() { shown() } else { difference })
}

/// Compares all rows, found by their keys.
pub(super) fn compare<P: Projection>(expected: Vec<P>, actual: &[P]) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for row in &expected {
        match find(actual, row.key()) {
            Ok(found) if found == row => {}
            Ok(found) => {
                lines.push(format!("≠ {}", line(found)));
                lines.extend(differs(row, found).into_details().into_iter().map(|line| format!("    {line}")));
            }
            Err(_) => lines.push(format!("- missing: {}", line(row))),
        }
    }
    let unexpected = actual.iter().filter(|row| find(&expected, row.key()).is_err());
    lines.extend(unexpected.map(|row| format!("+ unexpected: {}", line(row))));
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("the rows of `{}` are not the expected ones", P::TABLE.name)).details(lines))
}

fn sorted<P: Projection>(mut rows: Vec<P>) -> Vec<P> {
    rows.sort_by_cached_key(|row| row.key().into_key());
    rows
}

fn line<P: Projection>(row: &P) -> String {
    fields(row).on_one_line(P::TABLE.name)
}

fn fields<P: Projection>(row: &P) -> Fields {
    let row = row.clone().into_row();
    let columns = P::TABLE.columns.iter().map(|column| column.name.to_owned());
    Fields::new(columns.zip(row.values().iter().map(json)))
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        other => other.to_string().into(),
    }
}
