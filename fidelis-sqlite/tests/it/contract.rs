//! The conformance suite.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fidelis_core::{BoxFuture, Store, conformance::Harness};
use fidelis_sqlite::SqliteStore;
use tempfile::TempDir;

/// A folder for the files of one case.
struct Sqlite {
    folder: TempDir,
    opened: AtomicUsize,
}

impl Sqlite {
    fn new() -> Self {
        Sqlite { folder: tempfile::tempdir().expect("a folder can be made"), opened: AtomicUsize::new(0) }
    }

    fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("{number}.db"))
    }
}

async fn open(path: PathBuf) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path).await.expect("the file can be opened"))
}

impl Harness for Sqlite {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(open(self.file(self.opened.fetch_add(1, Ordering::Relaxed))))
    }

    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Arc<dyn Store>> {
        drop(store);
        Box::pin(open(self.file(self.opened.load(Ordering::Relaxed) - 1)))
    }
}

fidelis_core::conformance!(Sqlite::new());
