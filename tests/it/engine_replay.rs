//! Loading from the log: the same state again, or an error that says where the history breaks.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use fidelis::prelude::*;

fidelis::domain!("shelves");

#[event(part_of = Shelf)]
pub struct Filled {
    pub by: i64,
}

#[event(part_of = Shelf)]
pub struct Cleared {}

#[aggregate(event_sourced)]
pub struct Shelf {
    pub books: i64,
    pub cleared: u32,
}

#[aggregate]
impl Shelf {
    #[apply]
    fn on_filled(&mut self, event: &Filled) {
        self.books += event.by;
    }

    #[apply]
    fn on_cleared(&mut self, _: &Cleared) {
        self.books = 0;
        self.cleared += 1;
    }

    #[invariant(post)]
    fn holds_at_most_a_hundred(&self) -> Result<(), Rejection> {
        ensure!(self.books <= 100, books: "the shelf would break")
    }

    #[invariant(post)]
    fn holds_no_debts(&self) -> Result<(), Rejection> {
        ensure!(self.books >= 0, books: "there are fewer than none")
    }
}

/// The same, for histories that are older than its rule.
#[event(part_of = OldShelf)]
pub struct OldFilled {
    pub by: i64,
}

#[aggregate(event_sourced, on_replay = report)]
pub struct OldShelf {
    pub books: i64,
}

#[aggregate]
impl OldShelf {
    #[apply]
    fn on_old_filled(&mut self, event: &OldFilled) {
        self.books += event.by;
    }

    #[invariant(post)]
    fn holds_at_most_a_hundred(&self) -> Result<(), Rejection> {
        ensure!(self.books <= 100, books: "the shelf would break")
    }
}

/// Its state is stored beside its events.
#[event(part_of = Box)]
pub struct Packed {
    pub thing: String,
}

#[aggregate]
pub struct Box {
    pub things: Vec<String>,
    pub sealed: bool,
}

#[aggregate]
impl Box {
    #[invariant(post)]
    fn holds_three(&self) -> Result<(), Rejection> {
        ensure!(self.things.len() <= 3, things: "it is full")
    }
}

#[command(part_of = Shelf)]
pub struct Fill {
    #[identifier]
    pub shelf: Id<Shelf>,
    pub by: Vec<i64>,
    pub at_once: bool,
}

#[command(part_of = Shelf)]
pub struct Build {
    #[identifier]
    pub shelf: Id<Shelf>,
}

#[command(part_of = OldShelf)]
pub struct FillOld {
    #[identifier]
    pub shelf: Id<OldShelf>,
    pub by: i64,
}

#[command(part_of = Box)]
pub struct Pack {
    #[identifier]
    pub id: Id<Box>,
    pub thing: String,
}

#[command(part_of = Box)]
pub struct PackFirst {
    #[identifier]
    pub id: Id<Box>,
    pub thing: String,
}

#[derive(Default)]
pub struct Librarian;

#[command_handler(part_of = Shelf)]
impl Librarian {
    #[handle]
    fn build(&self, _: Build, id: Id<Shelf>) -> Result<Shelf, Rejection> {
        let mut shelf = Shelf::new(id);
        shelf.raise(Cleared {})?;
        Ok(shelf)
    }

    #[handle]
    fn fill(&self, command: Fill, shelf: &mut Shelf) -> Result<i64, Rejection> {
        let fill = |shelf: &mut Shelf| command.by.iter().try_for_each(|by| shelf.raise(Filled { by: *by }));
        match command.at_once {
            true => shelf.atomically(fill)?,
            false => fill(shelf)?,
        }
        Ok(shelf.books)
    }
}

#[derive(Default)]
pub struct OldLibrarian;

#[command_handler(part_of = OldShelf)]
impl OldLibrarian {
    #[handle]
    fn fill_old(&self, command: FillOld, shelf: &mut OldShelf) -> Result<i64, Rejection> {
        shelf.raise(OldFilled { by: command.by })?;
        Ok(shelf.books)
    }
}

#[derive(Default)]
pub struct Packer;

