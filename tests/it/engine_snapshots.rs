//! Snapshots: made by themselves, used where they help, and never trusted over events.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use fidelis::{MessageKind, Recorded, prelude::*};

use self::scribbles::{Add, AddInContext, Begin};
use crate::{
    history::{Written, event, write},
    ledger::{Account, Bench, Count, Deposit, DepositAll, Transfer, Withdraw, open},
    stepping::run,
    troubled::{Call, Fate, Troubled, log_of},
};

fn snapshots(store: &Troubled) -> Vec<Arc<Recorded>> {
    log_of(store).into_iter().filter(|record| record.metadata.kind == MessageKind::Snapshot).collect()
}

/// How many events each snapshot covers.
fn covered(store: &Troubled) -> Vec<u64> {
    let events = |record: &Arc<Recorded>| {
        let payload: serde_json::Value = serde_json::from_str(&record.payload).unwrap();
        payload["events"].as_u64().unwrap()
    };
    snapshots(store).iter().map(events).collect()
}

fn start(every: u64) -> (Bench, Troubled, Engine) {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = run(bench.on(store.clone()).snapshot_every(every).start()).unwrap();
    (bench, store, engine)
}

fn again(bench: &Bench, store: &Troubled, every: u64) -> Engine {
    run(bench.on(store.clone()).snapshot_every(every).start()).unwrap()
}

fn deposits(engine: &Engine, account: Id<Account>, count: usize) {
    for _ in 0..count {
        assert_eq!(run(engine.process(Deposit { account, amount: 1 })).unwrap().lagging, []);
    }
}

/// How many records of the account's own events a load reads.
fn read_by_load(store: &Troubled, engine: &Engine, account: Id<Account>) -> usize {
    // What is read is counted by pages of one record each.
    store.short_pages(1);
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    store.script(move |call| {
        counted.fetch_add(usize::from(matches!(call, Call::Read)), Ordering::SeqCst);
        Fate::Happens
    });
    let _ = run(engine.load(account)).unwrap();
    store.calm();
    store.short_pages(0);
    reads.load(Ordering::SeqCst)
}

#[test]
fn one_every_so_many_events() {
    let (bench, store, engine) = start(10);
    let account = open(&engine, "alice", 100);
    deposits(&engine, account, 34);
    assert_eq!(covered(&store), [10, 20, 30]);
    let first = &snapshots(&store)[0].metadata;
    assert_eq!(first.stream.as_str(), format!("ledger::account:snapshot-{account}"));
    assert_eq!(first.type_name.as_str(), "Ledger.AccountSnapshot.v1");

    // It is known where the last one was, also by who has just started, and by who writes through a context.
    let engine = again(&bench, &store, 10);
    deposits(&engine, account, 4);
    let other = open(&engine, "bob", 0);
    for _ in 0..22 {
        let _ = run(engine.process(Transfer { from: account, to: other, amount: 1 })).unwrap();
    }
    // Both sides of a transfer are saved, and each has its own.
    assert_eq!(covered(&store), [10, 20, 30, 40, 10, 50, 20, 60]);
    assert_eq!(run(engine.load(account)).unwrap(), run(engine.replay(account)).unwrap());
}

#[test]
fn a_save_of_many_events_makes_one() {
    let (_, store, engine) = start(10);
    let account = open(&engine, "alice", 0);
    let receipt = run(engine.process(DepositAll { account, amounts: vec![1; 57] })).unwrap();
    assert_eq!(covered(&store), [58]);
    assert_eq!(receipt.position, log_of(&store).len() as u64, "the last record is an event");
    let _ = run(engine.process(DepositAll { account, amounts: vec![1; 9] })).unwrap();
    assert_eq!(covered(&store), [58]);
    deposits(&engine, account, 1);
    assert_eq!(covered(&store), [58, 68]);
}

#[test]
fn none_without() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = run(bench.on(store.clone()).without_snapshots().start()).unwrap();
    let account = open(&engine, "alice", 0);
    let _ = run(engine.process(DepositAll { account, amounts: vec![1; 500] })).unwrap();
    assert_eq!(covered(&store), Vec::<u64>::new());
}

#[test]
fn a_long_history_is_loaded_from_it() {
    let (bench, store, engine) = start(10);
    let account = open(&engine, "alice", 100);
    deposits(&engine, account, 93);
    let replayed = run(engine.replay(account)).unwrap();
    let fresh = again(&bench, &store, 10);
    // Ten events of the beginning, the snapshot, the last it covers, the four after it, and the end.
    assert_eq!(read_by_load(&store, &fresh, account), 10 + 1 + 1 + 4 + 1);
    let loaded = run(fresh.load(account)).unwrap();
    assert_eq!((&loaded, loaded.version(), loaded.balance), (&replayed, Some(93), 193));
    // And goes on from there.
    assert_eq!(run(again(&bench, &store, 10).process(Withdraw { account, amount: 193 })).unwrap().value, 0);
    assert_eq!(run(again(&bench, &store, 10).process(Count { account })).unwrap().value, 0);
}

