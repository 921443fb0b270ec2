//! SQLite files in bad places and in a bad state: what cannot be done is said, nothing is half done, nothing is repaired in silence.

use std::{fs, path::Path};

use fidelis_core::{
    Error, ErrorKind, Store, block_on,
    projection::Selection,
    store::{Direction, PageLimit, ReadFrom},
};
use fidelis_torture::{Answer, Campaign, Key, Line, Place, Volume, Workload, attempt, seed, workload::TABLES};
use rand::RngExt;

use crate::{program, sqlite_file};

fn campaign(file: &Path) -> Campaign {
    let seed = seed();
    println!("seed {seed}");
    Campaign::new(program(), Place::sqlite(file), Workload::new(seed, 12))
}

/// A campaign whose file holds some hundred commits and is closed.
fn written(file: &Path, commits: u64) -> Campaign {
    let mut campaign = campaign(file);
    let worker = campaign.start(&[], |assignment| assignment.commits = Some(commits));
    assert!(worker.end(&mut campaign.history).success);
    campaign
}

/// Opens the store and reads everything there is.
fn read_all(file: &Path) -> Result<String, Error> {
    block_on(async {
        let store = Place::sqlite(file).open().await?;
        store.prepare(&TABLES).await?;
        let mut text = String::new();
        let mut position = 1;
        loop {
            let from = ReadFrom::All { position, direction: Direction::Forwards };
            let page = store.read(from, PageLimit::default()).await?;
            let Some(last) = page.last() else { break };
            position = last.metadata.global_position + 1;
            text.push_str(&format!("{page:?}"));
        }
        for table in TABLES {
            let selection = Selection { table, condition: None, order: Vec::new(), offset: 0, limit: u64::MAX, count: false };
            text.push_str(&format!("{:?}", store.select(&selection).await?));
        }
        let mut after = None;
        loop {
            let page = store.settlements(after, 1_000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.command);
            text.push_str(&format!("{page:?}"));
        }
        text.push_str(&format!("{:?}", store.checkpoints().await?));
        text.push_str(&format!("{:?}", store.parked("torture.totals").await?));
        Ok(text)
    })
}

fn call(campaign: &mut Campaign, store: &dyn Store, number: u64) -> (Answer, Option<Error>) {
    let key = Key { run: 1_000, caller: 0, number };
    campaign.history.add(&Line::Calls(key));
    let (answer, why) = block_on(attempt(store, &campaign.workload, key));
    campaign.history.add(&Line::Answered(key, answer));
    (answer, why)
}

#[test]
fn a_full_disk_is_said_and_writing_goes_on_when_there_is_room() {
    let volume = match Volume::mount(64 << 10) {
        Ok(volume) => volume,
        Err(error) => return println!("left out, no file system can be mounted: {error}"),
    };
    let file = volume.path().join("tortured.db");
    let mut campaign = campaign(&file);
    let store = block_on(campaign.place.open()).unwrap();
    block_on(store.prepare(&TABLES)).unwrap();
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for _ in 0..50 {
        let (answer, why) = call(&mut campaign, &*store, next());
        assert!(matches!(answer, Answer::Done | Answer::Conflict), "{why:?}");
    }
    for _ in 0..3 {
        let filling = volume.fill().unwrap();
        let mut failures = 0;
        // The log of the file may have some room that was written before.
        for _ in 0..20_000 {
            if let (Answer::Failed | Answer::Unknown, Some(why)) = call(&mut campaign, &*store, next()) {
                assert_eq!(why.kind(), ErrorKind::Unavailable, "{why:?}");
                let text = why.to_string();
                assert!(text.contains("full") && text.contains("tortured.db"), "`{text}` does not say what is full");
                failures += 1;
                if failures == 20 {
                    break;
                }
            }
        }
        assert_eq!(failures, 20, "the disk was never full");
        let before = block_on(store.head()).expect("reading goes on");
        assert!(before > 0);
        fs::remove_file(filling).unwrap();
        for _ in 0..50 {
            let (answer, why) = call(&mut campaign, &*store, next());
            assert!(matches!(answer, Answer::Done | Answer::Conflict), "there is room again: {why:?}");
        }
    }
    drop(store);
    campaign.judge().must_be_clean("after the disk was full");
}

