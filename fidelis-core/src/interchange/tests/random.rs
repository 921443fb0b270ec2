//! Logs made by chance, of whatever a text can hold, interrupted somewhere.

use super::*;
use crate::{
    conformance::{Random, moving::log::CHARACTERS},
    interchange::{Partial, check},
};

const LOGS: u64 = 150;

/// Payloads that no store but the one in memory would take, too.
fn payload(random: &mut Random) -> String {
    let texts = ["{}", "no json", "", "\"\u{0}\"", "[1\n]", "\r", "-1.000e-7", "\"\\ud800\"", "[[[["];
    random.of(&texts).to_owned()
}

#[test]
fn any_log_comes_in_as_it_went_out() {
    let mut random = Random::new(8);
    let mut records = 0;
    let characters: Vec<char> = CHARACTERS.into_iter().chain(['\u{0}', '\u{7f}']).collect();
    for number in 0..LOGS {
        let here = Log::random(&mut random, &characters, payload);
        records += here.records.len();
        let exported = file(&filled(&here));
        let there = MemoryStore::default();
        let batch = PageLimit { records: random.of(&[1, 3, 1_000]), bytes: random.of(&[0, 10, 4_000]) };

        // Interrupted somewhere, once; the file is cut somewhere, too.
        let cut = random.below(exported.len() as u64) as usize;
        block_on(Import::into(&there).batch(batch).read(&exported[..cut])).unwrap_err();
        block_on(Import::into(&there).batch(batch).read(&exported[..])).unwrap();
        assert_eq!(held(&there), here, "log {number}");
        let mut again = exported[..cut].to_vec();
        match Partial::scan(&again[..]).unwrap() {
            None => again = file(&there),
            Some(partial) => {
                again.truncate(partial.keep() as usize);
                block_on(Export::of("fidelis", &there).resume(partial, &mut again)).unwrap();
            }
        }
        assert_eq!(again, exported, "log {number}");
        check(&exported[..], |_| {}).unwrap();
    }
    assert!(records > 1_000, "{records} records in all");
}
