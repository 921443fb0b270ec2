//! Our tables in their schema, quoted once.

use std::fmt::Write as _;

use fidelis_sql::quote;

/// The schema's name, and statements in it.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// As it is; also the channel on which the head of the log is announced.
    pub(crate) plain: String,
    /// As an identifier.
    pub(crate) schema: String,
    /// The lock that whoever writes holds, as a number.
    pub(crate) turn: i64,
    /// The lock that whoever changes tables holds, as a number.
    pub(crate) migration: i64,
}

impl Names {
    pub(crate) fn new(schema: &str) -> Self {
        let mut quoted = String::new();
        quote(&mut quoted, schema);
        // Advisory locks are numbers, shared by all schemas of a database.
        let lock = |purpose: &str| {
            let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("fidelis/{purpose}/{schema}").as_bytes());
            id.as_u64_pair().0.cast_signed()
        };
        Names { plain: schema.to_owned(), schema: quoted, turn: lock("turn"), migration: lock("migration") }
    }

    /// A statement with `{schema}` in it.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace("{schema}", &self.schema)
    }

    /// A text as a literal.
    pub(crate) fn literal(text: &str) -> String {
        let mut literal = String::with_capacity(text.len() + 2);
        let _ = write!(literal, "'{}'", text.replace('\'', "''"));
        literal
    }
}
