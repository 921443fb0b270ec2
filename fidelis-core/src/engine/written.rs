//! Which positions of the log somebody has written.

use smallvec::SmallVec;

/// Positions of the log, as ranges in their order: what was written without others in between is one range.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Written(SmallVec<[(u64, u64); 2]>);

impl Written {
    /// Adds all positions from one to another; nothing when they are 0.
    pub(super) fn add(&mut self, first: u64, last: u64) {
        if last == 0 {
            return;
        }
        let place = self.0.partition_point(|range| range.1 + 1 < first);
        let mut joined = (first, last);
        // All that it meets or touches becomes one with it.
        while let Some(range) = self.0.get(place).filter(|range| range.0 <= joined.1 + 1) {
            joined = (joined.0.min(range.0), joined.1.max(range.1));
            self.0.remove(place);
        }
        self.0.insert(place, joined);
    }

    /// Adds what somebody else has written.
    pub(super) fn join(&mut self, other: &Written) {
        other.0.iter().for_each(|&(first, last)| self.add(first, last));
    }

    /// The last position; 0 for none.
    pub(super) fn last(&self) -> u64 {
        self.0.last().map_or(0, |range| range.1)
    }

    /// The ranges, each with its first and its last position.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }
}
