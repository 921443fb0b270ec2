//! Reading a file line by line: numbered, bounded, and hashed as it goes by.

use std::io::{BufRead, Read};

use xxhash_rust::xxh3::Xxh3Default;

use super::line::{End, Header, Line, at_line};
use crate::Error;

/// The longest line that is read. Larger than any record: a store's own limits are far below.
pub(super) const LONGEST: u64 = 256 << 20;

/// How every file begins.
const BEGINNING: &str = r#"{"header":{"format":"fidelis log""#;

/// A file on its way in.
pub(super) struct Reader<R> {
    from: R,
    line: Vec<u8>,
    /// The number of the line that was read last.
    pub(super) number: u64,
    /// The bytes that were read.
    pub(super) bytes: u64,
    hash: Xxh3Default,
    /// The hash of everything before the line that was read last.
    before: u128,
    /// The longest line that is read; smaller in tests.
    pub(super) longest: u64,
}

/// What stands in one line.
pub(super) enum Next<'a> {
    /// A whole line.
    Line(&'a str),
    /// The beginning of a line: the file was cut.
    Cut(&'a [u8]),
    /// Nothing any more.
    Nothing,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Reader { from, line: Vec::new(), number: 0, bytes: 0, hash: Xxh3Default::new(), before: 0, longest: LONGEST }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Result<Next<'_>, Error> {
        self.line.clear();
        let number = self.number + 1;
        let read = Read::take(&mut self.from, self.longest).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| Error::unavailable(format!("line {number} of the file cannot be read"), error))? as u64;
        if read == 0 {
            return Ok(Next::Nothing);
        }
        self.number = number;
        self.bytes += read;
        if self.line.pop_if(|last| *last == b'\n').is_none() {
            return if read < self.longest {
                Ok(Next::Cut(&self.line))
            } else {
                Err(at_line(number, &format!("it is longer than {read} bytes")))
            };
        }
        self.before = self.hash.digest128();
        self.hash.update(&self.line);
        self.hash.update(b"\n");
        match std::str::from_utf8(&self.line) {
            Ok(text) => Ok(Next::Line(text)),
            Err(error) => Err(at_line(number, &format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1))),
        }
    }

    /// The first line.
    pub(super) fn header(&mut self) -> Result<Header, Error> {
        match self.next()? {
            Next::Line(text) => Header::parse(text),
            Next::Cut(_) => Err(Error::invalid("the file was cut in its first line: it holds nothing that could be taken over")),
            Next::Nothing => Err(Error::invalid("the file is empty: it has not even the header of a log")),
        }
    }

    /// The next line, of a file that has one: its last is its closing line.
    pub(super) fn line(&mut self) -> Result<Line<'_>, Error> {
        let number = self.number + 1;
        match self.next()? {
            Next::Line(text) => Line::parse(text).map_err(|error| at_line(number, &error)),
            Next::Cut(_) => Err(cut(number, "in the middle of line")),
            Next::Nothing => Err(cut(number - 1, "after line")),
        }
    }

    /// Whether the closing line, read last, tells of what was read.
    pub(super) fn closes(&mut self, end: &End, counted: &End) -> Result<(), Error> {
        let number = self.number;
        for (what, said, found) in [
            ("records", end.records, counted.records),
            ("settlements", end.settlements, counted.settlements),
            ("checkpoints", end.checkpoints, counted.checkpoints),
            ("parked", end.parked, counted.parked),
        ] {
            if said != found {
                return Err(at_line(number, &format!("`end.{what}` says {said}, the file has {found}")));
            }
        }
        let checksum = checksum(self.before);
        if end.checksum != checksum {
            let what = format!(
                "`end.checksum` is `{}`, that of the lines before it is `{checksum}`: the file is not as it was written",
                end.checksum
            );
            return Err(at_line(number, &what));
        }
        match self.next()? {
            Next::Nothing => Ok(()),
            Next::Line(_) | Next::Cut(_) => Err(at_line(number + 1, "it stands after the closing line")),
        }
    }

    /// The hash of all that was read, to be gone on with.
    pub(super) fn hash(&self) -> Xxh3Default {
        self.hash.clone()
    }
}

/// Whether a first line that was cut is how a header begins.
pub(super) fn begins_header(line: &[u8]) -> bool {
    BEGINNING.as_bytes().starts_with(line.get(..BEGINNING.len()).unwrap_or(line))
}

/// A checksum as it is written.
pub(super) fn checksum(hash: u128) -> String {
    format!("{hash:032x}")
}

fn cut(number: u64, place: &str) -> Error {
    Error::invalid(format!(
        "the file ends {place} {number}, without its closing line: it was cut; the whole records before that are taken over, import the \
         complete file to go on"
    ))
}
