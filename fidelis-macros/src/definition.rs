//! A fingerprint of how something is written: it changes when the code does, and not when only comments or layout do.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::LitInt;

/// The fingerprint of these tokens, as a `u64`.
///
/// FNV-1a with 64 bits (Fowler, Noll, Vo; RFC 9923) over the words: it has to tell versions of one definition apart, and to be the
/// same for every compiler. How tokens are spaced is not, so it does not go in; documentation does not either.
pub(crate) fn of(tokens: TokenStream) -> LitInt {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    add(tokens, &mut hash);
    LitInt::new(&format!("{hash:#018x}"), Span::call_site())
}

fn add(tokens: TokenStream, hash: &mut u64) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && tokens.peek().is_some_and(is_documentation) => {
                tokens.next();
            }
            TokenTree::Group(group) => {
                word(&format!("{:?}", group.delimiter()), hash);
                add(group.stream(), hash);
                word("end", hash);
            }
            token => word(&token.to_string(), hash),
        }
    }
}

fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(first)) if first == "doc")
}

fn word(text: &str, hash: &mut u64) {
    // The zero ends the word: `a b` is not `ab`.
    for byte in text.bytes().chain([0]) {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
