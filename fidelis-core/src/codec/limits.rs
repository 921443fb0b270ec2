//! How much a document from outside may ask for.

use std::mem;

use super::{PayloadError, plain::up_to_quote};

/// Bounds for a document that comes from outside, checked before anything is built from it.
///
/// Stored payloads are read without them: what was accepted once stays readable.
///
/// ```
/// use fidelis_core::codec::Limits;
/// let limits = Limits { depth: 2, ..Limits::default() };
/// assert!(limits.check("[[1]]").is_ok());
/// let refused = limits.check("[[[1]]]").unwrap_err();
/// assert_eq!(refused.to_string(), "too large: 3 levels of nesting, 1 more than the 2 allowed, from byte 2 on");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Arrays and objects open inside each other.
    pub depth: usize,
    /// Values of any kind, the document itself among them; the name of a field is none.
    pub nodes: usize,
    /// Bytes of one text or name, as written.
    pub text: usize,
}

/// One mebibyte, 64 levels, 10 000 values, 256 kibibytes in one text.
impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 1 << 20, depth: 64, nodes: 10_000, text: 256 << 10 }
    }
}

impl Limits {
    /// Measures a document in one pass, without allocating, whether or not it is valid JSON.
    ///
    /// # Errors
    /// What the document has too much of, by how much, and the byte where it becomes too much.
    pub fn check(&self, text: &str) -> Result<(), PayloadError> {
        let mut bytes = Tally::new("bytes", self.bytes);
        bytes.measure(text.len(), self.bytes);
        bytes.within()?;
        let mut levels = Tally::new("levels of nesting", self.depth);
        let mut values = Tally::new("values", self.nodes);
        let mut longest = Tally::new("bytes in one text", self.text);
        let text = text.as_bytes();
        let mut at = 0;
        let mut in_word = false;
        while let Some(&byte) = text.get(at) {
            let goes_on = mem::take(&mut in_word);
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => {}
                // What was counted before it was a name.
                b':' => values.lower(),
                b'{' | b'[' => {
                    values.raise(at);
                    levels.raise(at);
                }
                b'}' | b']' => levels.lower(),
                b'"' => {
                    let length = up_to_quote(text.get(at + 1..).unwrap_or_default());
                    values.raise(at);
                    longest.measure(length, at);
                    at += length + 1;
                }
                _ => {
                    in_word = true;
                    if !goes_on {
                        values.raise(at);
                    }
                }
            }
            at += 1;
        }
        levels.within()?;
        values.within()?;
        longest.within()
    }
}

/// How much there is of something, how much there was at most, and where that became too much.
struct Tally {
    unit: &'static str,
    limit: usize,
    now: usize,
    most: usize,
    exceeded_at: Option<usize>,
}

impl Tally {
    fn new(unit: &'static str, limit: usize) -> Self {
        Tally { unit, limit, now: 0, most: 0, exceeded_at: None }
    }

    fn raise(&mut self, at: usize) {
        self.measure(self.now + 1, at);
    }

    fn lower(&mut self) {
        self.now = self.now.saturating_sub(1);
    }

    fn measure(&mut self, amount: usize, at: usize) {
        self.now = amount;
        self.most = self.most.max(amount);
        if amount > self.limit {
            self.exceeded_at.get_or_insert(at);
        }
    }

    fn within(&self) -> Result<(), PayloadError> {
        let Tally { unit, limit, most, .. } = self;
        match self.exceeded_at {
            None => Ok(()),
            Some(at) => Err(PayloadError(
                format!("too large: {most} {unit}, {} more than the {limit} allowed, from byte {at} on", most - limit).into(),
            )),
        }
    }
}
