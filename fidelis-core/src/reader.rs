//! Reading long histories: page by page, the next one being fetched while this one is looked at.

use std::{
    future::poll_fn,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    vec,
};

use crate::{
    BoxFuture, Error, Recorded, Store, StreamName,
    store::{Direction, Interest, PageLimit, ReadFrom},
};

/// Which records a [`Reader`] reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Records {
    /// The whole log.
    All,
    /// One category, such as `fidelis::account`: all streams of one kind.
    Category(Arc<str>),
    /// One stream, such as `fidelis::account-018f…`. Its positions are those in the stream, from 0.
    Stream(StreamName),
    /// The records of some types.
    Interest(Arc<Interest>),
}

/// Reads a history that is too long for memory: record by record, or page by page.
///
/// While one page is looked at, the next one is being read; no more than these two are in memory, each bounded by
/// [`PageLimit`], and nothing more is read until the first of them is used up. Made by
/// [`Engine::reader`](crate::Engine::reader), or on a store without an engine by [`Reader::new`].
///
/// It reads forwards from the beginning, unless told otherwise, and sees every record that is stored below one it has seen:
/// the positions of the log have no gaps and are in the order of commits. At the end it says that there is nothing more *now*;
/// asked again later, it goes on with what came since. One that [follows](Reader::follow) waits instead.
///
/// ```
/// # use fidelis::prelude::*;
/// # mod counting {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Counter)] pub struct Counted { pub by: u32 }
/// #     #[aggregate(event_sourced)] pub struct Counter { pub total: u32 }
/// #     #[aggregate] impl Counter { #[apply] fn on_counted(&mut self, event: &Counted) { self.total += event.by; } }
/// #     #[command(part_of = Counter)] pub struct Count { pub by: u32 }
/// #     #[derive(Default)] pub struct CounterCommandHandler;
/// #     #[command_handler(part_of = Counter)] impl CounterCommandHandler {
/// #         #[handle] fn count(&self, command: Count, id: Id<Counter>) -> Result<Counter, Rejection> {
/// #             let mut counter = Counter::new(id); counter.raise(Counted { by: command.by })?; Ok(counter) } }
/// #     fidelis::domain!("counting");
/// # }
/// # use counting::Count;
/// use fidelis::{Records, store::PageLimit};
/// # fidelis::block_on(async {
/// # let engine = counting::domain().in_memory()?;
/// # for by in 1..=3 { let _ = engine.process(Count { by }).await?; }
/// let mut reader = engine.reader(Records::Category("counting::counter".into()));
/// let mut positions = Vec::new();
/// while let Some(record) = reader.next().await? {
///     positions.push(record.metadata.global_position);
/// }
/// assert_eq!(positions, [1, 2, 3]);
///
/// // The newest first, and no more in memory than two pages of 100.
/// let mut newest = engine.reader(Records::All).backwards().pages(PageLimit { records: 100, bytes: 64 << 10 });
/// assert_eq!(newest.next().await?.map(|record| record.metadata.global_position), Some(3));
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
#[must_use = "a reader reads when it is asked for what is next"]
pub struct Reader {
    store: Arc<dyn Store>,
    source: Records,
    direction: Direction,
    /// The first position of the page after the one in hand; `None` when there is none before it.
    next: Option<u64>,
    limit: PageLimit,
    follows: bool,
    /// What is left of the page in hand.
    page: vec::IntoIter<Arc<Recorded>>,
    ahead: Ahead,
}

/// The page after the one in hand.
enum Ahead {
    NotAsked,
    Asked(BoxFuture<'static, Result<Vec<Arc<Recorded>>, Error>>),
    Here(Result<Vec<Arc<Recorded>>, Error>),
}

impl Reader {
    /// A reader of a store, from the beginning of the source.
    pub fn new(store: Arc<dyn Store>, source: Records) -> Self {
        Reader {
            store,
            source,
            direction: Direction::Forwards,
            next: Some(0),
            limit: PageLimit::default(),
            follows: false,
            page: Vec::new().into_iter(),
            ahead: Ahead::NotAsked,
        }
    }

    /// Begins at this position (inclusive): in the stream when it reads one stream, else in the log.
    pub fn from(mut self, position: u64) -> Self {
        self.next = Some(position);
        self
    }

