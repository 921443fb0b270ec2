//! `projector_for = AccountSummary, aggregates = [Account]`, and `key = field` on a method.

use proc_macro2::TokenStream;
use syn::Path;

use crate::{
    errors::Errors,
    options::{self, Fields, List, Opt},
};

pub(super) struct Options {
    pub(super) projector_for: Opt<Path>,
    pub(super) aggregates: Opt<List<Path>>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options =
        Options { projector_for: Opt::new("projector_for = AccountSummary"), aggregates: Opt::new("aggregates = [Account]") };
    let Options { projector_for, aggregates } = &mut options;
    options::read(tokens, &mut [projector_for, aggregates], errors);
    options
}

/// `key = field`, `key = (field, field)`
pub(super) fn key(tokens: TokenStream, errors: &mut Errors) -> Opt<Fields> {
    let mut key = Opt::new("key = field");
    options::read(tokens, &mut [&mut key], errors);
    key
}
