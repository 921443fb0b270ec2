//! The process dies between any two steps of a commit: before the transaction begins, when all is decided, when all is written,
//! when it is committed and nobody has been told.

use std::cell::Cell;

use fidelis_torture::{Campaign, Place, Step, Tier, Workload, oracle::Verdict, seed};
use rand::RngExt;

use crate::{program, server, sqlite_file};

/// After so many commits nobody has come by.
const ENOUGH: u64 = 5_000;

fn die_at_each(place: Place, rounds: usize) {
    let seed = seed();
    println!("seed {seed}");
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 12));
    for round in 0..rounds {
        for step in Step::ALL {
            let passage = campaign.chance.random_range(1..40);
            die(&mut campaign, step, passage, 8)
                .must_be_clean(&format!("died at `{step}`, passage {passage}, round {round}, seed {seed}"));
        }
    }
}

fn die(campaign: &mut Campaign, step: Step, passage: u64, callers: u32) -> Verdict {
    let worker = campaign.start(&[step.deadly(passage)], |assignment| {
        assignment.callers = callers;
        assignment.commits = Some(ENOUGH);
        assignment.followers = u32::from(callers > 1);
    });
    let ended = worker.end(&mut campaign.history);
    assert!(Step::is_death(&ended), "nobody came by `{step}` {passage} times: {ended:?}");
    campaign.judge()
}

/// One caller, who is in the middle of one call: it has happened if it died after the commit, and not before.
fn only_what_was_committed_is_there(place: impl Fn() -> Place) {
    let workload = Workload::new(seed(), 12);
    for (step, expected) in Step::ALL.into_iter().zip([0, 0, 0, 1]) {
        for passage in [1, 2, 9] {
            let mut campaign = Campaign::new(program(), place(), workload);
            let verdict = die(&mut campaign, step, passage, 1);
            verdict.must_be_clean(&step.to_string());
            assert_eq!(verdict.happened.len(), expected, "at `{step}`, passage {passage}, seed {}", workload.seed);
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
