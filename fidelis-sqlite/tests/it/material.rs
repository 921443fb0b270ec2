//! What the tests are made of.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::Arc,
};

use fidelis_core::{
    Error, ErrorKind, MessageId, MessageKind, NewRecord, Origin, Recorded, Store, StreamName, Timestamp, TypeName, Value,
    block_on,
    projection::{ColumnDefinition, Row, Selection, Table},
    store::{Append, Commit, CommitResult, Direction, Expected, PageLimit, ReadFrom, RowChange},
};
use fidelis_sqlite::SqliteStore;
use tempfile::TempDir;

/// One amount by name.
pub(crate) static BALANCES: Table = Table {
    name: "balances",
    columns: &[ColumnDefinition::of::<String>("name"), ColumnDefinition::of::<i64>("amount")],
    key: &[0],
    indexes: &[],
};

/// A folder that goes with the test, and a file in it.
pub(crate) fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("bank.db");
    (folder, path)
}

pub(crate) fn open(path: &Path) -> SqliteStore {
    block_on(SqliteStore::open(path)).expect("the file can be opened")
}

/// What opening a file is refused with: it names the file, and all of this.
pub(crate) fn refused(path: &Path, kind: ErrorKind, named: &[&str]) {
    let error = block_on(SqliteStore::open(path)).expect_err("the file cannot be opened");
    names(&error, kind, named);
    assert!(error.to_string().contains(&path.display().to_string()), "`{error}` does not name the file");
}

pub(crate) fn names(error: &Error, kind: ErrorKind, named: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in named {
        assert!(error.to_string().contains(part), "`{error}` does not say `{part}`");
    }
}

pub(crate) fn commit() -> Commit {
    let correlation_id = MessageId::named("test");
    let origin = Origin { correlation_id, causation_id: None, process: None, priority: 0, extensions: None };
    Commit::new(Timestamp::constant(1_735_689_600, 0), origin)
}

/// A commit of one event with this text to a stream.
pub(crate) fn appended(stream: &str, text: &str) -> Commit {
    typed(stream, "Test.Happened.v1", text)
}

pub(crate) fn typed(stream: &str, type_name: &str, text: &str) -> Commit {
    let record = NewRecord {
        id: MessageId::named(text),
        type_name: TypeName::parse(type_name),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: format!("\"{text}\"").into(),
    };
    let mut commit = commit();
    commit.appends.push(Append {
        stream: StreamName::parse(stream),
        expected: Expected::Any,
        records: [record].into_iter().collect(),
    });
    commit
}

/// Writes a balance.
pub(crate) fn balance(name: &str, amount: i64) -> RowChange {
    let row = Row::new([Value::Text(name.to_owned()), Value::Integer(amount)]);
    RowChange::Put { table: &BALANCES, row, staged: false }
}

pub(crate) fn write(store: &SqliteStore, commit: Commit) -> CommitResult {
    block_on(store.commit(commit)).expect("the commit is in order")
}

pub(crate) fn log(store: &SqliteStore) -> Result<Vec<Arc<Recorded>>, Error> {
    let limit = PageLimit { records: usize::MAX, bytes: usize::MAX };
    block_on(store.read(ReadFrom::All { position: 1, direction: Direction::Forwards }, limit))
}

pub(crate) fn rows(store: &SqliteStore, table: &'static Table) -> Vec<Row> {
    let selection = Selection { table, condition: None, order: Vec::new(), offset: 0, limit: u64::MAX, count: false };
    block_on(store.select(&selection)).expect("rows can be selected").rows
}

/// The file as somebody sees it who opens it with other tools.
pub(crate) fn by_hand(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("the file is a database")
}

const TASK: &str = "FIDELIS_TEST_TASK";

/// Runs one of the tests as a process of its own, with a task.
pub(crate) fn spawn(test: &str, task: &str) -> Child {
    again(test, task).spawn().expect("the program can be started again")
}

/// One of the tests, to be run as a process of its own.
pub(crate) fn again(test: &str, task: &str) -> Command {
    let program = std::env::current_exe().expect("a test knows its program");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(TASK, task);
    command
}

/// The task, in a process that was started by [`spawn`].
pub(crate) fn task() -> Option<String> {
    std::env::var(TASK).ok()
}

/// Waits for a process, which ends well.
pub(crate) fn ended(mut child: Child) {
    assert!(child.wait().expect("it can be waited for").success(), "the process failed");
}
