//! `FIDELIS_PRINT=DepositMade cargo check` prints what our attributes add to `DepositMade`; `*` prints it for every item.

use std::env;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Prints `added` on standard error if it is asked for.
#[expect(clippy::print_stderr, reason = "the reader asked for it by an environment variable")]
pub(crate) fn if_asked(attribute: &str, name: &Ident, added: &TokenStream) {
    if env::var("FIDELIS_PRINT").is_ok_and(|asked| asked == "*" || name == &asked) {
        eprintln!("// `#[{attribute}]` on `{name}` adds:\n{}", formatted(added));
    }
}

/// Code with a line per item, field, arm and statement.
pub(crate) fn formatted(tokens: &TokenStream) -> String {
    let mut text = String::new();
    write(tokens.clone(), 0, &mut text);
    text
}

fn write(tokens: TokenStream, depth: usize, text: &mut String) {
    let mut line = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let opening = std::mem::take(&mut line);
                if group.stream().is_empty() {
                    indented(&format!("{opening} {{}}"), depth, text);
                    continue;
                }
                indented(&format!("{opening} {{"), depth, text);
                write(group.stream(), depth + 1, text);
                indented("}", depth, text);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && line.to_string() == "#" => {
                indented(&format!("#[{}]", group.stream()), depth, text);
                line = TokenStream::new();
            }
            TokenTree::Punct(end) if matches!(end.as_char(), ';' | ',') => {
                indented(&format!("{line}{end}"), depth, text);
                line = TokenStream::new();
            }
            other => line.extend([other]),
        }
    }
    if !line.is_empty() {
        indented(&line.to_string(), depth, text);
    }
}

fn indented(line: &str, depth: usize, text: &mut String) {
    text.push_str(&"    ".repeat(depth));
    text.push_str(line.trim_start());
    text.push('\n');
}
