//! The store against a model of it: the same random commits, and everything that can be read compared after each.

mod commits;
pub(super) mod random;
mod reference;

use random::Random;
use reference::{Answer, Reference};

use super::{
    Harness,
    material::{TABLES, WHOLE, everything, interest, stream},
};
use crate::{
    Error, ErrorKind, MessageId, Store,
    projection::Selection,
    store::{CommitResult, Direction, PageLimit, ReadFrom},
};

const SEEDS: u64 = 10;
const STEPS: u64 = 60;

pub(super) async fn random_commits(harness: &dyn Harness) {
    // A run in which chance never tried something says nothing about it.
    let mut answers = [0; 4];
    for seed in 0..SEEDS {
        let store = harness.open().await;
        store.prepare(&TABLES).await.expect("tables of a new store can be prepared");
        let mut random = Random::new(seed);
        let mut reference = Reference::default();
        for step in 0..STEPS {
            let commit = commits::commit(&mut random, &reference);
            let at = format!("seed {seed}, step {step}, {commit:?}");
            let expected = reference.commit(&commit);
            answers[match expected {
                Answer::Committed(..) => 0,
                Answer::Repeated(_) => 1,
                Answer::Refused(ErrorKind::Conflict) => 2,
                Answer::Refused(_) => 3,
            }] += 1;
            assert_eq!(answer(store.commit(commit).await), expected, "{at}");
            compare(&*store, &reference, &mut random, &at).await;
        }
    }
    assert!(answers.iter().all(|&count| count >= 10), "committed, repeated, in conflict, invalid: {answers:?}");
}

fn answer(result: Result<CommitResult, Error>) -> Answer {
    match result {
        Ok(CommitResult::Committed(committed)) => Answer::Committed(committed.records.to_vec(), committed.head),
        Ok(CommitResult::Repeated(settled)) => Answer::Repeated(settled),
        Err(error) => Answer::Refused(error.kind()),
    }
}

async fn compare(store: &dyn Store, reference: &Reference, random: &mut Random, at: &str) {
    let limit = PageLimit { records: random.of(&[1, 2, 5, usize::MAX]), bytes: random.of(&[0, 20, 60, usize::MAX]) };
    let head = reference.head();
    for direction in [Direction::Forwards, Direction::Backwards] {
        for (position, limit) in [(0, WHOLE), (u64::MAX, WHOLE), (random.below(head + 2), limit)] {
            compare_read(store, reference, ReadFrom::All { position, direction }, limit, at).await;
            for name in commits::STREAMS {
                let name = &stream(name);
                compare_read(store, reference, ReadFrom::Stream { name, position, direction }, limit, at).await;
                let name = name.category();
                compare_read(store, reference, ReadFrom::Category { name, position, direction }, limit, at).await;
            }
        }
    }
    let interest = interest(&commits::TYPES[random.below(2) as usize..1 + random.below(2) as usize]);
    let from = ReadFrom::Interest { interest: &interest, position: random.below(head + 2) };
    compare_read(store, reference, from, limit, at).await;

    assert_eq!(store.head().await.expect("a store has a head"), head, "head after {at}");
    for name in commits::STREAMS.map(stream) {
        let version = store.version(&name).await.expect("a version can be read");
        assert_eq!(version, reference.version(&name), "version of `{name}` after {at}");
    }
    for name in commits::SUBSCRIPTIONS {
        let checkpoint = store.checkpoint(name).await.expect("a checkpoint can be read");
        assert_eq!(checkpoint, reference.checkpoint(name), "checkpoint of `{name}` after {at}");
        let parked = store.parked(name).await.expect("parked messages can be read");
        assert_eq!(parked, reference.parked(name), "parked for `{name}` after {at}");
    }
    for command in commits::COMMANDS.map(MessageId::named) {
        let settlement = store.settlement(command).await.expect("a settlement can be read");
        assert_eq!(settlement, reference.settlement(command), "settlement of {command} after {at}");
    }
    for table in TABLES {
        compare_selection(store, reference, &everything(table), at).await;
        compare_selection(store, reference, &commits::selection(random, table), at).await;
        let key = table.key_of(&commits::row(random, table));
        for staged in [false, true] {
            let row = store.row(table, &key, staged).await.expect("a row can be read");
            let name = table.name;
            assert_eq!(row, reference.row(table, &key, staged), "row `{key}` of `{name}`, staged: {staged}, after {at}");
        }
    }
}

async fn compare_read(store: &dyn Store, reference: &Reference, from: ReadFrom<'_>, limit: PageLimit, at: &str) {
    let page = store.read(from, limit).await.expect("a store can be read");
    assert_eq!(page, reference.read(from, limit), "{limit:?} of {from:?} after {at}");
}

async fn compare_selection(store: &dyn Store, reference: &Reference, selection: &Selection, at: &str) {
    let selected = store.select(selection).await.expect("rows can be selected");
    assert_eq!(selected, reference.select(selection), "{selection:?} after {at}");
}
