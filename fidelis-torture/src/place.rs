//! Where a store under torture lives.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use fidelis_core::{Error, MemoryStore, Store};
use fidelis_postgres::PostgresStore;
use fidelis_sqlite::{Durability, SqliteOptions, SqliteStore};
use serde::{Deserialize, Serialize};

/// Where a store under torture lives, and how it is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Place {
    /// In the memory of the process.
    Memory,
    /// In an SQLite file.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// Whether commits may get lost when the machine loses power: the durability that has to be asked for by name.
        weaker: bool,
    },
    /// In a PostgreSQL database.
    Postgres {
        /// Where it is.
        url: String,
    },
}

impl Place {
    /// A file, with the durability of the default.
    pub fn sqlite(file: impl AsRef<Path>) -> Self {
        Place::Sqlite { file: file.as_ref().to_owned(), weaker: false }
    }

    /// Opens the store.
    ///
    /// # Errors
    /// Of the store.
    pub async fn open(&self) -> Result<Arc<dyn Store>, Error> {
        match self {
            Place::Memory => Ok(Arc::new(MemoryStore::default())),
            Place::Sqlite { file, weaker } => {
                let durability = if *weaker { Durability::SurvivesCrashOfTheProcess } else { Durability::default() };
                Ok(Arc::new(SqliteStore::open_with(SqliteOptions::new(file).durability(durability)).await?))
            }
            Place::Postgres { url } => Ok(Arc::new(PostgresStore::connect(url).await?)),
        }
    }
}
