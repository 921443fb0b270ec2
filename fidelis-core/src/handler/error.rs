//! A refusal or a failure.

use std::{any::Any, fmt};

use crate::{Error, ErrorKind, Rejection, error::Source};

/// Why a handler did not do its work: a rule refused, or something broke.
///
/// `?` turns a [`Rejection`], an [`Error`] and any other error into one.
///
/// ```
/// use fidelis_core::{HandlerError, reject};
/// fn refuse() -> Result<(), HandlerError> { Err(reject!(amount: "too much"))? }
/// fn break_down() -> Result<u32, HandlerError> { Ok("many".parse()?) }
/// assert!(refuse().unwrap_err().rejection().is_some());
/// assert!(break_down().unwrap_err().rejection().is_none());
/// ```
pub struct HandlerError(Error);

impl HandlerError {
    /// Something broke, in words.
    pub fn failed(message: impl Into<String>) -> Self {
        HandlerError(Error::failed("the handler failed", message.into()))
    }

    /// The refusal, if it is one.
    pub fn rejection(&self) -> Option<&Rejection> {
        self.0.rejection()
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// The error it stands for.
    pub fn into_error(self) -> Error {
        self.0
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let mut error = Some(error);
        let any: &mut dyn Any = &mut error;
        // Ours keep their kind; whatever else comes is a failure with a source.
        if let Some(rejection) = any.downcast_mut::<Option<Rejection>>().and_then(Option::take) {
            return HandlerError(rejection.into());
        }
        if let Some(error) = any.downcast_mut::<Option<Error>>().and_then(Option::take) {
            return HandlerError(error);
        }
        let source: Source = Box::new(error.expect("only taken when it was ours"));
        HandlerError(Error::failed("the handler failed", source))
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What a handler may return: nothing, or a result whose error is a [`Rejection`], a [`HandlerError`] or any other.
pub trait HandlerResult {
    /// What it gives when it succeeds.
    type Value;

    /// The value, or why there is none.
    ///
    /// # Errors
    /// What the handler returned.
    fn into_result(self) -> Result<Self::Value, HandlerError>;
}

impl HandlerResult for () {
    type Value = ();

    fn into_result(self) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl<T, E: Into<HandlerError>> HandlerResult for Result<T, E> {
    type Value = T;

    fn into_result(self) -> Result<T, HandlerError> {
        self.map_err(Into::into)
    }
}
