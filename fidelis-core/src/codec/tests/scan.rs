//! The scan for what needs an escape, against the definition.

use crate::codec::plain::{plain, up_to_quote};

#[test]
fn every_byte_at_every_place() {
    for length in 0..40 {
        for place in 0..length {
            for byte in 0..=u8::MAX {
                let mut bytes = vec![b'~'; length];
                bytes[place] = byte;
                let expected = if byte < 0x20 || byte == b'"' || byte == b'\\' { place } else { length };
                assert_eq!(plain(&bytes), expected, "{byte:#04x} at {place} of {length}");
            }
        }
    }
}

#[test]
fn the_first_of_two_wins() {
    for (first, second) in [("\"", "\\"), ("\\", "\u{0}"), ("\u{1f}", "\""), ("!", "\""), ("]", "\\"), ("\u{80}", "\u{1}")] {
        let text = format!("abc{first}{second}defgh");
        let expected = text.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        assert_eq!(Some(plain(text.as_bytes())), expected, "{text:?}");
    }
}

#[test]
fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
    for (text, length) in
        [("", 0), ("\"", 0), ("ab\"c", 2), (r#"a\"b"c"#, 4), (r#"a\\"b"#, 3), ("a\u{1}b\"", 3), ("a\\", 2), ("\\ä\"", 3)]
    {
        assert_eq!(up_to_quote(text.as_bytes()), length, "{text:?}");
    }
}
