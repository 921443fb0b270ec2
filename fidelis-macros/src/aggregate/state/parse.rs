//! `event_sourced, fact_events, name = "account", on_replay = report`

use proc_macro2::TokenStream;
use syn::{Ident, LitStr};

use crate::{
    errors::Errors,
    options::{self, Flag, Opt},
};

pub(super) struct Options {
    pub(super) event_sourced: Opt<Flag>,
    pub(super) fact_events: Opt<Flag>,
    pub(super) name: Opt<LitStr>,
    pub(super) on_replay: Opt<Ident>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options {
        event_sourced: Opt::new("event_sourced"),
        fact_events: Opt::new("fact_events"),
        name: Opt::new("name = \"account\""),
        on_replay: Opt::new("on_replay = report"),
    };
    let Options { event_sourced, fact_events, name, on_replay } = &mut options;
    options::read(tokens, &mut [event_sourced, fact_events, name, on_replay], errors);
    options
}
