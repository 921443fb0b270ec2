//! A store that misbehaves on request: another one, in memory unless said otherwise, behind a script of failures and delays.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
};

use fidelis::{
    BoxFuture, Error, MemoryStore, MessageId, MessageKind, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, Direction, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// A call to the store.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    Commit(&'a Commit),
    Read,
    Head,
    Wait,
    Version,
    Checkpoint,
    Settlement,
    Parked,
    Row,
    Select,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It happens.
    Happens,
    /// The store cannot be reached: it does not happen.
    Unavailable,
    /// The connection breaks before it happens; the caller cannot know.
    LostBefore,
    /// The connection breaks after it happened; the caller cannot know.
    LostAfter,
}

type Script = Box<dyn FnMut(Call<'_>) -> Fate + Send>;

/// A store whose calls meet what a script says, and wait for a number of polls before and after they happen.
#[derive(Clone)]
pub struct Troubled {
    inner: Arc<dyn Store>,
    state: Arc<State>,
}

/// In memory.
impl Default for Troubled {
    fn default() -> Self {
        Troubled::over(MemoryStore::default())
    }
}

#[derive(Default)]
struct State {
    script: Mutex<Option<Script>>,
    before: AtomicUsize,
    after: AtomicUsize,
    met: AtomicUsize,
    /// Whether nobody is told that the log has grown.
    deaf: AtomicBool,
    /// How many records a page has at most; 0: as many as are asked for.
    page: AtomicUsize,
    /// How many records were read.
    read: AtomicUsize,
    /// Whether reads take turns, and whose turn it is of those who have come.
    in_turns: AtomicBool,
    turns: Mutex<Turns>,
    /// Steps of processes that are being stored, and how many were at most.
    steps: AtomicUsize,
    most_steps: AtomicUsize,
}

#[derive(Default)]
struct Turns {
    come: usize,
    /// Those whose turn is over or who have left.
    gone: BTreeSet<usize>,
    waiting: Vec<Waker>,
}

/// A place among those who take turns: the turn is over when it is dropped.
struct Turn<'a>(&'a State, usize);

impl State {
    fn come(&self) -> Option<Turn<'_>> {
        if !self.in_turns.load(Ordering::SeqCst) {
            return None;
        }
        let mut turns = self.turns.lock().unwrap();
        turns.come += 1;
        Some(Turn(self, turns.come))
    }
}

impl Turn<'_> {
    async fn reached(&self) {
        poll_fn(|context| {
            let mut turns = self.0.turns.lock().unwrap();
            if (1..self.1).all(|before| turns.gone.contains(&before)) {
                return Poll::Ready(());
            }
            turns.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = self.0.turns.lock().unwrap();
        turns.gone.insert(self.1);
        turns.waiting.drain(..).for_each(Waker::wake);
    }
}

/// A step that is being stored.
struct Storing<'a>(&'a State);

