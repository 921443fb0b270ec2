use std::sync::Arc;

use fidelis_core::{
    Error, ErrorKind, MessageId, MessageKind, NewRecord, Origin, Recorded, StreamName, Timestamp, TypeName, Value,
    projection::{ColumnDefinition, ColumnType, Key, Row, Table},
    store::{
        Append, CheckpointMove, Commit, CommitResult, Committed, Expected, Fold, Interest, Outcome, RowChange, RowSource,
        Settlement,
    },
};
use smallvec::{SmallVec, smallvec};

use super::{Care, Changes, Prepared, View};

static COUNTS: Table = Table {
    name: "counts",
    columns: &[
        ColumnDefinition { name: "stream", column_type: ColumnType::Text, nullable: false },
        ColumnDefinition { name: "count", column_type: ColumnType::Integer, nullable: false },
    ],
    key: &[0],
    indexes: &[],
};

/// Counts the records of each stream.
#[derive(Debug)]
struct Counter(Arc<str>, Interest);

impl Counter {
    fn shared() -> Arc<dyn Fold> {
        Arc::new(Counter("counter".into(), Interest { types: vec![TypeName::parse("Counted")] }))
    }
}

fn key(stream: &str) -> Key {
    Key::new([Value::Text(stream.into())])
}

impl Fold for Counter {
    fn subscription(&self) -> &Arc<str> {
        &self.0
    }

    fn interest(&self) -> &Interest {
        &self.1
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        rows.push((&COUNTS, key(record.metadata.stream.as_str())));
    }

    fn fold(&self, records: &[Arc<Recorded>], row: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let stream = records[0].metadata.stream.as_str();
        let count = match row(&COUNTS, &key(stream))?.as_ref().map(Row::values) {
            Some([_, Value::Integer(count)]) => *count,
            _ => 0,
        };
        let row = Row::new([Value::Text(stream.into()), Value::Integer(count + records.len() as i64)]);
        Ok(smallvec![RowChange::Put { table: &COUNTS, row, staged: false }])
    }
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn commit(second: i64) -> Commit {
    let id = MessageId::named("cause");
    let origin = Origin { correlation_id: id, causation_id: None, process: None, priority: 0, extensions: None };
    Commit::new(time(second), origin)
}

/// Appends records to a stream.
fn write(stream: &str, expected: Expected, records: usize) -> Commit {
    let mut commit = commit(5);
    let record = |number: usize| NewRecord {
        id: MessageId::named(&format!("{stream} {number}")),
        type_name: TypeName::parse("Counted"),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: "{}".into(),
    };
    commit.appends.push(Append { stream: StreamName::parse(stream), expected, records: (0..records).map(record).collect() });
    commit
}

fn counted(mut commit: Commit) -> Commit {
    commit.folds.push(Counter::shared());
    commit
}

fn settled(mut commit: Commit, command: &str) -> Commit {
    let outcome = Outcome::Accepted(None);
    commit.settlement = Some(Settlement { command: MessageId::named(command), fingerprint: None, outcome, position: 0 });
    commit
}

/// A view of an empty store that knows all that these commits need.
fn view(commits: &[Prepared]) -> View {
    let mut view = View::new(0, Timestamp::MIN);
    let needs = view.needs(commits, Care::Everything);
    needs.streams.into_iter().for_each(|stream| view.learn_stream(stream, None));
    needs.checkpoints.into_iter().for_each(|name| view.learn_checkpoint(name, 0));
    needs.parked.into_iter().for_each(|name| view.learn_parked(name, []));
    needs.types.into_iter().for_each(|name| view.learn_type(name, 0));
    needs.settlements.into_iter().for_each(|command| view.learn_settlement(command, None));
    needs.rows.into_iter().for_each(|(table, key)| view.learn_row(table, key, None));
    assert!(view.needs(commits, Care::Everything).is_empty());
    view
}

fn decide_all(view: &mut View, commits: &mut [Prepared]) -> (Vec<Result<CommitResult, Error>>, Changes) {
    let mut changes = Changes::default();
    let results = commits.iter_mut().map(|commit| view.decide(commit, &mut changes, &|_| Ok(()))).collect();
    (results, changes)
}

fn committed(result: &Result<CommitResult, Error>) -> &Committed {
    match result {
        Ok(CommitResult::Committed(committed)) => committed,
        other => panic!("{other:?}"),
    }
}

fn prepared(commits: impl IntoIterator<Item = Commit>) -> Vec<Prepared> {
    commits.into_iter().map(Prepared::new).collect()
}

#[test]
fn each_commit_stands_on_those_before_it() {
    let mut commits = prepared([
        counted(write("account-1", Expected::NoStream, 2)),
        counted(write("account-1", Expected::Version(1), 1)),
        counted(write("account-1", Expected::Version(1), 1)),
        counted(write("account-2", Expected::Any, 1)),
    ]);
    let mut view = view(&commits);
    let (results, changes) = decide_all(&mut view, &mut commits);
    let positions = |result| committed(result).records.iter().map(|record| record.metadata.global_position).collect::<Vec<_>>();
    assert_eq!([&results[0], &results[1], &results[3]].map(positions), [vec![1, 2], vec![3], vec![4]]);
    let conflict = results[2].as_ref().unwrap_err().as_conflict().unwrap();
    assert_eq!((conflict.expected, conflict.actual), (Expected::Version(1), Some(2)));
    assert!([0, 1, 3].map(|place| committed(&results[place]).folded.to_vec()).iter().all(|folded| *folded == [0]));

    assert_eq!(changes.records.iter().map(|record| record.metadata.position).collect::<Vec<_>>(), [0, 1, 2, 0]);
    assert_eq!(changes.checkpoints.into_iter().collect::<Vec<_>>(), [("counter".into(), 4)]);
    let rows = &changes.tables[0].rows;
    let count = |stream| rows[&key(stream)].as_ref().map(|row| row.values()[1].clone());
    assert_eq!([count("account-1"), count("account-2")], [3, 1].map(|count| Some(Value::Integer(count))));
}

#[test]
fn a_refused_commit_leaves_nothing() {
    let mut refused = settled(counted(write("account-1", Expected::Exists, 1)), "refused");
    refused.checkpoints.push(CheckpointMove { subscription: "other".into(), from: 0, to: 7 });
    let mut moved_by_other = write("account-2", Expected::Any, 1);
    moved_by_other.checkpoints.push(CheckpointMove { subscription: "other".into(), from: 3, to: 7 });
    let mut commits = prepared([refused, moved_by_other]);
    let mut view = view(&commits);
    let (results, changes) = decide_all(&mut view, &mut commits);
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().kind() == ErrorKind::Conflict));
    assert!(changes.is_empty() && view.head() == 0);
}

