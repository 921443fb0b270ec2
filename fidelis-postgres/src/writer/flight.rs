//! Batches on their way to the database.
//!
//! While the database writes one, the next is decided on what the first is going to leave behind, and sent after it over the same
//! connection. It stands on the first as every batch stands on the one before: if the first does not happen, for whatever reason, there
//! is nothing the second could follow, and it does not happen either. So whatever becomes of them, they are looked at in their order,
//! and those that did not happen are decided anew.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Instant};

use fidelis_core::BoxFuture;
use fidelis_sql::batch::{Care, Changes};
use futures_util::{
    FutureExt,
    future::{MaybeDone, maybe_done},
};

use super::{
    Answer, Known, Request, Writer,
    batch::Failed,
    load,
    outcome::Sent,
    statement::{Parts, borrowed, write},
};
use crate::{
    failpoint,
    fault::{Fault, Follows},
};

/// How many batches are on their way at most: one that is written, and one that is there when it is done.
pub(super) const MOST: usize = 2;

/// Whether what is known still holds, for answers that change nothing.
const IS_CURRENT: &str = "SELECT 1 FROM {schema}.batches b WHERE b.batch = $1 AND b.token = $2 \
     AND NOT EXISTS (SELECT 1 FROM {schema}.batches n WHERE n.batch = $1 + 1)";

/// A batch on its way.
pub(super) struct Flight {
    pub(super) batch: Vec<Request>,
    pub(super) launched: Launched,
    pub(super) begun: Instant,
}

impl Flight {
    /// Waits for the database.
    pub(super) async fn arrived(&mut self) {
        (&mut self.launched.written).await;
    }
}

/// What was decided and sent.
pub(super) struct Launched {
    pub(super) answers: Vec<Answer>,
    /// The head of the log after it.
    pub(super) head: u64,
    /// What is written; `None` when there is nothing to write.
    sent: Option<Sent>,
    /// Whether it has happened, as far as the database has said.
    written: MaybeDone<BoxFuture<'static, Result<bool, Fault>>>,
}

impl Writer {
    /// Sends a batch behind those that are on their way, if nothing has to be read before. Otherwise the batch is given back, and why it
    /// failed if it was tried.
    pub(super) async fn follow(&mut self, mut batch: Vec<Request>) -> Result<Flight, (Vec<Request>, Option<Failed>)> {
        let may_follow = self.contended == 0
            && !batch.iter().any(|request| request.prepared.is_alone())
            && self.session.as_ref().is_some_and(|session| !session.is_closed())
            && self
                .known
                .as_ref()
                .is_some_and(|known| known.view.needs(batch.iter().map(|request| &request.prepared), Care::Trusting).is_empty());
        if !may_follow {
            return Err((batch, None));
        }
        let begun = Instant::now();
        match self.launch(&mut batch, None).await {
            Ok(launched) => Ok(Flight { batch, launched, begun }),
            Err(failed) => {
                self.known = None;
                Err((batch, Some(failed)))
            }
        }
    }

    /// Decides a batch on what is known and sends it: when this is ready, it is behind everything that was sent before. What has to be
    /// read is read with this care; `None`: it is known that there is nothing.
    pub(super) async fn launch(&mut self, batch: &mut [Request], care: Option<Care>) -> Result<Launched, Failed> {
        let session = Arc::clone(self.session.as_ref().expect("an attempt has a session"));
        let mut known = match self.known.take() {
            Some(known) => known,
            None => Known::last(&session, &self.names).await?,
        };
        if let Some(care) = care {
            load::needs(&session, &self.names, &self.tables, &mut known.view, &*batch, care).await?;
        }
        failpoint::pass("before begin");
        let (answers, changes) = self.decide(&session, &mut known.view, batch).await?;
        failpoint::pass("after decide");
        if !changes.exchanged.is_empty() {
            // Whole tables are exchanged in turn.
            return Err(Failed::Stale);
        }
        let (sent, written): (_, BoxFuture<'static, _>) = if changes.is_empty() {
            // There is nothing to write, and yet the answers stand on what was known: is it still so?
            let (sql, place) = (self.names.sql(IS_CURRENT), known.place);
            let current = async move { session.query(&sql, &[&place.batch, &place.token]).await.map(|rows| !rows.is_empty()) };
            (None, Box::pin(current))
        } else {
            let sent = Sent::new(known.place, &known.view, &changes);
            (Some(sent), Box::pin(self.written(sent, changes)))
        };
        let mut written = maybe_done(written);
        // Polled once, it is sent.
        let _ = (&mut written).now_or_never();
        let head = known.view.head();
        let place = sent.map_or(known.place, |sent| sent.place);
        self.known = Some(Known { place, ..known });
        Ok(Launched { answers, head, sent, written })
    }

    fn written(&self, sent: Sent, changes: Changes) -> impl Future<Output = Result<bool, Fault>> + Send + use<> {
        let session = Arc::clone(self.session.as_ref().expect("an attempt has a session"));
        let (names, texts) = (Arc::clone(&self.names), Arc::clone(&self.texts));
        async move {
            let parts = Parts::new(&changes);
            let (sql, parameters) = write(&names, sent, &changes, &parts, &texts);
            failpoint::pass("before commit");
            let rows = session.query(&sql, &borrowed(&parameters)).await?;
            Ok(!rows.is_empty())
        }
    }

    /// Waits for what was sent, and finds out what became of it when the connection broke. `stands`: what it follows has happened, or
    /// nobody knows.
    pub(super) async fn land(&mut self, launched: &mut Launched, stands: bool) -> Result<(), Failed> {
        (&mut launched.written).await;
        let written = Pin::new(&mut launched.written).take_output().expect("what is sent is landed once");
        match (written, launched.sent) {
            (Ok(true), _) => {}
            (Ok(false), _) => return Err(Failed::Stale),
            (Err(fault), Some(sent)) if fault.follows == Follows::Gone && stands => self.resolve(&sent, fault).await?,
            (Err(fault), _) if fault.follows == Follows::Gone => return Err(Failed::NothingHappened(fault)),
            (Err(fault), _) => return Err(fault.into()),
        }
        if launched.sent.is_some() {
            failpoint::pass("after commit");
        }
        Ok(())
    }

    /// Answers the first of those on their way. If it has not happened, those behind it have not either: all are tried again.
    pub(super) async fn land_first(&mut self, flying: &mut VecDeque<Flight>) {
        let mut failures = Vec::new();
        let mut stands = true;
        while let Some(mut flight) = flying.pop_front() {
            match self.land(&mut flight.launched, stands).await {
                Ok(()) => {
                    let on_their_way = flying.iter().map(|flight| flight.batch.len()).sum();
                    self.answer(flight.batch, flight.launched.answers, flight.launched.head, flight.begun, on_their_way);
                }
                Err(failed) => {
                    // What is known is ahead of what is stored.
                    self.known = None;
                    stands = matches!(failed, Failed::NobodyKnows(_));
                    failures.push((flight.batch, failed));
                }
            }
            if failures.is_empty() {
                return;
            }
        }
        for (batch, failed) in failures {
            self.process(batch, Some(failed)).await;
        }
    }
}
