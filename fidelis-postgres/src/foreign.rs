//! Databases whose tables are not ours: what another program has left there, to be taken over.

use std::sync::Arc;

use fidelis_core::Error;
use tokio_postgres::{Row, types::ToSql};

use crate::{
    PostgresOptions,
    fault::Fault,
    runtime::{KeptAlive, Runtime},
    session::Session,
};

/// Reads from a database whose tables are not ours, over a connection made like that of a store: encrypted unless it goes to this
/// machine, with time-outs. It makes nothing there and writes nothing.
///
/// ```no_run
/// # use fidelis_postgres::ForeignDatabase;
/// # fidelis_core::block_on(async {
/// let database = ForeignDatabase::connect("postgres://reader@db.example/old".parse()?).await?;
/// let rows = database.texts("SELECT name::text FROM old.customers WHERE id > $1 ORDER BY id LIMIT 100", 0).await?;
/// # Ok::<(), fidelis_core::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct ForeignDatabase {
    session: Arc<Session>,
    runtime: Runtime,
    _kept_alive: KeptAlive,
}

impl ForeignDatabase {
    /// Connects.
    ///
    /// # Errors
    /// Those of [`PostgresStore::connect`](crate::PostgresStore::connect), but for what is there.
    pub async fn connect(options: PostgresOptions) -> Result<Self, Error> {
        let (runtime, kept_alive) = Runtime::current_or_own()?;
        let session = runtime.run(async move {
            let opened = Session::open(&options, |_| {}).await;
            opened.map_err(|fault| fault.into_error(&format!("cannot connect to {}", options.place())))
        });
        Ok(ForeignDatabase { session: Arc::new(session.await?), runtime, _kept_alive: kept_alive })
    }

    /// The rows that a statement gives for one number, `$1`. Names of tables need their schema, and columns have to be texts.
    ///
    /// # Errors
    /// [`Unavailable`](fidelis_core::ErrorKind::Unavailable) when the database does not answer, or answers with an error.
    pub async fn texts(&self, sql: &str, number: i64) -> Result<Vec<Vec<Option<String>>>, Error> {
        let (session, sql) = (Arc::clone(&self.session), sql.to_owned());
        let asked = self.runtime.run(async move {
            let number: &(dyn ToSql + Sync) = &number;
            let rows = session.query(&sql, &[number]).await.and_then(|rows| rows.iter().map(texts).collect());
            rows.map_err(|fault| fault.into_error("the other database cannot be read"))
        });
        asked.await
    }
}

fn texts(row: &Row) -> Result<Vec<Option<String>>, Fault> {
    (0..row.len()).map(|column| Ok(row.try_get(column)?)).collect()
}
