//! From an element back to the domain that owns it.

use super::{Domain, catalog::below};
use crate::registry::{Element, Registration};

impl Domain {
    /// The domain that owns what is written in `module`: the nearest one above.
    pub(crate) fn owning(module: &str) -> Option<Domain> {
        let roots = inventory::iter::<Registration>.into_iter().filter_map(|registration| match registration.element {
            Element::Domain(name) if below(registration.module, module) => Some(Domain::new(name, registration.module)),
            _ => None,
        });
        roots.max_by_key(|domain| domain.module.len())
    }

    /// The domains that own the elements for which `wanted` holds, each once.
    pub(crate) fn owners(wanted: impl Fn(&Element) -> bool) -> Vec<Domain> {
        let mut owners: Vec<Domain> = inventory::iter::<Registration>
            .into_iter()
            .filter(|registration| wanted(&registration.element))
            .filter_map(|registration| Domain::owning(registration.module))
            .collect();
        owners.sort_by_key(|domain| domain.module);
        owners.dedup_by_key(|domain| domain.module);
        owners
    }
}
