//! Moving the blame: rustc points at the span of the generated tokens that do not compile.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// The same tokens, all blamed on `span`.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let blame = |mut token| {
        if let TokenTree::Group(group) = &mut token {
            *group = Group::new(group.delimiter(), respan(group.stream(), span));
        }
        token.set_span(span);
        token
    };
    tokens.into_iter().map(blame).collect()
}
