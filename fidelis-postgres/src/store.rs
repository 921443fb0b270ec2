//! The store.

use std::{fmt, sync::Arc};

use fidelis_core::{
    BoxFuture, Error, ErrorKind, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};
use tokio::sync::watch;

use crate::{
    PostgresOptions,
    fault::Fault,
    grants,
    heads::{self, Heads},
    migrate,
    names::Names,
    pool::Pool,
    prepare::{self, Work},
    questions::Questions,
    read::Question,
    runtime::{KeptAlive, Runtime},
    session::Session,
    tables::{self, Tables},
    writer::{Queue, Writer},
};

/// Keeps a domain's log, read models and checkpoints in a PostgreSQL database, shared by as many processes as there are.
///
/// ```no_run
/// use fidelis_postgres::PostgresStore;
/// # async fn open() -> Result<(), fidelis_core::Error> {
/// let store = PostgresStore::connect("postgres://bank@localhost/bank").await?;
/// # Ok(()) }
/// ```
///
/// Its futures work under any executor. The connections live on the tokio runtime that [`connect`](PostgresStore::connect) was called on,
/// and should not outlive it; called without one, the store has a thread of its own.
///
/// # How positions are gapless and in commit order
///
/// Whatever is written is written in *batches*, and batches follow each other: batch n + 1 begins by inserting its number, which is unique,
/// *selected from the row of batch n*, which has to be there and to be the one that it was decided on. Of several writers that decided on
/// batch n, in one process or on many machines, one inserts n + 1. The others wait for it, for that is how a unique index works; find the
/// number taken; and write nothing, for every other part of their statement is joined with that insert. They decide again on what is
/// there then. Positions are given out when a batch is decided, from the head that batch n leaves. So a batch that is aborted, killed or
/// lost has used up no position; a batch is only ever written on one that is committed and visible; and a reader who sees record n, under
/// whatever snapshot, sees all below it. Nothing in that depends on clocks, sequences, the age of other people's transactions, or on how
/// many read.
///
/// With many callers, batch n + 1 is decided and sent while the database still writes batch n. When n does not happen, there is no row
/// for n + 1 to be selected from: it writes nothing, and both are decided again.
///
/// The order is that of the primary. A standby may show less, and it is refused as a store.
///
/// # What is not known is asked
///
/// When a connection breaks inside a batch, the store connects again and claims the number of that batch for an empty one. Either it gets
/// it, and then the lost batch can never happen, even if its statement is still running somewhere; or the number is taken, and the token
/// beside it tells by whom. Only if the database does not answer for the time of
/// [`retry_for`](PostgresOptions::retry_for) is the outcome [`Unknown`](fidelis_core::ErrorKind::Unknown).
pub struct PostgresStore {
    at_once: Arc<Questions>,
    apart: Arc<Questions>,
    queue: Queue,
    names: Arc<Names>,
    tables: Arc<Tables>,
    options: Arc<PostgresOptions>,
    heads: Arc<Heads>,
    runtime: Runtime,
    /// Gone with the store: whoever listens stops then.
    open: watch::Sender<()>,
    _kept_alive: KeptAlive,
}

