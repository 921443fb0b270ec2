//! Which process an event is for: by the identity of its aggregate, or by a field.

use uuid::Uuid;

use super::{CorrelationKey, ProcessKey, ProcessManager};
use crate::{Aggregate, Error, Event, Id, PartOf, handler::Message};

/// Processes told apart by `Self` can be found for an event `E`: the key is the identity of the aggregate the event happened to.
#[diagnostic::on_unimplemented(
    message = "event `{E}` does not say which process it is for: processes are told apart by `{Self}`",
    label = "not the identity of this event's aggregate",
    note = "name the event's field that holds the key: `#[handle(correlate = field)]`",
    note = "or, if the process itself has caused the event by a command: `#[handle(issued)]`"
)]
pub trait IdentityOf<E: Event>: CorrelationKey {
    /// The key, from the identity of the event's aggregate.
    fn of_aggregate(id: Uuid) -> Self;
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate, E: PartOf<A>> IdentityOf<E> for Id<A> {
    fn of_aggregate(id: Uuid) -> Self {
        Id::from_uuid(id)
    }
}

/// The identity of the event's aggregate, as the key of its process.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when the stream is not named after a UUID.
pub fn identity<P: ProcessManager, E: Event>(message: &Message) -> Result<P::Key, Error>
where
    P::Key: IdentityOf<E>,
{
    let id: Result<Id<E::Aggregate>, _> = message.metadata.stream.id().parse();
    let id = id.map_err(|error| Error::corrupt(&message.metadata, error))?;
    Ok(<P::Key as IdentityOf<E>>::of_aggregate(id.uuid()))
}

/// The process of an event, by the identity of the event's aggregate.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when the stream is not named after a UUID.
pub fn key_of_aggregate<P: ProcessManager, E: Event>(message: &Message) -> Result<ProcessKey, Error>
where
    P::Key: IdentityOf<E>,
{
    Ok(identity::<P, E>(message)?.process_key()?)
}

/// The process of an event, by a field of it.
///
/// # Errors
/// [`Rejected`](crate::ErrorKind::Rejected) when it is no key.
pub fn key_of_field<P: ProcessManager>(field: &P::Key) -> Result<ProcessKey, Error> {
    Ok(field.process_key()?)
}
