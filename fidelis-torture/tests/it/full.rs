//! A disk without room: it is said what is the matter, nothing is half written, and the same store goes on when there is room. (A
//! file of SQLite on a disk that stays full is among the bad places of `files`.)

use std::fs;

use fidelis_core::{Error, ErrorKind, Store, block_on};
use fidelis_test_servers::{Postgres, ServerError};
use fidelis_torture::{Answer, Campaign, Disk, Key, Line, Place, Tier, Volume, Workload, attempt, seed, workload::TABLES};

use crate::{program, sqlite_file};

/// Makes the commit with this number, until it is known what became of it; each error on the way.
fn call(campaign: &mut Campaign, store: &dyn Store, number: u64, tries: usize) -> (Answer, Vec<Error>) {
    let key = Key { run: 1_000, caller: 0, number };
    let mut errors = Vec::new();
    campaign.history.add(&Line::Calls(key));
    loop {
        let (answer, why) = block_on(attempt(store, &campaign.workload, key));
        let open = errors.iter().any(|error: &Error| error.kind() == ErrorKind::Unknown);
        let answer = if open && answer == Answer::Failed { Answer::Unknown } else { answer };
        errors.extend(why);
        if answer != Answer::Unknown || errors.len() >= tries {
            campaign.history.add(&Line::Answered(key, answer));
            return (answer, errors);
        }
    }
}

#[test]
fn a_full_disk_of_postgres_is_said_and_writing_goes_on_when_there_is_room() {
    let volume = match Volume::mount(192 << 10) {
        Ok(volume) => volume,
        Err(error) => return println!("left out, no file system can be mounted: {error}"),
    };
    let mut server = match Postgres::start_on(volume.path(), &[("max_wal_size", "32MB"), ("min_wal_size", "32MB")]) {
        Err(error @ ServerError::NotInstalled { .. }) => return println!("left out: {error}"),
        server => server.unwrap(),
    };
    let seed = seed();
    println!("seed {seed}");
    let place = Place::Postgres { url: server.url() + "?retry_for=500ms" };
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 12));
    let store = block_on(campaign.place.open()).unwrap();
    block_on(store.prepare(&TABLES)).unwrap();
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for _ in 0..50 {
        let (answer, why) = call(&mut campaign, &*store, next(), 1);
        assert!(matches!(answer, Answer::Done | Answer::Conflict), "{why:?}");
    }
    for _ in 0..Tier::asked().pick(2, 10) {
        let filling = volume.fill().unwrap();
        let (mut failures, mut said) = (0, 0);
        // Pages that are there already have some room.
        for _ in 0..20_000 {
            let (answer, why) = call(&mut campaign, &*store, next(), 1);
            if matches!(answer, Answer::Failed | Answer::Unknown) {
                let why = why.last().expect("what failed has a reason");
                assert!(matches!(why.kind(), ErrorKind::Unavailable | ErrorKind::Unknown), "{why:?}");
                let text = format!("{why} {why:?}");
                said += usize::from(text.contains("No space left on device") && text.contains("make room on the server"));
                failures += 1;
            }
            if failures == 5 {
                break;
            }
        }
        assert!(failures == 5 && said > 0, "{failures} failures, {said} of them said why");
        if server.is_running() {
            assert!(block_on(store.head()).expect("reading goes on") > 0);
        }
        fs::remove_file(filling).unwrap();
        // One that cannot even write its own log of changes ends by itself.
        if !server.is_running() {
            server.start_again().unwrap();
        }
        for _ in 0..50 {
            let (answer, why) = call(&mut campaign, &*store, next(), 100);
            assert!(matches!(answer, Answer::Done | Answer::Conflict), "there is room again: {why:?}");
        }
    }
    drop(store);
    // What nobody knew is settled by its key.
    let last = campaign.start(&[], |assignment| assignment.commits = Some(1)).end(&mut campaign.history);
    assert!(last.success, "{last:?}");
    assert_eq!(campaign.history.open(), []);
    campaign.judge().must_be_clean(&format!("after the disk was full, seed {seed}"));
}

/// There is no room, and a moment later there is: whoever was told that nothing was written must not find it there.
#[test]
fn sqlite_writes_nothing_of_what_found_no_room_once() {
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    let mut refused = 0;
    for write in (40..).step_by(7).take(Tier::asked().pick(12, 120)) {
        let (_folder, file) = sqlite_file();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut campaign = Campaign::new(program(), Place::sqlite(&file), Workload::new(seed + write, 12));
        let environment = disk.full_once(&name, write);
        let ended = campaign.start(&environment, |assignment| assignment.commits = Some(20)).end(&mut campaign.history);
        if campaign.history.calls().next().is_none() {
            // The file could not even be made.
            continue;
        }
        assert!(ended.success, "{ended:?}");
        refused += ended.notes.iter().filter(|note| note.contains("full")).count();
        campaign.judge().must_be_clean(&format!("no room for write {write}, seed {seed}"));
    }
    assert!(refused > 0, "there was always room");
}