impl PostgresStore {
    /// Connects to the database at a URL, and makes its tables ready if they are not.
    ///
    /// What the URL can say stands at [`PostgresOptions`].
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) for what somebody has to put right first: the URL, the account or its rights, a server too
    /// old, a standby, a schema of a newer version or altered by hand. [`Unavailable`](fidelis_core::ErrorKind::Unavailable) when nobody
    /// answers.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        PostgresStore::connect_with(url.parse()?).await
    }

    /// Connects with options; see [`connect`](PostgresStore::connect).
    ///
    /// # Errors
    /// Those of [`connect`](PostgresStore::connect).
    pub async fn connect_with(options: PostgresOptions) -> Result<Self, Error> {
        let (runtime, kept_alive) = Runtime::current_or_own()?;
        let options = Arc::new(options);
        let names = Arc::new(Names::new(&options.schema));
        let session = {
            let (options, names) = (Arc::clone(&options), Arc::clone(&names));
            runtime.run(async move { first_session(&options, &names).await }).await?
        };
        let tables = Arc::new(Tables::default());
        let head = watch::Sender::new(0);
        let parts = (Arc::clone(&options), Arc::clone(&names), Arc::clone(&tables), head.clone());
        let (queue, writer) = Writer::new(parts.0, parts.1, parts.2, parts.3, session);
        runtime.start(writer.run());
        let pool = Pool::new(Arc::clone(&options), runtime.clone());
        let questions = Questions::new(pool, Arc::clone(&names), Arc::clone(&tables));
        Ok(PostgresStore {
            at_once: Arc::new(questions.at_once()),
            apart: Arc::new(questions),
            queue,
            names,
            tables,
            options,
            heads: Arc::new(Heads::new(head)),
            runtime,
            open: watch::Sender::new(()),
            _kept_alive: kept_alive,
        })
    }

    /// The rights that the account of a running application needs, as SQL for the owner of the schema to run: it appends to the log and
    /// reads it, and can neither change nor remove what is there.
    ///
    /// The owner connects first, and prepares the read models (by starting the engine once): that makes the tables. Read models he prepares
    /// later are covered. An application under another account then finds everything made; what is missing it cannot make and says so.
    pub fn grants(&self, account: &str) -> String {
        grants::sql(&self.names, account)
    }

    /// Makes the table of a read model anew, without rows, for a definition that the table that is there does not fit. The
    /// projector with this subscription begins at the start of the log again, so that it fills the table; what it had parked is
    /// part of that. To be called before the engine is started, by the owner of the schema.
    ///
    /// What others have been granted on the table by hand has to be granted again; a table that a view is built on is refused.
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) when the definition cannot be a table, the account may not make one, or something is built
    /// on the one that is there; those of every write.
    pub async fn recreate(&self, table: &'static Table, subscription: &str) -> Result<(), Error> {
        tables::check_definitions(&[table])?;
        let (options, names) = (Arc::clone(&self.options), Arc::clone(&self.names));
        let work = Work::MakeAnew { table, subscription: subscription.to_owned() };
        self.runtime.run(async move { prepare::run(&options, &names, &work).await }).await?;
        self.tables.add(&[table]);
        Ok(())
    }

    async fn prepare_tables(&self, tables: &[&'static Table]) -> Result<(), Error> {
        tables::check_definitions(tables)?;
        let (options, names) = (Arc::clone(&self.options), Arc::clone(&self.names));
        let definitions = tables.to_vec();
        self.runtime.run(async move { prepare::run(&options, &names, &Work::MakeReady(definitions)).await }).await?;
        self.tables.add(tables);
        Ok(())
    }

    /// Asks the database: at once when a connection is free; else, and when that one breaks, in a task of its own, which goes on and gives its
    /// connection back also while nobody polls the one who asks. Otherwise who waits for a connection might wait for somebody who waits
    /// for him.
    async fn ask<T, F>(&self, question: impl Fn(Arc<Questions>) -> F + Send) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        if let Some(_free) = self.at_once.free() {
            match question(Arc::clone(&self.at_once)).await {
                Err(error) if error.kind() == ErrorKind::Unavailable => {}
                answer => return answer,
            }
        }
        self.runtime.run(question(Arc::clone(&self.apart))).await
    }
}

async fn first_session(options: &Arc<PostgresOptions>, names: &Names) -> Result<Session, Error> {
    let what = || format!("cannot use the database {}", options.place());
    let session = Session::open(options, |_| ()).await.map_err(|fault| fault.into_error(&what()))?;
    migrate::migrate(&session, names, options).await.map_err(|fault| fault.into_error(&what()))?;
    Ok(session)
}

impl Store for PostgresStore {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.prepare_tables(tables))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        Box::pin(self.queue.commit(commit))
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        let question = Arc::new(Question::new(&self.names, from));
        Box::pin(self.ask(move |questions| {
            let question = Arc::clone(&question);
            async move { questions.page(&question, limit).await }
        }))
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(async move {
            let head = self.ask(|questions| async move { questions.head().await }).await?;
            self.heads.tell(head);
            Ok(head)
        })
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(async move {
            if self.heads.is_first() {
                let listener = heads::listen(
                    Arc::clone(&self.heads),
                    Arc::clone(&self.options),
                    Arc::clone(&self.names),
                    self.open.subscribe(),
                );
                self.runtime.start(listener);
            }
            if !self.heads.is_listening() {
                // Nobody tells what was written before somebody listened.
                self.head().await?;
            }
            self.heads.past(position).await
        })
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        let stream = stream.clone();
        Box::pin(self.ask(move |questions| {
            let stream = stream.clone();
            async move { questions.version(&stream).await }
        }))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        let subscription: Arc<str> = subscription.into();
        Box::pin(self.ask(move |questions| {
            let subscription = Arc::clone(&subscription);
            async move { questions.checkpoint(&subscription).await }
        }))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        Box::pin(self.ask(|questions| async move { questions.checkpoints().await }))
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        Box::pin(self.ask(move |questions| async move { questions.settlement(command).await }))
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        Box::pin(self.ask(move |questions| async move { questions.settlements(after, limit).await }))
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        let subscription: Arc<str> = subscription.into();
        Box::pin(self.ask(move |questions| {
            let subscription = Arc::clone(&subscription);
            async move { questions.parked(&subscription).await }
        }))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        let rows = self.rows(table, std::slice::from_ref(key), staged);
        Box::pin(async move { Ok(rows.await?.pop().flatten()) })
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        let keys: Arc<[Key]> = keys.into();
        Box::pin(self.ask(move |questions| {
            let keys = Arc::clone(&keys);
            async move { questions.rows(table, &keys, staged).await }
        }))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        let selection = Arc::new(selection.clone());
        Box::pin(self.ask(move |questions| {
            let selection = Arc::clone(&selection);
            async move { questions.select(&selection).await }
        }))
    }
}

/// Where it is, never what it holds.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What a connection could not do while nothing was stored.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        fault.into_error("the database cannot be asked")
    }
}
