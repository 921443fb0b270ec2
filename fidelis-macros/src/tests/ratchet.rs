//! Every mistake the attributes report is seen in the messages that `tests/compile_fail` keeps: a new one without a file there
//! fails here.

use std::{fs, path::Path};

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};

#[test]
fn every_message_is_in_the_compile_fail_suite() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read(&root.join("src"), "rs", &mut sources);
    let mut seen = Vec::new();
    read(&root.join("../tests/compile_fail"), "stderr", &mut seen);
    // The compiler indents the lines of a message of several.
    let seen: Vec<String> = seen.iter().map(|text| words(text)).collect();

    let mut messages = Vec::new();
    for source in sources {
        let tokens = source.parse().expect("this crate is valid Rust");
        collect(tokens, &mut messages);
    }
    assert!(messages.len() > 40, "only {} messages were found: is the search broken?", messages.len());
    let missing: Vec<&String> = messages.iter().filter(|message| !is_seen(message, &seen)).collect();
    assert!(missing.is_empty(), "no file of `tests/compile_fail` shows these messages: {missing:#?}");
}

/// Whether the parts of a message between its placeholders occur in one kept message, in their order.
fn is_seen(message: &str, seen: &[String]) -> bool {
    let parts: Vec<String> =
        message.replace("{{", "\u{1}").replace("}}", "\u{2}").split(['{', '}']).step_by(2).map(words).collect();
    seen.iter().any(|text| {
        let mut rest = text.as_str();
        parts.iter().map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}")).all(|part| match rest.find(&part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    })
}

/// The text with every run of white space as one space.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Messages are the literals of several words, but for documentation, which begins with a space, and what is never shown.
fn collect(tokens: TokenStream, messages: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word)
                if ["expect", "unreachable", "assert", "reason", "eprintln"].iter().any(|skipped| word == skipped) =>
            {
                while let Some(TokenTree::Punct(_)) = tokens.peek() {
                    tokens.next();
                }
                tokens.next();
            }
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                if matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket) {
                    tokens.next();
                }
            }
            TokenTree::Group(group) => collect(group.stream(), messages),
            TokenTree::Literal(literal) => messages.extend(message(&literal)),
            _ => (),
        }
    }
}

fn message(literal: &Literal) -> Option<String> {
    let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value();
    let is_example = text.contains(" = ") && !text.contains('`');
    (text.contains(' ') && !text.starts_with(' ') && !is_example).then_some(text)
}

fn read(folder: &Path, extension: &str, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder is part of the repository") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() && !path.ends_with("tests") {
            read(&path, extension, texts);
        } else if path.extension().is_some_and(|found| found == extension) {
            texts.push(fs::read_to_string(&path).expect("a source is text"));
        }
    }
}
