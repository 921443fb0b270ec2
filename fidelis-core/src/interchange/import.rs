//! Taking over a log.

use std::{fmt, io::BufRead, sync::Arc};

use super::{
    Progress, Summary, Watcher,
    batch::Batch,
    check::{Accepted, Sequence},
    compare::differences,
    export::record_at,
    line::{End, Header},
    reader::Reader,
};
use crate::{
    Error, Recorded, Store,
    store::{PageLimit, Parked},
};

/// Takes a log over into a store that is empty, or that holds the beginning of this log: what an interrupted import has left, or an
/// earlier export.
///
/// Records come in batches, each all or nothing; until the last one the store is marked as unfinished. Checkpoints and what
/// is parked come with the last commit. In memory it holds one batch, what is parked, and the identity of every record
/// (about 30 bytes each), so that one that comes twice is refused.
///
/// A file is best [checked](super::check) before: a checksum that is wrong is known only at the end.
///
/// ```
/// use fidelis_core::{MemoryStore, Store, block_on, interchange::{Export, Import}};
/// # let (here, there) = (MemoryStore::default(), MemoryStore::default());
/// # let mut file = Vec::new();
/// # block_on(Export::of("fidelis", &here).write(&mut file))?;
/// let imported = block_on(Import::into(&there).of("fidelis").read(&file[..]))?;
/// assert_eq!(imported.records, block_on(there.head())?);
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[must_use = "nothing is taken over before `read`"]
pub struct Import<'a> {
    store: &'a dyn Store,
    domain: Option<&'a str>,
    rebuilt: Vec<Arc<str>>,
    page: PageLimit,
    watcher: Watcher<'a>,
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").field("domain", &self.domain).field("page", &self.page).finish_non_exhaustive()
    }
}

impl<'a> Import<'a> {
    /// An import into this store, of the log of any domain.
    pub fn into(store: &'a dyn Store) -> Self {
        Import { store, domain: None, rebuilt: Vec::new(), page: PageLimit::default(), watcher: None }
    }

    /// Takes over the log of this domain only.
    pub fn of(mut self, domain: &'a str) -> Self {
        self.domain = Some(domain);
        self
    }

    /// Leaves the checkpoints of these subscriptions behind, and what they have parked: they are those of
    /// [projectors](crate::Domain::projectors), and begin their read models anew.
    pub fn rebuilding(mut self, subscriptions: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.rebuilt.extend(subscriptions);
        self
    }

    /// How much is held and committed at once.
    pub fn batch(mut self, batch: PageLimit) -> Self {
        self.page = batch;
        self
    }

    /// Is told how far it is, now and then.
    pub fn progress(mut self, watcher: impl FnMut(Progress) + Send + 'a) -> Self {
        self.watcher = Some(Box::new(watcher));
        self
    }

    /// Reads a file and takes over what it holds.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a file that holds something else than it says, with the number of the line, the field,
    /// what was expected and what to do; for the log of another domain; for a store with another log. Whole batches that came
    /// before stay: the import of a better copy goes on from there. What the store reports.
    pub async fn read(mut self, from: impl BufRead + Send) -> Result<Summary, Error> {
        let mut reader = Reader::new(from);
        let header = reader.header()?;
        self.fits(&header)?;
        let head = self.store.head().await?;
        if head > header.head {
            let of = header.head;
            return Err(Error::invalid(format!(
                "the store has a log of {head} records, the file one of {of}: it cannot be the beginning of it; import into an empty store"
            )));
        }
        let there = record_at(self.store, head).await?;
        let mut batch = Batch::new(self.store, self.page, header.head).await?;
        // Checkpoints have moved on since, and what is parked may have been handled.
        let complete = head == header.head && head > 0 && !batch.is_unfinished();
        let mut sequence = Sequence::new(header);
        let (mut checkpoints, mut parked) = (Vec::new(), Vec::new());
        let end = loop {
            let number = reader.number + 1;
            match sequence.accept(reader.line()?, number)? {
                Accepted::Record(record) => {
                    let position = record.metadata.global_position;
                    if position == head {
                        is_same(there.as_deref(), &record)?;
                    }
                    if position > head {
                        batch.record(record, number).await?;
                    }
                    sequence.tell(&mut self.watcher, reader.bytes);
                }
                Accepted::Settlement(settlement) if !complete => batch.settlement(settlement, number).await?,
                Accepted::Checkpoint(name, position) if !self.is_rebuilt(&name) => checkpoints.push((name, position)),
                Accepted::Parked(message) if !self.is_rebuilt(&message.subscription) => parked.push(message),
                Accepted::Settlement(_) | Accepted::Checkpoint(..) | Accepted::Parked(_) => {}
                Accepted::End(end) => break end,
            }
        };
        reader.closes(&end, &sequence.counted)?;
        if complete {
            sequence.tell_last(&mut self.watcher, reader.bytes);
            return Ok(Summary { records: head, resumed: head, ..Summary::default() });
        }
        let (moved, set_aside) = batch.finish(checkpoints, parked).await?;
        sequence.tell_last(&mut self.watcher, reader.bytes);
        let End { records, settlements, .. } = sequence.counted;
        Ok(Summary { records, resumed: head, settlements, checkpoints: moved, parked: set_aside })
    }

    fn fits(&self, header: &Header) -> Result<(), Error> {
        match self.domain {
            Some(domain) if domain != header.domain => Err(Error::invalid(format!(
                "the file holds the log of domain `{}`, expected that of `{domain}`: import it with a program of that domain, or ask for \
                 any domain",
                header.domain
            ))),
            _ => Ok(()),
        }
    }

    fn is_rebuilt(&self, name: &str) -> bool {
        // A subscription's further checkpoints begin with its name: `/parked`, `/staged`.
        self.rebuilt
            .iter()
            .any(|rebuilt| name.strip_prefix(&**rebuilt).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

/// Whether the last record of the store is the one at its place in the file.
fn is_same(there: Option<&Recorded>, here: &Recorded) -> Result<(), Error> {
    let different = match there {
        None => vec!["the store has none there".to_owned()],
        Some(there) => differences(there, here),
    };
    if different.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "the store has another log than the file: at position {}, {}; import into an empty store",
        here.metadata.global_position,
        different.join("; ")
    )))
}

/// The parked messages of one subscription among those of a file.
pub(super) fn of_subscription<'a>(parked: &'a [Parked], name: &'a str) -> impl Iterator<Item = &'a Parked> {
    parked.iter().filter(move |message| &*message.subscription == name)
}
