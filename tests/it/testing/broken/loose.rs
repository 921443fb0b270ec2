//! A text that equals another in different letters, and is read in small ones.

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Loose(pub String);

impl PartialEq for Loose {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Loose(text.to_lowercase()))
    }
}

impl From<&str> for Loose {
    fn from(text: &str) -> Self {
        Loose(text.to_owned())
    }
}
