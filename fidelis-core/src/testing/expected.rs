//! What a test expects to come: messages by value, or by a pattern that is written out.

mod comparison;
mod matching;

pub(super) use comparison::{Seen, compare, compare_in_order, compare_types};
pub use matching::Matching;

use super::fields::Fields;
use crate::{Command, Event, EventType, codec};

/// Expected events, in order: an event by value, [`matching!`](crate::matching) for a pattern, a list or a tuple of such; `()` for
/// none.
#[derive(Clone, Copy, Debug)]
pub enum Events {}

/// Expected commands, in order: a command by value, [`matching!`](crate::matching) for a pattern, a list or a tuple of such; `()` for
/// none.
#[derive(Clone, Copy, Debug)]
pub enum Commands {}

/// Messages that a test expects; `M` is [`Events`] or [`Commands`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a test can expect of `{M}`",
    label = "neither such a message, nor `matching!(..)`, nor a list or tuple of them"
)]
pub trait Expected<M> {
    /// Adds them to the list.
    fn add_to(self, list: &mut Expectations);
}

/// A list of expected messages.
#[derive(Default)]
pub struct Expectations {
    pub(super) all: Vec<Expectation>,
}

impl Expectations {
    pub(super) fn of<M>(expected: impl Expected<M>) -> Vec<Expectation> {
        let mut list = Expectations::default();
        expected.add_to(&mut list);
        list.all
    }
}

/// One expected message.
pub(super) struct Expectation {
    pub(super) name: &'static str,
    pub(super) version: u32,
    /// As a person would write it.
    pub(super) text: String,
    pub(super) difference: Difference,
}

/// How a payload of the expected name differs, in lines; `None` when it does not.
type Difference = Box<dyn Fn(&str) -> Option<Vec<String>>>;

impl<E: Event> Expected<Events> for E {
    fn add_to(self, list: &mut Expectations) {
        let fields = Fields::of(&self);
        list.all.push(Expectation {
            name: E::NAME,
            version: E::VERSION,
            text: fields.on_one_line(E::NAME),
            difference: Box::new(move |payload| match codec::from_json::<E>(payload) {
                Ok(actual) if actual == self => None,
                Ok(actual) => {
                    let difference = Fields::difference(&fields, &Fields::read(payload));
                    // What differs is not part of the JSON form.
                    let shown = || vec![format!("expected  {self:?}"), format!("actual    {actual:?}")];
                    Some(if difference.is_empty() { shown() } else { difference })
                }
                Err(error) => Some(vec![error.to_string()]),
            }),
        });
    }
}

impl<C: Command> Expected<Commands> for C {
    fn add_to(self, list: &mut Expectations) {
        let fields = Fields::of(&self);
        list.all.push(Expectation {
            name: C::NAME,
            version: C::VERSION,
            text: fields.on_one_line(C::NAME),
            difference: Box::new(move |payload| {
                let difference = Fields::difference(&fields, &Fields::read(payload));
                (!difference.is_empty()).then_some(difference)
            }),
        });
    }
}

impl<M, X: Expected<M>> Expected<M> for Vec<X> {
    fn add_to(self, list: &mut Expectations) {
        self.into_iter().for_each(|expected| expected.add_to(list));
    }
}

impl<M, X: Expected<M>, const N: usize> Expected<M> for [X; N] {
    fn add_to(self, list: &mut Expectations) {
        self.into_iter().for_each(|expected| expected.add_to(list));
    }
}

impl<M> Expected<M> for () {
    fn add_to(self, _: &mut Expectations) {}
}

/// Types of events, in order: one, or a tuple of them.
#[diagnostic::on_unimplemented(message = "`{Self}` is neither an event nor a tuple of events")]
pub trait EventTypes {
    /// Adds them to the list.
    fn add_to(list: &mut Vec<EventType>);
}

impl<E: Event> EventTypes for E {
    fn add_to(list: &mut Vec<EventType>) {
        list.push(EventType::of::<E>());
    }
}

macro_rules! tuple_of_expected {
    ($($name:ident)+) => {
        impl<M, $($name: Expected<M>),+> Expected<M> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn add_to(self, list: &mut Expectations) {
                let ($($name,)+) = self;
                $($name.add_to(list);)+
            }
        }

        impl<$($name: EventTypes),+> EventTypes for ($($name,)+) {
            fn add_to(list: &mut Vec<EventType>) {
                $($name::add_to(list);)+
            }
        }
    };
}

super::tuples!(tuple_of_expected);
