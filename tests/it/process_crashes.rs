//! Processes that are interrupted: at every commit, before it and after it, and then taken up by another engine.

use fidelis::{MessageKind, prelude::*, process::ProcessStatus, sqlite::SqliteStore};
use fidelis_postgres::PostgresStore;

use crate::{
    process_bank::{Account, Freeze},
    process_steps::Scene,
    process_stores::server,
    stepping::run,
    troubled::{Call, Fate, Troubled, log_of},
};

/// What a transfer does when nobody disturbs it.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Settled,
    Refused,
    Undone,
}

fn begin(ending: Ending, store: Troubled) -> (Scene<Troubled>, Id<Account>, Id<Account>) {
    let scene = Scene::on(store);
    let (alice, bob) = (scene.open(100), scene.open(100));
    if let Ending::Undone = ending {
        let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    }
    (scene, alice, bob)
}

fn amount(ending: Ending) -> i64 {
    if let Ending::Refused = ending { 101 } else { 60 }
}

/// How many commits a transfer needs from the first to the last.
fn commits(ending: Ending) -> usize {
    let (scene, alice, bob) = begin(ending, Troubled::default());
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = count.clone();
    scene.store.script(move |call| {
        if let Call::Commit(_) = call {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        Fate::Happens
    });
    scene.ask("t1", alice, bob, amount(ending)).unwrap();
    run(scene.engine.settle()).unwrap();
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed));
    count.load(std::sync::atomic::Ordering::SeqCst)
}

/// The process is gone with the `n`-th commit: it and all that follows never reach the store, or its answer never comes back.
fn crash_at(ending: Ending, store: Troubled, n: usize, fate: Fate) {
    let (mut scene, alice, bob) = begin(ending, store);
    let mut seen = 0;
    scene.store.script(move |call| {
        let is_commit = matches!(call, Call::Commit(_));
        if is_commit {
            seen += 1;
        }
        match seen {
            before if before <= n => Fate::Happens,
            now if is_commit && now == n + 1 => fate,
            _ => Fate::Unavailable,
        }
    });
    let asked = scene.ask("t1", alice, bob, amount(ending));
    assert!(scene.store.met() > 0, "nothing was interrupted");
    scene.store.calm();
    scene.restart();
    run(scene.engine.settle()).unwrap();
    if asked.is_err() {
        // The caller was told that it failed, or nothing: it asks again, under another key; the transfer knows that it exists.
        let again = scene.ask("t1", alice, bob, amount(ending));
        let exists = again.as_ref().is_err_and(|error| error.to_string().contains("exists already"));
        assert!(again.is_ok() || exists, "{again:?}");
    }
    let place = format!("{ending:?}, commit {n}, {fate:?}");
    assert_eq!(run(scene.engine.parked()).unwrap(), [], "{place}");
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed), "{place}");
    let expected = if let Ending::Settled = ending { (40, 160) } else { (100, 100) };
    assert_eq!((scene.balance(alice), scene.balance(bob)), expected, "{place}");
    let outcome = scene.outcome("t1");
    let once = ["settled", "{balance: [insufficient funds]}", "{status: [frozen]}"];
    assert!(once.contains(&&*outcome), "{place}: {outcome}");
    assert_eq!(scene.engine.next_due(), None, "{place}");
    // Steps are in the log once: each cause led to one.
    let log = log_of(scene.engine.store());
    let mut causes: Vec<String> = scene.steps("t1").iter().map(|step| format!("{:?}", step.cause)).collect();
    let steps = causes.len();
    causes.sort();
    causes.dedup();
    assert_eq!(causes.len(), steps, "{place}");
    assert_eq!(log.iter().filter(|record| record.metadata.kind == MessageKind::Transition).count(), steps, "{place}");
}

/// A crash at every commit of every ending, each on a store of its own.
fn crash_everywhere(store: impl Fn(String) -> Troubled, fates: &[Fate]) {
    for ending in [Ending::Settled, Ending::Refused, Ending::Undone] {
        for n in 0..commits(ending) {
            for &fate in fates {
                crash_at(ending, store(format!("{ending:?}_{n}_{fate:?}").to_lowercase()), n, fate);
            }
        }
    }
}

/// What a transfer costs: the one who asks, and for each step and each command one.
#[test]
fn a_transfer_needs_so_many_commits() {
    let expected = [(Ending::Settled, 8), (Ending::Refused, 7), (Ending::Undone, 12)];
    for (ending, expected) in expected {
        assert_eq!(commits(ending), expected, "{ending:?}");
    }
}

#[test]
fn a_crash_at_any_commit_changes_nothing() {
    crash_everywhere(|_| Troubled::default(), &[Fate::Unavailable, Fate::LostBefore, Fate::LostAfter]);
}

#[test]
fn a_crash_at_any_commit_changes_nothing_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name| Troubled::over(fidelis::block_on(SqliteStore::open(folder.path().join(name))).unwrap());
    crash_everywhere(open, &[Fate::Unavailable, Fate::LostAfter]);
}

#[test]
fn a_crash_at_any_commit_changes_nothing_on_a_server() {
    let Some(server) = server() else { return };
    let open = |name| {
        let url = format!("{}?schema={name}", server.url());
        Troubled::over(fidelis::block_on(PostgresStore::connect(&url)).unwrap())
    };
    crash_everywhere(open, &[Fate::Unavailable, Fate::LostAfter]);
}
