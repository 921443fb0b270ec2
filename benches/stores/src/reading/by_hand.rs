//! The same history by hand: a table of its own on each database, statements prepared, rows folded as they come.

mod postgres;
mod sqlite;

use ::load::{
    Fault,
    bank::{Account, Dashboard, Event},
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::Read;
use crate::setting::{self, Setting};

/// A database with the history in it.
pub(super) enum Database {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

impl Database {
    pub(super) async fn filled(setting: &Setting) -> Result<Self, Fault> {
        match setting.database {
            setting::Database::Sqlite => Ok(Database::Sqlite(sqlite::Database::filled(setting)?)),
            setting::Database::Postgres => Ok(Database::Postgres(postgres::Database::filled(setting).await?)),
        }
    }

    /// All events of the category, decoded and added up.
    pub(super) async fn category(&self) -> Result<Read, Fault> {
        match self {
            Database::Sqlite(database) => database.category(),
            Database::Postgres(database) => database.category().await,
        }
    }

    /// One account from its 10,000 events.
    pub(super) async fn stream(&self) -> Result<Read, Fault> {
        match self {
            Database::Sqlite(database) => database.stream(),
            Database::Postgres(database) => database.stream().await,
        }
    }

    /// The dashboard, folded in memory and written at once with the checkpoint.
    pub(super) async fn rebuild(&self) -> Result<Read, Fault> {
        match self {
            Database::Sqlite(database) => database.rebuild(),
            Database::Postgres(database) => database.rebuild().await,
        }
    }
}

/// Adds up what an event says.
fn add(total: &mut Decimal, event: &Event) {
    *total += match event {
        Event::AccountOpened { opening_deposit, .. } => opening_deposit,
        Event::DepositMade { amount, .. } => amount,
    };
}

/// Rows in the making.
#[derive(Default)]
struct Rows(FxHashMap<Uuid, Dashboard>);

impl Rows {
    fn apply(&mut self, event: &Event, time: i64) {
        let (Event::AccountOpened { account_id, .. } | Event::DepositMade { account_id, .. }) = event;
        self.0.entry(*account_id).or_default().apply(event, time);
    }
}

/// An account in the making.
fn applied(mut account: Account, event: &Event) -> Account {
    account.apply(event);
    account
}
