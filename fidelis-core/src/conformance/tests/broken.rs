//! The memory store with one bug.

use std::{
    mem,
    sync::{Arc, Barrier},
    task::Poll,
};

use jiff::Timestamp;
use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::{
    BoxFuture, Conflict, Error, ErrorKind, MemoryStore, MessageId, Recorded, Store, StreamName,
    conformance::material::everything,
    projection::{Condition, Key, Row, Selection, Table},
    store::{
        CheckpointMove, Checkpoints, Commit, CommitResult, Direction, Expected, Fold, Interest, PageLimit, Parked, ReadFrom,
        RowChange, RowSource, Selected, Settlement, TableChange,
    },
};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bug {
    None,
    SkipsTheVersionCheck,
    ChecksVersionsTooEarly,
    IgnoresAppendsWithoutRecords,
    WritesStreamByStream,
    ReformatsPayloads,
    TakesPositionsEarly,
    PublishesOutOfOrder,
    FollowsTheClock,
    LosesCategoryOrder,
    MixesCategories,
    EndsPagesTooEarly,
    WritesRowsOfConflicts,
    ShowsStagedRows,
    MergesWhenPromoting,
    IgnoresWhereCheckpointsAre,
    MovesCheckpointsApart,
    KnowsNoAnywhere,
    ListsCheckpointsAsTheyCame,
    BeginsPagesOfSettlementsAnew,
    DoesNotWait,
    SortsRowsReadTogether,
    ForgetsSettlements,
    RepeatsAfterVersions,
    PrunesWhateverIsThere,
    PrunesNothing,
    PrunesOneOfMany,
    LosesOrderOfParked,
    NeverFolds,
    FoldsWithoutLooking,
    FoldsOnNothing,
    IgnoresCase,
    CountsThePage,
    CommitsInTwoSteps,
    KeepsNothing,
    DropsProcessesOfRestored,
    RestoresWithoutTheMark,
    RestoresAsFarAsItGoes,
    RestoresOverOtherLogs,
}

pub(super) struct Broken {
    store: MemoryStore,
    bug: Bug,
    memory: Mutex<Memory>,
    /// Where all creators of a stream meet after they have looked whether it exists.
    creators: Barrier,
}

/// What some bugs have to remember.
#[derive(Default)]
struct Memory {
    /// The head at each refused commit.
    gaps: Vec<u64>,
    /// The clock's reading for each record.
    clock: Vec<Timestamp>,
    /// A record that is not shown where it is read first.
    hidden: u64,
}

impl Broken {
    pub(super) fn new(bug: Bug) -> Self {
        Broken { store: MemoryStore::default(), bug, memory: Mutex::default(), creators: Barrier::new(4) }
    }

