//! A Rust file as rules see it: tokens with their lines, so that a word in a string is not taken for code.

use std::ops::Range;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// A Rust file, taken apart.
pub(crate) struct RustFile<'t> {
    /// Where it is.
    pub(crate) path: &'t str,
    /// Its tokens, without comments and whitespace.
    pub(crate) code: Vec<Token<'t>>,
    /// Its comments, documentation included.
    pub(crate) comments: Vec<Token<'t>>,
}

/// A piece of a Rust file.
pub(crate) struct Token<'t> {
    /// As written.
    pub(crate) text: &'t str,
    /// The line it starts on, counted from 1.
    pub(crate) line: usize,
    /// Whether it is compiled for tests only.
    pub(crate) in_test: bool,
}

/// `#[..]`, as a range of [`RustFile::code`].
pub(crate) struct Attribute<'t> {
    /// The line it starts on.
    pub(crate) line: usize,
    /// The words in it: `["cfg", "test"]` of `#[cfg(test)]`.
    pub(crate) words: Vec<&'t str>,
    tokens: Range<usize>,
}

impl<'t> RustFile<'t> {
    /// Takes a file apart.
    pub(crate) fn new(path: &'t str, text: &'t str) -> Self {
        let mut file = RustFile { path, code: Vec::new(), comments: Vec::new() };
        let mut rest = text;
        let mut line = 1;
        for token in tokenize(rest, FrontmatterAllowed::No) {
            let (text, after) = rest.split_at(token.len as usize);
            let piece = Token { text, line, in_test: is_test_file(path) };
            match token.kind {
                TokenKind::Whitespace => {}
                TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => file.comments.push(piece),
                _ => file.code.push(piece),
            }
            line += text.matches('\n').count();
            rest = after;
        }
        file.mark_test_items();
        file
    }

    /// The attributes, in order.
    pub(crate) fn attributes(&self) -> Vec<Attribute<'t>> {
        let starts = (0..self.code.len()).filter(|&at| self.reads(at, &["#", "["]));
        let attribute = |start| {
            let tokens = start..self.after_group(start + 1);
            let inside = self.code[tokens.clone()].iter();
            let words = inside.map(|token| token.text).filter(|text| text.starts_with(char::is_alphabetic)).collect();
            Attribute { line: self.code[start].line, words, tokens }
        };
        starts.map(attribute).collect()
    }

    /// Whether the code reads like this from token `at` on.
    pub(crate) fn reads(&self, at: usize, texts: &[&str]) -> bool {
        let tokens = self.code.iter().skip(at).map(|token| token.text);
        tokens.take(texts.len()).eq(texts.iter().copied())
    }

    fn mark_test_items(&mut self) {
        for attribute in self.attributes() {
            if attribute.is_for_tests() {
                let item = attribute.tokens.start..self.after_item(attribute.tokens.end);
                self.code[item].iter_mut().for_each(|token| token.in_test = true);
            }
        }
    }

    /// Behind the item that starts at `at`, attributes before it included: its `;`, its body, or the end of what encloses it.
    fn after_item(&self, mut at: usize) -> usize {
        while let Some(token) = self.code.get(at) {
            match token.text {
                "}" | ")" | "]" => return at,
                ";" => return at + 1,
                "{" => return self.after_group(at),
                "(" | "[" => at = self.after_group(at),
                _ => at += 1,
            }
        }
        at
    }

    /// Behind the bracket that closes the one at `at`.
    fn after_group(&self, at: usize) -> usize {
        let mut depth = 0;
        for (index, token) in self.code.iter().enumerate().skip(at) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.code.len()
    }
}

impl Attribute<'_> {
    /// Whether the item behind it is compiled for tests only.
    fn is_for_tests(&self) -> bool {
        self.words.first() == Some(&"cfg") && self.words.contains(&"test") && !self.words.contains(&"not")
    }
}

/// Whether the whole file is compiled for tests only.
fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}
