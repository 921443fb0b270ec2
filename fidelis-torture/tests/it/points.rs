//! The process dies between any two steps of a commit: before the transaction begins, when all is decided, when all is written,
//! when it is committed and nobody has been told.

use std::cell::Cell;

use fidelis_torture::{Campaign, Place, Tier, Workload, oracle::Verdict, seed};
use rand::RngExt;

use crate::{program, server, sqlite_file};

/// The steps, in order, as all stores name them.
const POINTS: [&str; 4] = ["before begin", "after decide", "before commit", "after commit"];

/// After so many commits nobody has come by.
const ENOUGH: u64 = 5_000;

fn die_at_each(place: Place, rounds: usize) {
    let seed = seed();
    println!("seed {seed}");
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 12));
    for round in 0..rounds {
        for point in POINTS {
            let passage = campaign.chance.random_range(1..40);
            die(&mut campaign, &format!("{point}:{passage}"), 8)
                .must_be_clean(&format!("died at `{point}`, passage {passage}, round {round}, seed {seed}"));
        }
    }
}

fn die(campaign: &mut Campaign, chosen: &str, callers: u32) -> Verdict {
    let worker = campaign.start(&[("FIDELIS_FAILPOINT", chosen.to_owned())], |assignment| {
        assignment.callers = callers;
        assignment.commits = Some(ENOUGH);
        assignment.followers = u32::from(callers > 1);
    });
    let ended = worker.end(&mut campaign.history);
    assert!(!ended.success, "nobody came by `{chosen}`: {ended:?}");
    campaign.judge()
}

/// One caller, who is in the middle of one call: it has happened if it died after the commit, and not before.
fn only_what_was_committed_is_there(place: impl Fn() -> Place) {
    let workload = Workload::new(seed(), 12);
    for (point, expected) in POINTS.iter().zip([0, 0, 0, 1]) {
        for passage in [1, 2, 9] {
            let mut campaign = Campaign::new(program(), place(), workload);
            let verdict = die(&mut campaign, &format!("{point}:{passage}"), 1);
            verdict.must_be_clean(point);
            assert_eq!(verdict.happened.len(), expected, "at `{point}`, passage {passage}, seed {}", workload.seed);
            assert_eq!(campaign.history.open().len(), 1);
        }
    }
}

#[test]
fn of_sqlite() {
    let (_folder, file) = sqlite_file();
    die_at_each(Place::sqlite(file), Tier::asked().pick(5, 100));
}

#[test]
fn of_sqlite_with_one_caller() {
    let folder = tempfile::tempdir().unwrap();
    let files = Cell::new(0);
    only_what_was_committed_is_there(|| {
        files.set(files.get() + 1);
        Place::sqlite(folder.path().join(format!("{}.db", files.get())))
    });
}

#[test]
fn of_postgres_with_one_caller() {
    let Some(server) = server(&[]) else { return };
    let databases = Cell::new(0);
    only_what_was_committed_is_there(|| {
        databases.set(databases.get() + 1);
        Place::Postgres { url: server.create_database(&format!("d{}", databases.get())).unwrap() }
    });
}

#[test]
fn of_postgres() {
    let Some(server) = server(&[]) else { return };
    die_at_each(Place::Postgres { url: server.url() }, Tier::asked().pick(3, 60));
}
