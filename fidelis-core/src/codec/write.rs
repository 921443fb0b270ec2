//! Writing: the fast path of [`to_json`](super::to_json).
//!
//! The same bytes as from `serde_json`, into a buffer that each thread keeps, and from there into a box of the right
//! size: one allocation. What is rare is written by `serde_json` itself, a float as a value, anything stranger as a
//! whole document after a [`Miss`].

mod compound;
mod key;
mod values;

use std::{
    cell::Cell,
    fmt::{self, Write},
    io,
};

use serde::Serialize;

use super::{
    miss::{Miss, Watch},
    plain::plain,
};

thread_local! {
    /// Taken while a payload is being written, so that one within it gets a buffer of its own.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// A buffer beyond this is given back rather than kept for the life of the thread.
const KEPT: usize = 64 << 10;

/// The JSON of a value of which everything is known to the fast path.
#[inline]
pub(super) fn written<T: Serialize + ?Sized>(value: &T) -> Option<Box<str>> {
    let watch = Watch::start();
    // While a thread ends it may have lost its buffer already.
    let mut writer = Writer { text: BUFFER.try_with(Cell::take).unwrap_or_default() };
    let result = value.serialize(&mut writer);
    let json = if result.is_ok() && !watch.missed() { Some(Box::from(writer.text.as_str())) } else { None };
    if writer.text.capacity() <= KEPT {
        writer.text.clear();
        let _ = BUFFER.try_with(|buffer| buffer.set(writer.text));
    }
    json
}

struct Writer {
    text: String,
}

impl Writer {
    // Inlined so that the name of a field is looked through for escapes, and measured, when it is compiled.
    #[inline(always)]
    fn name(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
    }

    #[inline]
    fn string(&mut self, value: &str) {
        self.text.push('"');
        self.contents(value);
        self.text.push('"');
    }

    /// What stands between the quotes of a string.
    #[inline]
    fn contents(&mut self, value: &str) {
        if plain(value.as_bytes()) == value.len() { self.text.push_str(value) } else { self.escaped(value) }
    }

    #[cold]
    fn escaped(&mut self, mut rest: &str) {
        while let Some((plain, special)) = rest.split_at_checked(plain(rest.as_bytes())) {
            self.text.push_str(plain);
            let mut chars = special.chars();
            match chars.next() {
                None => return,
                Some('"') => self.text.push_str("\\\""),
                Some('\\') => self.text.push_str("\\\\"),
                Some('\n') => self.text.push_str("\\n"),
                Some('\r') => self.text.push_str("\\r"),
                Some('\t') => self.text.push_str("\\t"),
                Some('\u{8}') => self.text.push_str("\\b"),
                Some('\u{c}') => self.text.push_str("\\f"),
                Some(control) => {
                    // Writing to a `String` cannot fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(control));
                }
            }
            rest = chars.as_str();
        }
    }

    /// Leaves one value to `serde_json`.
    fn delegate<T: Serialize>(&mut self, value: T) -> Result<(), Miss> {
        serde_json::to_writer(self, &value).map_err(|_| Miss::new())
    }
}

/// Text as it is.
impl io::Write for &mut Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.push_str(str::from_utf8(bytes).map_err(io::Error::other)?);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The contents of a string, from a `Display` and without a text in between.
struct Contents<'a>(&'a mut Writer);

impl Write for Contents<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.contents(text);
        Ok(())
    }
}
