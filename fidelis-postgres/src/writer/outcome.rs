//! Whether a batch has happened whose connection broke before the answer.
//!
//! The statement may still be running on a server that has not noticed yet, so that it is not enough to look: what is not there now may be
//! there a moment later. But each batch claims its number, and only one can have it. Whoever asks claims the number for an empty batch: it
//! gets it, and then the lost one never can; or it does not, and then the token that stands there tells whose it is.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use fidelis_core::{MessageId, Timestamp};
use fidelis_sql::batch::{Changes, View};
use uuid::Uuid;

use super::{Writer, batch::Failed, statement::Place};
use crate::{
    fault::{Fault, Follows},
    names::Names,
    session::{Patience, Session},
};

/// A batch on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The one it stands on.
    pub(super) previous: Place,
    pub(super) place: Place,
    /// The head of the log after it, and the time of the log's last record.
    pub(super) head: u64,
    pub(super) time: Option<Timestamp>,
    /// Its first record.
    pub(super) first: Option<(u64, MessageId)>,
    /// A command it settles.
    pub(super) settled: Option<MessageId>,
}

impl Sent {
    pub(super) fn new(previous: Place, view: &View, changes: &Changes) -> Self {
        let place = Place { batch: previous.batch + 1, token: Uuid::from_u128(rand::random()) };
        let (head, time) = (view.head(), (view.head() > 0).then(|| view.time()));
        let first = changes.records.first().map(|record| (record.metadata.global_position, record.metadata.id));
        let settled = changes.settlements.first().map(|settlement| settlement.command);
        Sent { previous, place, head, time, first, settled }
    }
}

impl Writer {
    /// Finds out whether the batch has happened, for as long as patience lasts.
    pub(super) async fn resolve(&mut self, sent: &Sent, fault: Fault) -> Result<(), Failed> {
        tracing::warn!(%fault, batch = sent.place.batch, "the connection broke inside a batch: asking what became of it");
        self.session = None;
        let mut patience = Patience::new(&self.options);
        loop {
            let asked = match Session::open(&self.options, |_| ()).await {
                Ok(session) => ask(&session, &self.names, sent).await.map(|happened| (session, happened)),
                Err(fault) => Err(fault),
            };
            let again = match asked {
                Ok((session, Some(happened))) => {
                    tracing::info!(batch = sent.place.batch, happened, "what became of the batch is known");
                    self.session = Some(Arc::new(session));
                    return if happened { Ok(()) } else { Err(Failed::NothingHappened(fault)) };
                }
                Ok((_, None)) => Fault::new(Follows::Again, "the number of the batch is being taken"),
                Err(fault) => fault,
            };
            match patience.pause() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(Failed::NobodyKnows(again)),
            }
        }
    }
}

/// Whether the batch has happened, once and for all; `None` when that is just being decided.
async fn ask(session: &Session, names: &Names, sent: &Sent) -> Result<Option<bool>, Fault> {
    let claim = format!(
        "WITH claimed AS (INSERT INTO {schema}.batches (batch, token, head, time, nanoseconds) \
         SELECT b.batch + 1, $3::uuid, b.head, b.time, b.nanoseconds \
         FROM (SELECT pg_advisory_xact_lock({turn})) l, {schema}.batches b WHERE b.batch = $1 AND b.token = $2 \
         ON CONFLICT (batch) DO NOTHING RETURNING token) \
         SELECT token FROM claimed UNION ALL SELECT token FROM {schema}.batches WHERE batch = $1 + 1",
        schema = names.schema,
        turn = names.turn
    );
    let ours = Uuid::from_u128(rand::random());
    let rows = session.query(&claim, &[&sent.previous.batch, &sent.previous.token, &ours]).await?;
    if let Some(row) = rows.first() {
        let token: Uuid = row.try_get(0)?;
        return Ok(Some(token == sent.place.token));
    }
    // Nobody has the number: it is being taken, or so much was written since that its row has been removed, or the database is not
    // the one it was. In the last two cases the batch cannot happen any more, for what it stands on is gone.
    let sql = names.sql("SELECT 1 FROM {schema}.batches WHERE batch = $1 AND token = $2");
    if !session.query(&sql, &[&sent.previous.batch, &sent.previous.token]).await?.is_empty() {
        return Ok(None);
    }
    if let Some((position, id)) = sent.first {
        let sql = names.sql("SELECT 1 FROM {schema}.events WHERE position = $1 AND id = $2");
        return Ok(Some(!session.query(&sql, &[&position.cast_signed(), &id.uuid()]).await?.is_empty()));
    }
    if let Some(command) = sent.settled {
        let sql = names.sql("SELECT 1 FROM {schema}.settlements WHERE command = $1");
        return Ok(Some(!session.query(&sql, &[&command.uuid()]).await?.is_empty()));
    }
    Ok(None)
}