#[test]
fn a_file_that_must_not_be_written_is_said_and_stays_as_it_is() {
    let volume = match Volume::mount(64 << 10) {
        Ok(volume) => volume,
        Err(error) => return println!("left out, no file system can be mounted: {error}"),
    };
    let file = volume.path().join("tortured.db");
    written(&file, 10);
    let before = fs::read(&file).unwrap();
    volume.forbid_writing().unwrap();
    let mut campaign = campaign(&file);
    let refused = block_on(campaign.place.open()).and_then(|store| {
        block_on(store.prepare(&TABLES))?;
        let (answer, why) = call(&mut campaign, &*store, 0);
        assert_ne!(answer, Answer::Done, "it was written");
        Err::<(), _>(why.expect("it says why"))
    });
    let error = refused.expect_err("it cannot be written");
    let text = error.to_string();
    assert!(text.contains("tortured.db") && text.contains("read"), "`{text}` does not say what is wrong");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_page_that_is_destroyed_is_said_or_was_not_in_use() {
    const PAGE: usize = 4096;
    let (folder, file) = sqlite_file();
    written(&file, 12);
    let sound = fs::read(&file).unwrap();
    let as_it_was = read_all(&file).expect("it is sound");
    let copy = folder.path().join("copy.db");
    let (mut said, mut unused) = (0, 0);
    for page in 0..sound.len() / PAGE {
        let mut bytes = sound.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        fs::write(&copy, &bytes).unwrap();
        match read_all(&copy) {
            Ok(found) => {
                assert_eq!(found, as_it_was, "page {page} of {} is destroyed, and nobody says so", sound.len() / PAGE);
                unused += 1;
            }
            Err(error) => {
                let text = error.to_string();
                assert_eq!(error.kind(), if page == 0 { error.kind() } else { ErrorKind::Corrupt }, "page {page}: {text}");
                assert!(text.contains("copy.db"), "page {page}: `{text}` does not name the file");
                said += 1;
            }
        }
        if page > 0 {
            assert_eq!(fs::read(&copy).unwrap()[page * PAGE..][..PAGE], [0xa5; PAGE], "page {page} was repaired in silence");
        }
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("copy.db{ending}")));
        }
    }
    println!("{said} pages were said to be destroyed, {unused} were not in use");
    assert!(said > unused);
}

#[test]
fn a_log_of_the_file_that_is_cut_gives_the_commits_before_the_cut() {
    let (_folder, file) = sqlite_file();
    let mut campaign = campaign(&file);
    let mut worker = campaign.start(&[], |_| ());
    let mut history = std::mem::take(&mut campaign.history);
    worker.listen(&mut history, fidelis_torture::Until::Done(200));
    worker.kill(&mut history);
    campaign.history = history;
    let log = file.with_file_name("tortured.db-wal");
    let length = fs::metadata(&log).unwrap().len();
    let all = campaign.judge().records;
    let mut fewest = all;
    for _ in 0..10 {
        let (folder, copy) = sqlite_file();
        fs::copy(&file, &copy).unwrap();
        let copied_log = folder.path().join("tortured.db-wal");
        fs::copy(&log, &copied_log).unwrap();
        let cut = campaign.chance.random_range(0..length);
        fs::File::options().write(true).open(&copied_log).unwrap().set_len(cut).unwrap();
        let mut cut_campaign = Campaign::new(program(), Place::sqlite(&copy), campaign.workload);
        cut_campaign.history = campaign.history.clone();
        let mut verdict = cut_campaign.judge();
        // That something is missing at the end is what was done to it; the rest must be in order.
        verdict.findings.retain(|finding| finding.check != "what was acknowledged is there");
        verdict.must_be_clean(&format!("cut at {cut} of {length}"));
        fewest = fewest.min(verdict.records);
        read_all(&copy).unwrap_or_else(|error| panic!("cut at {cut} of {length}: {error}"));
    }
    println!("{all} records, at least {fewest} after a cut");
}

#[test]
fn a_file_that_was_swapped_away_is_not_written_any_more() {
    let (folder, file) = sqlite_file();
    let mut campaign = written(&file, 10);
    let store = block_on(campaign.place.open()).unwrap();
    block_on(store.prepare(&TABLES)).unwrap();
    let (answer, why) = call(&mut campaign, &*store, 0);
    assert_ne!(answer, Answer::Failed, "{why:?}");
    fs::rename(&file, folder.path().join("elsewhere.db")).unwrap();
    fs::write(&file, b"").unwrap();
    for number in 1..=5 {
        let (answer, why) = call(&mut campaign, &*store, number);
        assert!(!matches!(answer, Answer::Done), "acknowledged into a file that nobody will find: {why:?}");
    }
}
