//! Finds entries of a list by what they are called: a hash index that never has much to move when it grows.

use std::mem;

/// How many tables share the entries, so that a table that grows moves few.
const TABLES: usize = 256;

/// Where in a list the entry with a name is. The names are in the list; here are only hashes and places, and nothing is ever
/// removed.
#[derive(Clone)]
pub(super) struct Places(Box<[Table]>);

/// A hash table with linear probing, at most half full.
#[derive(Clone, Default)]
struct Table {
    /// A power of two of them, or none yet.
    slots: Box<[Slot]>,
    used: usize,
}

/// Eight bytes: a search meets one cache line, and the insertion that follows finds it there.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    /// The place, counted from 1; 0 for a free slot.
    place: u32,
}

impl Default for Places {
    fn default() -> Self {
        Places((0..TABLES).map(|_| Table::default()).collect())
    }
}

impl Places {
    /// The place of the entry with this hash for which `is_it` holds.
    #[inline]
    pub(super) fn find(&self, hash: u64, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let (table, hash) = parts(hash);
        let slots = &*self.0[table].slots;
        let mask = slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = slots[at];
            let place = (slot.place as usize).checked_sub(1)?;
            if slot.hash == hash && is_it(place) {
                return Some(place);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds the place of an entry that is not there yet.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, place: usize) {
        let (table, hash) = parts(hash);
        let table = &mut self.0[table];
        if table.used * 2 >= table.slots.len() {
            table.grow();
        }
        table.put(Slot { hash, place: u32::try_from(place + 1).expect("memory ends before four thousand million entries") });
    }
}

impl Table {
    #[inline]
    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.hash as usize & mask;
        while self.slots[at].place != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
        self.used += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![Slot::default(); (self.slots.len() * 2).max(8)];
        let slots = mem::replace(&mut self.slots, larger.into());
        self.used = 0;
        for slot in slots.into_iter().filter(|slot| slot.place != 0) {
            self.put(slot);
        }
    }
}

/// Which table, and the hash within it: different bits.
#[inline]
fn parts(hash: u64) -> (usize, u32) {
    ((hash >> 56) as usize % TABLES, hash as u32)
}
