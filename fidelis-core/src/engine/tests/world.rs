//! A domain written by hand, as the attributes would write it, and records for its consumers.

use std::{any::TypeId, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, Command, Context, Domain, Error, Event, EventType, Handled, HandlerError, Id, MessageId, MessageKind, Metadata,
    NoFacts, Origin, PartOf, Recorded, Root, Run, StateStored, StreamName, Timestamp, TypeName, Validated,
    aggregate::{Invariant, Invariants},
    domain::Catalog,
    handler::{CommandRow, EventHandlerRow, EventMethod, EventSelector, HandlerInstance},
    registry::{AggregateRow, CommandType, Element},
};

/// What `domain!` would write.
pub(super) fn domain() -> Domain {
    Domain::new("world", module_path!())
}

crate::__register!(Element::Domain("world"));

/// Counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub(super) total: u64,
    #[serde(skip)]
    root: Root<Self>,
}

impl Aggregate for Counter {
    const NAME: &'static str = "Counter";
    const STREAM: &'static str = "counter";
    type Storage = StateStored;
    type Facts = NoFacts;

    fn root(&self) -> &Root<Self> {
        &self.root
    }

    fn root_mut(&mut self) -> &mut Root<Self> {
        &mut self.root
    }
}

impl Validated for Counter {}

impl Invariants for Counter {
    const PRE: &'static [Invariant<Self>] = &[];
    const POST: &'static [Invariant<Self>] = &[];
}

macro_rules! events {
    ($($event:ident)+) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(super) struct $event {}

        impl Event for $event {
            type Aggregate = Counter;
            const NAME: &'static str = stringify!($event);
        }

        impl PartOf<Counter> for $event {}
        impl Validated for $event {}
        crate::__register!(Element::Event(EventType::of::<$event>()));
    )+};
}

events!(Even Odd Ignored);
crate::__register!(Element::Aggregate(AggregateRow::of::<Counter>()));

/// Counts one further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) counter: Id<Counter>,
}

impl Command for Count {
    type Aggregate = Counter;
    const NAME: &'static str = "Count";
}

impl Validated for Count {}

impl Handled for Count {
    type Handler = Abacus;
    type Output = u64;

    fn handle(self, run: Run<'_, Self>) -> impl Future<Output = Result<u64, Error>> + Send {
        run.in_context(self, true, |_, command, context| Box::pin(count(command, context)))
    }
}

async fn count(command: Count, context: &Context) -> Result<u64, HandlerError> {
    let mut counter = context.find(command.counter).await?.unwrap_or_else(|| Counter::new(command.counter));
    counter.total += 1;
    counter.raise(Even {})?;
    let total = counter.total;
    context.save(counter)?;
    Ok(total)
}

#[derive(Default)]
pub(super) struct Abacus;

crate::__register!(Element::Command(CommandType::of::<Count>()));
crate::__register!(Element::CommandHandler(CommandRow {
    name: Count::NAME,
    version: Count::VERSION,
    stream: Counter::STREAM,
    handler: HandlerInstance { name: "Abacus", type_id: TypeId::of::<Abacus>, default: || Some(Arc::new(Abacus)) },
    method: "count",
    process: crate::engine::process_json::<Count>,
}));

/// What the consumers are called, in the order of the catalog.
pub(super) const BOTH: usize = 0;
pub(super) const EVENS: usize = 1;

macro_rules! consumers {
    ($($consumer:ident handles $($event:ident)+;)+) => {$(
        #[derive(Default)]
        struct $consumer;

        crate::__register!(Element::EventHandler(EventHandlerRow {
            handler: HandlerInstance {
                name: stringify!($consumer),
                type_id: TypeId::of::<$consumer>,
                default: || Some(Arc::new($consumer))
            },
            part_of: Counter::STREAM,
            categories: &[],
            methods: &[$(EventMethod {
                name: stringify!($event),
                event: EventSelector::Type(EventType::of::<$event>()),
                call: |_, _, _| Box::pin(async { Ok(()) })
            },)+],
        }));
    )+};
}

consumers! {
    Both handles Even Odd;
    Evens handles Even;
}

/// The tables of the domain.
pub(super) fn catalog() -> Catalog {
    let catalog = Catalog::assemble(&domain()).expect("the domain has no faults");
    let names: Vec<_> = catalog.subscriptions.iter().map(|subscription| &*subscription.name).collect();
    assert_eq!(names, ["world.Both", "world.Evens"]);
    catalog
}

/// The record at a position of the log: even ones are `Even`, odd ones `Odd`, multiples of ten `Ignored` by all.
pub(super) fn record(position: u64) -> Arc<Recorded> {
    record_of(position, "{}")
}

/// The same with a payload.
pub(super) fn record_of(position: u64, payload: &str) -> Arc<Recorded> {
    let name = match position {
        position if position.is_multiple_of(10) => "Ignored",
        position if position.is_multiple_of(2) => "Even",
        _ => "Odd",
    };
    let cause = MessageId::named("cause");
    Arc::new(Recorded {
        metadata: Metadata {
            id: cause.derived("record", position as u32),
            type_name: TypeName::new("world", name, 1),
            kind: MessageKind::Event,
            stream: StreamName::new("world::counter", position % 3),
            position: position / 3,
            global_position: position,
            time: Timestamp::UNIX_EPOCH,
            schema_version: 1,
            origin: Origin { correlation_id: cause, causation_id: Some(cause), process: None, priority: 0, extensions: None },
        },
        payload: payload.into(),
    })
}

/// The records from one position to another.
pub(super) fn records(positions: std::ops::RangeInclusive<u64>) -> Vec<Arc<Recorded>> {
    positions.map(record).collect()
}

/// Whether a consumer handles the record at a position.
pub(super) fn handles(consumer: usize, position: u64) -> bool {
    !position.is_multiple_of(10) && (consumer == BOTH || position.is_multiple_of(2))
}
