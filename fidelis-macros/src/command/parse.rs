//! `part_of = Account, version = 2, name = "MakeDeposit"`

use proc_macro2::TokenStream;
use syn::{LitInt, LitStr, Path};

use crate::{
    errors::Errors,
    options::{self, Opt},
};

pub(super) struct Options {
    pub(super) part_of: Opt<Path>,
    pub(super) version: Opt<LitInt>,
    pub(super) name: Opt<LitStr>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options {
        part_of: Opt::new("part_of = Account"),
        version: Opt::new("version = 2"),
        name: Opt::new("name = \"MakeDeposit\""),
    };
    let Options { part_of, version, name } = &mut options;
    options::read(tokens, &mut [part_of, version, name], errors);
    options
}
