//! What can be read, and in what pieces.

use crate::{StreamName, TypeName, projection::Row};

/// Which records, and from where.
#[derive(Clone, Copy, Debug)]
pub enum ReadFrom<'a> {
    /// One stream, from a position in the stream (inclusive).
    Stream {
        /// The stream.
        name: &'a StreamName,
        /// The first position, in the stream.
        position: u64,
        /// Towards newer or older records.
        direction: Direction,
    },
    /// One category, such as `fidelis::account`, from a position in the log (inclusive).
    Category {
        /// The category.
        name: &'a str,
        /// The first position, in the log.
        position: u64,
        /// Towards newer or older records.
        direction: Direction,
    },
    /// The whole log, from a position (inclusive).
    All {
        /// The first position, in the log.
        position: u64,
        /// Towards newer or older records.
        direction: Direction,
    },
    /// What a consumer is interested in, forwards, from a position in the log (inclusive).
    Interest {
        /// The consumer's interest.
        interest: &'a Interest,
        /// The first position, in the log.
        position: u64,
    },
}

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards newer records.
    Forwards,
    /// Towards older records.
    Backwards,
}

/// The types of record that a consumer handles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interest {
    /// The stored names of the types.
    pub types: Vec<TypeName>,
}

/// How much to read at once: whichever bound is met first ends the page. A page holds at least one record if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit {
    /// At most this many records.
    pub records: usize,
    /// At most this many bytes of payload.
    pub bytes: usize,
}

/// 1,000 records, 4 MiB.
impl Default for PageLimit {
    fn default() -> Self {
        PageLimit { records: 1_000, bytes: 4 << 20 }
    }
}

/// Rows of a read model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selected {
    /// The rows of the page, in the order asked for.
    pub rows: Vec<Row>,
    /// How many rows fit the filter in all, when that was asked for.
    pub total: Option<u64>,
}
