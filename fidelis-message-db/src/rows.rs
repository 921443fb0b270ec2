//! Where rows come from: dumps as lines of JSON, and as CSV.

use std::io::{BufRead, Read};

use fidelis_core::Error;
use serde_json::value::RawValue;

use crate::Row;

/// A row that was found, or why what was found is none.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it was found, for people: `line 17`.
    pub place: String,
    /// The row, or what is wrong with what stands there.
    pub row: Result<Row, String>,
}

/// The rows of a dump as lines of JSON, each an object with the names of the columns:
///
/// ```text
/// psql -At -c "SELECT row_to_json(m) FROM message_store.messages m ORDER BY global_position" > dump.jsonl
/// ```
///
/// (`COPY .. TO` in its text format would double every backslash.)
pub fn rows_of_json(mut from: impl BufRead + Send) -> impl Iterator<Item = Result<Found, Error>> + Send {
    let mut number = 0_u64;
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            number += 1;
            match from.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok(Found { place: format!("line {number}"), row: parsed(&line) })),
                Err(error) => return Some(Err(Error::unavailable(format!("line {number} of the dump cannot be read"), error))),
            }
        }
    })
}

fn parsed(line: &[u8]) -> Result<Row, String> {
    serde_json::from_slice(line).map_err(|error| {
        let hint = match line.windows(3).any(|three| three == br#"\\""#) {
            true => "; its backslashes are doubled: dump with `psql -At -c`, not with `COPY .. TO`",
            false => "",
        };
        format!("this is no row of `messages` as JSON: {error}{hint}")
    })
}

/// The columns that are needed.
pub(crate) const COLUMNS: [&str; 7] = ["global_position", "position", "stream_name", "type", "data", "metadata", "time"];

/// The rows of a dump as CSV whose first line names the columns, in any order:
///
/// ```text
/// psql -c "\copy (SELECT * FROM message_store.messages ORDER BY global_position) TO 'dump.csv' CSV HEADER"
/// ```
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid) when a column is not there; [`Unavailable`](fidelis_core::ErrorKind::Unavailable) when the
/// dump cannot be read.
pub fn rows_of_csv(from: impl Read + Send) -> Result<impl Iterator<Item = Result<Found, Error>> + Send, Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(from);
    let header =
        reader.headers().map_err(|error| Error::unavailable("the first line of the dump cannot be read", error))?.clone();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = header.iter().position(|name| name == column).ok_or_else(|| {
            Error::invalid(format!("the dump has no column `{column}`: its first line names the columns, dump with `CSV HEADER`"))
        })?;
    }
    Ok(reader.into_records().map(move |record| {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                if let csv::ErrorKind::Io(_) = error.kind() {
                    return Err(Error::unavailable("the dump cannot be read", error));
                }
                let place = error.position().map_or_else(|| "the dump".to_owned(), |at| format!("line {}", at.line()));
                return Ok(Found { place, row: Err(format!("this is no row as CSV: {error}")) });
            }
        };
        let place = record.position().map_or_else(String::new, |at| format!("line {}", at.line()));
        Ok(Found { place, row: of_columns(places.map(|place| record.get(place).unwrap_or_default())) })
    }))
}

pub(crate) fn of_columns(columns: [&str; COLUMNS.len()]) -> Result<Row, String> {
    let [global_position, position, stream_name, type_name, data, metadata, time] = columns;
    let number = |column: &str, text: &str| {
        text.parse::<u64>().map_err(|_| format!("`{column}`: expected a number from 0 on, found `{text}`"))
    };
    // Nothing between two commas is how a dump writes NULL.
    let json = |column: &str, text: &str| match text.is_empty() {
        true => Ok(None),
        false => RawValue::from_string(text.to_owned()).map(Some).map_err(|error| format!("`{column}` is no JSON: {error}")),
    };
    Ok(Row {
        global_position: number("global_position", global_position)?,
        position: number("position", position)?,
        stream_name: stream_name.to_owned(),
        type_name: type_name.to_owned(),
        data: json("data", data)?,
        metadata: json("metadata", metadata)?,
        time: (!time.is_empty()).then(|| time.to_owned()),
    })
}
