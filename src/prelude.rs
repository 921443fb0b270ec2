//! What domain code needs: `use fidelis::prelude::*;`.

#[doc(no_inline)]
pub use crate::{
    Aggregate, Apply, Column, Command, CommandMetadata, Context, Decimal, Effects, Engine, Error, ErrorKind, Event, HandlerError,
    Id, Identified, Metadata, ProcessManager, Projection, Recorded, Rejection, SignedDuration, Timestamp, Validated, Value,
    aggregate, apply, command, command_handler, domain, ensure, event, event_handler, handle, identifier, index, invariant, on,
    on_failed, on_rejected, on_timeout, on_undone, process_manager, projection, projector, reject, undo,
};
