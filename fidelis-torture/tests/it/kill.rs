//! Writing processes killed at any instant, again and again, on one database. Whoever comes next settles what was open.

use std::time::Duration;

use fidelis_torture::{Answer, Bug, Campaign, Place, Tier, Until, Workload, oracle::Verdict, seed};
use rand::RngExt;

use crate::{program, server, sqlite_file};

/// One run: writes until the kill, and says what is left.
fn run(campaign: &mut Campaign, bug: Option<Bug>) -> Verdict {
    let done = campaign.chance.random_range(1..60);
    let moment = Duration::from_micros(campaign.chance.random_range(0..4_000));
    let mut worker = campaign.start(&[], |assignment| assignment.bug = bug);
    let mut history = std::mem::take(&mut campaign.history);
    let lives = worker.listen(&mut history, Until::Done(done)) && worker.listen(&mut history, Until::Elapsed(moment));
    let ended = worker.kill(&mut history);
    campaign.history = history;
    assert!(lives, "the worker has ended by itself: {ended:?}");
    campaign.judge()
}

fn campaign(place: Place) -> Campaign {
    let seed = seed();
    println!("seed {seed}");
    Campaign::new(program(), place, Workload::new(seed, 12))
}

fn nothing_is_lost(place: Place, runs: usize) {
    let mut campaign = campaign(place);
    for number in 0..runs {
        run(&mut campaign, None).must_be_clean(&format!("after run {number} of seed {}", campaign.workload.seed));
    }
    let (done, conflicts) = (campaign.history.count(Answer::Done), campaign.history.count(Answer::Conflict));
    println!("{done} acknowledged, {conflicts} conflicts, {} open at a kill and there", campaign.happened);
    assert!(done >= runs * 10 && conflicts > 0, "that was no torture");
    assert!(runs < 100 || campaign.happened > 0, "no kill has met a commit between its flush and its answer");
}

/// Runs with a mistake built in until one of these checks finds it.
fn is_found(place: Place, bug: Bug, checks: &[&str]) {
    let mut campaign = campaign(place);
    for number in 1..=40 {
        let verdict = run(&mut campaign, Some(bug));
        if checks.iter().any(|check| verdict.names(check)) {
            println!("{bug:?} was found in run {number}: {}", verdict.findings[0]);
            return;
        }
    }
    panic!("nobody has noticed {bug:?}");
}

/// What is found of each mistake by killing the process that makes it.
const FOUND: [(Bug, &[&str]); 6] = [
    (Bug::AnswersTooEarly, &["what was acknowledged is there"]),
    (Bug::WritesRowsApart, &["rows and settlement come together"]),
    (Bug::SettlesApart, &["records and settlement come together", "a commit is there whole, and once"]),
    (Bug::AppendsApart, &["a commit is there whole, and once", "the records of a commit stand together"]),
    (
        Bug::MovesCheckpointsFirst,
        &[
            "rows that follow are a fold of the log up to their checkpoint",
            "what is parked is what was refused up to the checkpoint",
        ],
    ),
    (Bug::IgnoresVersions, &["an append met the version it expected"]),
];

#[test]
fn sqlite_loses_nothing() {
    let (_folder, file) = sqlite_file();
    nothing_is_lost(Place::sqlite(file), Tier::asked().pick(25, 400));
}

#[test]
fn mistakes_on_sqlite_are_found() {
    for (bug, checks) in FOUND {
        let (_folder, file) = sqlite_file();
        is_found(Place::sqlite(file), bug, checks);
    }
}

#[test]
fn postgres_loses_nothing() {
    let Some(server) = server(&[]) else { return };
    nothing_is_lost(Place::Postgres { url: server.url() }, Tier::asked().pick(12, 200));
}

#[test]
fn mistakes_on_postgres_are_found() {
    let Some(server) = server(&[]) else { return };
    for (bug, checks) in FOUND {
        let url = server.create_database(&format!("{bug:?}")).unwrap();
        is_found(Place::Postgres { url }, bug, checks);
    }
}
