//! A commit put together and carried out, with what is expected of it.

use jiff::Timestamp;

use super::material::{at, contents, event, origin, stream};
use crate::{
    Error, ErrorKind, MessageId, NewRecord, Store,
    projection::{Key, Row, Table},
    store::{
        Append, CheckpointMove, Commit, CommitResult, Committed, Expected, Outcome, Parked, ParkedChange, PrunedSettlement,
        RowChange, Settlement, TableChange,
    },
};

/// A commit on its way.
pub(super) struct Write(pub(super) Commit);

impl Write {
    pub(super) fn new() -> Self {
        Write::at(at(0))
    }

    pub(super) fn at(time: Timestamp) -> Self {
        Write(Commit::new(time, origin()))
    }

    /// Appends an [`event`] for each text.
    pub(super) fn append<const N: usize>(self, to: &str, expected: Expected, texts: [&str; N]) -> Self {
        self.records(to, expected, texts.map(event))
    }

    pub(super) fn records(mut self, to: &str, expected: Expected, records: impl IntoIterator<Item = NewRecord>) -> Self {
        self.0.appends.push(Append { stream: stream(to), expected, records: records.into_iter().collect() });
        self
    }

    pub(super) fn put(self, table: &'static Table, row: Row) -> Self {
        self.row(RowChange::Put { table, row, staged: false })
    }

    pub(super) fn put_staged(self, table: &'static Table, row: Row) -> Self {
        self.row(RowChange::Put { table, row, staged: true })
    }

    pub(super) fn delete(self, table: &'static Table, key: Key) -> Self {
        self.row(RowChange::Delete { table, key, staged: false })
    }

    pub(super) fn delete_staged(self, table: &'static Table, key: Key) -> Self {
        self.row(RowChange::Delete { table, key, staged: true })
    }

    fn row(mut self, change: RowChange) -> Self {
        self.0.rows.push(change);
        self
    }

    pub(super) fn stage(mut self, table: &'static Table) -> Self {
        self.0.tables.push(TableChange::Stage(table));
        self
    }

    pub(super) fn promote(mut self, table: &'static Table) -> Self {
        self.0.tables.push(TableChange::Promote(table));
        self
    }

    pub(super) fn checkpoint(mut self, subscription: &str, from: u64, to: u64) -> Self {
        self.0.checkpoints.push(CheckpointMove { subscription: subscription.into(), from, to });
        self
    }

    pub(super) fn park(mut self, parked: Parked) -> Self {
        self.0.parked.push(ParkedChange::Put(parked));
        self
    }

    pub(super) fn take_back(mut self, subscription: &str, position: u64) -> Self {
        self.0.parked.push(ParkedChange::Remove { subscription: subscription.into(), position });
        self
    }

    /// Forgets what a command was answered, if its settlement has this position.
    pub(super) fn prune(mut self, command: &str, position: u64) -> Self {
        self.0.pruned.push(PrunedSettlement { command: MessageId::named(command), position });
        self
    }

    /// Settles a command with this answer.
    pub(super) fn settle(self, command: &str, answer: &str) -> Self {
        self.settle_as(command, None, Outcome::Accepted(Some(answer.into())))
    }

    pub(super) fn settle_as(mut self, command: &str, fingerprint: Option<u64>, outcome: Outcome) -> Self {
        self.0.settlement = Some(Settlement { command: MessageId::named(command), fingerprint, outcome, position: 0 });
        self
    }

    pub(super) fn on(self, store: &dyn Store) -> impl Future<Output = Result<CommitResult, Error>> {
        store.commit(self.0)
    }

    /// It happens.
    pub(super) async fn stored(self, store: &dyn Store) -> Committed {
        match self.on(store).await.expect("the commit is in order") {
            CommitResult::Committed(committed) => committed,
            CommitResult::Repeated(settled) => panic!("the command was not settled before, but the store says {settled:?}"),
        }
    }

    /// Its command was settled before, and nothing happens.
    pub(super) async fn repeated(self, store: &dyn Store) -> Settlement {
        let before = contents(store).await;
        let settled = match self.on(store).await.expect("a repeat is not an error") {
            CommitResult::Repeated(settled) => settled,
            CommitResult::Committed(committed) => panic!("the command was settled before, but the store did {committed:?}"),
        };
        assert_eq!(contents(store).await, before, "a repeated command changed something");
        settled
    }

    /// It is refused with this kind of error, and nothing happens.
    pub(super) async fn refused(self, store: &dyn Store, kind: ErrorKind) -> Error {
        let before = contents(store).await;
        let error = match self.on(store).await {
            Err(error) => error,
            Ok(result) => panic!("expected to be refused as {kind:?}, but the store did {result:?}"),
        };
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(contents(store).await, before, "a refused commit changed something");
        error
    }

    /// It is refused, and the error names this.
    pub(super) async fn invalid(self, store: &dyn Store, named: &str) {
        let error = self.refused(store, ErrorKind::Invalid).await;
        assert!(error.to_string().contains(named), "`{error}` does not name `{named}`");
    }

    /// A stream is not where it is expected; the error names the stream, what was expected and what is.
    pub(super) async fn conflicts(self, store: &dyn Store, name: &str, expected: Expected, actual: Option<u64>) {
        let error = self.refused(store, ErrorKind::Conflict).await;
        let conflict = error.as_conflict().expect("a version conflict says who met");
        assert_eq!((&conflict.stream, conflict.expected, conflict.actual), (&stream(name), expected, actual));
    }
}
