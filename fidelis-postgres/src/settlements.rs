//! What commands were answered, as it stands in the table `settlements`.

use fidelis_core::{
    Error, MessageId, Rejection,
    store::{Outcome, Settlement},
};
use tokio_postgres::Row;

use crate::{
    names::Names,
    records::{column, unsigned},
    values::Json,
};

const COLUMNS: &str = "command, fingerprint, position, accepted, answer";

/// Those of the commands in the first parameter.
pub(crate) fn by_command(names: &Names) -> String {
    format!("SELECT {COLUMNS} FROM {}.settlements WHERE command = ANY($1::uuid[])", names.schema)
}

/// So many, from the one after a command.
pub(crate) fn page(names: &Names) -> String {
    format!(
        "SELECT {COLUMNS} FROM {}.settlements WHERE $1::uuid IS NULL OR command > $1::uuid ORDER BY command LIMIT $2::bigint",
        names.schema
    )
}

pub(crate) fn decode(row: &Row) -> Result<Settlement, Error> {
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::corrupt_store("somebody changed what a command was answered", error)
    };
    let answer: Option<Json<'_>> = column(row, 4)?;
    let outcome = match (column(row, 3)?, answer) {
        (true, answer) => Outcome::Accepted(answer.map(|json| json.0.into())),
        (false, Some(json)) => {
            let rejection: Rejection = serde_json::from_str(json.0).map_err(|error| broken(error.into()))?;
            Outcome::Rejected(rejection)
        }
        (false, None) => return Err(broken("a refused command has no reason".into())),
    };
    Ok(Settlement {
        command: MessageId::from_uuid(column(row, 0)?),
        fingerprint: column::<Option<i64>>(row, 1)?.map(i64::cast_unsigned),
        outcome,
        position: unsigned(row, 2).map_err(broken)?,
    })
}
