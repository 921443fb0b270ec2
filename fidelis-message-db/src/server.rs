//! Rows from the server itself, page by page.

use std::{collections::VecDeque, iter};

use fidelis_core::{Error, block_on};
use fidelis_postgres::ForeignDatabase;

use crate::{
    Found,
    rows::{COLUMNS, of_columns},
};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// A Message DB on its PostgreSQL server, as long as it was when it was connected to. Whoever writes there is best stopped before: a
/// position that is taken but not yet committed would be passed over.
///
/// ```no_run
/// # use fidelis_core::{MemoryStore, block_on, interchange::Import};
/// # use fidelis_message_db::{Conversion, Mapping, MessageStore};
/// # let store = MemoryStore::default();
/// let messages = block_on(MessageStore::connect("postgres://message_store@localhost/message_store"))?;
/// let conversion = Conversion::to("fidelis", Mapping::default());
/// let report = conversion.survey(messages.rows())?;
/// block_on(Import::into(&store).of("fidelis").read(conversion.file(&report, messages.rows())?))?;
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Debug)]
pub struct MessageStore {
    database: ForeignDatabase,
    last: u64,
}

impl MessageStore {
    /// Connects to the database, by a [URL](fidelis_postgres::PostgresOptions).
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) for a URL that cannot be read; [`Unavailable`](fidelis_core::ErrorKind::Unavailable) when
    /// the server cannot be reached or has no `message_store.messages`.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let database = ForeignDatabase::connect(url.parse()?).await?;
        let sql = "SELECT max(global_position)::text FROM message_store.messages WHERE global_position >= $1";
        let last = database.texts(sql, 0).await?.into_iter().flatten().flatten().next();
        Ok(MessageStore { database, last: last.and_then(|last| last.parse().ok()).unwrap_or_default() })
    }

    /// All rows, in the order of the log. Waits for the server at every page, so it is read on a thread that may wait.
    pub fn rows(&self) -> impl Iterator<Item = Result<Found, Error>> + Send + '_ {
        // The rows are in the order of the number: a bare name would mean the text.
        let columns = COLUMNS.map(|column| format!("{column}::text")).join(", ");
        let sql = format!(
            "SELECT {columns} FROM message_store.messages m WHERE m.global_position > $1 AND m.global_position <= {} \
             ORDER BY m.global_position LIMIT {PAGE}",
            self.last
        );
        let mut page = VecDeque::new();
        let mut after = Some(0);
        iter::from_fn(move || {
            if page.is_empty()
                && let Some(position) = after.take()
            {
                match block_on(self.database.texts(&sql, position)) {
                    Ok(rows) => page.extend(rows),
                    Err(error) => return Some(Err(error)),
                }
                // A page that is not full is the last.
                let last =
                    page.back().filter(|_| page.len() == PAGE).and_then(|row: &Vec<Option<String>>| row.first()?.as_deref());
                after = last.and_then(|position| position.parse().ok());
            }
            page.pop_front().map(|row| Ok(found(&row)))
        })
    }
}

fn found(row: &[Option<String>]) -> Found {
    let mut columns = [""; COLUMNS.len()];
    for (column, text) in columns.iter_mut().zip(row) {
        *column = text.as_deref().unwrap_or_default();
    }
    Found { place: format!("global position {}", columns[0]), row: of_columns(columns) }
}
