//! What domain code needs: `use fidelis::prelude::*;`.

#[doc(no_inline)]
pub use crate::{
    Aggregate, Apply, Column, Command, CommandMetadata, Context, Decimal, Effects, Engine, Error, ErrorKind, Event, HandlerError,
    Id, Identified, Metadata, Projection, Recorded, Rejection, SignedDuration, Timestamp, Validated, Value, aggregate, apply,
    command, command_handler, domain, ensure, event, event_handler, handle, identifier, index, invariant, on, projection,
    projector, reject,
};