#[test]
fn on_request() {
    let (bench, store, engine) = start(1_000);
    let account = open(&engine, "alice", 100);
    deposits(&engine, account, 40);
    assert_eq!(run(engine.snapshot(account)).unwrap(), 40);
    assert_eq!(covered(&store), [41]);
    deposits(&engine, account, 2);
    let fresh = again(&bench, &store, 20);
    assert_eq!(read_by_load(&store, &fresh, account), 20 + 1 + 1 + 2 + 1);

    let nobody = Id::<Account>::named("nobody");
    assert_eq!(run(engine.snapshot(nobody)).unwrap_err().kind(), ErrorKind::NotFound);
    // Somebody else writes while it is made: it covers what is there when it is stored.
    let (other, once) = (bench.start(store.beneath()), Mutex::new(true));
    store.script(move |call| {
        if matches!(call, Call::Commit(_)) && std::mem::take(&mut *once.lock().unwrap()) {
            let _ = run(other.process(Deposit { account, amount: 7 })).unwrap();
        }
        Fate::Happens
    });
    assert_eq!(run(engine.snapshot(account)).unwrap(), 43);
    store.calm();
    assert_eq!(run(again(&bench, &store, 20).load(account)).unwrap(), run(engine.replay(account)).unwrap());
}

/// Writes a snapshot as somebody else would have: whatever it says, the events are what counts.
fn forge(store: &Troubled, account: Id<Account>, change: impl FnOnce(&mut serde_json::Value)) {
    let newest = snapshots(store).pop().unwrap();
    let mut payload = serde_json::from_str(&newest.payload).unwrap();
    change(&mut payload);
    let payload = payload.to_string();
    let stream = format!("ledger::account:snapshot-{account}");
    write(store, &stream, 99, [Written { type_name: "Ledger.AccountSnapshot.v1", kind: MessageKind::Snapshot, payload }]);
}

fn with_forged(change: impl FnOnce(&mut serde_json::Value)) -> (Engine, usize, Account) {
    let (bench, store, engine) = start(10);
    let account = open(&engine, "alice", 100);
    deposits(&engine, account, 24);
    forge(&store, account, change);
    let fresh = again(&bench, &store, 10);
    let reads = read_by_load(&store, &fresh, account);
    let loaded = run(fresh.load(account)).unwrap();
    (fresh, reads, loaded)
}

/// What a forged snapshot reads when it is believed: to see that the others are not.
const BELIEVED: usize = 10 + 1 + 1 + 5 + 1;

#[test]
fn one_that_fits_is_believed() {
    let (_, reads, loaded) = with_forged(|payload| payload["state"]["balance"] = 1_000.into());
    // The tests here would see nothing if this were not so.
    assert_eq!((reads, loaded.balance), (BELIEVED, 1_005));
}

#[test]
fn one_of_other_code_is_passed_over() {
    let (_, reads, loaded) = with_forged(|payload| {
        let made_by = payload["definition"].as_str().unwrap().to_owned();
        assert_eq!(made_by.len(), 16);
        payload["definition"] = format!("{:016x}", u64::from_str_radix(&made_by, 16).unwrap() ^ 1).into();
        payload["state"]["balance"] = 1_000.into();
    });
    assert_eq!((reads, loaded.balance), (10 + 1 + 15 + 1, 124));
}

#[test]
fn one_without_a_fingerprint_is_passed_over() {
    let (_, _, loaded) = with_forged(|payload| {
        payload.as_object_mut().unwrap().remove("definition");
        payload["state"]["balance"] = 1_000.into();
    });
    assert_eq!(loaded.balance, 124);
}

#[test]
fn one_ahead_of_its_events_is_passed_over() {
    for events in [26, 1_000, u64::MAX] {
        let (engine, _, loaded) = with_forged(|payload| {
            payload["events"] = events.into();
            payload["state"]["balance"] = 1_000.into();
        });
        assert_eq!((loaded.balance, loaded.version()), (124, Some(24)), "{events}");
        assert_eq!(run(engine.process(Withdraw { account: loaded.id(), amount: 124 })).unwrap().value, 0);
    }
}

#[test]
fn one_that_breaks_a_rule_is_passed_over() {
    let (_, _, loaded) = with_forged(|payload| payload["state"]["balance"] = (-1).into());
    assert_eq!(loaded.balance, 124);
}

#[test]
fn one_that_cannot_be_read_is_passed_over() {
    let (_, _, loaded) = with_forged(|payload| payload["state"]["balance"] = "much".into());
    assert_eq!(loaded.balance, 124);
    let (_, _, loaded) = with_forged(|payload| *payload = serde_json::json!("nonsense"));
    assert_eq!(loaded.balance, 124);
    let (_, _, loaded) = with_forged(|payload| payload["events"] = 0.into());
    assert_eq!(loaded.balance, 124);
}

/// Events are what replay is made of, whatever snapshots say.
#[test]
fn replay_looks_at_none() {
    let (engine, _, loaded) = with_forged(|payload| payload["state"]["balance"] = 1_000.into());
    assert_eq!(run(engine.replay(loaded.id())).unwrap().balance, 124);
}

