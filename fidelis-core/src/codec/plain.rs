//! The scans for the end of a string, eight bytes at a time; reading, writing and measuring share them.

const EACH: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGH: u64 = EACH * 0x80;

/// How many bytes, from the first, stand for themselves inside a JSON string: neither quote, backslash nor control
/// character.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if matches!(byte, ..0x20 | b'"' | b'\\') {
            break;
        }
        at += 1;
    }
    at
}

/// How many bytes stand before the quote that ends a string, escapes and forbidden characters included; all of them
/// when no quote ends it.
pub(super) fn up_to_quote(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        at += plain(rest);
        match bytes.get(at) {
            Some(b'"') => return at,
            Some(b'\\') => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Marks the high bit of the bytes that do not stand for themselves; right about the lowest of them, which is all that
/// is asked for, while a borrow may mark bytes above it.
#[inline]
const fn special(word: u64) -> u64 {
    let control = word.wrapping_sub(EACH * 0x20) & !word;
    let quote = zero(word ^ (EACH * b'"' as u64));
    let backslash = zero(word ^ (EACH * b'\\' as u64));
    (control | quote | backslash) & HIGH
}

/// Marks the high bit of the bytes that are zero, with the same reservation.
#[inline]
const fn zero(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word
}
