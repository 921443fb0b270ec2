//! `name = "account_summary"`

use proc_macro2::TokenStream;
use syn::LitStr;

use crate::{
    errors::Errors,
    options::{self, Opt},
};

pub(super) struct Options {
    pub(super) name: Opt<LitStr>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { name: Opt::new("name = \"account_summary\"") };
    options::read(tokens, &mut [&mut options.name], errors);
    options
}
