//! The disk that forgets, under a program that does nothing but write rows: it must take away what was not flushed, and never
//! what was.

use std::{collections::BTreeSet, fs};

use fidelis_torture::{Answer, Disk, History, Loss, Plain, Synchronous, Task, Tier, Until, Worker, seed};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::program;

/// In how many rounds rows that were acknowledged were lost, and in how many the file was damaged.
#[derive(Debug, Default)]
struct Damage {
    lost: usize,
    damaged: usize,
}

fn lose_power(synchronous: Synchronous, rounds: usize) -> Damage {
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut damage = Damage::default();
    for round in 0..rounds {
        let name = format!("plain-{round}.db");
        let plain = Plain { file: folder.path().join(&name), synchronous, run: 1 };
        let write = chance.random_range(20..300);
        let environment = disk.losing_power(&name, write, Loss::ALL[round % 3], chance.random_range(1..1 << 30));
        let mut history = History::default();
        let worker = Worker::start(program(), &Task::Plain(plain.clone()), &environment);
        let ended = worker.end(&mut history);
        assert!(!ended.success, "nobody took the power away: {}", ended.errors);
        let done = history.calls().filter(|(_, answer)| *answer == Some(Answer::Done));
        let done: BTreeSet<_> = done.map(|(key, _)| key.to_string()).collect();
        match plain.found() {
            None => damage.damaged += 1,
            Some(found) => damage.lost += usize::from(!done.is_subset(&found)),
        }
    }
    damage
}

#[test]
fn what_was_flushed_stays() {
    let damage = lose_power(Synchronous::Full, Tier::asked().pick(15, 300));
    assert_eq!((damage.lost, damage.damaged), (0, 0));
}

#[test]
fn what_was_not_flushed_gets_lost() {
    let normal = lose_power(Synchronous::Normal, 30);
    assert!(normal.lost > 0 && normal.damaged == 0, "{normal:?}");
    let off = lose_power(Synchronous::Off, 30);
    assert!(off.damaged > 0, "{off:?}");
}

#[test]
fn a_flush_that_fails_loses_what_it_should_have_flushed() {
    let disk = Disk::compile();
    let folder = tempfile::tempdir().unwrap();
    let plain = Plain { file: folder.path().join("plain.db"), synchronous: Synchronous::Full, run: 1 };
    let mut history = History::default();
    let mut worker = Worker::start(program(), &Task::Plain(plain.clone()), &disk.failing_flush("plain.db", 12));
    assert!(worker.listen(&mut history, Until::Ready));
    let ended = worker.end(&mut history);
    assert!(ended.errors.contains("disk I/O error"), "{ended:?}");
    let [last] = history.open()[..] else { panic!("one call failed") };
    assert!(!plain.found().expect("the file is sound").contains(&last.to_string()), "what was not flushed is there");
    assert!(fs::exists(&plain.file).unwrap());
}
