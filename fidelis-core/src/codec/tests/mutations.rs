//! Documents that went wrong in small ways.

use super::samples::{Sample, samples};

const MUTATIONS: u32 = 20_000;

/// Pieces on which the two readers might come to differ.
const PIECES: [&str; 34] = [
    "\"",
    "\\",
    "\\u0041",
    "\\n",
    "\u{1}",
    "ä",
    "😀",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "-",
    "0",
    "1",
    "9",
    ".",
    "e",
    " ",
    "\n",
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "\"a\":",
    "\"a\":1,",
    ",\"b\":2",
    "18446744073709551615",
    "-0",
    "\"\"",
    "Dot",
    "x",
];

/// A xorshift generator: the same documents in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Two places between characters, in order.
    fn places(&mut self, text: &str) -> (usize, usize) {
        let (a, b) = (self.below(text.len() + 1), self.below(text.len() + 1));
        (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)))
    }

    /// The text with its first character exchanged for another of its kind.
    fn alike(&mut self, text: &str) -> String {
        let mut rest = text.chars();
        let first: String = match rest.next() {
            Some('0'..='9') => self.below(10).to_string(),
            Some(letter) if letter.is_alphabetic() => self.of(&["a", "b", "Z", "ß", "漢"]).to_string(),
            other => other.into_iter().collect(),
        };
        first + rest.as_str()
    }

    fn mutated(&mut self, text: &str, other: &str) -> String {
        let (from, to) = self.places(text);
        let near = text.ceil_char_boundary((from + 1 + self.below(3)).min(text.len()));
        let (before, after) = (&text[..from], &text[from..]);
        match self.below(9) {
            0 => format!("{before}{}{after}", self.of(&PIECES)),
            1 => format!("{before}{}{}", self.of(&PIECES), &text[near..]),
            2 => format!("{before}{}", &text[near..]),
            3 => format!("{before}{}", &text[to..]),
            4 => format!("{before}{}{after}", &text[from..to]),
            5 => format!("{before}{}", &other[self.places(other).0..]),
            6 => swapped(text, self.below(8)),
            _ => format!("{before}{}", self.alike(after)),
        }
    }
}

/// The parts between commas, two of them exchanged: most often fields in another order.
fn swapped(text: &str, index: usize) -> String {
    let mut parts: Vec<&str> = text.trim_start_matches('{').trim_end_matches('}').split(',').collect();
    let index = index % parts.len();
    let last = parts.len() - 1;
    parts.swap(index, last);
    format!("{{{}}}", parts.join(","))
}

#[test]
fn mutated_documents_agree() {
    let samples: Vec<Sample> = samples();
    let mut random = Random(0x0f1d_e115_0f1d_4e11);
    let (mut predicted, mut left) = (0, 0);
    for _ in 0..MUTATIONS {
        let (sample, stranger) = (random.of(&samples), random.of(&samples));
        let mut text = random.of(&sample.documents[..]).to_string();
        let other = random.of(&stranger.documents[..]);
        for _ in 0..=random.below(3) {
            text = random.mutated(&text, other);
        }
        (stranger.agrees)(&text);
        match (sample.agrees)(&text) {
            true => predicted += 1,
            false => left += 1,
        }
    }
    assert!(predicted > MUTATIONS / 20 && left > MUTATIONS / 4, "{predicted} predicted, {left} left to `serde_json`");
}