    async fn broken_commit(&self, mut commit: Commit) -> Result<CommitResult, Error> {
        match self.bug {
            Bug::SkipsTheVersionCheck => commit.appends.iter_mut().for_each(|append| append.expected = Expected::Any),
            Bug::ChecksVersionsTooEarly if commit.appends.iter().any(|append| append.expected == Expected::NoStream) => {
                self.check_versions(&commit).await?;
                self.creators.wait();
                commit.appends.iter_mut().for_each(|append| append.expected = Expected::Any);
            }
            Bug::IgnoresAppendsWithoutRecords => commit.appends.retain(|append| !append.records.is_empty()),
            Bug::WritesStreamByStream if commit.appends.len() > 1 => {
                for append in mem::take(&mut commit.appends) {
                    let mut part = Commit::new(commit.time, commit.origin.clone());
                    part.appends.push(append);
                    self.store.commit(part).await?;
                }
            }
            Bug::ReformatsPayloads => {
                for record in commit.appends.iter_mut().flat_map(|append| &mut append.records) {
                    let value: serde_json::Value = serde_json::from_str(&record.payload).expect("a payload is JSON");
                    record.payload = value.to_string().into();
                }
            }
            Bug::ShowsStagedRows => {
                for change in &mut commit.rows {
                    let (RowChange::Put { staged, .. } | RowChange::Delete { staged, .. }) = change;
                    *staged = false;
                }
            }
            Bug::IgnoresWhereCheckpointsAre => {
                for moved in &mut commit.checkpoints {
                    moved.from = self.store.checkpoint(&moved.subscription).await?;
                }
            }
            Bug::KnowsNoAnywhere => {
                for moved in commit.checkpoints.iter_mut().filter(|moved| moved.from == CheckpointMove::ANYWHERE) {
                    moved.from = u64::MAX - 1;
                }
            }
            Bug::MovesCheckpointsApart if !commit.rows.is_empty() => {
                let mut rows = Commit::new(commit.time, commit.origin.clone());
                rows.rows = mem::take(&mut commit.rows);
                self.store.commit(rows).await?;
            }
            Bug::ForgetsSettlements => commit.settlement = None,
            Bug::PrunesWhateverIsThere => {
                for pruned in &mut commit.pruned {
                    pruned.position = self.store.settlement(pruned.command).await?.map_or(0, |settlement| settlement.position);
                }
            }
            Bug::PrunesNothing => commit.pruned.clear(),
            Bug::PrunesOneOfMany => commit.pruned.truncate(1),
            Bug::NeverFolds => commit.folds.clear(),
            Bug::FoldsOnNothing => commit.folds.iter_mut().for_each(|fold| *fold = Arc::new(Blind(Arc::clone(fold)))),
            Bug::FoldsWithoutLooking => {
                let mut forward = Commit::new(commit.time, commit.origin.clone());
                for fold in &commit.folds {
                    let from = self.store.checkpoint(fold.subscription()).await?;
                    let to = self.store.head().await?;
                    forward.checkpoints.push(CheckpointMove { subscription: Arc::clone(fold.subscription()), from, to });
                }
                self.store.commit(forward).await?;
            }
            Bug::RepeatsAfterVersions => self.check_versions(&commit).await?,
            Bug::DropsProcessesOfRestored => {
                for record in commit.restored.iter_mut().flat_map(|restored| &mut restored.records) {
                    Arc::make_mut(record).metadata.origin.process = None;
                }
            }
            Bug::RestoresWithoutTheMark if commit.restored.is_some() => commit.checkpoints.clear(),
            Bug::RestoresAsFarAsItGoes if commit.restored.is_some() => {
                let mut restored = commit.restored.take().expect("it was there");
                while !restored.records.is_empty() {
                    let mut part = commit.clone();
                    part.restored = Some(restored.clone());
                    match self.store.commit(part).await {
                        Err(_) => drop(restored.records.pop()),
                        done => return done,
                    }
                }
            }
            Bug::RestoresOverOtherLogs => {
                let head = self.store.head().await?;
                if let Some(restored) = &mut commit.restored {
                    restored.records.retain(|record| record.metadata.global_position > head);
                }
            }
            Bug::CommitsInTwoSteps => {
                let mut first = commit.clone();
                (first.rows, first.settlement) = (Vec::new(), None);
                first.checkpoints.clear();
                self.store.commit(first).await?;
                commit.appends.clear();
                yield_once().await;
            }
            _ => {}
        }
        let promoted: Vec<_> = commit.tables.iter().filter_map(promoted).collect();
        let before = self.rows(&promoted).await;
        let (time, origin) = (commit.time, commit.origin.clone());
        let rows = (self.bug == Bug::WritesRowsOfConflicts).then(|| commit.rows.clone());
        let head = self.store.head().await?;

        let result = self.store.commit(commit).await;
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict) {
            let mut all_the_same = Commit::new(time, origin.clone());
            all_the_same.rows = rows.unwrap_or_default();
            self.store.commit(all_the_same).await?;
        }
        if self.bug == Bug::MergesWhenPromoting && result.is_ok() {
            let mut merged = Commit::new(time, origin);
            for (table, row) in before {
                if self.store.row(table, &table.key_of(&row), false).await?.is_none() {
                    merged.rows.push(RowChange::Put { table, row, staged: false });
                }
            }
            self.store.commit(merged).await?;
        }
        let mut memory = self.memory.lock();
        match result {
            Ok(CommitResult::Committed(mut committed)) => {
                memory.clock.resize(committed.head as usize, time);
                memory.hidden = committed.records.first().map_or(0, |first| first.metadata.global_position);
                for record in &mut committed.records {
                    *record = self.broken_record(record, &memory);
                }
                Ok(CommitResult::Committed(committed))
            }
            refused @ Err(_) => {
                memory.gaps.push(head);
                refused
            }
            repeated => repeated,
        }
    }

    async fn check_versions(&self, commit: &Commit) -> Result<(), Error> {
        for append in &commit.appends {
            let actual = self.store.version(&append.stream).await?;
            if !append.expected.holds(actual) {
                let (stream, expected) = (append.stream.clone(), append.expected);
                return Err(Error::conflict(Conflict { stream, expected, actual }));
            }
        }
        Ok(())
    }

    async fn rows(&self, tables: &[&'static Table]) -> Vec<(&'static Table, Row)> {
        let mut rows = Vec::new();
        for &table in tables {
            let selected = self.store.select(&everything(table)).await.map_or_else(|_| Vec::new(), |selected| selected.rows);
            rows.extend(selected.into_iter().map(|row| (table, row)));
        }
        rows
    }

    fn broken_record(&self, record: &Arc<Recorded>, memory: &Memory) -> Arc<Recorded> {
        let mut broken = Recorded::clone(record);
        let position = &mut broken.metadata.global_position;
        match self.bug {
            Bug::FollowsTheClock => broken.metadata.time = memory.clock[*position as usize - 1],
            Bug::TakesPositionsEarly => *position += memory.gaps.iter().filter(|&head| head < position).count() as u64,
            _ => {}
        }
        Arc::new(broken)
    }

    async fn broken_read(&self, from: ReadFrom<'_>, limit: PageLimit) -> Result<Vec<Arc<Recorded>>, Error> {
        let mut records = match from {
            ReadFrom::Category { name, position, direction: Direction::Forwards } if self.bug == Bug::MixesCategories => {
                let all = ReadFrom::All { position, direction: Direction::Forwards };
                let mut records = self.store.read(all, limit).await?;
                records.retain(|record| record.metadata.stream.as_str().starts_with(name));
                records
            }
            _ => self.store.read(from, limit).await?,
        };
        let mut memory = self.memory.lock();
        match (self.bug, from) {
            (Bug::LosesCategoryOrder, ReadFrom::Category { .. }) => {
                records.sort_by(|one, other| one.metadata.stream.cmp(&other.metadata.stream));
            }
            (Bug::EndsPagesTooEarly, _) => records.retain(|record| record.payload.len() <= limit.bytes),
            (Bug::PublishesOutOfOrder, _) => {
                let shown = records.len();
                records.retain(|record| record.metadata.global_position != memory.hidden);
                if records.len() < shown {
                    memory.hidden = 0;
                }
            }
            _ => {}
        }
        Ok(records.iter().map(|record| self.broken_record(record, &memory)).collect())
    }

    async fn broken_select(&self, selection: &Selection) -> Result<Selected, Error> {
        let mut selection = selection.clone();
        if self.bug == Bug::IgnoresCase {
            // Good enough to be wrong: patterns without capitals find nothing.
            if let Some(Condition::Like { pattern, .. }) = &mut selection.condition {
                *pattern = pattern.to_lowercase();
            }
        }
        let mut selected = self.store.select(&selection).await?;
        if self.bug == Bug::CountsThePage {
            selected.total = selected.total.map(|_| selected.rows.len() as u64);
        }
        Ok(selected)
    }
}

