//! The log and the ways into it: by stream, by category, by type.

use std::{hash::BuildHasher, sync::Arc};

use jiff::Timestamp;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;

use super::{chunks::Chunks, places::Places};
use crate::{
    Conflict, Error, Metadata, Origin, Recorded, StreamName, TypeName,
    store::{Append, Direction, Interest, PageLimit, ReadFrom, Restored},
};

/// All records, in the order they were committed. Indexes hold positions in the log.
#[derive(Clone)]
pub(super) struct Log {
    records: Chunks<Arc<Recorded>>,
    /// The time of the last record.
    time: Timestamp,
    streams: Chunks<Stream>,
    by_name: Places,
    categories: FxHashMap<Box<str>, usize>,
    by_category: Vec<Chunks<u64>>,
    by_type: FxHashMap<TypeName, Chunks<u64>>,
}

#[derive(Clone)]
struct Stream {
    name: StreamName,
    category: usize,
    positions: Chunks<u64>,
}

/// Where the stream of each append is found, in the order of the appends; `None` for one that does not exist yet.
pub(super) type Found = SmallVec<[Option<usize>; 2]>;

impl Default for Log {
    fn default() -> Self {
        Log {
            records: Chunks::default(),
            time: Timestamp::MIN,
            streams: Chunks::default(),
            by_name: Places::default(),
            categories: FxHashMap::default(),
            by_category: Vec::new(),
            by_type: FxHashMap::default(),
        }
    }
}

impl Log {
    pub(super) fn head(&self) -> u64 {
        self.records.len() as u64
    }

    pub(super) fn version(&self, stream: &StreamName) -> Option<u64> {
        self.find(stream).and_then(|place| self.version_at(place))
    }

    fn find(&self, stream: &StreamName) -> Option<usize> {
        self.by_name.find(hash(stream), |place| self.streams.get(place).is_some_and(|found| found.name == *stream))
    }

    /// Finds the stream of each append and compares its version with the expected one.
    pub(super) fn check(&self, appends: &[Append]) -> Result<Found, Error> {
        let mut places = Found::new();
        for append in appends {
            places.push(self.check_one(append)?);
        }
        Ok(places)
    }

    fn check_one(&self, append: &Append) -> Result<Option<usize>, Error> {
        let place = self.find(&append.stream);
        let actual = place.and_then(|place| self.version_at(place));
        if append.expected.holds(actual) {
            return Ok(place);
        }
        Err(Error::conflict(Conflict { stream: append.stream.clone(), expected: append.expected, actual }))
    }

    /// The position of the last record that is of interest; 0 when there is none.
    pub(super) fn last_of(&self, interest: &Interest) -> u64 {
        interest.types.iter().filter_map(|name| self.by_type.get(name)?.last()).copied().max().unwrap_or_default()
    }

    fn version_at(&self, place: usize) -> Option<u64> {
        self.streams.get(place).and_then(|stream| (stream.positions.len() as u64).checked_sub(1))
    }

    /// Appends the records of all appends; `places` are what [`check`](Log::check) found.
    pub(super) fn append(
        &mut self,
        time: Timestamp,
        origin: &Origin,
        appends: &mut [Append],
        places: &[Option<usize>],
    ) -> SmallVec<[Arc<Recorded>; 1]> {
        let mut stored = SmallVec::new();
        for (append, place) in appends.iter_mut().zip(places) {
            if append.records.is_empty() {
                continue;
            }
            self.time = self.time.max(time);
            let place = place.unwrap_or_else(|| self.create(&append.stream));
            for record in append.records.drain(..) {
                let stream = self.streams.get(place).expect("a place is that of a stream");
                let metadata = Metadata {
                    id: record.id,
                    type_name: record.type_name,
                    kind: record.kind,
                    stream: stream.name.clone(),
                    position: stream.positions.len() as u64,
                    global_position: self.head() + 1,
                    time: self.time,
                    schema_version: record.schema_version,
                    origin: origin.clone(),
                };
                let recorded = Arc::new(Recorded { metadata, payload: record.payload });
                self.push(place, Arc::clone(&recorded));
                stored.push(recorded);
            }
        }
        stored
    }

    /// Whether a piece of another log continues this one.
    pub(super) fn check_restored(&self, restored: &Restored) -> Result<(), Error> {
        restored.continues(self.head(), self.time, |stream| self.version(stream).map_or(0, |version| version + 1))
    }

