//! Reading by prediction: the fast path of [`from_json`](super::from_json).
//!
//! JSON that we wrote has no white space and the fields of a struct in the order of their declaration. So the reader
//! knows what comes next: it compares the document with `"name":`, and gives the values to the visitor one after the
//! other, as a compact binary format would, which spares it all matching of names. Whatever is not as predicted is a
//! [`Miss`], and `serde_json` reads the document from its beginning.
//!
//! A document read here gives the value that `serde_json` gives, because
//!
//! * every method visits what `serde_json` visits, on a subset of the texts that `serde_json` takes there;
//! * a struct's values come in the order of the names its visitor asked for, each of them once, none left out. That is
//!   the one thing assumed of a visitor: that it takes a sequence in the order of those names, as `serde` derives it and
//!   as every format without names has it;
//! * one miss anywhere, swallowed or not, voids the attempt ([`Watch`]).

mod fields;
mod key;
mod lists;
mod values;
mod variants;

use serde::de::{DeserializeOwned, Visitor};

use super::{
    miss::{Miss, Watch},
    plain::plain,
};

/// How many arrays and objects may be open inside each other; `serde_json` gives up at twice as many.
const DEPTH: u32 = 64;

/// The value of a document that is as predicted.
#[inline]
pub(super) fn predicted<T: DeserializeOwned>(text: &str) -> Option<T> {
    let watch = Watch::start();
    let mut reader = Reader { rest: text, depth: 0 };
    let value = T::deserialize(&mut reader);
    value.ok().filter(|_| reader.rest.is_empty() && !watch.missed())
}

/// What is left to read.
struct Reader<'de> {
    rest: &'de str,
    depth: u32,
}

impl<'de> Reader<'de> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    // Inlined so that a literal, and the name of a field above all, is compared as a number.
    #[inline(always)]
    fn eat(&mut self, literal: &str) -> Result<(), Miss> {
        self.rest = self.rest.strip_prefix(literal).ok_or_else(Miss::new)?;
        Ok(())
    }

    #[inline]
    fn open(&mut self, bracket: &str) -> Result<(), Miss> {
        self.eat(bracket)?;
        self.depth += 1;
        if self.depth > DEPTH { Err(Miss::new()) } else { Ok(()) }
    }

    #[inline]
    fn close(&mut self, bracket: &str) -> Result<(), Miss> {
        self.depth -= 1;
        self.eat(bracket)
    }

    /// A string without escapes.
    #[inline]
    fn string(&mut self) -> Result<&'de str, Miss> {
        let rest = self.rest.strip_prefix('"').ok_or_else(Miss::new)?;
        let (string, rest) = rest.split_at_checked(plain(rest.as_bytes())).ok_or_else(Miss::new)?;
        self.rest = rest.strip_prefix('"').ok_or_else(Miss::new)?;
        Ok(string)
    }

    /// An integer of up to 64 bits. What may follow it is for the caller to say, so `1.5` and `1e3` are misses there.
    #[inline]
    fn integer<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Miss> {
        let (negative, digits) = match self.rest.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.rest),
        };
        let mut length = 0;
        let mut value: u64 = 0;
        for byte in digits.bytes().take_while(u8::is_ascii_digit) {
            let longer = value.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(byte - b'0')));
            value = longer.ok_or_else(Miss::new)?;
            length += 1;
        }
        if length == 0 || length > 1 && digits.starts_with('0') {
            return Err(Miss::new());
        }
        self.rest = digits.get(length..).ok_or_else(Miss::new)?;
        match negative {
            false => visitor.visit_u64(value),
            true if (1..=1 << 63).contains(&value) => visitor.visit_i64(value.wrapping_neg().cast_signed()),
            // `serde_json` reads `-0` and what is below an `i64` as floats.
            true => Err(Miss::new()),
        }
    }
}
