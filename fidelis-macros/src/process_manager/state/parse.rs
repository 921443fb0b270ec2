//! `correlate = transfer_id, name = "funds_transfer"`

use proc_macro2::TokenStream;
use syn::{Ident, LitStr};

use crate::{
    errors::Errors,
    options::{self, Opt},
};

pub(super) struct Options {
    pub(super) correlate: Opt<Ident>,
    pub(super) name: Opt<LitStr>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { correlate: Opt::new("correlate = transfer_id"), name: Opt::new("name = \"funds_transfer\"") };
    let Options { correlate, name } = &mut options;
    options::read(tokens, &mut [correlate, name], errors);
    options
}