    /// Takes over a record of another log, as it is. It continues this one: that was checked.
    pub(super) fn restore(&mut self, record: Arc<Recorded>) {
        self.time = record.metadata.time;
        let place = self.find(&record.metadata.stream).unwrap_or_else(|| self.create(&record.metadata.stream));
        self.push(place, record);
    }

    /// Adds a record that has its place.
    fn push(&mut self, place: usize, record: Arc<Recorded>) {
        let Metadata { global_position, type_name, .. } = &record.metadata;
        let stream = self.streams.get_mut(place).expect("a place is that of a stream");
        stream.positions.push(*global_position);
        self.by_category[stream.category].push(*global_position);
        match self.by_type.get_mut(type_name) {
            Some(positions) => positions.push(*global_position),
            None => self.by_type.entry(type_name.clone()).or_default().push(*global_position),
        }
        self.records.push(record);
    }

    fn create(&mut self, name: &StreamName) -> usize {
        let category = match self.categories.get(name.category()) {
            Some(&category) => category,
            None => {
                self.categories.insert(name.category().into(), self.by_category.len());
                self.by_category.push(Chunks::default());
                self.by_category.len() - 1
            }
        };
        let place = self.streams.len();
        self.by_name.insert(hash(name), place);
        self.streams.push(Stream { name: name.clone(), category, positions: Chunks::default() });
        place
    }

    pub(super) fn read(&self, from: ReadFrom<'_>, limit: PageLimit) -> Vec<Arc<Recorded>> {
        match from {
            ReadFrom::All { position, direction } => match direction {
                Direction::Forwards => page(self.records.from(index(position.max(1) - 1)), limit),
                Direction::Backwards => page(self.records.before(index(position)), limit),
            },
            ReadFrom::Stream { name, position, direction } => {
                let Some(stream) = self.find(name).and_then(|place| self.streams.get(place)) else {
                    return Vec::new();
                };
                let positions = &stream.positions;
                match direction {
                    Direction::Forwards => page(self.at(positions.from(index(position))), limit),
                    Direction::Backwards => page(self.at(positions.before(index(position.saturating_add(1)))), limit),
                }
            }
            ReadFrom::Category { name, position, direction } => {
                let Some(positions) = self.categories.get(name).map(|&category| &self.by_category[category]) else {
                    return Vec::new();
                };
                match direction {
                    Direction::Forwards => page(self.at(positions.from(positions.count_below(position))), limit),
                    Direction::Backwards => {
                        page(self.at(positions.before(positions.count_below(position.saturating_add(1)))), limit)
                    }
                }
            }
            ReadFrom::Interest { interest, position } => page(self.of_interest(interest, position), limit),
        }
    }

    fn at<'a>(&'a self, positions: impl Iterator<Item = &'a u64>) -> impl Iterator<Item = &'a Arc<Recorded>> {
        positions.filter_map(|&position| self.records.get(index(position - 1)))
    }

    /// Merges the positions of the types: what is of no interest costs nothing.
    fn of_interest<'a>(&'a self, interest: &Interest, position: u64) -> impl Iterator<Item = &'a Arc<Recorded>> {
        let mut types: SmallVec<[_; 8]> = interest
            .types
            .iter()
            .filter_map(|name| self.by_type.get(name))
            .map(|positions| positions.from(positions.count_below(position)).peekable())
            .collect();
        std::iter::from_fn(move || {
            let next = types.iter_mut().filter_map(|positions| positions.peek().copied().copied()).min()?;
            for positions in &mut types {
                positions.next_if(|&&position| position == next);
            }
            self.records.get(index(next - 1))
        })
    }
}

#[inline]
fn hash(stream: &StreamName) -> u64 {
    FxBuildHasher.hash_one(stream)
}

/// A position as an index; beyond what an index can say is beyond the end.
fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The records of one page: the first always, then as many as both bounds allow.
fn page<'a>(records: impl Iterator<Item = &'a Arc<Recorded>>, limit: PageLimit) -> Vec<Arc<Recorded>> {
    let mut page = Vec::new();
    let mut bytes = 0_usize;
    for record in records {
        bytes = bytes.saturating_add(record.payload.len());
        if !page.is_empty() && (page.len() >= limit.records || bytes > limit.bytes) {
            break;
        }
        page.push(Arc::clone(record));
    }
    page
}