impl<'a> Storing<'a> {
    fn begin(state: &'a State) -> Self {
        let steps = state.steps.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_steps.fetch_max(steps, Ordering::SeqCst);
        Storing(state)
    }
}

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        self.0.steps.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Troubled {
    /// Over another store.
    pub fn over(store: impl Store) -> Self {
        Troubled { inner: Arc::new(store), state: Arc::default() }
    }

    /// From now on, calls meet what `script` says.
    pub fn script(&self, script: impl FnMut(Call<'_>) -> Fate + Send + 'static) {
        *self.state.script.lock().unwrap() = Some(Box::new(script));
        self.state.met.store(0, Ordering::SeqCst);
    }

    /// From now on, all calls happen.
    pub fn calm(&self) {
        *self.state.script.lock().unwrap() = None;
    }

    /// From now on, the `n`-th commit (from 0) that fits meets `fate`; all else happens.
    pub fn nth_commit(&self, n: usize, fate: Fate, fits: impl Fn(&Commit) -> bool + Send + 'static) {
        let mut seen = 0;
        self.script(move |call| match call {
            Call::Commit(commit) if fits(commit) => {
                seen += 1;
                if seen == n + 1 { fate } else { Fate::Happens }
            }
            _ => Fate::Happens,
        });
    }

    /// How many calls met something other than happening, since the script was given.
    pub fn met(&self) -> usize {
        self.state.met.load(Ordering::SeqCst)
    }

    /// From now on, nobody is told that the log has grown.
    pub fn deaf(&self) {
        self.state.deaf.store(true, Ordering::SeqCst);
    }

    /// From now on, no page has more records than this.
    pub fn short_pages(&self, records: usize) {
        self.state.page.store(records, Ordering::SeqCst);
    }

    /// From now on, who reads waits for all who came before, also when nobody asks for their answers: as with the connections of a
    /// pool.
    pub fn in_turns(&self) {
        *self.state.turns.lock().unwrap() = Turns::default();
        self.state.in_turns.store(true, Ordering::SeqCst);
    }

    /// How many records have been read so far.
    pub fn records_read(&self) -> usize {
        self.state.read.load(Ordering::SeqCst)
    }

    /// How many commits with steps of processes were being stored at the same time, at most.
    pub fn most_steps_at_once(&self) -> usize {
        self.state.most_steps.load(Ordering::SeqCst)
    }

    /// From now on, every call waits for this many polls before and after it happens.
    pub fn slow(&self, before: usize, after: usize) {
        self.state.before.store(before, Ordering::SeqCst);
        self.state.after.store(after, Ordering::SeqCst);
    }

    /// The store behind the trouble: what happens there happens, whatever the script says.
    pub fn beneath(&self) -> Self {
        Troubled { inner: Arc::clone(&self.inner), state: Arc::default() }
    }

    /// A checkpoint, whatever the script says.
    pub fn checkpoint_of(&self, subscription: &str) -> u64 {
        fidelis::block_on(self.inner.checkpoint(subscription)).unwrap()
    }

    fn call<'a, T: Send + 'a>(
        &'a self,
        describe: impl FnOnce(&mut dyn FnMut(Call<'_>) -> Fate) -> Fate + Send + 'a,
        act: impl FnOnce(&'a dyn Store) -> BoxFuture<'a, Result<T, Error>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Error>> {
        Box::pin(async move {
            let (mut reads, mut stores_step) = (true, false);
            let fate = match &mut *self.state.script.lock().unwrap() {
                Some(script) => describe(&mut |call| {
                    (reads, stores_step) = kind_of(call);
                    script(call)
                }),
                None => describe(&mut |call| {
                    (reads, stores_step) = kind_of(call);
                    Fate::Happens
                }),
            };
            let turn = if reads { self.state.come() } else { None };
            if let Some(turn) = &turn {
                turn.reached().await;
            }
            let _storing = stores_step.then(|| Storing::begin(&self.state));
            if fate != Fate::Happens {
                self.state.met.fetch_add(1, Ordering::SeqCst);
            }
            pend(self.state.before.load(Ordering::SeqCst)).await;
            let result = match fate {
                Fate::Happens => act(&*self.inner).await,
                Fate::Unavailable => Err(Error::unavailable("the store cannot be reached", "as the script says")),
                Fate::LostBefore => Err(Error::unknown("the connection broke", "as the script says")),
                Fate::LostAfter => {
                    let _ = act(&*self.inner).await;
                    Err(Error::unknown("the connection broke", "as the script says"))
                }
            };
            pend(self.state.after.load(Ordering::SeqCst)).await;
            result
        })
    }
}

/// Whether a call reads, and whether it stores a step of a process.
fn kind_of(call: Call<'_>) -> (bool, bool) {
    let Call::Commit(commit) = call else {
        return (!matches!(call, Call::Wait), false);
    };
    let mut records = commit.appends.iter().flat_map(|append| &append.records);
    (false, records.any(|record| record.kind == MessageKind::Transition))
}

/// The whole log of a store.
pub fn log_of(store: &dyn Store) -> Vec<Arc<Recorded>> {
    let from = ReadFrom::All { position: 1, direction: Direction::Forwards };
    fidelis::block_on(store.read(from, PageLimit { records: usize::MAX, bytes: usize::MAX })).unwrap()
}

/// Waits for `polls` polls; asks for each itself.
async fn pend(mut polls: usize) {
    poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(());
        }
        polls -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Store for Troubled {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        let described = commit.clone();
        self.call(move |script| script(Call::Commit(&described)), |store| store.commit(commit))
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        let records = match self.state.page.load(Ordering::SeqCst) {
            0 => limit.records,
            short => short.min(limit.records),
        };
        let read = self.call(|script| script(Call::Read), move |store| store.read(from, PageLimit { records, ..limit }));
        Box::pin(async move {
            let page = read.await?;
            self.state.read.fetch_add(page.len(), Ordering::SeqCst);
            Ok(page)
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.call(|script| script(Call::Head), |store| store.head())
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        if self.state.deaf.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        self.call(|script| script(Call::Wait), move |store| store.wait(position))
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.call(|script| script(Call::Version), |store| store.version(stream))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.call(|script| script(Call::Checkpoint), |store| store.checkpoint(subscription))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        self.call(|script| script(Call::Checkpoint), |store| store.checkpoints())
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.call(|script| script(Call::Settlement), move |store| store.settlements(after, limit))
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.call(|script| script(Call::Settlement), move |store| store.settlement(command))
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.call(|script| script(Call::Parked), |store| store.parked(subscription))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.call(|script| script(Call::Row), move |store| store.row(table, key, staged))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.call(|script| script(Call::Select), |store| store.select(selection))
    }
}
