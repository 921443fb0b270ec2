//! Drives a future that never waits.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The output of a future that is ready when first polled, as everything in memory is on one thread.
///
/// The cheapest way to call an `async fn`: no peer pays for a runtime here.
///
/// # Panics
/// When the future waits for something.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing in memory waits on one thread"),
    }
}
