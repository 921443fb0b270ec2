//! Several writers over one database: one log, gapless and in commit order, whoever dies in between.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use fidelis_core::{
    ErrorKind, Store, StreamName, block_on,
    store::{Direction, Expected, PageLimit, ReadFrom},
};
use fidelis_postgres::PostgresStore;

use crate::{
    database::{Place, connect, on_a_runtime},
    material::{DEPOSITS, check_log, committed, deposit, deposits},
};

const SECOND_PROCESS: &str = "FIDELIS_TEST_SECOND_WRITER";

/// So many callers that batches are sent before the ones they stand on are answered.
const MANY: usize = 32;

/// Reads along until it is told that all is written: every position, in order, once.
fn follow(store: &dyn Store, done: &AtomicBool) -> u64 {
    let mut next = 1;
    loop {
        let finished = done.load(Ordering::Acquire);
        let from = ReadFrom::All { position: next, direction: Direction::Forwards };
        let page = block_on(store.read(from, PageLimit { records: 7, bytes: usize::MAX })).unwrap();
        for record in &page {
            assert_eq!(record.metadata.global_position, next, "a reader was shown a hole");
            next += 1;
        }
        if page.is_empty() && finished {
            return next - 1;
        }
    }
}

#[test]
fn two_stores_and_a_second_process_write_one_log() {
    if !Place::is_there("several writers, one of them another process") {
        return;
    }
    if let Ok(schema) = env::var(SECOND_PROCESS) {
        return write_as_second_process(&schema);
    }
    let place = Place::new();
    let stores: Vec<PostgresStore> = (0..2).map(|_| block_on(place.open())).collect();
    for store in &stores {
        block_on(store.prepare(&[&DEPOSITS])).unwrap();
    }
    let mut second = Command::new(env::current_exe().unwrap());
    second.args(["--exact", "writers::two_stores_and_a_second_process_write_one_log"]);
    second.env(SECOND_PROCESS, place.schema()).stdout(std::process::Stdio::null());
    let mut second = second.spawn().unwrap();
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(|| follow(&stores[0], &done));
        let writers = [0, 1].map(|store| {
            let (store, name) = (&stores[store], format!("store {store}"));
            scope.spawn(move || deposits(store, &name, MANY, 10))
        });
        let written = writers.map(thread::ScopedJoinHandle::join);
        let second = second.wait().unwrap();
        done.store(true, Ordering::Release);
        assert!(written.iter().all(Result::is_ok) && second.success(), "a writer failed");
        reader.join().unwrap()
    });
    let written = 3 * 10 * MANY as u64;
    assert_eq!(seen, written);
    check_log(&place, written);
}

/// What the other process of the test above does: the same program, told where to write.
fn write_as_second_process(schema: &str) {
    let options = env::var("FIDELIS_TEST_POSTGRES_URL").unwrap().parse::<fidelis_postgres::PostgresOptions>().unwrap();
    let store = block_on(PostgresStore::connect_with(options.schema(schema).unwrap())).unwrap();
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    deposits(&store, "second process", MANY, 10);
}

#[test]
fn expected_versions_hold_across_stores() {
    if !Place::is_there("expected versions across stores") {
        return;
    }
    let place = Place::new();
    let stores: Vec<PostgresStore> = (0..2).map(|_| block_on(place.open())).collect();
    for store in &stores {
        block_on(store.prepare(&[&DEPOSITS])).unwrap();
    }
    // Each knows the stream at an age of its own.
    for round in 0..20_u64 {
        let [winner, loser] = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        let expected = Expected::seen(round.checked_sub(1));
        committed(block_on(stores[winner].commit(deposit("account-1", expected, &format!("{round}")))));
        let error = block_on(stores[loser].commit(deposit("account-1", expected, &format!("{round}, late")))).unwrap_err();
        let conflict = error.as_conflict().unwrap();
        assert_eq!((conflict.expected, conflict.actual), (expected, Some(round)));
        // Ahead of what is there, it is a conflict too.
        let ahead = Expected::Version(round + 5);
        let error = block_on(stores[loser].commit(deposit("account-1", ahead, &format!("{round}, early")))).unwrap_err();
        assert_eq!(error.as_conflict().unwrap().actual, Some(round));
    }
    check_log(&place, 20);
}

