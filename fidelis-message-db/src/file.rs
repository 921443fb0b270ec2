//! Rows read as the file of an exported log.

use std::io::{self, BufRead, Read};

use fidelis_core::{Error, interchange::Writer};

use crate::{
    Conversion, Found, Report,
    conversion::{Converted, Converter},
};

/// A log that is made while it is read. It is the same every time it is read, so an import that was interrupted goes on with it.
pub struct File<'a, I> {
    converter: Converter<'a>,
    conversion: &'a Conversion,
    rows: I,
    writer: Writer<Vec<u8>>,
    head: u64,
    read: usize,
    ended: bool,
}

impl<I> std::fmt::Debug for File<'_, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl<'a, I: Iterator<Item = Result<Found, Error>>> File<'a, I> {
    pub(crate) fn new(conversion: &'a Conversion, report: &Report, rows: I) -> Result<Self, Error> {
        let writer = Writer::new(&conversion.domain, report.records, report.time, Vec::new())?;
        Ok(File { converter: Converter::new(conversion), conversion, rows, writer, head: report.records, read: 0, ended: false })
    }

    /// Makes more of the file.
    fn go_on(&mut self) -> Result<(), Error> {
        let changed = |what: String| Error::invalid(format!("{what}; the rows are not those that were surveyed: begin again"));
        while let Some(found) = self.rows.next() {
            let Found { place, row } = found?;
            match row.and_then(|row| self.converter.convert(&row)) {
                Ok(Converted::Record(record)) => return self.writer.record(&record),
                Ok(Converted::Other(_)) => {}
                Err(reason) => return Err(changed(format!("{place}: {reason}"))),
            }
        }
        self.ended = true;
        for subscription in self.conversion.handled.iter().filter(|_| self.head > 0) {
            self.writer.checkpoint(subscription, self.head)?;
        }
        self.writer.close().map(drop)
    }
}

impl<I: Iterator<Item = Result<Found, Error>>> BufRead for File<'_, I> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.writer.get_mut().len() {
            self.writer.get_mut().clear();
            self.read = 0;
            while !self.ended && self.writer.get_mut().is_empty() {
                self.go_on().map_err(io::Error::other)?;
                self.writer.flush().map_err(io::Error::other)?;
            }
        }
        Ok(&self.writer.get_mut()[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl<I: Iterator<Item = Result<Found, Error>>> Read for File<'_, I> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let amount = from.len().min(to.len());
        to[..amount].copy_from_slice(&from[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}
