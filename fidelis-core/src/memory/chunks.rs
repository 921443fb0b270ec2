//! A list that grows without moving what it holds: what a commit costs does not depend on how long the list is.

use std::mem;

/// How many entries a chunk holds.
const CHUNK: usize = 4096;

/// A list in chunks of equal size. A short one is a single allocation.
#[derive(Clone)]
pub(super) struct Chunks<T> {
    full: Vec<Vec<T>>,
    last: Vec<T>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Chunks { full: Vec::new(), last: Vec::new() }
    }
}

impl<T> Chunks<T> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len()
    }

    #[inline]
    pub(super) fn push(&mut self, entry: T) {
        if self.last.len() == CHUNK {
            self.full.push(mem::replace(&mut self.last, Vec::with_capacity(CHUNK)));
        }
        self.last.push(entry);
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        match self.full.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.last.get(index - self.full.len() * CHUNK),
        }
    }

    #[inline]
    pub(super) fn last(&self) -> Option<&T> {
        self.last.last().or_else(|| self.full.last()?.last())
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let full = self.full.len();
        match self.full.get_mut(index / CHUNK) {
            Some(chunk) => chunk.get_mut(index % CHUNK),
            None => self.last.get_mut(index - full * CHUNK),
        }
    }

    /// The entries from `start` to the end.
    pub(super) fn from(&self, start: usize) -> impl Iterator<Item = &T> {
        (start..self.len()).filter_map(|index| self.get(index))
    }

    /// The entries from the one before `end` to the beginning.
    pub(super) fn before(&self, end: usize) -> impl Iterator<Item = &T> {
        (0..end.min(self.len())).rev().filter_map(|index| self.get(index))
    }
}

impl<T> Chunks<T> {
    /// How many entries of a list in order are before the bound that `before` draws.
    pub(super) fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let chunks = self.full.partition_point(|chunk| chunk.last().is_some_and(&before));
        let within = self.full.get(chunks).unwrap_or(&self.last);
        chunks * CHUNK + within.partition_point(before)
    }
}

impl<T> Chunks<T> {
    /// Drops chunks from the beginning of the list, as long as all of their entries can go. Those that stay have lower indexes then.
    pub(super) fn drop_leading_chunks(&mut self, can_go: impl Fn(&T) -> bool) {
        while self.full.first().is_some_and(|chunk| chunk.iter().all(&can_go)) {
            self.full.remove(0);
        }
    }
}

impl Chunks<u64> {
    /// How many entries of this ascending list are below `bound`.
    pub(super) fn count_below(&self, bound: u64) -> usize {
        self.partition_point(|&entry| entry < bound)
    }
}