/// A projector that is given no row.
#[derive(Debug)]
struct Blind(Arc<dyn Fold>);

impl Fold for Blind {
    fn subscription(&self) -> &Arc<str> {
        self.0.subscription()
    }

    fn interest(&self) -> &Interest {
        self.0.interest()
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        self.0.rows(record, rows);
    }

    fn fold(&self, records: &[Arc<Recorded>], _: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        self.0.fold(records, &mut |_, _| Ok(None))
    }
}

fn promoted(change: &TableChange) -> Option<&'static Table> {
    match change {
        TableChange::Promote(table) => Some(table),
        TableChange::Stage(_) => None,
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Store for Broken {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.store.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        Box::pin(self.broken_commit(commit))
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        Box::pin(self.broken_read(from, limit))
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.store.head()
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        match self.bug {
            Bug::DoesNotWait => self.store.head(),
            _ => self.store.wait(position),
        }
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.store.version(stream)
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.store.checkpoint(subscription)
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        Box::pin(async move {
            let mut checkpoints = self.store.checkpoints().await?;
            if self.bug == Bug::ListsCheckpointsAsTheyCame {
                checkpoints.reverse();
            }
            Ok(checkpoints)
        })
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        match self.bug {
            Bug::BeginsPagesOfSettlementsAnew => {
                self.store.settlements(after.map(|_| MessageId::from_uuid(uuid::Uuid::nil())), limit.saturating_add(1))
            }
            _ => self.store.settlements(after, limit),
        }
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.store.settlement(command)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        Box::pin(async move {
            let mut parked = self.store.parked(subscription).await?;
            if self.bug == Bug::LosesOrderOfParked {
                parked.sort_by_key(|parked| parked.position.to_string());
                parked.reverse();
            }
            Ok(parked)
        })
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.store.row(table, key, staged)
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        Box::pin(async move {
            let mut keys = keys.to_vec();
            if self.bug == Bug::SortsRowsReadTogether {
                keys.sort_by_key(ToString::to_string);
            }
            self.store.rows(table, &keys, staged).await
        })
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        Box::pin(self.broken_select(selection))
    }
}
