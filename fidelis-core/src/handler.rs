//! What handlers of commands and events return, and how generated rows name them.

mod error;
mod row;

pub use error::{HandlerError, HandlerResult};
pub use row::{
    BoxFuture, CommandRow, EventHandlerRow, EventMethod, EventSelector, HandlerInstance, Message, ProjectorMethod, ProjectorRow,
    RowSlot,
};
