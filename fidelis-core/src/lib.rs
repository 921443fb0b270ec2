//! Fidelis without its macros: vocabulary, engine, ports, the in-memory store, the test language, the conformance suites.
//!
//! Applications use the facade crate `fidelis`, which adds the attributes; the adapters for databases use this crate.
//! It knows no database, no async runtime and no HTTP.

pub mod aggregate;
pub mod codec;
pub mod conformance;
pub mod explore;
pub mod handler;
pub mod interchange;
pub mod memory;
pub mod process;
pub mod projection;
pub mod registry;
pub mod store;
pub mod testing;

mod clock;
mod command;
mod domain;
mod engine;
mod error;
mod event;
mod identity;
mod message;
mod reader;
mod rejection;
mod stream;
mod validated;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use aggregate::{Aggregate, Apply, EventSet, EventSourced, Fact, Facts, NoFacts, Replay, Root, StateStored};
pub use clock::{Clock, CountingRandomness, ManualClock, Randomness, SystemClock, SystemRandomness};
pub use command::{Command, Handled, Identified, Output};
pub use domain::{Domain, Faults};
pub use engine::{
    CommandMetadata, Context, Engine, EngineBuilder, Envelope, Lagging, ProcessCounts, ProcessInspection, Receipt, RetryPolicy,
    Run, Waiting,
};
pub use error::{Conflict, Error, ErrorKind, Source};
pub use event::{Event, EventType, PartOf};
pub use handler::{BoxFuture, HandlerError, HandlerResult};
pub use identity::{Id, InvalidId, MessageId};
pub use jiff::{SignedDuration, Timestamp};
pub use memory::MemoryStore;
pub use message::{Extensions, MessageKind, Metadata, NewRecord, Origin, Recorded, TypeName};
pub use process::{Effects, ProcessManager};
pub use projection::{Column, KeyOf, Page, Projection, Query, Value};
pub use reader::{Reader, Records};
pub use rejection::Rejection;
pub use rust_decimal::Decimal;
pub use store::Store;
pub use stream::StreamName;
pub use uuid::Uuid;
pub use validated::Validated;

/// Waits for a future on the current thread: for programs and tests without an async runtime.
pub use pollster::block_on;
