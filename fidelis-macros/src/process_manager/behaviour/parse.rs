//! `never_rejected = [CompleteTransfer]` on the block; `start`, `issued`, `correlate = field`, `end`, `waits = ..` on a step.

use proc_macro2::TokenStream;
use syn::{Expr, Ident, LitStr, Path};

use crate::{
    errors::Errors,
    marks::Marked,
    options::{self, Flag, List, Opt},
};

pub(super) struct Options {
    pub(super) never_rejected: Opt<List<Path>>,
}

pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { never_rejected: Opt::new("never_rejected = [CompleteTransfer]") };
    options::read(tokens, &mut [&mut options.never_rejected], errors);
    options
}

/// The options of `#[handle]`.
pub(super) struct Handle {
    pub(super) start: Opt<Flag>,
    pub(super) issued: Opt<Flag>,
    pub(super) correlate: Opt<Ident>,
    pub(super) end: Opt<Flag>,
    pub(super) waits: Opt<Expr>,
}

pub(super) fn handle(marked: &Marked, errors: &mut Errors) -> Handle {
    let mut handle = Handle {
        start: Opt::new("start"),
        issued: Opt::new("issued"),
        correlate: Opt::new("correlate = field"),
        end: Opt::new("end"),
        waits: Opt::new("waits = SignedDuration::from_hours(1)"),
    };
    let Handle { start, issued, correlate, end, waits } = &mut handle;
    options::read(marked.options(), &mut [start, issued, correlate, end, waits], errors);
    handle
}

/// The name of a timer: `"overdue"`.
pub(super) fn timer(marked: &Marked, errors: &mut Errors) -> Option<LitStr> {
    let options = marked.options();
    let name = syn::parse2::<LitStr>(options.clone()).ok();
    match &name {
        None if options.is_empty() => {
            errors.at(&marked.mark, "say which timer: `#[on_timeout(\"overdue\")]`");
        }
        None => errors.at(options, "a timer has a name: `#[on_timeout(\"overdue\")]`"),
        Some(name) if !crate::names::is_snake_case(&name.value()) => {
            errors.at(name, "the name of a timer is written in lower-case letters, digits and `_`, such as `overdue`");
        }
        Some(_) => return name,
    }
    None
}
