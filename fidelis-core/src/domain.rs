//! Domains: everything the attributes registered below one crate, checked and put in order.

mod catalog;
mod check;
mod owner;
mod processes;
#[cfg(test)]
mod tests;

pub(crate) use catalog::{Catalog, Consumer, PARKING, Subscription};
pub use check::Faults;
pub(crate) use processes::{ProcessTypes, Target};

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use crate::{Engine, EngineBuilder, EventType, MemoryStore, TypeName};

/// A domain: the elements that are written below one module, under one name.
///
/// Made by [`domain!`](crate::domain!) in the crate root. Naming it is what links the crate into a program, so everything that
/// runs a domain takes such a value. Two domains in one program do not see each other.
///
/// ```
/// mod shop {
///     fidelis_core::domain!("shop");
/// }
/// let faults = shop::domain().check().unwrap_err();
/// assert!(faults.to_string().contains("domain `shop` has no aggregate"));
/// ```
pub struct Domain {
    name: &'static str,
    module: &'static str,
    instances: Vec<(TypeId, &'static str, Arc<dyn Any + Send + Sync>)>,
}

impl Domain {
    /// The domain `name` of the elements below `module`.
    pub const fn new(name: &'static str, module: &'static str) -> Self {
        Domain { name, module, instances: Vec::new() }
    }

    /// Its name: the beginning of the names of its streams.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The same domain with the same handler objects, for another engine.
    pub(crate) fn again(&self) -> Domain {
        let instances = self.instances.iter().map(|(id, name, object)| (*id, *name, Arc::clone(object)));
        Domain { name: self.name, module: self.module, instances: instances.collect() }
    }

    /// Gives a handler object that holds what it needs; without this, handlers are made by `Default`.
    #[must_use]
    pub fn with<H: Send + Sync + 'static>(mut self, handler: H) -> Self {
        self.instances.push((TypeId::of::<H>(), std::any::type_name::<H>(), Arc::new(handler)));
        self
    }

    /// The subscriptions of its projectors, such as `fidelis.AccountSummaryProjector`: what a log is taken over without, because
    /// their read models are made again ([`interchange::Import`](crate::interchange::Import)).
    ///
    /// # Errors
    /// The faults of [`check`](Domain::check).
    pub fn projectors(&self) -> Result<Vec<Arc<str>>, Faults> {
        self.subscriptions(|consumer| matches!(consumer, Consumer::Projector(_)))
    }

    /// The subscriptions of all that does things when something has happened, such as `fidelis.ComplianceAlertHandler`: what must not
    /// see a history again that others have handled.
    ///
    /// # Errors
    /// The faults of [`check`](Domain::check).
    pub fn reacting(&self) -> Result<Vec<Arc<str>>, Faults> {
        self.subscriptions(|consumer| !matches!(consumer, Consumer::Projector(_)))
    }

    fn subscriptions(&self, chosen: impl Fn(&Consumer) -> bool) -> Result<Vec<Arc<str>>, Faults> {
        let subscriptions = Catalog::assemble(self)?.subscriptions;
        let chosen = subscriptions.iter().filter(|subscription| chosen(&subscription.consumer));
        Ok(chosen.map(|subscription| Arc::clone(&subscription.name)).collect())
    }

    /// Its events and facts, by their stored names, such as `Fidelis.DepositMade.v1`.
    pub fn event_types(&self) -> Vec<(TypeName, EventType)> {
        let rows = catalog::Rows::of(self);
        let facts = rows.aggregates.iter().filter_map(|row| row.fact);
        let events = rows.events.iter().map(|(event, _)| *event).chain(facts);
        events.map(|event| (event.type_name(self.name), event)).collect()
    }

    /// Looks for every mistake that the compiler cannot see; one line in a test calls it.
    ///
    /// # Errors
    /// All faults at once: an empty domain, duplicate names, unhandled commands, unknown categories and types,
    /// handlers without an instance.
    pub fn check(&self) -> Result<(), Faults> {
        Catalog::assemble(self).map(drop)
    }

    /// An engine that keeps everything in memory, with the machine's clock; for tests and first steps.
    ///
    /// # Errors
    /// The faults of [`check`](Domain::check), as [`Invalid`](crate::ErrorKind::Invalid).
    pub fn in_memory(self) -> Result<Engine, crate::Error> {
        // Nothing in memory waits for anything, so blocking here does not block.
        pollster::block_on(self.on(MemoryStore::default()).start())
    }

    /// An engine for this domain on a store, to be configured and started.
    pub fn on(self, store: impl crate::Store) -> EngineBuilder {
        EngineBuilder::new(self, Arc::new(store))
    }

    /// An engine for this domain on a store that others hold too, or whose kind was only known when the program ran.
    pub fn on_shared(self, store: Arc<dyn crate::Store>) -> EngineBuilder {
        EngineBuilder::new(self, store)
    }
}

/// Makes the domain of a crate: `fidelis::domain!("fidelis");` in its root gives `pub fn domain() -> Domain`.
///
/// The name begins the names of streams (`fidelis::account-..`) and, with a capital, of types (`Fidelis.DepositMade.v1`): lower-case
/// letters, digits and `_`.
#[macro_export]
macro_rules! domain {
    ($name:literal) => {
        /// This crate's domain: every element written below this module.
        pub fn domain() -> $crate::Domain {
            $crate::Domain::new($name, ::core::module_path!())
        }

        const _: () = $crate::__private::assert_name($name);
        $crate::__register!($crate::__private::Element::Domain($name));
    };
}
