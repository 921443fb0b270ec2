//! What travels with a command, and what comes back.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use crate::{Error, MessageId, Metadata, Origin, StreamName};

/// What travels with a command into [`Engine::process_with`](crate::Engine::process_with).
///
/// ```
/// use fidelis_core::Envelope;
/// let envelope = Envelope::keyed("order-17").extension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    pub(super) id: Identity,
    pub(super) correlation_id: Option<MessageId>,
    pub(super) causation_id: Option<MessageId>,
    pub(super) process: Option<StreamName>,
    pub(super) priority: i16,
    pub(super) extensions: Option<Arc<BTreeMap<String, String>>>,
}

/// Where the identity of a command comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Identity {
    /// The engine makes a new one: nobody can have sent it before.
    #[default]
    New,
    /// The caller chose it: it may come again, and may by mistake name something else.
    Chosen(MessageId),
    /// It follows from its cause: it may come again, and is then the same command.
    Derived(MessageId),
    /// The same, and this engine knows of nobody who has sent it: the store is asked with the commit, not before.
    First(MessageId),
}

impl Envelope {
    /// The command has this key: sent again under it, it has no second effect and gets the first answer.
    pub fn keyed(key: &str) -> Self {
        Envelope::identified(MessageId::named(key))
    }

    /// The command has this identity; as [`keyed`](Envelope::keyed) for callers whose keys are UUIDs.
    pub fn identified(id: MessageId) -> Self {
        Envelope { id: Identity::Chosen(id), ..Envelope::default() }
    }

    /// The causal chain the command belongs to; without this it begins one.
    #[must_use]
    pub fn correlated(mut self, correlation_id: MessageId) -> Self {
        self.correlation_id = Some(correlation_id);
        self
    }

    /// The message that caused the command.
    #[must_use]
    pub fn caused_by(mut self, causation_id: MessageId) -> Self {
        self.causation_id = Some(causation_id);
        self
    }

    /// Urgency, passed on to everything it causes; 0 is usual.
    #[must_use]
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }

    /// Free text passed on to everything it causes.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Arc::make_mut(self.extensions.get_or_insert_default()).insert(name.into(), value.into());
        self
    }

    /// A command that a process issued with the transition `cause`; `is_first`: as far as is known, it has not been sent before.
    pub(super) fn issued(id: MessageId, is_first: bool, cause: &Metadata, process: &StreamName) -> Self {
        Envelope {
            id: if is_first { Identity::First(id) } else { Identity::Derived(id) },
            correlation_id: Some(cause.origin.correlation_id),
            causation_id: Some(cause.id),
            process: Some(process.clone()),
            priority: cause.origin.priority,
            extensions: cause.origin.extensions.clone(),
        }
    }

    /// A command that `cause` leads to; its identity follows from `cause`.
    pub(super) fn caused(cause: MessageId, label: &str, index: u32, origin: &Origin) -> Self {
        Envelope {
            id: Identity::Derived(cause.derived(label, index)),
            correlation_id: Some(origin.correlation_id),
            causation_id: Some(cause),
            process: origin.process.clone(),
            priority: origin.priority,
            extensions: origin.extensions.clone(),
        }
    }
}

/// What a handler may know about the command in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandMetadata {
    /// Identifies the command.
    pub id: MessageId,
    /// When it is being processed.
    pub time: Timestamp,
    /// Shared by the whole causal chain.
    pub correlation_id: MessageId,
    /// The message that caused it; none when it came from outside.
    pub causation_id: Option<MessageId>,
}

/// What processing a command gave.
#[derive(Clone, Debug)]
#[must_use = "a receipt says which consumers are behind; take its `value` when that is all you need"]
pub struct Receipt<T> {
    /// What the handler gave: for a creating command, the identity of the new aggregate.
    pub value: T,
    /// The identity of the command.
    pub command: MessageId,
    /// The position in the log up to which the command wrote; 0 when it wrote nothing.
    pub position: u64,
    /// The consumers that have not handled it yet, because they fail. The command itself is stored.
    pub lagging: Vec<Lagging>,
}

/// A consumer that is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lagging {
    /// The consumer, such as `fidelis.AccountSummaryProjector`.
    pub subscription: Arc<str>,
    /// The position in the log of the message it could not handle.
    pub position: u64,
    /// Why.
    pub error: String,
}

impl Lagging {
    pub(super) fn store(error: Error) -> Self {
        Lagging { subscription: "the store".into(), position: 0, error: error.to_string() }
    }
}
