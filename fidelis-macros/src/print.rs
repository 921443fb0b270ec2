//! `FIDELIS_PRINT=DepositMade cargo check` prints what our attributes add to `DepositMade`; `*` prints it for every item.
//!
//! Formatted by a few rules of spacing: a library that formats Rust would be compiled with every domain for the rare reader.

use std::{env, mem};

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// Prints `added` on standard error if it is asked for.
#[expect(clippy::print_stderr, reason = "the reader asked for it by an environment variable")]
pub(crate) fn if_asked(attribute: &str, name: &Ident, added: &TokenStream) {
    if env::var("FIDELIS_PRINT").is_ok_and(|asked| asked == "*" || name == &asked) {
        eprintln!("// added to `{name}` by `#[{attribute}]`\n{}", formatted(added));
    }
}

/// Code with a line per item, field, arm and statement.
pub(crate) fn formatted(tokens: &TokenStream) -> String {
    let mut printer = Printer::default();
    printer.lines(tokens.clone(), 0);
    printer.text
}

enum Piece {
    /// A token that is no group; `::`, `->` and lifetimes are one.
    Word(String),
    Group(Group),
}

fn pieces(tokens: TokenStream) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut joint = String::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => pieces.push(Piece::Group(group)),
            // Of `<<` each half is a bracket of its own here.
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint && punct.as_char() != '<' => joint.push(punct.as_char()),
            word => pieces.push(Piece::Word(mem::take(&mut joint) + &word.to_string())),
        }
    }
    pieces
}

#[derive(Default)]
struct Printer {
    text: String,
    /// The last word of the line; empty at its beginning.
    last: String,
}

impl Printer {
    /// Tokens with a new line after each `;`, `,`, attribute and block.
    fn lines(&mut self, tokens: TokenStream, depth: usize) {
        let mut pieces = pieces(tokens).into_iter().peekable();
        // How many `<` are open, and whether a `|` is: a comma between arguments ends no line.
        let (mut brackets, mut bar) = (0, false);
        while let Some(piece) = pieces.next() {
            let ends = match &piece {
                Piece::Word(word) => {
                    brackets += i32::from(word == "<") - i32::from(word == ">");
                    bar ^= word == "|";
                    word == ";" || word == "," && brackets == 0 && !bar
                }
                Piece::Group(group) if group.delimiter() == Delimiter::Brace => {
                    !matches!(pieces.peek(), Some(Piece::Word(word)) if word == "," || word == ";")
                }
                Piece::Group(_) => self.last == "#",
            };
            self.piece(piece, depth);
            if ends || pieces.peek().is_none() {
                self.end_line();
            }
        }
    }

    fn piece(&mut self, piece: Piece, depth: usize) {
        let group = match piece {
            Piece::Word(word) => return self.word(&word, depth),
            Piece::Group(group) => group,
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
            Delimiter::Brace if group.stream().is_empty() => return self.word("{}", depth),
            Delimiter::Brace => {
                self.word("{", depth);
                self.end_line();
                self.lines(group.stream(), depth + 1);
                return self.word("}", depth);
            }
        };
        self.word(open, depth);
        pieces(group.stream()).into_iter().for_each(|piece| self.piece(piece, depth));
        self.word(close, depth);
    }

    fn word(&mut self, word: &str, depth: usize) {
        if self.last.is_empty() {
            self.text.push_str(&"    ".repeat(depth));
        } else if is_spaced(&self.last, word) {
            self.text.push(' ');
        }
        self.text.push_str(word);
        word.clone_into(&mut self.last);
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.last.clear();
    }
}

/// Whether there is a space between two words.
fn is_spaced(left: &str, right: &str) -> bool {
    let ends_name = !left.starts_with('\'') && left.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '>');
    let is_keyword = ["as", "const", "for", "impl", "in", "match", "move", "mut", "pub", "return"].contains(&left);
    match (left, right) {
        (_, "," | ";" | "." | "?" | ")" | "]" | ":" | ">" | "!" | "") => false,
        ("(" | "[" | "::" | "&" | "." | "!" | "#" | "<" | "", _) => false,
        (_, "(" | "[" | "<" | "::") => is_keyword || !ends_name || left == "->" || left == "=>",
        _ => true,
    }
}
