//! Where connections live: on the caller's runtime if there is one, else on one of our own.

use std::{future::Future, io, thread, time::Duration};

use fidelis_core::Error;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};
use tracing::Instrument;

/// A runtime to spawn on. Futures that wait for what is spawned work under any executor.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Handle);

/// Keeps a runtime of our own alive. Without one it does nothing.
#[derive(Debug)]
pub(crate) struct KeptAlive {
    _until_dropped: Option<oneshot::Sender<()>>,
}

impl Runtime {
    /// The runtime we are called on, or a new one on a thread of its own that ends when what keeps it alive is dropped.
    pub(crate) fn current_or_own() -> Result<(Self, KeptAlive), Error> {
        if let Ok(handle) = Handle::try_current() {
            return Ok((Runtime(handle), KeptAlive { _until_dropped: None }));
        }
        let cannot = |error: io::Error| Error::unavailable("cannot start a thread for the connections to the database", error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let handle = runtime.handle().clone();
        let (until_dropped, dropped) = oneshot::channel();
        thread::Builder::new()
            .name("fidelis-postgres".to_owned())
            .spawn(move || {
                // Either way it is over.
                let _ = runtime.block_on(dropped);
            })
            .map_err(cannot)?;
        Ok((Runtime(handle), KeptAlive { _until_dropped: Some(until_dropped) }))
    }

    /// Lets a task run on its own.
    pub(crate) fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(task));
    }

    /// Runs a future on the runtime and waits for it, on whatever executor the caller is. Dropped, it stops the future.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let task = Aborted(self.0.spawn(future.in_current_span()));
        task.await.unwrap_or_else(|error| Err(Error::unavailable("the runtime that the store was connected on has ended", error)))
    }

    pub(crate) async fn sleep(&self, time: Duration) {
        // It fails when the runtime has ended: then there is nothing to wait for.
        let slept = self.run(async move {
            tokio::time::sleep(time).await;
            Ok(())
        });
        let _ = slept.await;
    }
}

/// A task that ends with whoever waits for it.
struct Aborted<T>(tokio::task::JoinHandle<T>);

impl<T> Future for Aborted<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