/// Nothing is appended, so no position could collide: only the order of batches tells that somebody else was there.
#[test]
fn checkpoints_hold_across_stores() {
    if !Place::is_there("checkpoints across stores") {
        return;
    }
    let place = Place::new();
    let stores: Vec<PostgresStore> = (0..2).map(|_| block_on(place.open())).collect();
    let step = |store: usize, from: u64| {
        let origin = deposit("account-1", Expected::Any, "step").origin;
        let mut commit = fidelis_core::store::Commit::new(fidelis_core::Timestamp::now(), origin);
        commit.checkpoints.push(fidelis_core::store::CheckpointMove { subscription: "steps".into(), from, to: from + 1 });
        block_on(stores[store].commit(commit))
    };
    for from in 0..20 {
        let [winner, loser] = if from % 2 == 0 { [0, 1] } else { [1, 0] };
        committed(step(winner, from));
        assert_eq!(step(loser, from).unwrap_err().kind(), ErrorKind::Conflict, "from {from}");
    }
    assert_eq!(place.count("SELECT position FROM {schema}.checkpoints"), 20);
}

#[test]
fn what_the_database_refuses_harms_nobody_else() {
    if !Place::is_there("commits that only the database refuses") {
        return;
    }
    let place = Place::new();
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    // A rule of somebody else's: the store knows nothing of it.
    place.ask("ALTER TABLE {schema}.deposits ADD CONSTRAINT never CHECK (account <> 'account-refused')");
    place.ask("CREATE UNIQUE INDEX once ON {schema}.deposits ((CASE WHEN account LIKE 'account-u%' THEN 1 END))");
    committed(block_on(store.commit(deposit("account-u1", Expected::Any, "the one"))));
    thread::scope(|scope| {
        for caller in 0..MANY {
            let store = &store;
            scope.spawn(move || {
                for number in 0..10 {
                    let account = match caller {
                        0 => "account-refused".to_owned(),
                        1 => format!("account-u{}", number + 2),
                        _ => format!("account-{caller}"),
                    };
                    let result = block_on(store.commit(deposit(&account, Expected::Any, &format!("{caller}/{number}"))));
                    match caller {
                        0 | 1 => {
                            let error = result.unwrap_err();
                            assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains("constraint"), "{error}");
                        }
                        _ => drop(committed(result)),
                    }
                }
            });
        }
    });
    check_log(&place, 1 + (MANY as u64 - 2) * 10);
}

#[test]
fn killed_connections_lose_nothing_and_double_nothing() {
    if !Place::is_there("connections killed by the server") {
        return;
    }
    let place = Place::new();
    let store = block_on(PostgresStore::connect_with(named(&place))).unwrap();
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    let done = AtomicBool::new(false);
    let killed = thread::scope(|scope| {
        let killer = scope.spawn(|| kill_until(&place, &done));
        let reader = scope.spawn(|| follow(&store, &done));
        let written = scope.spawn(|| deposits(&store, "survivor", MANY, 20)).join();
        done.store(true, Ordering::Release);
        assert!(written.is_ok(), "a writer failed");
        assert_eq!(reader.join().unwrap(), 20 * MANY as u64);
        killer.join().unwrap()
    });
    assert!(killed > 5, "only {killed} connections were killed");
    check_log(&place, 20 * MANY as u64);
}

/// Options under which the connections of one test can be told from those of others.
fn named(place: &Place) -> fidelis_postgres::PostgresOptions {
    let separator = if place.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}application_name={}", place.url(), application(place));
    url.parse::<fidelis_postgres::PostgresOptions>().unwrap().schema(place.schema()).unwrap()
}

