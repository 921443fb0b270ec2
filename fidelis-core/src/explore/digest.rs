//! Fingerprints of what a world is made of: 128 bits of XXH3 over a canonical form.

use xxhash_rust::xxh3::xxh3_128;

/// Collects what a fingerprint is made of.
#[derive(Default)]
pub(super) struct Digest(Vec<u8>);

impl Digest {
    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn wide(&mut self, number: u128) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// A text, with its end.
    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn end(&self) -> u128 {
        xxh3_128(&self.0)
    }
}
