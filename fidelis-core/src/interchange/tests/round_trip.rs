//! What goes out comes in, and nothing else.

use std::sync::Mutex;

use super::*;
use crate::{
    BoxFuture,
    interchange::{Comparison, Progress, Side, check},
    projection::{Key, Row, Selection, Table},
    store::{CommitResult, ReadFrom, Selected},
};

#[test]
fn a_log_comes_in_as_it_went_out() {
    let here = log(7);
    let exported = file(&filled(&here));
    let there = MemoryStore::default();
    let summary = import(&there, &exported).unwrap();
    assert_eq!(summary, Summary { records: 7, resumed: 0, settlements: 3, checkpoints: 3, parked: 2 });
    assert_eq!(held(&there), here);
    assert_eq!(file(&there), exported, "the same log gives the same file");
    assert_eq!(block_on(there.checkpoint(super::super::UNFINISHED)).unwrap(), 0);
}

#[test]
fn an_empty_log_is_a_log() {
    let exported = file(&MemoryStore::default());
    let there = MemoryStore::default();
    assert_eq!(import(&there, &exported).unwrap(), Summary::default());
    assert_eq!(file(&there), exported);
}

#[test]
fn lines_are_json_that_anybody_can_read() {
    let exported = file(&filled(&log(2)));
    let text = String::from_utf8(exported).unwrap();
    let (id, chain) = (MessageId::named("1"), MessageId::named("chain"));
    let expected = [
        r#"{"header":{"format":"fidelis log","version":1,"domain":"fidelis","head":2,"time":"2025-01-01T00:00:02Z"}}"#.to_owned(),
        format!(
            r#"{{"record":{{"global_position":1,"id":"{id}","type":"Fidelis.DepositMade.v1","kind":"event","stream":"fidelis::account-2","#
        ) + &format!(
            r#""position":0,"time":"2025-01-01T00:00:01Z","schema_version":1,"correlation_id":"{chain}","payload":{{"amount":"1.00"}}}}}}"#
        ),
    ];
    assert_eq!(text.lines().take(2).collect::<Vec<_>>(), expected);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with(r#"{"end":{"records":2,"settlements":3,"checkpoints":3,"parked":1,"checksum":""#), "{last}");
    let settled = text.lines().filter(|line| line.starts_with(r#"{"settlement""#)).collect::<String>();
    for answer in [
        r#""fingerprint":"ffffffffffffffff","answer":{"accepted":"null"}"#,
        r#""position":1,"answer":{"accepted":null}"#,
        r#""answer":{"rejected":{"balance":["Insufficient \"funds\"","\n"]}}"#,
    ] {
        assert!(settled.contains(answer), "{settled}");
    }
}

#[test]
fn payloads_stay_byte_for_byte() {
    let payloads = [
        "{}",
        "null",
        "0.10",
        "1E+400",
        "{ \"a\" : 1 }",
        " {}",
        "{}\n",
        "{\n}",
        "[1,\r2]",
        "\"\\ud800\"",
        "\"\\u0000\u{7f}\u{2028}\"",
        "{\"a\":1,\"a\":2}",
        "{\"payload\":{\"record\":1}}",
        "no json",
        "",
        "\"👍\"",
        &"[".repeat(5_000),
        &format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
    ];
    let mut here = Log::default();
    for (position, payload) in (1..).zip(payloads) {
        here.records.push(Arc::new(Recorded { payload: payload.into(), ..record(position) }));
    }
    let there = MemoryStore::default();
    import(&there, &file(&filled(&here))).unwrap();
    assert_eq!(held(&there), here);
}

#[test]
fn categories_that_the_name_does_not_say_are_kept() {
    let names = [StreamName::new("fidelis::account", "fact-7"), StreamName::new("a-b", "c-d"), StreamName::parse("alone")];
    let mut here = Log::default();
    for (position, name) in (1..).zip(&names) {
        let mut record = record(position);
        record.metadata.stream = name.clone();
        record.metadata.position = 0;
        record.metadata.origin.process = Some(name.clone());
        here.records.push(Arc::new(record));
    }
    let there = MemoryStore::default();
    import(&there, &file(&filled(&here))).unwrap();
    let stored = held(&there);
    assert_eq!(stored, here);
    for (record, name) in stored.records.iter().zip(&names) {
        assert_eq!(record.metadata.stream.category(), name.category());
    }
}

#[test]
fn projectors_begin_anew_and_handlers_do_not() {
    let mut here = log(7);
    here.checkpoints.push(("fidelis.Summaries/parked".into(), 2));
    here.checkpoints.push(("fidelis.SummariesOfOthers".into(), 2));
    let there = MemoryStore::default();
    let import = Import::into(&there).rebuilding([Arc::from("fidelis.Summaries")]);
    block_on(import.read(&file(&filled(&here))[..])).unwrap();
    here.checkpoints.retain(|(name, _)| !["fidelis.Summaries", "fidelis.Summaries/parked"].contains(&&**name));
    assert_eq!(held(&there), here);
}

#[test]
fn progress_is_told_to_the_end() {
    let store = filled(&log(7));
    let told = Mutex::new(Vec::new());
    let mut exported = Vec::new();
    let export = Export::of("fidelis", &store).page(PageLimit { records: 3, bytes: usize::MAX });
    block_on(export.progress(|done: Progress| told.lock().unwrap().push(done)).write(&mut exported)).unwrap();
    let records: Vec<u64> = told.lock().unwrap().drain(..).map(|done| done.records).collect();
    assert_eq!(records, [0, 3, 6, 7]);
    check(&exported[..], |done| told.lock().unwrap().push(done)).unwrap();
    let last = told.lock().unwrap().pop().unwrap();
    assert_eq!(last, Progress { records: 7, of: 7, bytes: exported.len() as u64 });
}

#[test]
fn comparison_finds_what_is_different() {
    let here = log(7);
    let store = filled(&here);
    let exported = file(&store);
    let equal = block_on(Comparison::of(Side::Store(&store), Side::File(Box::new(&exported[..])))).unwrap();
    assert_eq!((equal.records, equal.settlements, equal.is_equal()), (7, 3, true), "{equal:?}");

    let mut other = here.clone();
    other.records.pop();
    let mut changed = record(3);
    changed.payload = r#"{"amount":"9.00"}"#.into();
    changed.metadata.schema_version = 2;
    other.records[2] = Arc::new(changed);
    other.settlements.remove(0);
    other.settlements[0].position = 2;
    let comparison = block_on(Comparison::of(Side::Store(&store), Side::Store(&filled(&other)))).unwrap();
    assert_eq!((comparison.records, comparison.settlements, comparison.more), (5, 1, 0));
    let words = comparison.differences.join("\n");
    for word in [
        "position 3: `schema_version` is `1` in the first and `2` in the second; the payloads differ from byte 12 on",
        "position 7 is only in the first",
        "is only in the first",
        "was answered differently",
    ] {
        assert!(words.contains(word), "{words}");
    }
    assert!(!words.contains("9.00"), "payloads are not quoted");
}

/// A store that somebody writes to while it is exported: with every page that is read, a commit.
struct Busy {
    store: MemoryStore,
}

impl Busy {
    fn write(&self) {
        block_on(async {
            let head = self.store.head().await.unwrap();
            let mut commit = empty();
            let settlement = settlement(&format!("late {head}"), head + 1, Outcome::Accepted(None));
            let record = Arc::new(record(head + 1));
            commit.restored = Some(Box::new(Restored { records: vec![record], settlements: vec![settlement] }));
            for (name, from) in self.store.checkpoints().await.unwrap() {
                let to = if name.ends_with("/parked") { from + 1 } else { head + 1 };
                commit.checkpoints.push(CheckpointMove { subscription: name, from, to });
            }
            commit.parked.push(ParkedChange::Put(Parked { position: head + 1, ..log(7).parked[1].clone() }));
            self.store.commit(commit).await.unwrap();
        });
    }
}

impl Store for Busy {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.store.prepare(tables)
    }
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        self.store.commit(commit)
    }
    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        self.write();
        self.store.read(from, limit)
    }
    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.store.head()
    }
    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        self.store.wait(position)
    }
    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.store.version(stream)
    }
    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.store.checkpoint(subscription)
    }
    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<(Arc<str>, u64)>, Error>> {
        self.write();
        self.store.checkpoints()
    }
    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.store.settlement(command)
    }
    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.store.settlements(after, limit)
    }
    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.write();
        self.store.parked(subscription)
    }
    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.store.row(table, key, staged)
    }
    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.store.select(selection)
    }
}

#[test]
fn an_export_holds_nothing_that_came_after_it_began() {
    let here = log(7);
    let busy = Busy { store: filled(&here) };
    let mut exported = Vec::new();
    block_on(Export::of("fidelis", &busy).page(PageLimit { records: 2, bytes: usize::MAX }).write(&mut exported)).unwrap();
    assert!(block_on(busy.head()).unwrap() > 10, "others wrote meanwhile");
    let there = MemoryStore::default();
    import(&there, &exported).unwrap();
    let stored = held(&there);
    assert_eq!((stored.records, stored.settlements), (here.records, here.settlements));
    for (name, position) in stored.checkpoints {
        assert!(position <= 7 || name.ends_with("/parked"), "`{name}` is at {position}");
    }
    assert!(stored.parked.iter().all(|parked| parked.position <= 7));
}

#[test]
fn futures_can_be_sent() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let (store, mut file) = (MemoryStore::default(), Vec::new());
    block_on(sent(Export::of("fidelis", &store).write(&mut file))).unwrap();
    block_on(sent(Import::into(&store).read(&file[..]))).unwrap();
    block_on(sent(Comparison::of(Side::Store(&store), Side::Store(&store)))).unwrap();
}