fn application(place: &Place) -> String {
    place.schema().replace(' ', "_")
}

/// Kills connections of the store, whatever they are doing, until it is done. Gives how many.
///
/// A machine may be so slow that connecting takes longer than any pace: each time something has to have been written.
fn kill_until(place: &Place, done: &AtomicBool) -> usize {
    on_a_runtime(async {
        let client = connect(place.url()).await.unwrap();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        let head = format!("SELECT coalesce(max(position), 0) FROM \"{}\".events", place.schema());
        let (mut killed, mut written) = (0, -1);
        let mut pace = tokio::time::interval(Duration::from_millis(15));
        while !done.load(Ordering::Acquire) {
            let head: i64 = client.query_one(&head, &[]).await.unwrap().get(0);
            if head > written {
                written = head;
                killed += client.query(kill, &[&application(place)]).await.unwrap().len();
            }
            pace.tick().await;
        }
        killed
    })
}

/// What a caller was told of a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Committed,
    NothingHappened,
    Unknown,
}

#[test]
fn immediate_stops_of_the_server_lose_nothing_that_was_acknowledged() {
    let Ok(mut server) = fidelis_test_servers::Postgres::start(&[("restart_after_crash", "off")]) else {
        eprintln!("left out, for there is no PostgreSQL on this machine: immediate stops of the server");
        return;
    };
    let place = Place::on(&server.url());
    let store = block_on(PostgresStore::connect_with(place.options().retry_for(Duration::from_secs(60)))).unwrap();
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    let done = AtomicBool::new(false);
    let told: Vec<(String, Told)> = thread::scope(|scope| {
        let callers: Vec<_> = (0..MANY)
            .map(|caller| {
                let (store, done) = (&store, &done);
                scope.spawn(move || {
                    let mut told = Vec::new();
                    while !done.load(Ordering::Acquire) {
                        let text = format!("{caller}/{}", told.len());
                        let result = block_on(store.commit(deposit(&format!("account-{caller}"), Expected::Any, &text)));
                        told.push((
                            text,
                            match result {
                                Ok(_) => Told::Committed,
                                Err(error) if error.kind() == ErrorKind::Unknown => Told::Unknown,
                                Err(error) => {
                                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                                    Told::NothingHappened
                                }
                            },
                        ));
                    }
                    told
                })
            })
            .collect();
        for _ in 0..3 {
            let head = block_on(store.head()).unwrap();
            // It stops under load, not before.
            block_on(store.wait(head + 50)).unwrap();
            server.stop_immediately().unwrap();
            server.start_again().unwrap();
        }
        let head = block_on(store.head()).unwrap();
        block_on(store.wait(head + 50)).unwrap();
        done.store(true, Ordering::Release);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let stored = place.ask("SELECT payload #>> '{}' FROM {schema}.events");
    let stored: Vec<&str> = stored.iter().filter_map(|row| row[0].as_deref()).collect();
    for (text, told) in &told {
        let times = stored.iter().filter(|stored| stored == &text).count();
        match told {
            Told::Committed => assert_eq!(times, 1, "`{text}` was acknowledged"),
            Told::NothingHappened => assert_eq!(times, 0, "`{text}` was said not to have happened"),
            Told::Unknown => {
                let settled = block_on(store.settlement(fidelis_core::MessageId::named(text))).unwrap();
                assert_eq!(times, usize::from(settled.is_some()), "`{text}` is settled by its key");
            }
        }
    }
    check_log(&place, stored.len() as u64);
}

#[test]
fn what_others_do_in_the_database_holds_no_reader_up() {
    let Ok(server) = fidelis_test_servers::Postgres::start(&[("max_prepared_transactions", "4")]) else {
        eprintln!("left out, for there is no PostgreSQL on this machine: transactions of others");
        return;
    };
    let place = Place::on(&server.url());
    let elsewhere = server.create_database("elsewhere").unwrap();
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    on_a_runtime(async {
        let (here, there) = (connect(place.url()).await.unwrap(), connect(&elsewhere).await.unwrap());
        let begin = "CREATE TABLE others (number int); BEGIN; INSERT INTO others VALUES (1)";
        here.batch_execute(begin).await.unwrap();
        there.batch_execute(begin).await.unwrap();
        let prepared = connect(place.url()).await.unwrap();
        prepared
            .batch_execute("CREATE TABLE more (number int); BEGIN; INSERT INTO more VALUES (1); PREPARE TRANSACTION 'forgotten'")
            .await
            .unwrap();
        for round in 0..10_u64 {
            let done = committed(store.commit(deposit("account-1", Expected::Any, &round.to_string())).await);
            let from = ReadFrom::All { position: 1, direction: Direction::Forwards };
            assert_eq!(store.read(from, PageLimit::default()).await.unwrap().len() as u64, round + 1);
            assert_eq!((done.head, store.wait(round).await.unwrap()), (round + 1, round + 1));
            assert_eq!(store.version(&StreamName::parse("account-1")).await.unwrap(), Some(round));
        }
        prepared.batch_execute("ROLLBACK PREPARED 'forgotten'").await.unwrap();
    });
    check_log(&place, 10);
}

#[test]
fn others_are_told_at_once() {
    if !Place::is_there("notifications") {
        return;
    }
    let place = Place::new();
    // Nobody looks for himself before the test is given up.
    let patient = place.options().poll(Duration::from_secs(3_600));
    let (waiting, other) = (block_on(PostgresStore::connect_with(patient)).unwrap(), block_on(place.open()));
    for store in [&waiting, &other] {
        block_on(store.prepare(&[&DEPOSITS])).unwrap();
    }
    let (told, answers) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for position in 0..5 {
            told.send(block_on(waiting.wait(position)).unwrap()).unwrap();
        }
    });
    for number in 1..=5_u64 {
        committed(block_on(other.commit(deposit("account-1", Expected::Any, &number.to_string()))));
        let told = answers.recv_timeout(Duration::from_secs(60));
        assert_eq!(told, Ok(number), "nobody told the other store");
    }
}

