//! Several processes with one file: each is correct, whatever the others do.

use std::{
    path::Path,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use fidelis_core::{
    ErrorKind, Store, StreamName, block_on,
    store::{CheckpointMove, CommitResult, Expected},
};

use crate::material::{BALANCES, appended, balance, commit, ended, file, log, names, open, rows, spawn, task, write};

const WRITERS: u64 = 3;
const ROUNDS: u64 = 60;

/// How far a writer may be ahead of what all of them have written on average.
const AHEAD: u64 = 10;

/// Writes to a stream that all share, and to one of its own, with a row that counts.
fn writes(path: &Path, writer: u64) {
    let store = open(path);
    block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
    // Nobody begins before all are there.
    write(&store, appended(&format!("ready-{writer}"), &format!("{writer} is ready")));
    block_on(store.wait(WRITERS - 1)).expect("the others come");
    for round in 0..ROUNDS {
        // However the locks fall: nobody gets far ahead of the others.
        if let Some(behind) = round.checked_sub(AHEAD) {
            block_on(store.wait(WRITERS + 2 * WRITERS * behind - 1)).expect("the others come after");
        }
        loop {
            let shared = StreamName::parse("shared-1");
            let seen = block_on(store.version(&shared)).expect("a version can be read");
            let mut commit = appended("shared-1", &format!("{writer}/{round}"));
            commit.appends[0].expected = Expected::seen(seen);
            commit.appends.extend(appended(&format!("own-{writer}"), &format!("{writer}/{round}/own")).appends);
            // What everybody counts together is right only if nobody works with what he remembers.
            commit.rows.push(balance("shared", seen.map_or(1, |version| version as i64 + 2)));
            match block_on(store.commit(commit)) {
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn writers_in_several_processes_leave_no_gap_and_lose_nothing() {
    if let Some(task) = task() {
        let (writer, path) = task.split_once(' ').expect("a writer and a path");
        return writes(Path::new(path), writer.parse().expect("a number"));
    }
    let (_folder, path) = file();
    // All of them find no file, and make it together.
    let test = "processes::writers_in_several_processes_leave_no_gap_and_lose_nothing";
    let others: Vec<_> = (1..WRITERS).map(|writer| spawn(test, &format!("{writer} {}", path.display()))).collect();
    writes(&path, 0);
    others.into_iter().for_each(ended);

    let store = open(&path);
    block_on(store.prepare(&[&BALANCES])).expect("the table is there");
    let log = log(&store).expect("it has no gap");
    let (ready, log) = log.split_at(WRITERS as usize);
    assert!(ready.iter().all(|record| record.metadata.stream.category() == "ready"), "somebody began before all were there");
    assert_eq!(log.len() as u64, WRITERS * ROUNDS * 2);
    let shared: Vec<_> = log.iter().filter(|record| record.metadata.stream.as_str() == "shared-1").collect();
    for (position, record) in (0..).zip(&shared) {
        assert_eq!(record.metadata.position, position);
    }
    let turns = shared.windows(2).filter(|pair| pair[0].payload[..3] != pair[1].payload[..3]).count();
    assert!(turns > 2 * WRITERS as usize, "they wrote one after the other, not at the same time: {turns} turns");
    for pair in log.chunks(2) {
        assert!(pair[1].payload.starts_with(pair[0].payload.trim_end_matches('"')), "the records of a commit stand together");
    }
    assert_eq!(rows(&store, &BALANCES), [row_of(balance("shared", (WRITERS * ROUNDS) as i64))]);
}

fn row_of(change: fidelis_core::store::RowChange) -> fidelis_core::projection::Row {
    match change {
        fidelis_core::store::RowChange::Put { row, .. } => row,
        fidelis_core::store::RowChange::Delete { .. } => unreachable!("it is put"),
    }
}

/// What one process remembers, another one changes.
#[test]
fn nobody_decides_on_what_he_remembers() {
    let (_folder, path) = file();
    let (one, other) = (open(&path), open(&path));
    for round in 0..20 {
        let (writer, follower) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let at = |version| {
            let mut commit = appended("account-1", &format!("{round}"));
            commit.appends[0].expected = Expected::seen(version);
            commit
        };
        let version = (round as u64).checked_sub(1);
        write(writer, at(version));
        let error = block_on(follower.commit(at(version))).expect_err("somebody else was there");
        names(&error, ErrorKind::Conflict, &["account-1"]);
        assert_eq!(block_on(follower.head()).expect("it has a head"), round as u64 + 1);
    }
}

/// Nothing in the file itself keeps a checkpoint from being moved twice: only that nobody trusts what he remembers.
#[test]
fn checkpoints_are_not_remembered_either() {
    let (_folder, path) = file();
    let (one, other) = (open(&path), open(&path));
    for round in 0..20 {
        let (writer, follower) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let moved = || {
            let mut commit = commit();
            commit.checkpoints.push(CheckpointMove { subscription: "shared".into(), from: round, to: round + 1 });
            commit
        };
        write(writer, moved());
        names(&block_on(follower.commit(moved())).expect_err("it was moved"), ErrorKind::Conflict, &["shared"]);
    }
}

#[test]
fn who_waits_is_woken_by_another_process() {
    if let Some(path) = task() {
        write(&open(Path::new(&path)), appended("account-1", "from elsewhere"));
        return;
    }
    let (_folder, path) = file();
    let store = open(&path);
    let other = spawn("processes::who_waits_is_woken_by_another_process", &path.display().to_string());
    assert_eq!(block_on(store.wait(0)).expect("it can be waited for"), 1);
    ended(other);
    assert_eq!(&*log(&store).expect("it can be read")[0].payload, "\"from elsewhere\"");
}

/// A reader never sees a part of what another process commits.
#[test]
fn readers_see_whole_commits_of_other_processes() {
    if let Some(path) = task() {
        let store = open(Path::new(&path));
        for round in 0..100 {
            let mut commit = appended("account-1", &format!("{round}/a"));
            commit.appends.extend(appended("account-2", &format!("{round}/b")).appends);
            write(&store, commit);
        }
        return;
    }
    let (_folder, path) = file();
    let store = open(&path);
    let mut other = spawn("processes::readers_see_whole_commits_of_other_processes", &path.display().to_string());
    let mut seen = 0;
    while seen < 200 {
        let log = log(&store).expect("it has no gap");
        assert!(log.len().is_multiple_of(2) && log.len() >= seen, "{} records after {seen}", log.len());
        seen = log.len();
        assert!(seen == 200 || other.try_wait().expect("it can be asked").is_none_or(|status| status.success()), "it failed");
    }
    ended(other);
}

/// SQLite gives its lock to whoever asks first after it was let go: who has just had it.
#[test]
fn who_writes_without_pause_lets_others_have_their_turn() {
    let (_folder, path) = file();
    let (busy, modest) = (open(&path), open(&path));
    let done = AtomicBool::new(false);
    let mut between: Vec<u64> = thread::scope(|scope| {
        for writer in 0..4 {
            let (busy, done) = (&busy, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    write(busy, appended(&format!("busy-{writer}"), "again"));
                }
            });
        }
        let turns = (0..40).map(|turn| {
            let before = block_on(modest.head()).expect("it has a head");
            match write(&modest, appended(&format!("modest-{turn}"), "please")) {
                CommitResult::Committed(committed) => committed.head - before - 1,
                CommitResult::Repeated(_) => unreachable!("it has no key"),
            }
        });
        let between = turns.collect();
        done.store(true, Ordering::Relaxed);
        between
    });
    between.sort_unstable();
    // One batch of theirs after each of ours: four commits, or another four before we are at the gate. By luck it would be none most
    // of the time, and hundreds now and then.
    let usual = between[between.len() / 2];
    assert!((1..=4 * 4).contains(&usual), "commits of others before each of ours: {between:?}");
}

/// Turning a new file into one that is written ahead is nothing that SQLite lets two do at the same time.
#[test]
fn all_who_find_no_file_make_it_together() {
    for _ in 0..30 {
        let (_folder, path) = file();
        let barrier = Barrier::new(6);
        thread::scope(|scope| {
            for opener in 0..6 {
                let (path, barrier) = (&path, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    write(&open(path), appended(&format!("opener-{opener}"), "here"));
                });
            }
        });
        assert_eq!(log(&open(&path)).expect("it has no gap").len(), 6);
    }
}

/// Whoever opens the file looks whether the log is whole: as of one moment, while others write.
#[test]
fn a_log_that_grows_while_it_is_opened_is_whole() {
    let (_folder, path) = file();
    let busy = open(&path);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (busy, done) = (&busy, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    write(busy, appended(&format!("busy-{writer}"), "again"));
                }
            });
        }
        // All are opened, and then it is over: who panics here would leave the others writing.
        let opened: Vec<_> = (0..100).map(|_| block_on(fidelis_sqlite::SqliteStore::open(&path)).map(drop)).collect();
        done.store(true, Ordering::Relaxed);
        assert!(opened.iter().all(Result::is_ok), "{:?}", opened.into_iter().find(Result::is_err));
    });
}
