//! Readers of a log that others write, with everything that keeps writers from being quick and orderly: every reader is shown
//! every record once, and all in one order.

use std::{
    process::Command,
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use fidelis_test_servers::Postgres;
use fidelis_torture::{Answer, Campaign, Habit, Place, Seen, Tier, Until, Watch, Workload, follow, seed};
use rand::RngExt;
use tokio_postgres::{Client, NoTls};

use crate::{program, server, sqlite_file};

const HABITS: [Habit; 5] = [Habit::Polls, Habit::Waits, Habit::Restarts, Habit::AsksForAType, Habit::AsksForACategory];

/// Lets readers follow while `trouble` has the writers written; then everybody must have seen the same, and all of it.
fn all_see_the_same(campaign: &mut Campaign, trouble: impl FnOnce(&mut Campaign, &Watch)) -> Vec<Seen> {
    // Readers find the tables: they do not make them.
    let mut first = campaign.start(&[], |assignment| assignment.commits = Some(1));
    first.listen(&mut campaign.history, Until::Ended);
    let watch = Watch::default();
    let place = campaign.place.clone();
    let seen: Vec<_> = thread::scope(|scope| {
        let readers = HABITS.map(|habit| {
            scope.spawn({
                let (place, watch) = (&place, &watch);
                move || follow(place, habit, watch)
            })
        });
        trouble(campaign, &watch);
        watch.end.store(campaign.judge().records, Ordering::Release);
        // One more, for whoever waits for one.
        let last = campaign.start(&[], |assignment| assignment.commits = Some(1));
        last.end(&mut campaign.history);
        readers.into_iter().map(|reader| reader.join().expect("a reader ends")).collect()
    });
    let verdict = campaign.judge();
    verdict.must_be_clean("after all was written");
    for (seen, habit) in seen.iter().zip(HABITS) {
        let positions = seen.records.iter().map(|(position, _)| *position);
        let gap = positions.zip(1..).find(|(found, expected)| found != expected);
        assert_eq!(gap, None, "{habit:?}: shown, and what should have been shown");
        assert!(
            seen.records.len() as u64 >= watch.end.load(Ordering::Acquire),
            "{habit:?} has seen {} of {}",
            seen.records.len(),
            verdict.records
        );
    }
    let longest = seen.iter().max_by_key(|seen| seen.records.len()).expect("there are readers");
    for (one, habit) in seen.iter().zip(HABITS) {
        assert_eq!(one.records, longest.records[..one.records.len()], "{habit:?} was shown another order");
    }
    println!(
        "{} records, {} acknowledged; readers began anew {:?} times",
        verdict.records,
        campaign.history.count(Answer::Done),
        seen.iter().map(|seen| seen.restarts + seen.failures).collect::<Vec<_>>()
    );
    seen
}

/// Stops a process where it is, in the middle of whatever it does, and lets it go on: nothing is slower than that.
fn hold(process: u32, time: Duration, meanwhile: impl FnOnce(Duration)) {
    signal("-STOP", process);
    meanwhile(time);
    signal("-CONT", process);
}

fn signal(signal: &str, process: u32) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success(), "cannot send {signal}");
}

/// Two writing processes: one is held again and again, the other killed again and again.
fn slow_and_killed(campaign: &mut Campaign, rounds: usize) {
    let mut slow = campaign.start(&[], |assignment| assignment.callers = 4);
    let mut history = std::mem::take(&mut campaign.history);
    slow.listen(&mut history, Until::Ready);
    for _ in 0..rounds {
        campaign.history = history;
        // Its callers settle what others have left open, not what the slow one is just doing.
        let mut killed = campaign.start(&[], |assignment| assignment.open.clear());
        history = std::mem::take(&mut campaign.history);
        killed.listen(&mut history, Until::Ready);
        let time = Duration::from_millis(campaign.chance.random_range(20..150));
        hold(slow.id(), time, |time| {
            killed.listen(&mut history, Until::Elapsed(time));
        });
        killed.listen(&mut history, Until::Done(20));
        killed.kill(&mut history);
        slow.listen(&mut history, Until::Done(20));
    }
    slow.kill(&mut history);
    campaign.history = history;
}

