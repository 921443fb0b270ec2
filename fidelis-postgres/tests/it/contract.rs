//! The contract of every store.

use std::sync::{Arc, Mutex};

use fidelis_core::{BoxFuture, Store, conformance::Harness};

use crate::database::Place;

/// Opens a new schema each time.
#[derive(Default)]
struct Postgres {
    last: Mutex<Option<Place>>,
}

impl Harness for Postgres {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async {
            let place = Place::new();
            let store = place.open().await;
            *self.last.lock().unwrap() = Some(place);
            Arc::new(store) as Arc<dyn Store>
        })
    }

    /// Runs nothing where there is no server.
    fn run(&self, future: BoxFuture<'_, ()>) {
        if Place::is_there("the contract of every store") {
            fidelis_core::block_on(future);
        }
    }

    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Arc<dyn Store>> {
        drop(store);
        Box::pin(async {
            let place = self.last.lock().unwrap().clone().expect("a store was opened before");
            Arc::new(place.open().await) as Arc<dyn Store>
        })
    }
}

fidelis_core::conformance!(Postgres::default());
