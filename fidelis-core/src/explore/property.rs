//! What has to hold in all worlds, in those at rest, or in some.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::world::World;

/// What a property says of a world.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether a property holds",
    label = "return a `bool`, a `Result<(), String>`, or nothing after assertions"
)]
pub trait Verdict {
    /// Nothing when it holds; else why not, if that is known.
    ///
    /// # Errors
    /// When it does not hold.
    fn given(self) -> Result<(), String>;
}

impl Verdict for bool {
    fn given(self) -> Result<(), String> {
        if self { Ok(()) } else { Err(String::new()) }
    }
}

impl Verdict for Result<(), String> {
    fn given(self) -> Result<(), String> {
        self
    }
}

/// After assertions.
impl Verdict for () {
    fn given(self) -> Result<(), String> {
        Ok(())
    }
}

/// Where a property has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// In every world.
    Always,
    /// In every world in which nothing can happen any more.
    AtRest,
    /// In one world at least.
    Sometimes,
}

type Check = Box<dyn Fn(&World<'_>) -> Result<(), String>>;

/// A property.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// The path of the function that checks it; `None` for a closure, which has none.
    pub(super) path: Option<&'static str>,
    check: Check,
}

impl Property {
    pub(super) fn new<V: Verdict, F: Fn(&World<'_>) -> V + 'static>(name: &'static str, holds: Holds, check: F) -> Self {
        let path = std::any::type_name::<F>();
        Property {
            name,
            holds,
            path: (!path.contains('{')).then_some(path),
            check: Box::new(move |world| match catch_unwind(AssertUnwindSafe(|| check(world).given())) {
                Ok(verdict) => verdict,
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().copied();
                    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
                    Err(text.unwrap_or("a panic without a message").to_owned())
                }
            }),
        }
    }

    /// # Errors
    /// When it does not hold in this world: why, as far as it says.
    pub(super) fn check(&self, world: &World<'_>) -> Result<(), String> {
        (self.check)(world)
    }
}
