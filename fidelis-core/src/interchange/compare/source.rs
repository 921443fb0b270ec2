//! Where the records and settlements of one side come from, a page at a time.

use std::{collections::VecDeque, io::BufRead, sync::Arc};

use super::{
    super::{
        check::{Accepted, Sequence},
        reader::Reader,
    },
    Side,
};
use crate::{
    Error, MessageId, Recorded, Store,
    store::{Direction, PageLimit, ReadFrom, Settlement},
};

/// How many settlements are read at once.
const SETTLEMENTS: usize = 1_000;

pub(super) enum Source<'a> {
    Store(Pages<'a>),
    File(Box<Lines<'a>>),
}

/// A store's log up to a head.
pub(super) struct Pages<'a> {
    store: &'a dyn Store,
    head: u64,
    position: u64,
    records: VecDeque<Arc<Recorded>>,
    after: Option<MessageId>,
    settlements: VecDeque<Settlement>,
}

/// A file's.
pub(super) struct Lines<'a> {
    reader: Reader<Box<dyn BufRead + Send + 'a>>,
    sequence: Sequence,
    ended: bool,
}

impl<'a> Source<'a> {
    pub(super) async fn open(side: Side<'a>) -> Result<Self, Error> {
        Ok(match side {
            Side::Store(store) => Source::Store(Pages {
                store,
                head: store.head().await?,
                position: 0,
                records: VecDeque::new(),
                after: None,
                settlements: VecDeque::new(),
            }),
            Side::File(file) => {
                let mut reader = Reader::new(file);
                let sequence = Sequence::new(reader.header()?);
                Source::File(Box::new(Lines { reader, sequence, ended: false }))
            }
        })
    }

    /// The next record; all of them come before the first settlement is asked for.
    pub(super) async fn record(&mut self) -> Result<Option<Arc<Recorded>>, Error> {
        match self {
            Source::Store(pages) => pages.record().await,
            Source::File(lines) if lines.sequence.counted.records == lines.sequence.header.head => Ok(None),
            Source::File(lines) => match lines.next()? {
                Accepted::Record(record) => Ok(Some(Arc::new(record))),
                // Another line before the last record is refused as such.
                _ => Ok(None),
            },
        }
    }

    /// The next settlement, in the order of the commands' identities.
    pub(super) async fn settlement(&mut self) -> Result<Option<Settlement>, Error> {
        match self {
            Source::Store(pages) => pages.settlement().await,
            Source::File(lines) => {
                while !lines.ended {
                    match lines.next()? {
                        Accepted::Settlement(settlement) => return Ok(Some(settlement)),
                        Accepted::End(end) => {
                            lines.reader.closes(&end, &lines.sequence.counted)?;
                            lines.ended = true;
                        }
                        _ => {}
                    }
                }
                Ok(None)
            }
        }
    }
}

impl Pages<'_> {
    async fn record(&mut self) -> Result<Option<Arc<Recorded>>, Error> {
        if self.records.is_empty() && self.position < self.head {
            let from = ReadFrom::All { position: self.position + 1, direction: Direction::Forwards };
            self.records.extend(self.store.read(from, PageLimit::default()).await?);
        }
        let next = self.records.pop_front().filter(|record| record.metadata.global_position <= self.head);
        self.position = next.as_ref().map_or(self.head, |record| record.metadata.global_position);
        Ok(next)
    }

    async fn settlement(&mut self) -> Result<Option<Settlement>, Error> {
        loop {
            if self.settlements.is_empty() {
                self.settlements.extend(self.store.settlements(self.after, SETTLEMENTS).await?);
            }
            let Some(next) = self.settlements.pop_front() else { return Ok(None) };
            self.after = Some(next.command);
            if next.position <= self.head {
                return Ok(Some(next));
            }
        }
    }
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Accepted, Error> {
        let number = self.reader.number + 1;
        let line = self.reader.line()?;
        self.sequence.accept(line, number)
    }
}
