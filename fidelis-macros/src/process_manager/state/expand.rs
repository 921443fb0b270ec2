//! What `#[process_manager]` adds to a struct; `snapshots/process_manager_struct.rs` shows it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{LitInt, spanned::Spanned as _};

use super::State;

pub(super) fn state(State { ident, stream, key, layout }: &State) -> TokenStream {
    let name = ident.to_string();
    let definition = fingerprint(layout);
    let (key_type, correlate) = match key {
        // Blamed on the field's type, should it not be a key.
        Some((field, of)) => (quote_spanned!(of.span()=> type Key = #of;), quote!(self.#field = key;)),
        None => (
            quote!(
                type Key = ::fidelis::__private::RefusedKey;
            ),
            quote!(let _ = key;),
        ),
    };
    // Blamed on the struct: that is what misses its steps.
    let required = quote_spanned!(ident.span()=> const _: () = ::fidelis::__private::require_steps::<#ident>(););
    quote! {
        impl ::fidelis::process::ProcessManager for #ident {
            #key_type
            const NAME: &'static str = #name;
            const STREAM: &'static str = #stream;
            const DEFINITION: u64 = #definition;

            fn correlate(&mut self, key: Self::Key) {
                #correlate
            }
        }
        #required
    }
}

/// The FNV-1a hash (64 bits) of a text, as a literal.
fn fingerprint(text: &str) -> LitInt {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    LitInt::new(&format!("{hash:#018x}"), proc_macro2::Span::call_site())
}