#[test]
fn a_command_is_settled_once_in_a_batch() {
    let write = |stream| settled(write(stream, Expected::Any, 1), "pay");
    let mut commits = prepared([write("account-1"), write("account-2")]);
    let mut view = view(&commits);
    let (results, changes) = decide_all(&mut view, &mut commits);
    assert_eq!(committed(&results[0]).head, 1);
    assert!(matches!(&results[1], Ok(CommitResult::Repeated(settlement)) if settlement.position == 1));
    assert_eq!((changes.records.len(), changes.settlements.len()), (1, 1));
}

#[test]
fn time_never_runs_backwards() {
    let mut commits = prepared([write("a-1", Expected::Any, 1)]);
    let mut view = view(&commits);
    view.time = time(9);
    let (results, _) = decide_all(&mut view, &mut commits);
    assert_eq!(committed(&results[0]).records[0].metadata.time, time(9));
}

#[test]
fn a_projector_that_is_behind_or_has_something_parked_does_not_follow() {
    for (checkpoint, parked, last, follows) in
        [(0, vec![], 0, true), (3, vec![], 3, true), (3, vec![], 4, false), (9, vec![], 4, true), (9, vec![2], 4, false)]
    {
        let mut commits = prepared([counted(write("account-1", Expected::Any, 1))]);
        let mut view = view(&commits);
        view.head = 9;
        view.learn_checkpoint("counter".into(), checkpoint);
        view.learn_parked("counter".into(), parked.clone());
        view.learn_type(TypeName::parse("Counted"), last);
        let (results, changes) = decide_all(&mut view, &mut commits);
        assert_eq!(!committed(&results[0]).folded.is_empty(), follows, "{checkpoint} {parked:?} {last}");
        assert_eq!(changes.checkpoints.contains_key("counter"), follows);
    }
}

/// A try that is given up is followed by one on what is really stored.
#[test]
fn a_commit_can_be_decided_again() {
    let mut commits = prepared([write("account-1", Expected::Any, 1)]);
    let mut trusting = view(&commits);
    let (first, changes) = decide_all(&mut trusting, &mut commits);
    let mut careful = View::new(6, time(1));
    careful.learn_stream(StreamName::parse("account-1"), Some(2));
    let (second, _) = decide_all(&mut careful, &mut commits);
    let place = |result| {
        let metadata = &committed(result).records[0].metadata;
        (metadata.position, metadata.global_position)
    };
    assert_eq!((place(&first[0]), place(&second[0])), ((0, 1), (3, 7)));
    assert_eq!(changes.records[0].metadata.global_position, 1, "what was given out stays as it is");
}

#[test]
fn trust_saves_reading_what_is_usually_absent() {
    let commits = prepared([
        settled(counted(write("account-1", Expected::NoStream, 1)), "open"),
        settled(write("account-2", Expected::Version(3), 1), "pay"),
        write("account-2", Expected::Version(4), 1),
    ]);
    let view = View::new(9, time(1));
    let trusting = view.needs(&commits, Care::Trusting);
    assert_eq!(trusting.streams, [StreamName::parse("account-2")]);
    assert_eq!((trusting.settlements, trusting.rows.len(), trusting.types.len()), (vec![], 1, 1));
    let careful = view.needs(&commits, Care::Everything);
    assert_eq!((careful.streams.len(), careful.settlements.len()), (2, 2));
}

#[test]
fn a_row_that_does_not_fit_keeps_its_projector_back_not_the_commit() {
    let mut commits = prepared([counted(write("account-1", Expected::Any, 1))]);
    let mut changes = Changes::default();
    let result = view(&commits).decide(&mut commits[0], &mut changes, &|_| Err(Error::invalid("too long")));
    assert_eq!(committed(&result).folded.to_vec(), [] as [usize; 0]);
    assert_eq!((changes.records.len(), changes.tables.len()), (1, 0));
}
