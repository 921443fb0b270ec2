//! What the database is asked, and what its answers mean.

use std::sync::Arc;

use fidelis_core::{
    Error, MessageId, Recorded, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Failure, PageLimit, Parked, Selected, Settlement},
};

use tokio::sync::OwnedSemaphorePermit;

use crate::{
    heads,
    names::Names,
    pool::{Pool, reading},
    read::{self, Question, Sizes},
    records::{column, stream_name, unsigned},
    rows::{self, Unread},
    settlements,
    tables::Tables,
    values::{Moment, instant},
};

/// Asks the database, over one of the connections for reading.
pub(crate) struct Questions {
    pool: Pool,
    names: Arc<Names>,
    tables: Arc<Tables>,
    sizes: Arc<Sizes>,
}

impl Questions {
    pub(crate) fn new(pool: Pool, names: Arc<Names>, tables: Arc<Tables>) -> Self {
        Questions { pool, names, tables, sizes: Arc::default() }
    }

    /// The same, for those who find a connection [free](Questions::free).
    pub(crate) fn at_once(&self) -> Self {
        let (names, tables, sizes) = (Arc::clone(&self.names), Arc::clone(&self.tables), Arc::clone(&self.sizes));
        Questions { pool: self.pool.at_once(), names, tables, sizes }
    }

    /// The right to a connection, if one is free.
    pub(crate) fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.pool.free()
    }

    pub(crate) async fn page(&self, question: &Question, limit: PageLimit) -> Result<Vec<Arc<Recorded>>, Error> {
        read::page(&self.pool, &self.sizes, question, limit).await
    }

    /// The position of the last record.
    pub(crate) async fn head(&self) -> Result<u64, Error> {
        reading!(self.pool, "cannot read the head of the log", |session| heads::head(session, &self.names).await)
    }

    pub(crate) async fn version(&self, stream: &StreamName) -> Result<Option<u64>, Error> {
        let name = stream.as_str();
        if name.contains('\0') {
            return Ok(None);
        }
        let sql = self
            .names
            .sql("SELECT stream_position FROM {schema}.events WHERE stream = $1::text ORDER BY stream_position DESC LIMIT 1");
        let rows = self.pool.query("cannot read the version of a stream", &sql, &[&name]).await?;
        rows.first().map(|row| column::<i64>(row, 0).map(i64::unsigned_abs)).transpose()
    }

    pub(crate) async fn checkpoint(&self, subscription: &str) -> Result<u64, Error> {
        if subscription.contains('\0') {
            return Ok(0);
        }
        let sql = self.names.sql("SELECT position FROM {schema}.checkpoints WHERE subscription = $1::text");
        let rows = self.pool.query("cannot read a checkpoint", &sql, &[&subscription]).await?;
        rows.first().map_or(Ok(0), |row| column::<i64>(row, 0).map(i64::unsigned_abs))
    }

    pub(crate) async fn checkpoints(&self) -> Result<Checkpoints, Error> {
        let sql = self.names.sql("SELECT subscription, position FROM {schema}.checkpoints ORDER BY subscription");
        let rows = self.pool.query("cannot read the checkpoints", &sql, &[]).await?;
        rows.iter().map(|row| Ok((column::<&str>(row, 0)?.into(), column::<i64>(row, 1)?.unsigned_abs()))).collect()
    }

    pub(crate) async fn settlement(&self, command: MessageId) -> Result<Option<Settlement>, Error> {
        let sql = settlements::by_command(&self.names);
        let rows = self.pool.query("cannot read what a command was answered", &sql, &[&[command.uuid()].as_slice()]).await?;
        rows.first().map(settlements::decode).transpose()
    }

    pub(crate) async fn settlements(&self, after: Option<MessageId>, limit: usize) -> Result<Vec<Settlement>, Error> {
        let sql = settlements::page(&self.names);
        let (after, limit) = (after.map(MessageId::uuid), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.pool.query("cannot read what commands were answered", &sql, &[&after, &limit]).await?;
        rows.iter().map(settlements::decode).collect()
    }

    pub(crate) async fn parked(&self, subscription: &str) -> Result<Vec<Parked>, Error> {
        if subscription.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = self.names.sql(
            "SELECT position, stream, category, error, attempts, first, last, next FROM {schema}.parked \
             WHERE subscription = $1::text ORDER BY position",
        );
        let rows = self.pool.query("cannot read parked messages", &sql, &[&subscription]).await?;
        let subscription: Arc<str> = subscription.into();
        rows.iter().map(|row| parked(row, Arc::clone(&subscription))).collect()
    }

    /// The rows with these keys, in their order.
    pub(crate) async fn rows(&self, table: &'static Table, keys: &[Key], staged: bool) -> Result<Vec<Option<Row>>, Error> {
        self.tables.check_table(table)?;
        keys.iter().try_for_each(|key| table.check_key(key))?;
        let wanted: Vec<&Key> = keys.iter().collect();
        let what = format!("cannot read rows of read model `{}`", table.name);
        let found = reading!(self.pool, &what, |session| {
            match rows::by_keys(session, &self.names, table, &wanted, staged).await {
                Ok(found) => Ok(Ok(found)),
                Err(Unread::Row(error)) => Ok(Err(error)),
                Err(Unread::Fault(fault)) => Err(fault),
            }
        })??;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    pub(crate) async fn select(&self, selection: &Selection) -> Result<Selected, Error> {
        rows::select(&self.pool, &self.names, &self.tables, selection).await
    }
}

fn parked(row: &tokio_postgres::Row, subscription: Arc<str>) -> Result<Parked, Error> {
    let broken = |error| Error::corrupt_store("somebody changed what is known of a parked message", error);
    let time = |moment: Moment| instant(moment, None).map_err(broken);
    let failure = match column::<Option<String>>(row, 3)? {
        None => None,
        Some(error) => Some(Failure {
            error,
            attempts: u32::try_from(column::<i64>(row, 4)?).map_err(|error| broken(error.into()))?,
            first: time(column(row, 5)?)?,
            last: time(column(row, 6)?)?,
            next: column::<Option<Moment>>(row, 7)?.map(time).transpose()?,
        }),
    };
    let stream = stream_name(column(row, 1)?, column(row, 2)?);
    Ok(Parked { subscription, stream, position: unsigned(row, 0).map_err(broken)?, failure })
}
