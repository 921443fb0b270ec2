//! Telling two commands under one key apart.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use xxhash_rust::xxh3::Xxh3Default;

use crate::{
    Command,
    codec::{self, PayloadError},
};

/// XXH3-64 over name and payload, stable across versions and machines.
///
/// # Errors
/// When the command has no JSON form.
pub(super) fn fingerprint<C: Command>(command: &C) -> Result<u64, PayloadError> {
    let mut hasher = Xxh3Default::new();
    hasher.update(C::NAME.as_bytes());
    hash(&codec::to_json(command)?, &mut hasher);
    Ok(hasher.digest())
}

/// Hashes a JSON text; the fields of objects in the order of their names, for maps may write them in any.
fn hash(json: &str, hasher: &mut Xxh3Default) {
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json).unwrap_or_default();
            for (name, value) in &fields {
                hasher.update(b"{");
                hasher.update(name.as_bytes());
                hasher.update(b":");
                hash(value.get(), hasher);
            }
            hasher.update(b"}");
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
            for value in values {
                hasher.update(b"[");
                hash(value.get(), hasher);
            }
            hasher.update(b"]");
        }
        _ => hasher.update(json.as_bytes()),
    }
}
