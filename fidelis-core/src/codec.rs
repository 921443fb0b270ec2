//! Payloads to and from JSON: what `serde_json` would write and read, in about half the time.
//!
//! Both directions try a fast path of ours first and leave to `serde_json` whatever that does not take, so the result,
//! and every error, is always the one `serde_json` gives. No type needs code of its own for it.

mod limits;
mod miss;
mod path;
mod plain;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Serialize, de::DeserializeOwned};

pub use self::limits::Limits;

/// Why a payload cannot be read or written, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PayloadError(Box<str>);

/// Encodes a value as JSON, byte for byte as `serde_json` does.
///
/// ```
/// use fidelis_core::codec::{from_json, to_json};
/// let json = to_json(&("deposit", 5, None::<bool>))?;
/// assert_eq!(&*json, r#"["deposit",5,null]"#);
/// assert_eq!(from_json::<(String, u32, Option<bool>)>(&json)?, ("deposit".to_owned(), 5, None));
/// # Ok::<(), fidelis_core::codec::PayloadError>(())
/// ```
///
/// # Errors
/// When the value has no JSON form, such as a map whose keys are not texts.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Box<str>, PayloadError> {
    match write::written(value) {
        Some(json) => Ok(json),
        None => serde_json::to_string(value).map(String::into_boxed_str).map_err(|error| PayloadError::writing(&error)),
    }
}

/// Decodes a value from JSON. Fastest on a text that [`to_json`] wrote from the same type.
///
/// # Errors
/// When the text is not JSON or not a `T`; the message names the place, the field, the line and the column.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, PayloadError> {
    match read::predicted(text) {
        Some(value) => Ok(value),
        None => serde_json::from_str(text).map_err(|error| PayloadError::reading(text, &error)),
    }
}

/// Decodes a value from JSON that came from outside: nothing is built from a text beyond the limits.
///
/// # Errors
/// When the text is beyond a limit, is not JSON or is not a `T`.
pub fn from_json_within<T: DeserializeOwned>(text: &str, limits: &Limits) -> Result<T, PayloadError> {
    limits.check(text)?;
    from_json(text)
}

impl PayloadError {
    #[cold]
    fn writing(error: &serde_json::Error) -> Self {
        PayloadError(error.to_string().into())
    }

    /// `serde_json` names line and column; which value stands there is found by reading up to it once more.
    #[cold]
    fn reading(text: &str, error: &serde_json::Error) -> Self {
        let place = if error.is_data() { path::path_at(text, error.line(), error.column()) } else { String::new() };
        if place.is_empty() { PayloadError(error.to_string().into()) } else { PayloadError(format!("`{place}`: {error}").into()) }
    }

    /// Why a line of a file cannot be read: a document on a line of its own, whose number the caller knows.
    #[cold]
    pub(crate) fn reading_line(text: &str, error: &serde_json::Error) -> String {
        let place = if error.is_data() { path::path_at(text, error.line(), error.column()) } else { String::new() };
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(&*what, |(what, _)| what);
        let column = error.column();
        match place.is_empty() {
            true => format!("{what}, at column {column}"),
            false => format!("`{place}`: {what}, at column {column}"),
        }
    }
}
