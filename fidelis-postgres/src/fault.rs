//! What the server or the way to it refused, in words for people, and what follows from it.

use std::{error::Error as _, fmt};

use fidelis_core::Error;
use tokio_postgres::error::{DbError, SqlState};

/// What follows from an error of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// The connection is gone, or about to go: whether what was under way happened has to be asked.
    Gone,
    /// Nothing happened; the same again may succeed at once.
    Again,
    /// Nothing happened: a unique constraint holds what was taken for absent.
    Taken,
    /// Nothing happened, and the data is to blame.
    Unfit,
    /// Nothing happened: the server cannot do it now.
    NotNow,
    /// Nothing happened, and it will not before somebody changes the configuration.
    Configuration,
    /// What is stored cannot be read.
    Corrupt,
}

/// Something that went wrong with the database.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) follows: Follows,
    message: String,
    error: Option<Error>,
}

impl Fault {
    pub(crate) fn new(follows: Follows, message: impl Into<String>) -> Self {
        Fault { follows, message: message.into(), error: None }
    }

    /// What is stored cannot be read.
    pub(crate) fn corrupt(error: Error) -> Self {
        Fault { follows: Follows::Corrupt, message: error.to_string(), error: Some(error) }
    }

    /// As the error of a call during which nothing was stored.
    pub(crate) fn into_error(self, what: &str) -> Error {
        if let Some(error) = self.error {
            return error;
        }
        match self.follows {
            Follows::Unfit => Error::invalid(format!("{what}: {self}")),
            Follows::Configuration => Error::invalid(format!("{what}: {self}")),
            _ => Error::unavailable(what.to_owned(), self),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refusal) = error.as_db_error() {
            return Fault::new(follows(refusal), in_words(refusal));
        }
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !message.contains(&cause_text) {
                message.push_str(": ");
                message.push_str(&cause_text);
            }
            source = cause.source();
        }
        // A value that the driver could not write or read never left us.
        let unfit = message.starts_with("error serializing") || message.starts_with("error deserializing");
        if message.contains("does not support TLS") {
            message.push_str("; turn on `ssl` there, or say `sslmode=disable` if plain text is what you want");
        } else if message.contains("certificate") || message.contains("TLS handshake") {
            message.push_str(
                "; TLS is verified: give the certificate of your authority as `sslrootcert` and connect to the name the server's \
                 certificate is for",
            );
        }
        Fault::new(if unfit { Follows::Unfit } else { Follows::Gone }, message)
    }
}

fn follows(refusal: &DbError) -> Follows {
    let code = refusal.code();
    // Those that somebody added to a read model are another matter.
    let taken = ["events_pkey", "events_stream", "settlements_pkey"];
    if *code == SqlState::UNIQUE_VIOLATION && refusal.constraint().is_some_and(|name| taken.contains(&name)) {
        return Follows::Taken;
    }
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
        return Follows::Again;
    }
    let configuration = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_CATALOG_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::DEPENDENT_OBJECTS_STILL_EXIST,
    ];
    if configuration.contains(code) {
        return Follows::Configuration;
    }
    match &code.code()[..2] {
        // Connection exceptions, shutdowns, a server that has become a standby.
        "08" => Follows::Gone,
        "57" if *code != SqlState::QUERY_CANCELED => Follows::Gone,
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Follows::Gone,
        _ if matches!(refusal.severity(), "FATAL" | "PANIC") => Follows::Gone,
        "22" | "23" | "54" => Follows::Unfit,
        _ => Follows::NotNow,
    }
}

/// Without the details: those quote data.
fn in_words(refusal: &DbError) -> String {
    let code = refusal.code();
    let remedy = if *code == SqlState::INVALID_PASSWORD {
        "; check the account and its password"
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        "; check the account, and what `pg_hba.conf` allows it"
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        "; create the database, or correct its name in the URL"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "; connect once as the owner so that what is missing is made, and give this account its rights: see `PostgresStore::grants`"
    } else if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST {
        "; drop what is built on it, such as views, and build it again afterwards"
    } else if *code == SqlState::QUERY_CANCELED {
        "; see `statement_timeout`"
    } else if *code == SqlState::DISK_FULL {
        "; make room on the server"
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "; allow more there, or ask for fewer with `readers`"
    } else {
        ""
    };
    format!("{} (SQLSTATE {}){remedy}", refusal.message(), code.code())
}