    /// Reads towards older records: from the newest one, unless [`from`](Reader::from) says otherwise afterwards.
    pub fn backwards(mut self) -> Self {
        (self.direction, self.next) = (Direction::Backwards, Some(u64::MAX));
        self
    }

    /// How much is read at once; twice as much may be in memory. 1,000 records and 4 MiB unless said otherwise.
    pub fn pages(mut self, limit: PageLimit) -> Self {
        self.limit = limit;
        self
    }

    /// Waits at the end for what is written next, by whomever, instead of saying that there is nothing more.
    pub fn follow(mut self) -> Self {
        self.follows = true;
        self
    }

    /// The next record; `None` when there is no more now.
    ///
    /// Dropped while it waits, it has lost nothing: asked again, it goes on.
    ///
    /// # Errors
    /// What the store reports; asked again, it tries the same page again. [`Invalid`](crate::ErrorKind::Invalid) when it is to
    /// follow backwards, or to read what consumers are interested in backwards.
    pub async fn next(&mut self) -> Result<Option<Arc<Recorded>>, Error> {
        loop {
            if let Some(record) = self.page.next() {
                return Ok(Some(record));
            }
            match self.next_page().await? {
                Some(page) => self.page = page.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The next page, or what is left of the one that [`next`](Reader::next) has begun: at least one record; `None` when there is
    /// no more now.
    ///
    /// # Errors
    /// As [`next`](Reader::next).
    pub async fn next_page(&mut self) -> Result<Option<Vec<Arc<Recorded>>>, Error> {
        if self.page.len() > 0 {
            return Ok(Some(mem::take(&mut self.page).collect()));
        }
        poll_fn(|context| self.poll_ahead(context)).await;
        let Ahead::Here(page) = mem::replace(&mut self.ahead, Ahead::NotAsked) else {
            // Nothing before the first position.
            return Ok(None);
        };
        let page = page?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        let position = match self.source {
            Records::Stream(_) => last.metadata.position,
            _ => last.metadata.global_position,
        };
        self.next = match self.direction {
            Direction::Forwards => Some(position + 1),
            Direction::Backwards => position.checked_sub(1),
        };
        // Asked for now, and not when it is needed: the store reads while the caller looks at this page.
        poll_fn(|context| {
            let _ = self.poll_ahead(context);
            Poll::Ready(())
        })
        .await;
        Ok(Some(page))
    }

    /// Asks for the page ahead, unless that is done, and looks whether it is here.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Ahead::NotAsked = self.ahead {
            match self.next {
                Some(position) => self.ahead = Ahead::Asked(self.ask(position)),
                None => return Poll::Ready(()),
            }
        }
        if let Ahead::Asked(asked) = &mut self.ahead {
            let page = ready!(Pin::new(asked).poll(context));
            self.ahead = Ahead::Here(page);
        }
        Poll::Ready(())
    }

    fn ask(&self, position: u64) -> BoxFuture<'static, Result<Vec<Arc<Recorded>>, Error>> {
        let (store, source, direction, limit) = (Arc::clone(&self.store), self.source.clone(), self.direction, self.limit);
        let follows = self.follows;
        Box::pin(async move {
            let from = source.from(position, direction)?;
            if follows && direction == Direction::Backwards {
                return Err(Error::invalid("a reader that reads backwards cannot follow: nothing is written there"));
            }
            let page = store.read(from, limit).await?;
            if !page.is_empty() || !follows {
                return Ok(page);
            }
            loop {
                // Before the page: what is written after it ends the waiting.
                let head = store.head().await?;
                let page = store.read(from, limit).await?;
                if !page.is_empty() {
                    return Ok(page);
                }
                store.wait(head).await?;
            }
        })
    }
}

impl Records {
    fn from(&self, position: u64, direction: Direction) -> Result<ReadFrom<'_>, Error> {
        Ok(match self {
            Records::All => ReadFrom::All { position, direction },
            Records::Category(name) => ReadFrom::Category { name, position, direction },
            Records::Stream(name) => ReadFrom::Stream { name, position, direction },
            Records::Interest(interest) if direction == Direction::Forwards => ReadFrom::Interest { interest, position },
            Records::Interest(_) => return Err(Error::invalid("what consumers are interested in is read forwards only")),
        })
    }
}
