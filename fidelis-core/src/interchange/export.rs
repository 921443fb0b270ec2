//! Writing a log.

use std::{fmt, io::Write, sync::Arc};

use super::{
    Partial, Progress, Summary, Watcher, Writer,
    line::{Line, ParkedLine, SettlementLine},
    refuse_unfinished,
};
use crate::{
    Error, MessageId, Recorded, Store,
    domain::PARKING,
    store::{Direction, PageLimit, ReadFrom},
};

/// How many settlements are read at once.
const SETTLEMENTS: usize = 1_000;

/// Writes a log as lines of JSON; see the [module](super) for the format.
///
/// What is written is the log as it is when the export begins, whoever goes on writing to the store: nothing that is appended
/// later, no settlement of it, and no checkpoint beyond it.
///
/// ```
/// use fidelis_core::{MemoryStore, block_on, interchange::Export};
/// let store = MemoryStore::default();
/// let mut file = Vec::new();
/// let exported = block_on(Export::of("fidelis", &store).progress(|done| assert_eq!(done.records, done.of)).write(&mut file))?;
/// assert_eq!(exported.records, 0);
/// assert!(file.starts_with(br#"{"header":{"format":"fidelis log","version":1,"domain":"fidelis","head":0"#));
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[must_use = "nothing is written before `write` or `resume`"]
pub struct Export<'a> {
    store: &'a dyn Store,
    domain: &'a str,
    page: PageLimit,
    watcher: Watcher<'a>,
}

impl fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").field("domain", &self.domain).field("page", &self.page).finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    /// An export of the log of this domain in this store.
    pub fn of(domain: &'a str, store: &'a dyn Store) -> Self {
        Export { store, domain, page: PageLimit::default(), watcher: None }
    }

    /// How much is read, held and written at once.
    pub fn page(mut self, page: PageLimit) -> Self {
        self.page = page;
        self
    }

    /// Is told how far it is, after every page.
    pub fn progress(mut self, watcher: impl FnMut(Progress) + Send + 'a) -> Self {
        self.watcher = Some(Box::new(watcher));
        self
    }

    /// Writes a file from its beginning.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the file cannot be written or the store cannot be reached: what is there can be
    /// [resumed](Export::resume). [`Invalid`](crate::ErrorKind::Invalid) when an import into the store is not finished.
    pub async fn write(self, to: &mut (impl Write + Send)) -> Result<Summary, Error> {
        refuse_unfinished(self.store).await?;
        let head = self.store.head().await?;
        let time = record_at(self.store, head).await?.map(|record| record.metadata.time);
        let out = Writer::new(self.domain, head, time, to)?;
        self.go_on(None, out).await
    }

    /// Goes on with a file that was cut: `to` writes behind its first [`keep`](Partial::keep) bytes, all that comes after them
    /// having been taken off. A file that is whole stays as it is.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when the file is not the beginning of this log; and those of [`write`](Export::write).
    pub async fn resume(self, partial: Partial, to: &mut (impl Write + Send)) -> Result<Summary, Error> {
        refuse_unfinished(self.store).await?;
        let Partial { header, counted, last, settlement, hash, complete, .. } = partial;
        if header.domain != self.domain {
            let (found, expected) = (header.domain, self.domain);
            return Err(Error::invalid(format!(
                "the file holds the log of domain `{found}`, not of `{expected}`: export to another file"
            )));
        }
        let head = self.store.head().await?;
        if header.head > head {
            let more = header.head;
            return Err(Error::invalid(format!(
                "the file was begun from a log of {more} records, the store has {head}: it is another log, export to another file"
            )));
        }
        if let Some(last) = last {
            let position = last.metadata.global_position;
            if record_at(self.store, position).await?.as_deref() != Some(&last) {
                return Err(Error::invalid(format!(
                    "the file was begun from another log: its record at position {position} is not the one in the store; export to \
                     another file"
                )));
            }
        }
        if complete {
            return Ok(counted.summary(counted.records));
        }
        self.go_on(settlement, Writer::behind(header, counted, hash, to)).await
    }

    async fn go_on(mut self, settlement: Option<MessageId>, mut out: Writer<&mut (impl Write + Send)>) -> Result<Summary, Error> {
        let (resumed, head) = (out.counted.records, out.header.head);
        self.tell(&out);
        while out.counted.records < head {
            let position = out.counted.records + 1;
            let page = self.store.read(ReadFrom::All { position, direction: Direction::Forwards }, self.page).await?;
            for (expected, record) in (position..=head).zip(&page) {
                if record.metadata.global_position != expected {
                    break;
                }
                out.record(record)?;
            }
            if out.counted.records < position {
                let what = format!("the log of {head} records has none at position {position}");
                return Err(Error::corrupt_store(what, "a log has no holes: restore the store from a copy"));
            }
            out.flush()?;
            self.tell(&out);
        }
        settlements(self.store, settlement, &mut out).await?;
        consumers(self.store, &mut out).await?;
        Ok(Summary { resumed, ..out.close()? })
    }

    fn tell<W>(&mut self, out: &Writer<W>) {
        if let Some(watcher) = &mut self.watcher {
            watcher(Progress { records: out.counted.records, of: out.header.head, bytes: out.bytes });
        }
    }
}

/// Writes what commands were answered, from the one after `after`.
async fn settlements(
    store: &dyn Store,
    mut after: Option<MessageId>,
    out: &mut Writer<&mut (impl Write + Send)>,
) -> Result<(), Error> {
    let head = out.header.head;
    loop {
        let page = store.settlements(after, SETTLEMENTS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.command);
        // What was settled with a position beyond the head is not part of this log yet.
        for settled in page.iter().filter(|settled| settled.position <= head) {
            out.line(&Line::Settlement(SettlementLine::of(settled)))?;
            out.counted.settlements += 1;
        }
        out.flush()?;
    }
}

/// Writes how far consumers are and what they have parked. Checkpoints are read before what is parked: a message that is handled in
/// between is missing in both, never one that is not.
async fn consumers(store: &dyn Store, out: &mut Writer<&mut (impl Write + Send)>) -> Result<(), Error> {
    let head = out.header.head;
    let mut checkpoints = store.checkpoints().await?;
    for (name, position) in &mut checkpoints {
        if !name.ends_with(PARKING) {
            *position = head.min(*position);
        }
    }
    checkpoints.retain(|(_, position)| *position > 0);
    for (name, position) in &checkpoints {
        out.checkpoint(name, *position)?;
    }
    for (name, checkpoint) in checkpoints.iter().filter(|(name, _)| !name.ends_with(PARKING)) {
        for parked in store.parked(name).await?.iter().filter(|parked| parked.position <= *checkpoint) {
            out.line(&Line::Parked(ParkedLine::of(parked)))?;
            out.counted.parked += 1;
        }
        out.flush()?;
    }
    Ok(())
}

/// The record at a position of the log, if there is one.
pub(super) async fn record_at(store: &dyn Store, position: u64) -> Result<Option<Arc<Recorded>>, Error> {
    if position == 0 {
        return Ok(None);
    }
    let from = ReadFrom::All { position, direction: Direction::Forwards };
    let page = store.read(from, PageLimit { records: 1, bytes: 0 }).await?;
    Ok(page.into_iter().next().filter(|record| record.metadata.global_position == position))
}
