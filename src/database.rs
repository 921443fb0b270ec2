//! Stores by URL: which one a domain runs on is a matter of configuration.

#[cfg(test)]
mod tests;

use std::{fmt, path::Path, str::FromStr, sync::Arc};

use fidelis_core::{Error, MemoryStore, Store};

/// Where a store is.
///
/// | URL | store | cargo feature |
/// |---|---|---|
/// | `memory` | gone when the program ends | always there |
/// | `sqlite:bank.db` | a file; a relative path begins at the current folder | `sqlite` |
/// | `postgres://user@host/database` | a PostgreSQL database; also `postgresql://..` | `postgres` |
///
/// What it shows of itself has no password in it.
///
/// ```
/// use fidelis::DatabaseUrl;
/// let url: DatabaseUrl = "postgres://teller:secret@db.example/bank".parse()?;
/// assert_eq!(url.to_string(), "postgres://teller:***@db.example/bank");
/// let error = "mysql://db.example/bank".parse::<DatabaseUrl>().unwrap_err();
/// assert!(error.to_string().contains("`sqlite:..`"));
/// # Ok::<(), fidelis::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    kind: Kind,
    url: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

impl DatabaseUrl {
    /// As it was written, with the password if it has one: for those who connect, and to be shown to nobody.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Whether what is stored there is still there when the program has ended.
    pub fn is_lasting(&self) -> bool {
        self.kind != Kind::Memory
    }

    /// Whether it is on a server, with accounts of its own.
    pub fn is_server(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// The file, if it is a file.
    pub fn path(&self) -> Option<&Path> {
        let path = self.url.strip_prefix("sqlite:").filter(|_| self.kind == Kind::Sqlite)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(Path::new(path.split('?').next().unwrap_or(path)))
    }

    /// The store that is there; what is missing is created.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when the rest of the URL cannot be read, or when this program was built without that
    /// store; [`Unavailable`](crate::ErrorKind::Unavailable) when it cannot be reached or not be written;
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when what is there is not ours, or damaged, or of a newer version.
    pub async fn open(&self) -> Result<Arc<dyn Store>, Error> {
        match self.kind {
            Kind::Memory => Ok(Arc::new(MemoryStore::default())),
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => {
                let options = fidelis_sqlite::SqliteOptions::from_url(&self.url)?;
                Ok(Arc::new(fidelis_sqlite::SqliteStore::open_with(options).await?))
            }
            #[cfg(not(feature = "sqlite"))]
            Kind::Sqlite => Err(self.left_out("sqlite")),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Ok(Arc::new(fidelis_postgres::PostgresStore::connect(&self.url).await?)),
            #[cfg(not(feature = "postgres"))]
            Kind::Postgres => Err(self.left_out("postgres")),
        }
    }

    #[cfg(any(not(feature = "sqlite"), not(feature = "postgres")))]
    fn left_out(&self, feature: &str) -> Error {
        Error::invalid(format!(
            "`{self}` cannot be opened: this program was built without the store for it; build it with the cargo feature \
             `{feature}` of the crate `fidelis`"
        ))
    }
}

/// Opens the store at a URL; see [`DatabaseUrl`] for what it may say.
///
/// ```
/// # fidelis::block_on(async {
/// let store = fidelis::open("memory").await?;
/// assert_eq!(store.head().await?, 0);
/// # Ok::<(), fidelis::Error>(()) }).unwrap();
/// ```
///
/// # Errors
/// As [`DatabaseUrl::open`]; and [`Invalid`](crate::ErrorKind::Invalid) for what is no URL of a store.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, Error> {
    url.parse::<DatabaseUrl>()?.open().await
}

/// The kind is looked at; whether the rest makes sense is for the store to say, when it is opened.
impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        let kind = match url.split_once(':') {
            None if url == "memory" => Kind::Memory,
            Some(("memory", "")) => Kind::Memory,
            Some(("sqlite", path)) if !matches!(path, "" | "//") => Kind::Sqlite,
            Some(("sqlite", _)) => return Err(Error::invalid("`sqlite:` names no file; write, for instance, `sqlite:bank.db`")),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Kind::Postgres,
            Some(("postgres" | "postgresql", _)) => {
                return Err(Error::invalid(format!(
                    "`{}` is no URL of PostgreSQL: expected `postgres://user@host/database`",
                    without_password(url)
                )));
            }
            _ => {
                return Err(Error::invalid(format!(
                    "`{}` is no URL of a store: expected `memory`, `sqlite:..` with a path, or `postgres://..`",
                    without_password(url)
                )));
            }
        };
        Ok(DatabaseUrl { kind, url: url.to_owned() })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.url))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// A URL, or what somebody took for one, with stars for the password: between the first `:` and the last `@` of the authority
/// (RFC 3986 section 3.2.1, read generously: people forget to escape), and in a parameter of that name.
fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let begin = url.find("//").map_or(0, |slashes| slashes + 2);
    let (scheme, rest) = url.split_at(begin);
    let hidden = rest.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host)));
    let rest = hidden.map_or_else(|| rest.to_owned(), |(user, host)| format!("{user}:***@{host}"));
    let (front, parameters) = rest.split_once('?').map_or((&*rest, None), |(front, parameters)| (front, Some(parameters)));
    let mut shown = format!("{scheme}{front}");
    for (place, parameter) in parameters.into_iter().flat_map(|parameters| parameters.split('&')).enumerate() {
        shown.push(if place == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().ends_with("password") => shown += &format!("{name}=***"),
            _ => shown += parameter,
        }
    }
    shown
}
