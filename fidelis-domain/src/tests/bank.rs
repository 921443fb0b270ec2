//! A bank for tests: its store, clock and posts within reach, and nothing to wait for.

use std::sync::Arc;

use fidelis::{
    Aggregate, CountingRandomness, Engine, Error, ErrorKind, Event, EventType, Handled, Id, ManualClock, MemoryStore, MessageId,
    MessageKind, Metadata, NewRecord, Origin, Receipt, Recorded, SignedDuration, Store, StreamName, Timestamp, TypeName,
    block_on, codec,
    store::{Append, Commit, Direction, Expected, PageLimit, ReadFrom},
};

use super::{log_lines::listen, words::opening};
use crate::{
    account::Account,
    compliance::ComplianceAlertHandler,
    money::Money,
    notices::{NotificationHandler, Outbox},
};

/// A bank on a store in memory, with a clock that stands still and chance that is counted.
pub(crate) struct Bank {
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<ManualClock>,
    /// The notices to customers.
    pub(crate) notices: Outbox,
    /// The alerts to compliance.
    pub(crate) alerts: Outbox,
}

impl Bank {
    /// A bank with an empty log.
    pub(crate) fn open() -> Self {
        Bank::on(MemoryStore::default())
    }

    /// A bank that goes on with what a store holds, as after a restart.
    pub(crate) fn on(store: MemoryStore) -> Self {
        Bank::behind(store.clone(), store)
    }

    /// A bank on a store that is looked at, or disturbed, on the way to `store`.
    pub(crate) fn behind(way: impl Store, store: MemoryStore) -> Self {
        listen();
        let (notices, alerts) = (Outbox::default(), Outbox::default());
        let clock = Arc::new(ManualClock::default());
        // A day for each record: what goes on after a restart is later than what was before it.
        clock.advance(SignedDuration::from_hours(24 * block_on(store.head()).unwrap() as i64));
        let engine = crate::domain()
            .with(NotificationHandler::new(Arc::new(notices.clone())))
            .with(ComplianceAlertHandler::new(Arc::new(alerts.clone())))
            .on(way)
            .clock(Arc::clone(&clock))
            .randomness(CountingRandomness::default())
            .start();
        Bank { engine: block_on(engine).unwrap(), store, clock, notices, alerts }
    }

    pub(crate) fn process<C: Handled>(&self, command: C) -> Result<Receipt<C::Output>, Error> {
        block_on(self.engine.process(command))
    }

    /// The answer to a command that is accepted, and handled by every consumer.
    #[track_caller]
    pub(crate) fn accepts<C: Handled>(&self, command: C) -> C::Output {
        let receipt = self.process(command).unwrap();
        assert_eq!(receipt.lagging, []);
        receipt.value
    }

    /// What a command is refused with; it must not fail in any other way.
    #[track_caller]
    pub(crate) fn rejects<C: Handled>(&self, command: C) -> String {
        let error = self.process(command).err().expect("the command is to be rejected");
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
        error.rejection().expect("a rejected error carries its rejection").to_string()
    }

    /// Opens ACC-001 for Alice Johnson.
    pub(crate) fn alice(&self, opening_deposit: Money) -> Id<Account> {
        self.accepts(opening("ACC-001", "Alice Johnson", opening_deposit))
    }

    pub(crate) fn account(&self, id: Id<Account>) -> Account {
        block_on(self.engine.load(id)).unwrap()
    }

    /// The log of one stream.
    pub(crate) fn stream<A>(&self, category: &str, id: Id<A>) -> Vec<Arc<Recorded>> {
        let name = StreamName::new(category, id);
        self.read(ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards })
    }

    /// The log of one category.
    pub(crate) fn category(&self, name: &str) -> Vec<Arc<Recorded>> {
        self.read(ReadFrom::Category { name, position: 1, direction: Direction::Forwards })
    }

    /// The whole log.
    pub(crate) fn log(&self) -> Vec<Arc<Recorded>> {
        self.read(ReadFrom::All { position: 1, direction: Direction::Forwards })
    }

    /// The types of the events of an account.
    pub(crate) fn events(&self, id: Id<Account>) -> Vec<String> {
        self.stream("fidelis::account", id).iter().map(|record| record.metadata.type_name.to_string()).collect()
    }

    /// Writes an event into the log past every rule; nobody but a test or a break-in does so.
    pub(crate) fn smuggle<E: Event>(&self, id: Id<E::Aggregate>, event: &E) {
        let type_name = EventType::of::<E>().type_name("fidelis");
        self.smuggle_text(id, type_name.as_str(), &codec::to_json(event).unwrap());
    }

    /// Writes into the log what need not even be an event.
    pub(crate) fn smuggle_text<A: Aggregate>(&self, id: Id<A>, type_name: &str, payload: &str) {
        let record = NewRecord {
            id: MessageId::named("smuggled"),
            type_name: TypeName::parse(type_name),
            kind: MessageKind::Event,
            schema_version: 1,
            payload: payload.into(),
        };
        let correlation_id = MessageId::named("a break-in");
        let origin = Origin { correlation_id, causation_id: None, process: None, priority: 0, extensions: None };
        self.append(self.engine.now(), origin, StreamName::new(&format!("fidelis::{}", A::STREAM), id), record);
    }

    /// Writes into this log what another one holds.
    pub(crate) fn copy(&self, record: &Recorded) {
        let Metadata { id, type_name, kind, stream, schema_version, origin, time, .. } = record.metadata.clone();
        let payload = record.payload.clone();
        self.append(time, origin, stream, NewRecord { id, type_name, kind, schema_version, payload });
    }

    fn append(&self, time: Timestamp, origin: Origin, stream: StreamName, record: NewRecord) {
        let mut commit = Commit::new(time, origin);
        commit.appends.push(Append { stream, expected: Expected::Any, records: [record].into_iter().collect() });
        block_on(self.store.commit(commit)).unwrap();
    }

    fn read(&self, from: ReadFrom<'_>) -> Vec<Arc<Recorded>> {
        block_on(self.store.read(from, PageLimit { records: usize::MAX, bytes: usize::MAX })).unwrap()
    }
}