#[test]
fn waiting_survives_lost_notifications() {
    if !Place::is_there("waiting for records of others") {
        return;
    }
    let place = Place::new();
    let (waiting, other) = (block_on(PostgresStore::connect_with(named(&place))).unwrap(), block_on(place.open()));
    for store in [&waiting, &other] {
        block_on(store.prepare(&[&DEPOSITS])).unwrap();
    }
    let write = |number: u64| committed(block_on(other.commit(deposit("account-1", Expected::Any, &number.to_string()))));
    write(1);
    assert_eq!(block_on(waiting.wait(0)).unwrap(), 1);
    // Told by the other store's notification.
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(waiting.wait(1)).unwrap());
        write(2);
        assert_eq!(waiter.join().unwrap(), 2);
    });
    // The connection that listens is lost, and what is written meanwhile is told to nobody.
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(waiting.wait(2)).unwrap());
        let kill = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{}' AND query LIKE '%max(position)%'",
            application(&place)
        );
        let until = Instant::now() + Duration::from_secs(60);
        while place.count(&kill) == 0 && Instant::now() < until {}
        write(3);
        assert_eq!(waiter.join().unwrap(), 3);
    });
    // A record that nobody announces at all: somebody looks now and then.
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(waiting.wait(3)).unwrap());
        place.ask(
            "INSERT INTO {schema}.events SELECT position + 1, stream, stream_position + 1, category, type, kind, time, nanoseconds, id, payload, \
             schema_version, correlation_id, causation_id, process, process_category, priority, extensions FROM {schema}.events \
             WHERE position = 3",
        );
        assert_eq!(waiter.join().unwrap(), 4);
    });
}
