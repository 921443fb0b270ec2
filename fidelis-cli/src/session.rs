//! What a command works with.

use std::sync::Arc;

use fidelis::{DatabaseUrl, Domain, Engine, Store};

use crate::{Exit, Failure, Setting, Source};

/// One call of a program: its domain, and where its store is.
#[derive(Debug)]
pub struct Session {
    domain: fn() -> Domain,
    database: Setting<DatabaseUrl>,
}

impl Session {
    pub(crate) fn new(domain: fn() -> Domain, database: Setting<DatabaseUrl>) -> Self {
        Session { domain, database }
    }

    /// The domain.
    pub fn domain(&self) -> Domain {
        (self.domain)()
    }

    /// Where the store is, and who said so.
    pub fn database(&self) -> &Setting<DatabaseUrl> {
        &self.database
    }

    /// Opens the store.
    ///
    /// # Errors
    /// As [`DatabaseUrl::open`]; a URL that cannot be read is a mistake of whoever wrote it, on the command line or elsewhere.
    pub async fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        self.open(&self.database).await
    }

    /// Opens another store than its own: one that a command was given as an argument.
    ///
    /// # Errors
    /// As [`store`](Session::store).
    pub async fn store_at(&self, url: &str) -> Result<Arc<dyn Store>, Failure> {
        let url: DatabaseUrl = url.parse().map_err(|error| Failure::from(error).with_exit(Exit::Usage))?;
        self.open(&Setting { value: url, source: Source::Argument }).await
    }

    /// Runs the domain on its store.
    ///
    /// # Errors
    /// As [`store`](Session::store), and what the start of an engine reports.
    pub async fn engine(&self) -> Result<Engine, Failure> {
        Ok(self.domain().on_shared(self.store().await?).start().await?)
    }

    async fn open(&self, database: &Setting<DatabaseUrl>) -> Result<Arc<dyn Store>, Failure> {
        database.value.open().await.map_err(|error| {
            let invalid = error.kind() == fidelis::ErrorKind::Invalid;
            let failure = Failure::from(error);
            if invalid { failure.with_exit(database.source.exit()) } else { failure }
        })
    }
}
