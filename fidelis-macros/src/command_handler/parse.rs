//! `part_of = Account`, and `retry` on a method.

use proc_macro2::TokenStream;
use syn::Path;

use crate::{
    errors::Errors,
    options::{self, Flag, Opt},
};

pub(super) struct Options {
    pub(super) part_of: Opt<Path>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { part_of: Opt::new("part_of = Account") };
    options::read(tokens, &mut [&mut options.part_of], errors);
    options
}

/// `retry`
pub(super) fn retry(tokens: TokenStream, errors: &mut Errors) -> Opt<Flag> {
    let mut retry = Opt::new("retry");
    options::read(tokens, &mut [&mut retry], errors);
    retry
}
