//! Interrupted anywhere, gone on with, the same as if it had not been.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::{
    ErrorKind,
    interchange::{Partial, UNFINISHED},
};

#[test]
fn an_export_goes_on_from_any_byte() {
    let store = filled(&log(5));
    let whole = file(&store);
    for length in 0..=whole.len() {
        let mut cut = whole[..length].to_vec();
        match Partial::scan(&cut[..]).unwrap() {
            None => {
                assert!(length <= whole.iter().position(|byte| *byte == b'\n').unwrap(), "cut to {length}");
                continue;
            }
            Some(partial) => {
                assert_eq!(partial.is_complete(), length == whole.len());
                cut.truncate(partial.keep() as usize);
                let export = Export::of("fidelis", &store).page(PageLimit { records: 2, bytes: usize::MAX });
                let summary = block_on(export.resume(partial, &mut cut)).unwrap();
                assert_eq!(summary.records, 5);
            }
        }
        assert_eq!(cut, whole, "cut to {length}");
    }
}

#[test]
fn an_export_goes_on_over_garbage() {
    let store = filled(&log(5));
    let whole = file(&store);
    let end_of_third = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0 + 1;
    for garbage in ["\0\0\0\0", "{\"record\":{}}\n", "\u{fffd}\n", "\n", "{\"end\":{}}\n"] {
        let mut cut = [&whole[..end_of_third], garbage.as_bytes()].concat();
        let partial = Partial::scan(&cut[..]).unwrap().unwrap();
        assert_eq!((partial.keep() as usize, partial.records()), (end_of_third, 2), "{garbage:?}");
        cut.truncate(partial.keep() as usize);
        block_on(Export::of("fidelis", &store).resume(partial, &mut cut)).unwrap();
        assert_eq!(cut, whole);
    }
}

#[test]
fn an_export_does_not_go_on_with_what_is_not_its_own() {
    let refused = |partial: Partial, store: &dyn Store, domain, word| {
        let error = block_on(Export::of(domain, store).resume(partial, &mut Vec::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(word), "{error}");
    };
    let mut other = log(5);
    other.records[2] = Arc::new(Recorded { payload: "1".into(), ..record(3) });
    let whole = file(&filled(&log(5)));
    let third = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(3).unwrap().0 + 1;
    let partial = |length: usize| Partial::scan(&whole[..length]).unwrap().unwrap();
    refused(partial(third), &filled(&other), "fidelis", "position 3 is not the one in the store");
    refused(partial(third), &filled(&log(4)), "fidelis", "log of 5 records, the store has 4");
    refused(partial(third), &filled(&log(5)), "shop", "domain `fidelis`, not of `shop`");
    for (somebodys, word) in [("Dear diary,\n", "no JSON"), ("{\"a\":1}\n", "no header"), ("Dear", "no exported log")] {
        let error = Partial::scan(somebodys.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

/// Gives a file line by line and breaks off at one.
struct Broken<'a> {
    rest: &'a [u8],
    lines: AtomicUsize,
}

impl std::io::Read for Broken<'_> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        unreachable!("lines are read as lines")
    }
}

impl std::io::BufRead for Broken<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.lines.load(SeqCst) == 0 {
            return Err(std::io::Error::other("the cable was pulled"));
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        Ok(&self.rest[..end])
    }

    fn consume(&mut self, amount: usize) {
        self.rest = &self.rest[amount..];
        if amount > 0 {
            self.lines.fetch_sub(1, SeqCst);
        }
    }
}

#[test]
fn an_import_goes_on_from_any_line() {
    let here = log(7);
    let whole = file(&filled(&here));
    let lines = whole.iter().filter(|byte| **byte == b'\n').count();
    for read in 1..lines {
        let there = MemoryStore::default();
        let broken = Broken { rest: &whole, lines: read.into() };
        let import_slowly = Import::into(&there).batch(PageLimit { records: 2, bytes: usize::MAX });
        let error = block_on(import_slowly.read(broken)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let head = block_on(there.head()).unwrap();
        assert!(head % 2 == 0 || head == 7, "batches are whole");
        if head > 0 {
            // Nobody works on half a log, and nobody exports it.
            assert_eq!(block_on(there.checkpoint(UNFINISHED)).unwrap(), 7);
            let error = block_on(Export::of("fidelis", &there).write(&mut Vec::new())).unwrap_err();
            assert!(error.to_string().contains(&format!("not finished ({head} of 7 records are there)")), "{error}");
        }
        let summary = import(&there, &whole).unwrap();
        assert_eq!((summary.records, summary.resumed), (7, head));
        assert_eq!(held(&there), here, "after {read} lines");
        assert_eq!(file(&there), whole);
    }
}

#[test]
fn a_cut_file_leaves_whole_batches_and_is_known_as_cut() {
    let here = log(7);
    let whole = file(&filled(&here));
    for length in 0..whole.len() {
        let there = MemoryStore::default();
        let error = import(&there, &whole[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "cut to {length}: {error}");
        let words = error.to_string();
        assert!(words.contains("cut") || words.contains("is empty"), "cut to {length}: {words}");
        let stored = held(&there).records;
        assert_eq!(stored, here.records[..stored.len()]);
        import(&there, &whole).unwrap();
        assert_eq!(held(&there), here, "cut to {length}");
    }
}

#[test]
fn an_import_that_is_done_changes_nothing_when_it_is_done_again() {
    let here = log(7);
    let whole = file(&filled(&here));
    let there = MemoryStore::default();
    import(&there, &whole).unwrap();
    // The handler goes on: what was parked is done.
    let mut commit = empty();
    commit.parked.push(ParkedChange::Remove { subscription: "fidelis.Alerts".into(), position: 1 });
    commit.checkpoints.push(CheckpointMove { subscription: "fidelis.Alerts/parked".into(), from: 40, to: 41 });
    block_on(there.commit(commit)).unwrap();
    let before = held(&there);
    let summary = import(&there, &whole).unwrap();
    assert_eq!(summary, Summary { records: 7, resumed: 7, ..Summary::default() });
    assert_eq!(held(&there), before);
}

#[test]
fn a_later_export_of_the_same_log_adds_what_is_new() {
    let (early, late) = (log(4), log(7));
    let there = MemoryStore::default();
    import(&there, &file(&filled(&early))).unwrap();
    let summary = import(&there, &file(&filled(&late))).unwrap();
    assert_eq!((summary.records, summary.resumed), (7, 4));
    let stored = held(&there);
    assert_eq!((stored.records, stored.checkpoints, stored.parked), (late.records, late.checkpoints, late.parked));
}

#[test]
fn no_engine_starts_on_half_a_log() {
    let there = MemoryStore::default();
    let whole = file(&filled(&log(7)));
    import(&there, &whole[..whole.len() - 1]).unwrap_err();
    let error = block_on(crate::interchange::refuse_unfinished(&there)).unwrap_err();
    assert!(error.to_string().contains("import the same file again"), "{error}");
}
