//! Reading ahead for whoever reads a long history in large pages: while he works on one, the next is read.

use std::sync::Arc;

use fidelis_core::{
    Error, Recorded,
    store::{Interest, PageLimit, ReadFrom},
};
use parking_lot::Mutex;

use super::Page;
use crate::readers::Readers;

/// From this many records on a page is large.
const LARGE: usize = 10_000;

type Answer = Result<Option<Vec<Arc<Recorded>>>, Error>;

/// The page that somebody is going to ask for next, as far as can be told. One at a time, so that it is one page of memory.
#[derive(Default)]
pub(crate) struct ReadAhead(Mutex<Option<Next>>);

struct Next {
    interest: Interest,
    position: u64,
    limit: PageLimit,
    page: oneshot::AsyncReceiver<Answer>,
}

impl ReadAhead {
    /// The page, if it was read ahead and is full: what was the end of the log then may not be any more.
    pub(crate) async fn page(&self, from: ReadFrom<'_>, limit: PageLimit) -> Option<Vec<Arc<Recorded>>> {
        let ReadFrom::Interest { interest, position } = from else { return None };
        let next =
            self.0.lock().take_if(|next| next.position == position && next.limit == limit && next.interest == *interest)?;
        next.page.await.ok()?.ok()?
    }

    /// Begins to read what follows this page, if it is a large one.
    pub(crate) fn begin(&self, readers: &Arc<Readers>, from: ReadFrom<'_>, limit: PageLimit, page: &[Arc<Recorded>]) {
        let (ReadFrom::Interest { interest, .. }, Some(last)) = (from, page.last()) else { return };
        if page.len() < LARGE {
            return;
        }
        let interest = interest.clone();
        let position = last.metadata.global_position + 1;
        let wanted = interest.clone();
        let next = readers.ask(move |reader| {
            let from = ReadFrom::Interest { interest: &wanted, position };
            let Some(mut page) = Page::begin(reader, from, limit)? else { return Ok(None) };
            page.read(reader, usize::MAX)?;
            Ok(page.is_full().then(|| page.into_records()))
        });
        // What cannot be read ahead is read when it is asked for.
        *self.0.lock() = next.ok().map(|page| Next { interest, position, limit, page });
    }
}
