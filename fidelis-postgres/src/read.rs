//! Pages of the log.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fidelis_core::{
    Error, Recorded,
    store::{Direction, PageLimit, ReadFrom},
};
use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;

use crate::{
    fault::Fault,
    names::Names,
    pool::{Pool, reading},
    records::{COLUMNS, Decoder},
    session::Session,
};

/// How many rows are asked for at once, whatever their size is.
const MOST_ROWS: usize = 10_000;

/// How large payloads have been lately: so many rows are asked for as are likely to fill the page.
#[derive(Debug)]
pub(crate) struct Sizes(AtomicUsize);

impl Default for Sizes {
    fn default() -> Self {
        Sizes(AtomicUsize::new(1_024))
    }
}

impl Sizes {
    fn rows_for(&self, bytes: usize) -> usize {
        (bytes / self.0.load(Ordering::Relaxed).max(1)).saturating_add(1).clamp(8, MOST_ROWS)
    }

    fn learn(&self, rows: usize, bytes: usize) {
        if let Some(size) = bytes.checked_div(rows) {
            let before = self.0.load(Ordering::Relaxed);
            // Quickly up, slowly down: asking for too much costs more than asking twice.
            self.0.store(if size > before { size } else { (before * 3 + size) / 4 }, Ordering::Relaxed);
        }
    }
}

/// A page of the log: what is read so far is kept when a connection is lost.
pub(crate) async fn page(pool: &Pool, sizes: &Sizes, question: &Question, limit: PageLimit) -> Result<Vec<Arc<Recorded>>, Error> {
    let mut page = Page { records: Vec::new(), bytes: 0, limit, next: question.position, over: false };
    loop {
        let wanted =
            limit.records.saturating_sub(page.records.len()).clamp(1, sizes.rows_for(limit.bytes.saturating_sub(page.bytes)));
        let read = reading!(pool, "cannot read the log", |session| question.ask(session, page.next, wanted).await)?;
        let (rows, bytes) = (read.len(), read.iter().map(|record| record.payload.len()).sum());
        sizes.learn(rows, bytes);
        question.check(&page, &read)?;
        for record in read {
            page.add(record, question);
        }
        if page.over || rows < wanted || page.records.len() >= limit.records {
            return Ok(page.records);
        }
    }
}

struct Page {
    records: Vec<Arc<Recorded>>,
    bytes: usize,
    limit: PageLimit,
    next: i64,
    over: bool,
}

impl Page {
    fn add(&mut self, record: Recorded, question: &Question) {
        self.bytes = self.bytes.saturating_add(record.payload.len());
        self.over |= !self.records.is_empty() && (self.records.len() >= self.limit.records || self.bytes > self.limit.bytes);
        if self.over {
            return;
        }
        let place = if question.by_stream { record.metadata.position } else { record.metadata.global_position };
        let step = if question.backwards { -1 } else { 1 };
        self.next = place.cast_signed() + step;
        self.records.push(Arc::new(record));
    }
}

/// What is asked of the database: from a position, so many rows.
pub(crate) struct Question {
    sql: String,
    /// The first parameter, if there is one before position and limit.
    which: Option<Which>,
    position: i64,
    backwards: bool,
    by_stream: bool,
    /// Whether a hole in the positions is a hole in the log.
    whole: bool,
}

enum Which {
    Text(String),
    Texts(Vec<String>),
}

impl Question {
    pub(crate) fn new(names: &Names, from: ReadFrom<'_>) -> Self {
        let simple = |condition: &str, column: &str, direction: Direction| {
            let number = if condition.is_empty() { 1 } else { 2 };
            let (compare, order) = match direction {
                Direction::Forwards => (">=", "ASC"),
                Direction::Backwards => ("<=", "DESC"),
            };
            format!(
                "SELECT {COLUMNS} FROM {}.events WHERE {condition}{column} {compare} ${number}::bigint ORDER BY {column} {order} LIMIT ${}::bigint",
                names.schema,
                number + 1
            )
        };
        let position_of = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
        let question = |sql, which, position, direction| Question {
            sql,
            which,
            position: position_of(position),
            backwards: direction == Direction::Backwards,
            by_stream: false,
            whole: false,
        };
        match from {
            ReadFrom::Stream { name, position, direction } => {
                let sql = simple("stream = $1::text AND ", "stream_position", direction);
                Question { by_stream: true, ..question(sql, Some(Which::Text(name.as_str().to_owned())), position, direction) }
            }
            ReadFrom::Category { name, position, direction } => {
                let sql = simple("category = $1::text AND ", "position", direction);
                question(sql, Some(Which::Text(name.to_owned())), position, direction)
            }
            ReadFrom::All { position, direction } => {
                let position = if direction == Direction::Forwards { position.max(1) } else { position };
                Question { whole: true, ..question(simple("", "position", direction), None, position, direction) }
            }
            ReadFrom::Interest { interest, position } => {
                let mut types: Vec<&str> = interest.types.iter().map(fidelis_core::TypeName::as_str).collect();
                types.sort_unstable();
                types.dedup();
                if let [one] = types[..] {
                    let sql = simple("type = $1::text AND ", "position", Direction::Forwards);
                    return question(sql, Some(Which::Text(one.to_owned())), position, Direction::Forwards);
                }
                // Type by type in the order of the index: what is of no interest is not even looked at.
                let sql = format!(
                    "SELECT {COLUMNS} FROM {schema}.events WHERE position IN (SELECT p.position FROM unnest($1::text[]) t(name), \
                     LATERAL (SELECT position FROM {schema}.events WHERE type = t.name AND position >= $2::bigint \
                     ORDER BY position LIMIT $3::bigint) p ORDER BY p.position LIMIT $3::bigint) ORDER BY position",
                    schema = names.schema
                );
                question(sql, Some(Which::Texts(types.into_iter().map(str::to_owned).collect())), position, Direction::Forwards)
            }
        }
    }

    async fn ask(&self, session: &Session, position: i64, rows: usize) -> Result<Vec<Recorded>, Fault> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let (first, parameters): (&(dyn ToSql + Sync), bool) = match &self.which {
            None => (&position, false),
            // No stream has such a name.
            Some(Which::Text(text)) if text.contains('\0') => return Ok(Vec::new()),
            Some(Which::Text(text)) => (text, true),
            Some(Which::Texts(texts)) => (texts, true),
        };
        let statement = session.prepare(&self.sql).await?;
        let all: [&(dyn ToSql + Sync); 3] = [first, &position, &rows];
        let parameters = if parameters { &all[..] } else { &all[1..] };
        let answer = session.client.query_raw(&statement, parameters.iter().copied()).await?;
        let mut answer = pin!(answer);
        let mut decoder = Decoder::default();
        let mut records = Vec::new();
        while let Some(row) = answer.try_next().await? {
            records.push(decoder.record(&row).map_err(Fault::corrupt)?);
        }
        Ok(records)
    }

    /// Whether the rows follow on what was read before.
    fn check(&self, page: &Page, read: &[Recorded]) -> Result<(), Error> {
        if !self.whole {
            return Ok(());
        }
        let mut expected = if self.backwards { None } else { Some(page.next) };
        if self.backwards && !page.records.is_empty() {
            expected = Some(page.next);
        }
        for record in read {
            let found = record.metadata.global_position.cast_signed();
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                let message = format!("there is no record at position {expected} of the log, but one at {found}");
                return Err(Error::corrupt_store(message, "somebody removed it: restore it from a backup"));
            }
            expected = Some(found + if self.backwards { -1 } else { 1 });
        }
        Ok(())
    }
}
