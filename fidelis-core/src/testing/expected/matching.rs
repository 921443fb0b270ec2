//! Partial matches, written out.

use serde::de::DeserializeOwned;

use super::{Commands, Events, Expectation, Expectations, Expected};
use crate::{Command, Event, codec};

/// A message that fits a pattern. Written with [`matching!`](crate::matching).
pub struct Matching<T> {
    text: &'static str,
    holds: Box<dyn Fn(&T) -> bool>,
}

impl<T: DeserializeOwned + 'static> Matching<T> {
    /// A message for which `holds` is true; `text` is how a failure shows it.
    pub fn new(text: &'static str, holds: impl Fn(&T) -> bool + 'static) -> Self {
        Matching { text, holds: Box::new(holds) }
    }

    fn expect(self, name: &'static str, version: u32, list: &mut Expectations) {
        list.all.push(Expectation {
            name,
            version,
            text: self.text.to_owned(),
            difference: Box::new(move |payload| match codec::from_json::<T>(payload) {
                Ok(message) if (self.holds)(&message) => None,
                Ok(_) => Some(vec![format!("does not match {}", self.text)]),
                Err(error) => Some(vec![error.to_string()]),
            }),
        });
    }
}

impl<E: Event> Expected<Events> for Matching<E> {
    fn add_to(self, list: &mut Expectations) {
        self.expect(E::NAME, E::VERSION, list);
    }
}

impl<C: Command> Expected<Commands> for Matching<C> {
    fn add_to(self, list: &mut Expectations) {
        self.expect(C::NAME, C::VERSION, list);
    }
}

/// Expects an event or a command that fits a pattern; what the pattern leaves out, it leaves out visibly.
///
/// ```
/// # use fidelis::prelude::*;
/// # use fidelis::testing::*;
/// # mod counting {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Counter)] pub struct Counted { pub by: u32, pub note: Option<String> }
/// #     #[aggregate(event_sourced)] pub struct Counter { pub total: u32 }
/// #     #[aggregate] impl Counter {
/// #         pub fn count(&mut self, by: u32) -> Result<(), Rejection> { self.raise(Counted { by, note: None }) }
/// #         #[apply] fn on_counted(&mut self, event: &Counted) { self.total += event.by; } }
/// #     fidelis::domain!("counting");
/// # }
/// # use counting::{Counted, Counter};
/// given(Counted { by: 1, note: None })
///     .when_called(|counter| counter.count(2))
///     .then_events(matching!(Counted { by, .. } if *by > 1));
/// ```
#[macro_export]
macro_rules! matching {
    ($($name:ident)::+ $({ $($fields:tt)* })? $(if $guard:expr)?) => {
        $crate::testing::Matching::new(
            ::core::concat!(
                ::core::stringify!($($name)::+),
                $(" { ", ::core::stringify!($($fields)*), " }",)?
                $(" if ", ::core::stringify!($guard),)?
            ),
            |message: &$($name)::+| ::core::matches!(message, $($name)::+ $({ $($fields)* })? $(if $guard)?),
        )
    };
}
