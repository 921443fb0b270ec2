//! Commits whose futures are dropped after any number of polls: each has happened whole or not at all, and nobody else suffers.

use std::{
    pin::pin,
    task::{Context, Waker},
    thread,
    time::Duration,
};

use fidelis_core::{Store, block_on};
use fidelis_torture::{Answer, Campaign, Key, Line, Place, Tier, Workload, attempt, seed, workload::TABLES};

use crate::{program, server, sqlite_file};

/// Polls so often, with time between, and drops; whether it was done before that.
fn poll(future: impl Future, times: u64) -> bool {
    let mut future = pin!(future);
    (0..times).any(|time| {
        let done = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        // The store gets on, or does not, between two polls.
        thread::park_timeout(Duration::from_micros(time * 200));
        done
    })
}

fn whole_or_not(place: Place, rounds: u64) {
    let seed = seed();
    println!("seed {seed}");
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 4));
    let opened = block_on(campaign.place.open()).unwrap();
    let store: &dyn Store = &*opened;
    block_on(store.prepare(&TABLES)).unwrap();
    let (mut finished, mut dropped) = (0, 0);
    for number in 0..rounds {
        for times in 0..8 {
            let key = Key { run: 1, caller: 0, number: number * 8 + times };
            campaign.history.add(&Line::Calls(key));
            let commit = block_on(campaign.workload.commit(store, key)).unwrap();
            if poll(store.commit(commit), times) { finished += 1 } else { dropped += 1 }
        }
        // What comes after it meets nothing that is half done.
        let key = Key { run: 1, caller: 1, number };
        campaign.history.add(&Line::Calls(key));
        let (answer, why) = block_on(attempt(store, &campaign.workload, key));
        assert!(matches!(answer, Answer::Done | Answer::Conflict), "{why:?}");
        campaign.history.add(&Line::Answered(key, answer));
    }
    // Every open one is settled under its key.
    for key in campaign.history.open() {
        let (answer, why) = block_on(attempt(store, &campaign.workload, key));
        assert!(matches!(answer, Answer::Done | Answer::Conflict), "{why:?}");
        campaign.history.add(&Line::Answered(key, answer));
    }
    println!("{finished} finished, {dropped} dropped");
    assert!(finished > 0 && dropped > 0, "there was nothing to drop");
    drop(opened);
    campaign.judge().must_be_clean(&format!("seed {seed}"));
}

#[test]
fn by_callers_of_sqlite() {
    let (_folder, file) = sqlite_file();
    whole_or_not(Place::sqlite(file), Tier::asked().pick(12, 300));
}

#[test]
fn by_callers_of_postgres() {
    let Some(server) = server(&[]) else { return };
    whole_or_not(Place::Postgres { url: server.url() }, Tier::asked().pick(12, 300));
}
