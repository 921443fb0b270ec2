//! Values as PostgreSQL sends and takes them, in its binary format.
//!
//! The formats are those of the server's `recv` and `send` functions: a `timestamptz` is the number of microseconds since the
//! beginning of 2000, a `json` its text.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use fidelis_core::{Decimal, Timestamp, Value, projection::ColumnType};
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

type Outcome<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// The beginning of 2000, in microseconds after that of 1970.
const EPOCH: i64 = 946_684_800_000_000;

/// The first microsecond a `timestamptz` can hold: the beginning of Julian day 0, in November 4714 BC.
const FIRST: i64 = -210_866_803_200_000_000;

/// Splits an instant into the microsecond it lies in, after the beginning of 1970, and the nanoseconds in it.
pub(crate) fn microseconds(time: Timestamp) -> (i64, i16) {
    let nanoseconds = time.as_nanosecond();
    let microseconds = nanoseconds.div_euclid(1_000) as i64;
    (microseconds, nanoseconds.rem_euclid(1_000) as i16)
}

/// Whether a `timestamptz` can hold it, but for its nanoseconds.
pub(crate) fn is_within_bounds(time: Timestamp) -> bool {
    microseconds(time).0 >= FIRST
}

/// The instant of a microsecond and the nanoseconds in it.
pub(crate) fn instant(moment: Moment, nanoseconds: Option<i16>) -> Outcome<Timestamp> {
    let nanoseconds = i128::from(moment.0) * 1_000 + i128::from(nanoseconds.unwrap_or_default());
    Ok(Timestamp::from_nanosecond(nanoseconds)?)
}

/// A `timestamptz`, as microseconds after the beginning of 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) i64);

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        out.put_i64(self.0 - EPOCH);
        Ok(IsNull::No)
    }

    fn accepts(found: &Type) -> bool {
        *found == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl FromSql<'_> for Moment {
    fn from_sql(_: &Type, raw: &[u8]) -> Outcome<Self> {
        match i64::from_be_bytes(raw.try_into()?) {
            i64::MIN | i64::MAX => Err("the time is infinite".into()),
            // Beyond what our instants can say it is refused where it becomes one.
            microseconds => Ok(Moment(microseconds.saturating_add(EPOCH))),
        }
    }

    fn accepts(found: &Type) -> bool {
        *found == Type::TIMESTAMPTZ
    }
}

/// A `json`, as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a>(pub(crate) &'a str);

impl ToSql for Json<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(found: &Type) -> bool {
        *found == Type::JSON
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Json<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Outcome<Self> {
        Ok(Json(str::from_utf8(raw)?))
    }

    fn accepts(found: &Type) -> bool {
        *found == Type::JSON
    }
}

/// The value of a column of a read model, as a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'a>(pub(crate) &'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Boolean(value) => value.to_sql(of, out),
            Value::Integer(value) => value.to_sql(of, out),
            Value::Decimal(value) => value.to_sql(of, out),
            Value::Text(value) | Value::Json(value) => {
                out.put_slice(value.as_bytes());
                Ok(IsNull::No)
            }
            Value::Timestamp(value) => Moment(microseconds(*value).0).to_sql(of, out),
            Value::Uuid(value) => value.to_sql(of, out),
        }
    }

    /// Statements cast parameters to the types of the columns.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value of a column, from what a statement gave.
pub(crate) fn value(row: &Row, index: usize, column_type: ColumnType) -> Result<Value, tokio_postgres::Error> {
    fn of<'a, T: FromSql<'a>>(row: &'a Row, index: usize, of: impl FnOnce(T) -> Value) -> Result<Value, tokio_postgres::Error> {
        Ok(row.try_get::<_, Option<T>>(index)?.map_or(Value::Null, of))
    }
    match column_type {
        ColumnType::Boolean => of(row, index, Value::Boolean),
        ColumnType::Integer => of(row, index, Value::Integer),
        ColumnType::Decimal => of(row, index, |value: Decimal| Value::Decimal(value)),
        ColumnType::Text => of(row, index, Value::Text),
        ColumnType::Timestamp => of(row, index, |value: Exact| Value::Timestamp(value.0)),
        ColumnType::Uuid => of(row, index, Value::Uuid),
        ColumnType::Json => of(row, index, |value: Json<'_>| Value::Json(value.0.to_owned())),
    }
}

/// A `timestamptz` that our instants can say.
struct Exact(Timestamp);

impl FromSql<'_> for Exact {
    fn from_sql(found: &Type, raw: &[u8]) -> Outcome<Self> {
        Ok(Exact(instant(Moment::from_sql(found, raw)?, None)?))
    }

    fn accepts(found: &Type) -> bool {
        <Moment as FromSql>::accepts(found)
    }
}
