//! The machine under an SQLite file loses power, at any write, in three ways of losing what was not flushed.

use std::{fs, path::Path};

use fidelis_torture::{Answer, Campaign, Disk, Loss, Place, Tier, Workload, seed};
use rand::RngExt;

use crate::{program, sqlite_file};

/// How many rounds lost something acknowledged. Anything else that is not in order fails the test.
fn lose_power(weaker: bool, rounds: usize) -> usize {
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    let mut losses = 0;
    let mut done = 0;
    for round in 0..rounds {
        let (_folder, file) = sqlite_file();
        losses += usize::from(one_file(&disk, &file, weaker, Loss::ALL[round % 3], seed + round as u64, &mut done));
    }
    println!("{losses} of {rounds} rounds lost something acknowledged, of {done} commits");
    assert!(done > rounds * 20, "that was no torture");
    losses
}

/// Three cuts of one file: what the first leaves behind, the next begins with.
fn one_file(disk: &Disk, file: &Path, weaker: bool, loss: Loss, seed: u64, done: &mut usize) -> bool {
    let place = Place::Sqlite { file: file.to_owned(), weaker };
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 12));
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut lost = false;
    for cut in 0..3 {
        let write = campaign.chance.random_range(30..400);
        let environment = disk.losing_power(&name, write, loss, campaign.chance.random_range(1..1 << 30));
        let worker = campaign.start(&environment, |_| ());
        let ended = worker.end(&mut campaign.history);
        assert!(!ended.success && ended.errors.is_empty(), "nobody took the power away: {ended:?}");
        if !fs::exists(file).unwrap() {
            continue;
        }
        let mut verdict = campaign.judge();
        let before = verdict.findings.len();
        verdict.findings.retain(|finding| !(weaker && finding.check == "what was acknowledged is there"));
        verdict.must_be_clean(&format!("{loss}, cut {cut}, seed {seed}"));
        if verdict.findings.len() < before {
            lost = true;
            break;
        }
    }
    *done += campaign.history.count(Answer::Done);
    lost
}

#[test]
fn the_default_loses_nothing() {
    assert_eq!(lose_power(false, Tier::asked().pick(18, 300)), 0);
}

#[test]
fn the_weaker_durability_loses_the_end_and_nothing_else() {
    assert!(lose_power(true, 12) > 0, "losing power takes nothing away");
}
