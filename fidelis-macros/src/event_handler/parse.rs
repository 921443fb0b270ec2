//! `part_of = Account, categories = ["account-fact"]`, and the name of a stored type on a method.

use proc_macro2::TokenStream;
use syn::{LitStr, Path};

use crate::{
    errors::Errors,
    marks::Marked,
    options::{self, List, Opt},
};

pub(super) struct Options {
    pub(super) part_of: Opt<Path>,
    pub(super) categories: Opt<List<LitStr>>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { part_of: Opt::new("part_of = Account"), categories: Opt::new("categories = [\"account-fact\"]") };
    let Options { part_of, categories } = &mut options;
    options::read(tokens, &mut [part_of, categories], errors);
    options
}

/// `"Fidelis.AccountFactEvent.v1"`
pub(super) fn stored_type(marked: &Marked, errors: &mut Errors) -> Option<LitStr> {
    let options = marked.options();
    if options.is_empty() {
        return None;
    }
    let name = syn::parse2::<LitStr>(options.clone()).ok();
    if name.is_none() {
        errors.at(
            options,
            "a handler takes events by its parameter, `&DepositMade`, or by their stored type, \
             `#[handle(\"Fidelis.DepositMade.v1\")]`",
        );
    }
    name
}