#[command_handler(part_of = Box)]
impl Packer {
    #[handle]
    fn pack_first(&self, command: PackFirst, id: Id<Box>) -> Result<Box, Rejection> {
        let mut packed = Box::new(id);
        packed.things.push(command.thing.clone());
        packed.raise(Packed { thing: command.thing })?;
        Ok(packed)
    }

    #[handle]
    fn pack(&self, command: Pack, packed: &mut Box) -> Result<usize, Rejection> {
        packed.sealed = true;
        packed.atomically(|packed| {
            packed.things.push(command.thing.clone());
            packed.raise(Packed { thing: command.thing })
        })?;
        Ok(packed.things.len())
    }
}

use fidelis::{ManualClock, MemoryStore, MessageKind};

use crate::{
    history::{Written, event, write},
    stepping::run,
    troubled::{Call, Fate, Troubled, log_of},
};

fn start(store: impl fidelis::Store) -> Engine {
    run(domain().on(store).clock(ManualClock::default()).start()).unwrap()
}

fn filled(by: i64) -> Written<'static> {
    event("Shelves.Filled.v1", format!(r#"{{"by":{by}}}"#))
}

fn stream() -> String {
    format!("shelves::shelf-{}", Id::<Shelf>::named("one"))
}

/// A history by commands, each of which filled by several amounts.
fn history(commands: &[&[i64]]) -> (Engine, Id<Shelf>) {
    let store = MemoryStore::default();
    for (cause, amounts) in commands.iter().enumerate() {
        write(&store, &stream(), cause as u128, amounts.iter().map(|by| filled(*by)));
    }
    (start(store), Id::named("one"))
}

#[track_caller]
fn broken(engine: &Engine, shelf: Id<Shelf>, mentions: &[&str]) {
    for error in [
        run(engine.load(shelf)).unwrap_err(),
        run(engine.replay(shelf)).unwrap_err(),
        run(engine.process(Fill { shelf, by: vec![1], at_once: false })).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        for mentioned in mentions {
            assert!(error.to_string().contains(mentioned), "`{mentioned}` is not in: {error}");
        }
    }
}

#[test]
fn a_history_that_keeps_the_rules_gives_its_state() {
    let (engine, shelf) = history(&[&[10, 20], &[-30], &[100]]);
    let loaded = run(engine.load(shelf)).unwrap();
    assert_eq!((loaded.books, loaded.version(), loaded.id()), (100, Some(3), shelf));
    assert_eq!(run(engine.replay(shelf)).unwrap(), loaded);
    assert_eq!(run(engine.process(Fill { shelf, by: vec![-1], at_once: false })).unwrap().value, 99);
}

#[test]
fn a_history_that_breaks_a_rule_says_where() {
    let (engine, shelf) = history(&[&[10], &[20], &[71, 3], &[-50]]);
    let place = format!("position 3 of `{}`", stream());
    let id = shelf.to_string();
    let said = [
        "Shelf",
        &id,
        "version 3",
        "Shelves.Filled.v1",
        "holds_at_most_a_hundred",
        "the shelf would break",
        &place,
        "position 4 of the log",
    ];
    broken(&engine, shelf, &said);
    // At its very end, too.
    let (engine, shelf) = history(&[&[-1]]);
    broken(&engine, shelf, &["holds_no_debts", "version 0"]);
    assert_eq!(log_of(engine.store()).len(), 1);
}

/// What one command did at once need not keep the rules on the way.
#[test]
fn what_was_done_at_once_is_looked_at_in_the_end() {
    let (engine, shelf) = history(&[&[50], &[90, -60]]);
    assert_eq!(run(engine.load(shelf)).unwrap().books, 80);
    // By two commands, it breaks the rule in between.
    let (engine, shelf) = history(&[&[50], &[90], &[-60]]);
    broken(&engine, shelf, &["version 1", "holds_at_most_a_hundred"]);
}

#[test]
fn what_was_stored_at_once_can_be_loaded() {
    let store = MemoryStore::default();
    let engine = start(store.clone());
    let shelf = run(engine.process(Build { shelf: Id::named("two") })).unwrap().value;
    let by = vec![150, -100];
    assert_eq!(run(engine.process(Fill { shelf, by: by.clone(), at_once: false })).unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(run(engine.process(Fill { shelf, by, at_once: true })).unwrap().value, 50);
    assert_eq!(run(engine.process(Fill { shelf, by: vec![40, -60], at_once: true })).unwrap().value, 30);
    let loaded = run(start(store).load(shelf)).unwrap();
    assert_eq!(
        (loaded, run(engine.load(shelf)).unwrap()),
        (run(engine.replay(shelf)).unwrap(), run(engine.replay(shelf)).unwrap())
    );
    assert_eq!(run(engine.load(shelf)).unwrap().version(), Some(4));
}

#[test]
fn a_history_older_than_its_rule_is_loaded_where_the_domain_says_so() {
    let store = MemoryStore::default();
    let shelf = Id::<OldShelf>::named("old");
    let old = |by: i64| event("Shelves.OldFilled.v1", format!(r#"{{"by":{by}}}"#));
    for (cause, by) in [90, 30, -60].into_iter().enumerate() {
        write(&store, &format!("shelves::old_shelf-{shelf}"), cause as u128, [old(by)]);
    }
    let engine = start(store);
    assert_eq!(run(engine.load(shelf)).unwrap().books, 60);
    assert_eq!(run(engine.process(FillOld { shelf, by: 1 })).unwrap().value, 61);
    // What is new keeps the rule.
    assert_eq!(run(engine.process(FillOld { shelf, by: 90 })).unwrap_err().kind(), ErrorKind::Rejected);
}

#[test]
fn a_type_nobody_knows_is_named_with_its_place() {
    let cases = [
        event("Shelves.Burned.v1", "{}"),
        event("Shelves.Filled.v2", r#"{"by":1}"#),
        event("Other.Filled.v1", r#"{"by":1}"#),
        event("", "{}"),
        Written { kind: MessageKind::Fact, ..filled(1) },
        Written { kind: MessageKind::Snapshot, ..filled(1) },
        Written { kind: MessageKind::Command, ..filled(1) },
    ];
    for case in cases {
        let store = MemoryStore::default();
        write(&store, "elsewhere-1", 7, [event("Elsewhere.Happened.v1", "{}")]);
        write(&store, &stream(), 1, [filled(1)]);
        let name = case.type_name;
        write(&store, &stream(), 2, [case]);
        let place = format!("position 1 of `{}`", stream());
        broken(&start(store), Id::named("one"), &[name, &place, "position 3 of the log", "Shelves.Cleared.v1"]);
    }
}

#[test]
fn a_payload_that_cannot_be_read_is_named_with_its_place() {
    let cases = [
        r#"{"by":"many"}"#,
        r#"{"by":1"#,
        "",
        "null",
        "[]",
        r#"{}"#,
        "\u{0}",
        r#"{"by":1e400}"#,
        r#"{"by":9223372036854775808}"#,
    ];
    for payload in cases {
        let store = MemoryStore::default();
        write(&store, &stream(), 1, [filled(1), event("Shelves.Filled.v1", payload)]);
        let place = format!("position 1 of `{}` (`Shelves.Filled.v1`, position 2 of the log)", stream());
        broken(&start(store), Id::named("one"), &[&place]);
    }
}

/// More events than a page holds, in pages of any size.
#[test]
fn a_long_history_is_read_in_pages() {
    for page in [1, 2, 7, 1_000, 0] {
        let store = Troubled::default();
        for cause in 0..700 {
            write(&store, &stream(), cause, [filled(2), filled(-1), filled(-1)]);
        }
        write(&store, &stream(), 9_999, [filled(5)]);
        store.short_pages(page);
        let engine = start(store.clone());
        let loaded = run(engine.load(Id::<Shelf>::named("one"))).unwrap();
        assert_eq!((loaded.books, loaded.version()), (5, Some(2_100)), "in pages of {page}");
    }
}

/// Where there is room for few, the others are loaded again: the answers are the same.
#[test]
fn what_there_is_no_room_for_is_loaded_again() {
    let store = Troubled::default();
    let builder = domain().on(store.clone()).cached_aggregates(1).clock(ManualClock::default());
    let engine = run(builder.start()).unwrap();
    let shelves: Vec<_> = (0..200).map(|number| Id::<Shelf>::named(&format!("{number}"))).collect();
    for shelf in &shelves {
        let _ = run(engine.process(Build { shelf: *shelf })).unwrap();
    }
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    store.script(move |call| {
        if let Call::Read = call {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        Fate::Happens
    });
    for round in 1..=3 {
        for shelf in &shelves {
            assert_eq!(run(engine.process(Fill { shelf: *shelf, by: vec![1], at_once: false })).unwrap().value, round);
            assert_eq!(run(engine.load(*shelf)).unwrap().books, round);
        }
    }
    assert!(reads.load(Ordering::SeqCst) > 500, "they must have been loaded again: {reads:?}");
    for shelf in &shelves {
        assert_eq!(run(engine.replay(*shelf)).unwrap(), run(engine.load(*shelf)).unwrap());
    }
    // The one that is asked for often stays.
    reads.store(0, Ordering::SeqCst);
    for _ in 0..10 {
        let _ = run(engine.process(Fill { shelf: shelves[0], by: vec![1], at_once: false })).unwrap();
    }
    assert!(reads.load(Ordering::SeqCst) <= 2, "{reads:?}");
}

#[test]
fn a_state_stored_aggregate_comes_back_as_it_was() {
    let store = MemoryStore::default();
    let engine = start(store.clone());
    let id = Id::<Box>::named("box");
    let _ = run(engine.process(PackFirst { id, thing: "cup \u{1F375}\u{0}".into() })).unwrap();
    assert_eq!(run(engine.process(Pack { id, thing: "plate".into() })).unwrap().value, 2);
    let other = start(store.clone());
    let loaded = run(other.load(id)).unwrap();
    assert_eq!(loaded.things, ["cup \u{1F375}\u{0}", "plate"]);
    assert_eq!((loaded.sealed, loaded.version(), loaded.id()), (true, Some(1), id));
    assert_eq!((&run(engine.load(id)).unwrap(), &run(engine.replay(id)).unwrap()), (&loaded, &loaded));

    // Both write: one of them meets a conflict, and decides again on what the other stored.
    assert_eq!(run(other.process(Pack { id, thing: "spoon".into() })).unwrap().value, 3);
    let full = run(engine.process(Pack { id, thing: "fork".into() })).unwrap_err();
    assert!(full.rejection().is_some_and(|rejection| rejection.says("things", "it is full")), "{full}");
    assert_eq!(run(engine.load(id)).unwrap().things.len(), 3);
    let exists = run(engine.process(PackFirst { id, thing: "again".into() })).unwrap_err();
    assert!(exists.rejection().is_some_and(|rejection| rejection.says("id", &format!("`Box` {id} exists already"))), "{exists}");

    let states = log_of(&store);
    let states: Vec<_> = states.iter().filter(|record| record.metadata.kind == MessageKind::Snapshot).collect();
    assert_eq!(states.len(), 3);
    assert_eq!(states[0].metadata.stream.as_str(), format!("shelves::box:snapshot-{id}"));
}

#[test]
fn a_stored_state_that_cannot_be_read_is_named_with_its_place() {
    let store = MemoryStore::default();
    let id = Id::<Box>::named("box");
    let stream = format!("shelves::box:snapshot-{id}");
    write(
        &store,
        &stream,
        1,
        [Written { kind: MessageKind::Snapshot, ..event("Shelves.BoxSnapshot.v1", r#"{"events":1,"state":{}}"#) }],
    );
    let engine = start(store);
    for error in [run(engine.load(id)).unwrap_err(), run(engine.process(Pack { id, thing: "cup".into() })).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(&stream) && error.to_string().contains("things"), "{error}");
    }
}
