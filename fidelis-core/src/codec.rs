//! Payloads to and from JSON.

use serde::{Serialize, de::DeserializeOwned};

/// Why a payload cannot be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct PayloadError(String);

/// Encodes a value as JSON.
///
/// # Errors
/// When the value has no JSON form, such as a map whose keys are not texts.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Box<str>, PayloadError> {
    serde_json::to_string(value).map(String::into_boxed_str).map_err(|error| PayloadError(error.to_string()))
}

/// Decodes a value from JSON.
///
/// # Errors
/// When the text is not JSON or not a `T`; the message names the field, the line and the column.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, PayloadError> {
    serde_json::from_str(text).map_err(|error| PayloadError(error.to_string()))
}

/// x
#[derive(Default)]
pub struct Limits;
/// x
pub fn from_json_within<T: DeserializeOwned>(text: &str, _: &Limits) -> Result<T, PayloadError> {
    from_json(text)
}
