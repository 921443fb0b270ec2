//! What handlers of commands and events return, and how generated rows name them.

mod error;
mod row;

pub use error::{HandlerError, HandlerResult};
pub use row::{
    BoxFuture, CallEventMethod, CommandRow, EventHandlerRow, EventMethod, EventSelector, HandlerInstance, KeyOfMessage, Message,
    ProcessJson, ProjectorMethod, ProjectorRow, RowSlot,
};
