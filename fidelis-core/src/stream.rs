//! Names of streams and of their categories.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the name of a stream of facts has between category and identity.
const FACT: &str = "fact-";

/// Names one stream: a category and what it belongs to, such as `fidelis::account-018f…`.
///
/// | stream | name |
/// |---|---|
/// | events of an aggregate | `fidelis::account-{id}` |
/// | its facts | `fidelis::account-fact-{id}` |
/// | commands to it | `fidelis::account:command-{id}` |
/// | its snapshots | `fidelis::account:snapshot-{id}` |
/// | a process | `fidelis::funds_transfer-{key}` |
///
/// Cheap to clone: the text is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    text: Arc<str>,
    category: u32,
}

impl StreamName {
    /// The stream of `id` in `category`.
    pub fn new(category: &str, id: impl fmt::Display) -> Self {
        StreamName { text: format!("{category}-{id}").into(), category: category.len() as u32 }
    }

    /// Reads a name as it is stored: the category ends at the first `-`, or after `-fact`.
    pub fn parse(text: &str) -> Self {
        let end = match text.split_once('-') {
            Some((category, rest)) if rest.starts_with(FACT) => category.len() + FACT.len(),
            Some((category, _)) => category.len(),
            None => text.len(),
        };
        StreamName { text: text.into(), category: end as u32 }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the identity, such as `fidelis::account`.
    pub fn category(&self) -> &str {
        &self.text[..self.category as usize]
    }

    /// The part after the category: the identity of the aggregate or the key of the process.
    pub fn id(&self) -> &str {
        self.text.get(self.category as usize + 1..).unwrap_or_default()
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for StreamName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for StreamName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(StreamName::parse(&String::deserialize(deserializer)?))
    }
}