/// Handlers that touch their copy besides raising events: that does not get into a snapshot.
mod scribbles {
    use fidelis::prelude::*;

    fidelis::domain!("scribbles");

    #[event(part_of = Scribble)]
    pub struct Scribbled {
        pub by: i64,
    }

    #[aggregate(event_sourced)]
    pub struct Scribble {
        pub total: i64,
        pub scratch: i64,
    }

    #[aggregate]
    impl Scribble {
        #[apply]
        fn on_scribbled(&mut self, event: &Scribbled) {
            self.total += event.by;
        }
    }

    #[command(part_of = Scribble)]
    pub struct Begin {}

    #[command(part_of = Scribble)]
    pub struct Add {
        #[identifier]
        pub scribble: Id<Scribble>,
    }

    #[command(part_of = Scribble)]
    pub struct AddInContext {
        pub scribble: Id<Scribble>,
    }

    #[derive(Default)]
    pub struct ScribbleCommandHandler;

    #[command_handler(part_of = Scribble)]
    impl ScribbleCommandHandler {
        #[handle]
        fn begin(&self, _: Begin, id: Id<Scribble>) -> Result<Scribble, Rejection> {
            let mut scribble = Scribble::new(id);
            scribble.raise(Scribbled { by: 1 })?;
            scribble.scratch = 13;
            Ok(scribble)
        }

        #[handle]
        fn add(&self, _: Add, scribble: &mut Scribble) -> Result<(), Rejection> {
            scribble.scratch = 77;
            scribble.raise(Scribbled { by: 1 })
        }

        #[handle]
        async fn add_in_context(&self, command: AddInContext, ctx: &Context) -> Result<(), HandlerError> {
            let mut scribble = ctx.get(command.scribble).await?;
            scribble.raise(Scribbled { by: 1 })?;
            scribble.scratch = 78;
            ctx.save(scribble)?;
            Ok(())
        }
    }
}

#[test]
fn what_a_handler_does_besides_is_not_in_it() {
    for every in 1..4 {
        let store = Troubled::default();
        let engine = run(scribbles::domain().on(store.clone()).snapshot_every(every).start()).unwrap();
        let scribble = run(engine.process(Begin {})).unwrap().value;
        for _ in 0..4 {
            let _ = run(engine.process(Add { scribble })).unwrap();
            let _ = run(engine.process(AddInContext { scribble })).unwrap();
        }
        let made = snapshots(&store);
        assert_eq!(made.len(), 9 / every as usize);
        for snapshot in made {
            let payload: serde_json::Value = serde_json::from_str(&snapshot.payload).unwrap();
            assert_eq!(payload["state"]["scratch"], 0, "{payload}");
            assert_eq!(payload["state"]["total"], payload["events"]);
        }
    }
}

/// Two engines on one store, each with its own idea of what was there: snapshots are of what is.
#[test]
fn two_engines_make_them_in_turns() {
    let (bench, store, one) = start(10);
    let other = again(&bench, &store, 10);
    let account = open(&one, "alice", 0);
    for round in 0..60 {
        let engine = if round % 3 == 0 { &other } else { &one };
        deposits(engine, account, 1);
    }
    assert!(!covered(&store).is_empty());
    for snapshot in snapshots(&store) {
        let payload: serde_json::Value = serde_json::from_str(&snapshot.payload).unwrap();
        assert_eq!(payload["state"]["balance"].as_u64().unwrap() + 1, payload["events"].as_u64().unwrap());
    }
    assert_eq!(run(again(&bench, &store, 10).load(account)).unwrap(), run(one.replay(account)).unwrap());
}

/// The store fails at any call of a load: it fails or is right.
#[test]
fn failing_reads_are_errors() {
    let (bench, store, engine) = start(10);
    let account = open(&engine, "alice", 100);
    deposits(&engine, account, 24);
    for nth in 0.. {
        let fresh = again(&bench, &store, 10);
        let mut calls = 0;
        store.script(move |call| {
            calls += usize::from(matches!(call, Call::Read));
            if calls == nth + 1 { Fate::Unavailable } else { Fate::Happens }
        });
        let loaded = run(fresh.load(account));
        let met = store.met();
        store.calm();
        match met {
            0 => {
                assert!(nth > 3);
                assert_eq!(loaded.unwrap().balance, 124);
                break;
            }
            _ => assert_eq!(loaded.unwrap_err().kind(), ErrorKind::Unavailable),
        }
    }
}

/// A history of events that nobody here wrote is as long as any.
#[test]
fn one_is_made_of_a_long_history_that_has_none() {
    let (bench, store, engine) = start(10);
    let account = Id::<Account>::named("old");
    let stream = format!("ledger::account-{account}");
    write(&store, &stream, 1, [event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":5}"#)]);
    for cause in 2..40 {
        write(&store, &stream, cause, [event("Ledger.Deposited.v1", r#"{"amount":1}"#)]);
    }
    let _ = run(engine.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(covered(&store), [40]);
    assert_eq!(run(again(&bench, &store, 10).load(account)).unwrap().balance, 44);
}
