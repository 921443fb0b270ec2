//! Mistakes, collected: an item's are reported all at once, each on the smallest wrong token.

use std::{fmt::Display, thread};

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects mistakes. Has to be ended with [`finish`](Errors::finish), so that none is lost.
pub(crate) struct Errors(Option<Vec<syn::Error>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Errors(Some(Vec::new()))
    }

    /// Reports a mistake at the tokens that are to be changed.
    pub(crate) fn at(&mut self, wrong: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(wrong, message));
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        self.0.get_or_insert_default().push(error);
    }

    /// How many mistakes were found so far.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Vec::len)
    }

    /// The mistakes as code that does not compile; nothing when there are none.
    pub(crate) fn finish(mut self) -> TokenStream {
        self.0.take().into_iter().flatten().map(syn::Error::into_compile_error).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.0.is_none() || thread::panicking(), "mistakes were collected and not reported");
    }
}