fn campaign(place: Place) -> Campaign {
    let seed = seed();
    println!("seed {seed}");
    Campaign::new(program(), place, Workload::new(seed, 12))
}

#[test]
fn of_sqlite_miss_nothing() {
    let (_folder, file) = sqlite_file();
    let mut campaign = campaign(Place::sqlite(file));
    let seen = all_see_the_same(&mut campaign, |campaign, _| slow_and_killed(campaign, Tier::asked().pick(6, 100)));
    assert!(seen.iter().map(|seen| seen.restarts).sum::<usize>() > 2, "no reader was started anew");
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What others do on the same server, and leave open.
async fn foreigners(server: &Postgres, other: &str) -> [Client; 3] {
    let statements = [
        (server.url(), "create table foreign_one (number int); begin; insert into foreign_one values (1)"),
        (other.to_owned(), "create table foreign_two (number int); begin; insert into foreign_two values (1)"),
        (
            server.url(),
            "create table foreign_three (number int); begin; insert into foreign_three values (1); prepare transaction 'left behind'",
        ),
    ];
    let mut clients = Vec::new();
    for (url, statement) in statements {
        let client = connect(&url).await;
        client.batch_execute(statement).await.unwrap();
        clients.push(client);
    }
    clients.try_into().unwrap_or_else(|_| panic!("three of them"))
}

#[test]
fn of_postgres_miss_nothing() {
    let Some(server) = server(&[("max_prepared_transactions", "4")]) else { return };
    let other = server.create_database("other").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut campaign = campaign(Place::Postgres { url: server.url() });
    all_see_the_same(&mut campaign, |campaign, watch| {
        let rounds = Tier::asked().pick(3, 50);
        slow_and_killed(campaign, rounds);
        let foreigners = runtime.block_on(foreigners(&server, &other));
        let before = watch.shown.load(Ordering::Relaxed);
        slow_and_killed(campaign, rounds);
        // All of them must have gone on while nobody else's transaction has ended.
        let begin = Instant::now();
        while watch.shown.load(Ordering::Relaxed) < before + HABITS.len() as u64 * 100 {
            assert!(begin.elapsed() < Duration::from_secs(20), "readers wait for transactions that are none of theirs");
            thread::yield_now();
        }
        drop(foreigners);
        // Transactions that the server aborts.
        let mut worker = campaign.start(&[], |_| ());
        let mut history = std::mem::take(&mut campaign.history);
        for _ in 0..rounds * 2 {
            worker.listen(&mut history, Until::Done(15));
            let end = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'";
            runtime.block_on(async { connect(&server.url()).await.batch_execute(end).await.unwrap() });
        }
        worker.listen(&mut history, Until::Done(15));
        worker.kill(&mut history);
        campaign.history = history;
    });
}

#[test]
fn of_a_restored_dump_see_all_of_it() {
    let Some(server) = server(&[]) else { return };
    let mut campaign = campaign(Place::Postgres { url: server.url() });
    let worker = campaign.start(&[], |assignment| assignment.commits = Some(30));
    worker.end(&mut campaign.history);
    let records = campaign.judge().records;
    let restored = server.create_database("restored").unwrap();
    let dump = server.run(server.program("pg_dump").arg("postgres")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), dump).unwrap();
    let input = std::fs::File::open(file.path()).unwrap();
    server.run(server.program("psql").args(["-q", "-v", "ON_ERROR_STOP=1", "-d", "restored"]).stdin(input)).unwrap();
    campaign.place = Place::Postgres { url: restored };
    campaign.judge().must_be_clean("restored");
    let watch = Watch::default();
    watch.end.store(records, Ordering::Release);
    let seen = follow(&campaign.place, Habit::Polls, &watch);
    assert_eq!(seen.records.len() as u64, records, "what a reader of the restored database is shown");
    let worker = campaign.start(&[], |assignment| assignment.commits = Some(10));
    assert!(worker.end(&mut campaign.history).success, "nothing can be written after a restore");
    let verdict = campaign.judge();
    verdict.must_be_clean("restored and written on");
    assert!(verdict.records > records);
}
