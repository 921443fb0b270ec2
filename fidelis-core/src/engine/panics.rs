//! A handler that panics is a handler that failed: the process lives on, and nothing of it is stored.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use crate::{BoxFuture, Error};

/// Runs `call`; `name` is whom a panic is blamed on.
///
/// Unwind safety: what the call may have left half done is dropped by every caller, never looked at again.
pub(super) fn caught<T>(name: &str, call: impl FnOnce() -> T) -> Result<T, Error> {
    caught_text(call).map_err(|text| panicked(name, text))
}

/// Runs `call`; gives the message of a panic.
pub(super) fn caught_text<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| message(&*panic))
}

/// Runs a future; `name` is whom a panic is blamed on.
pub(super) async fn caught_async<T>(name: &str, future: BoxFuture<'_, T>) -> Result<T, Error> {
    Caught(future).await.map_err(|panic| panicked(name, message(&*panic)))
}

struct Caught<'a, T>(BoxFuture<'a, T>);

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

fn panicked(name: &str, message: String) -> Error {
    Error::failed(format!("the handler of `{name}` panicked"), message)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").to_owned()
}
