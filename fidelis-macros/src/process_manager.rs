//! `#[process_manager]` on the struct that is the state, and on the impl block with the steps.

mod behaviour;
mod state;

use proc_macro2::TokenStream;
use syn::Item;

use crate::item;

pub(crate) fn process_manager(options: TokenStream, tokens: TokenStream) -> TokenStream {
    match syn::parse2(tokens.clone()) {
        Ok(Item::Struct(item)) => state::state(options, item),
        Ok(Item::Impl(item)) => behaviour::behaviour(options, item),
        Ok(other) => item::misplaced("process_manager", "a struct, or on its `impl` block", &other, &tokens),
        Err(error) => item::with_error(&tokens, error),
    }
}
