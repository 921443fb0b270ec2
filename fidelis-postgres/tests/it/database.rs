//! A place on a server for one test: a schema of its own, which goes with the test.

use std::{
    env,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use fidelis_postgres::{PostgresOptions, PostgresStore};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The server of this test run.
static URL: LazyLock<Option<String>> = LazyLock::new(|| env::var("FIDELIS_TEST_POSTGRES_URL").ok());

/// A schema that nobody else uses. It is dropped with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<Schema>);

#[derive(Debug)]
struct Schema {
    url: String,
    name: String,
}

impl Place {
    /// Whether there is a server. Where there is none, a test says what it left out.
    pub(crate) fn is_there(left_out: &str) -> bool {
        if URL.is_none() {
            eprintln!("left out, for `FIDELIS_TEST_POSTGRES_URL` names no server: {left_out}");
        }
        URL.is_some()
    }

    /// A new schema on the server of the test run.
    pub(crate) fn new() -> Self {
        Place::on(URL.as_deref().expect("without a server the test is left out"))
    }

    /// A new schema on this server.
    pub(crate) fn on(url: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let name = format!("test {} {time} {}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Place(Arc::new(Schema { url: url.to_owned(), name }))
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn schema(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        self.url().parse::<PostgresOptions>().unwrap().schema(self.schema()).unwrap()
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        PostgresStore::connect_with(self.options()).await.unwrap()
    }

    /// What the database answers somebody who asks in plain SQL; `{schema}` stands for the schema.
    pub(crate) fn ask(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.try_ask(sql).unwrap()
    }

    pub(crate) fn try_ask(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
        let sql = sql.replace("{schema}", &format!("\"{}\"", self.schema()));
        on_a_runtime(async {
            let answers = connect(self.url()).await?.simple_query(&sql).await?;
            let rows = answers.into_iter().filter_map(|answer| match answer {
                SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()),
                _ => None,
            });
            Ok(rows.collect())
        })
    }

    /// The one number that the database answers.
    pub(crate) fn count(&self, sql: &str) -> u64 {
        self.ask(sql)[0][0].as_deref().unwrap().parse().unwrap()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql = format!("SET lock_timeout = '5s'; DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name);
        // Where it cannot be dropped, because the server is gone, it need not be.
        let _ = on_a_runtime(async { connect(&self.url).await?.batch_execute(&sql).await });
    }
}

/// A connection of one's own, beside the store.
pub(crate) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

/// Runs a future to its end, wherever we are.
pub(crate) fn on_a_runtime<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        scope.spawn(move || runtime.block_on(future)).join().unwrap()
    })
}
