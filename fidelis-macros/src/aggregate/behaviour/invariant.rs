//! `#[invariant(pre)]`, `#[invariant(post)]`: rules over the whole state.

use syn::{Ident, ItemImpl};

use crate::{
    errors::Errors,
    marks::{self, Marked},
    options::{self, Flag, Opt},
    signature::{self, Object},
};

/// The methods checked before an event, and those checked after it.
pub(super) fn invariants(item: &mut ItemImpl, errors: &mut Errors) -> (Vec<Ident>, Vec<Ident>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for marked in marks::methods(item, "invariant", errors) {
        let is_fit = is_fit(&marked, errors);
        let (pre, post) = moments(&marked, errors);
        let method = &marked.signature.ident;
        before.extend((is_fit && pre).then(|| method.clone()));
        after.extend((is_fit && post).then(|| method.clone()));
    }
    (before, after)
}

fn moments(marked: &Marked, errors: &mut Errors) -> (bool, bool) {
    let (mut pre, mut post) = (Opt::<Flag>::new("pre"), Opt::<Flag>::new("post"));
    let found = errors.len();
    options::read(marked.options(), &mut [&mut pre, &mut post], errors);
    let (pre, post) = (pre.value().is_some(), post.value().is_some());
    if !pre && !post && errors.len() == found {
        errors
            .at(&marked.mark, "say when the rule is checked: `#[invariant(pre)]` before an event, `#[invariant(post)]` after it");
    }
    (pre, post)
}

fn is_fit(marked: &Marked, errors: &mut Errors) -> bool {
    const SHAPE: &str = "an invariant looks at the whole state and nothing else: `fn rule(&self) -> Result<(), Rejection>`";
    let signature = &marked.signature;
    let found = errors.len();
    signature::refuse_generics(signature, errors);
    signature::refuse_async(signature, "invariants", errors);
    if signature::object(signature) != Object::Shared {
        errors.at(signature::or_name(signature.receiver(), signature), SHAPE);
    }
    for parameter in signature::parameters(signature) {
        errors.at(parameter, SHAPE);
    }
    let returned = signature::returned(signature);
    if returned.and_then(|returned| signature::inside("Result", returned)).is_none() {
        errors.at(signature::or_name(returned, signature), SHAPE);
    }
    errors.len() == found
}
