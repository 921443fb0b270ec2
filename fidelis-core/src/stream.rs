//! Names of streams and of their categories.

use std::{
    cmp::Ordering,
    fmt,
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use rustc_hash::FxBuildHasher;
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
/// Cheap to clone, to compare with itself and to look up: the text is shared, and hashed once.
#[derive(Clone)]
pub struct StreamName {
    text: Arc<str>,
    category: u32,
    hash: u32,
}

impl StreamName {
    /// The stream of `id` in `category`.
    pub fn new(category: &str, id: impl fmt::Display) -> Self {
        StreamName::of(format!("{category}-{id}"), category.len())
    }

    /// Reads a name as it is stored: the category ends at the first `-`, or after `-fact`.
    pub fn parse(text: &str) -> Self {
        let end = match text.split_once('-') {
            Some((category, rest)) if rest.starts_with(FACT) => category.len() + FACT.len(),
            Some((category, _)) => category.len(),
            None => text.len(),
        };
        StreamName::of(text, end)
    }

    fn of(text: impl Into<Arc<str>>, category: usize) -> Self {
        let text = text.into();
        let hash = FxBuildHasher.hash_one(&*text);
        // The upper half of this hash is the better one.
        StreamName { category: category as u32, hash: (hash >> 32) as u32, text }
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

impl PartialEq for StreamName {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
            || (self.hash == other.hash && self.category == other.category && self.text == other.text)
    }
}

impl Eq for StreamName {}

impl Hash for StreamName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.hash);
    }
}

impl PartialOrd for StreamName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By text.
impl Ord for StreamName {
    fn cmp(&self, other: &Self) -> Ordering {
        (&*self.text, self.category).cmp(&(&*other.text, other.category))
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
