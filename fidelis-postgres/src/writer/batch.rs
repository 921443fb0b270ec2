//! One batch: read what is not known, decide, write.

use fidelis_core::{
    Timestamp,
    store::{RowChange, TableChange},
};
use fidelis_sql::batch::{Care, Changes, View};
use futures_util::future::{join, join3};
use tokio_postgres::Row;

use super::{
    Answer, Known, Request, Writer, load,
    outcome::Sent,
    statement::{Parts, Place, borrowed, exchange, write},
};
use crate::{
    failpoint,
    fault::{Fault, Follows},
    names::Names,
    records::unsigned,
    session::Session,
    values::{Moment, instant},
};

/// What came of trying to write a batch.
pub(super) type Attempt = Result<Vec<Answer>, Failed>;

/// Why a batch was not written, or nobody knows whether it was.
#[derive(Debug)]
pub(super) enum Failed {
    /// Somebody else has written: what was decided does not hold.
    Stale,
    /// Something that was taken to be absent is there.
    Taken,
    /// The database refuses the data.
    Unfit(Fault),
    /// It was certainly not written.
    NothingHappened(Fault),
    /// It may have been written, and nobody could be asked.
    NobodyKnows(Fault),
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        match fault.follows {
            Follows::Taken => Failed::Taken,
            Follows::Unfit => Failed::Unfit(fault),
            _ => Failed::NothingHappened(fault),
        }
    }
}

/// The batch that everything that is written next stands on.
const LAST: &str = "SELECT batch, token, head, time, nanoseconds FROM {schema}.batches ORDER BY batch DESC LIMIT 1";

impl Writer {
    pub(super) async fn at_once(&mut self, batch: &mut [Request], care: Care) -> Attempt {
        let mut launched = self.launch(batch, Some(care)).await?;
        self.land(&mut launched, true).await?;
        Ok(launched.answers)
    }

    /// The turn is taken first, so that nobody else writes between reading and writing.
    pub(super) async fn in_turn(&mut self, batch: &mut [Request]) -> Attempt {
        let known = self.known.take();
        match self.in_turn_from(known, batch).await {
            Ok(answers) => Ok(answers),
            Err(failed) => {
                if let Some(session) = self.session.as_ref().filter(|session| !session.is_closed())
                    && session.run("ROLLBACK").await.is_err()
                {
                    self.session = None;
                }
                Err(failed)
            }
        }
    }

    async fn in_turn_from(&mut self, known: Option<Known>, batch: &mut [Request]) -> Attempt {
        let session = self.session.as_ref().expect("an attempt has a session");
        let lock = format!("SELECT pg_advisory_xact_lock({})", self.names.turn);
        let last = self.names.sql(LAST);
        session.prepare(&last).await?;
        failpoint::pass("before begin");
        let (begun, last) = join(session.run(&format!("BEGIN; {lock}")), session.query(&last, &[])).await;
        begun?;
        let fresh = known_of(&last?)?;
        let mut known = match known {
            Some(known) if known.place == fresh.place => {
                self.contended = self.contended.saturating_sub(1);
                known
            }
            _ => {
                self.contended = 4;
                fresh
            }
        };
        load::needs(session, &self.names, &self.tables, &mut known.view, &*batch, Care::Everything).await?;
        let (answers, changes) = self.decide(session, &mut known.view, batch).await?;
        failpoint::pass("after decide");
        if changes.is_empty() {
            session.run("COMMIT").await?;
            self.known = Some(known);
            return Ok(answers);
        }
        let sent = Sent::new(known.place, &known.view, &changes);
        let parts = Parts::new(&changes);
        let (sql, parameters) = write(&self.names, sent, &changes, &parts, &self.texts);
        session.prepare(&sql).await?;
        let exchanges: Vec<_> = changes.exchanged.iter().map(|change| exchange(&self.names, change)).collect();
        let exchanges = match &exchanges[..] {
            [] => String::new(),
            some => format!("SET LOCAL statement_timeout = 0; {}", some.join("; ")),
        };
        failpoint::pass("before commit");
        let borrowed = borrowed(&parameters);
        let (written, exchanged, committed) =
            join3(session.query(&sql, &borrowed), session.run(&exchanges), session.run("COMMIT")).await;
        drop(borrowed);
        drop(parameters);
        // An error in any of them made the end of the transaction a rollback.
        let outcome = match (written, exchanged) {
            (Ok(rows), Ok(())) if rows.is_empty() => return Err(Failed::Stale),
            (Ok(_), Ok(())) => committed,
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        };
        match outcome {
            Ok(()) => {}
            Err(fault) if fault.follows == Follows::Gone => self.resolve(&sent, fault).await?,
            Err(fault) => return Err(fault.into()),
        }
        failpoint::pass("after commit");
        self.known = Some(Known { place: sent.place, ..known });
        Ok(answers)
    }

    /// Decides one commit after the other. What was taken to be absent is looked up before anything is refused because of it: a command
    /// that is settled is repeated, whatever else has changed since.
    pub(super) async fn decide(
        &self,
        session: &Session,
        view: &mut View,
        batch: &mut [Request],
    ) -> Result<(Vec<Answer>, Changes), Failed> {
        let mut changes = Changes::default();
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            let mut answer = self.decide_one(view, request, &mut changes);
            if answer.is_err() && load::needs(session, &self.names, &self.tables, view, [&*request], Care::Everything).await? {
                answer = self.decide_one(view, request, &mut changes);
            }
            answers.push(answer);
        }
        Ok((answers, changes))
    }

    fn decide_one(&self, view: &mut View, request: &mut Request, changes: &mut Changes) -> Answer {
        for change in &request.prepared.commit().tables {
            let (TableChange::Stage(table) | TableChange::Promote(table)) = change;
            self.tables.check_table(table)?;
        }
        view.decide(&mut request.prepared, changes, &|change: &RowChange| self.tables.check(change))
    }
}

impl Known {
    /// What the last batch tells.
    pub(super) async fn last(session: &Session, names: &Names) -> Result<Self, Fault> {
        known_of(&session.query(&names.sql(LAST), &[]).await?)
    }
}

fn known_of(rows: &[Row]) -> Result<Known, Fault> {
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        Fault::new(Follows::NotNow, format!("the table `batches` was changed by somebody else: {error}"))
    };
    let row = rows.first().ok_or_else(|| broken("its last row is gone".into()))?;
    let moment: Option<Moment> = row.try_get(3)?;
    let time = match moment {
        Some(moment) => instant(moment, row.try_get(4)?).map_err(broken)?,
        None => Timestamp::MIN,
    };
    let place = Place { batch: row.try_get(0)?, token: row.try_get(1)? };
    Ok(Known { view: View::new(unsigned(row, 2).map_err(broken)?, time), place })
}
