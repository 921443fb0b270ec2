//! Events: what has happened to an aggregate.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Aggregate, MessageKind, TypeName, Validated,
    codec::{self, PayloadError},
};

/// Something that happened, as a type. Written with `#[event(part_of = Account)]`.
///
/// ```
/// # use fidelis::prelude::*;
/// # #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// # #[aggregate] impl Account { #[apply] fn on_deposit_made(&mut self, event: &DepositMade) { self.balance += event.amount; } }
/// #[event(part_of = Account)]
/// pub struct DepositMade {
///     pub account_id: Id<Account>,
///     pub amount: i64,
/// }
/// assert_eq!(DepositMade::NAME, "DepositMade");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not declared with `#[event]`",
    note = "declare it `#[event(part_of = ..)] struct {Self} {{ .. }}`"
)]
pub trait Event: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Validated + Send + Sync + 'static {
    /// The aggregate it happens to.
    type Aggregate: Aggregate;
    /// Its name in the log, without domain and version. Renaming the type must not change it.
    const NAME: &'static str;
    /// The version of its layout, from 1.
    const VERSION: u32 = 1;
    /// Whether it is an event or a fact.
    const KIND: MessageKind = MessageKind::Event;
    /// A fingerprint of how the type is written, made by the attribute: when it changes, snapshots of states that such events led to
    /// are discarded. Whoever writes the type by hand changes it with the layout.
    const DEFINITION: u64 = 0;
}

/// `Self` is one of the events of aggregate `A`. Written with `#[event(part_of = A)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of aggregate `{A}`",
    label = "not declared with `#[event(part_of = {A})]`",
    note = "declare it `#[event(part_of = {A})] struct {Self} {{ .. }}`, or move the handler to its own aggregate"
)]
pub trait PartOf<A: ?Sized>: Event {}

/// Names a type of event without having one: a row in the generated tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// [`Event::NAME`].
    pub name: &'static str,
    /// [`Event::VERSION`].
    pub version: u32,
    /// [`Event::KIND`].
    pub kind: MessageKind,
    /// The name of the streams of its aggregate, such as `account`.
    pub stream: &'static str,
    /// [`Event::DEFINITION`].
    pub definition: u64,
    /// How its payload is read.
    pub(crate) reads: Reads,
}

impl EventType {
    /// The row of `E`.
    pub const fn of<E: Event>() -> Self {
        EventType {
            name: E::NAME,
            version: E::VERSION,
            kind: E::KIND,
            stream: <E::Aggregate as Aggregate>::STREAM,
            definition: E::DEFINITION,
            reads: Reads(|payload| codec::from_json::<E>(payload).map(drop)),
        }
    }

    /// Whether a payload can be read as this event.
    ///
    /// # Errors
    /// When it cannot: the message names the field.
    pub fn check(&self, payload: &str) -> Result<(), PayloadError> {
        (self.reads.0)(payload)
    }

    /// Its stored name in `domain`.
    pub fn type_name(&self, domain: &str) -> TypeName {
        TypeName::new(domain, self.name, self.version)
    }

    /// The category of the streams it stands in, in `domain`, such as `fidelis::account` or `fidelis::account-fact`.
    pub fn category(&self, domain: &str) -> String {
        match self.kind {
            MessageKind::Fact => format!("{domain}::{}-fact", self.stream),
            _ => format!("{domain}::{}", self.stream),
        }
    }
}

/// How a payload is read as an event. Says nothing about which event it is: any two are equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reads(pub(crate) fn(&str) -> Result<(), PayloadError>);

impl PartialEq for Reads {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reads {}
