//! The tables a domain runs on: collected from the registry, sorted, and looked up by name.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Domain, Faults, ProcessTypes, check};
use crate::{
    Error, EventType, Projection, Recorded, TypeName,
    handler::{CommandRow, EventHandlerRow, EventMethod, EventSelector, HandlerInstance, ProjectorMethod, ProjectorRow},
    process::{self, ProcessRow, ProcessSummary},
    projection::{Key, Table},
    registry::{AggregateRow, CommandType, Element, Registration},
    store::Interest,
};

/// A handler object, whatever its type.
pub(crate) type HandlerObject = Arc<dyn Any + Send + Sync>;

/// A checked domain.
pub(crate) struct Catalog {
    pub(crate) domain: &'static str,
    pub(crate) aggregates: Vec<AggregateRow>,
    pub(crate) tables: Vec<&'static Table>,
    pub(crate) subscriptions: Vec<Arc<Subscription>>,
    /// Whether any consumer can write to the log.
    pub(crate) reacts: bool,
    handlers: FxHashMap<TypeId, HandlerObject>,
    commands: FxHashMap<&'static str, &'static CommandRow>,
    subscribers: FxHashMap<TypeName, SmallVec<[usize; 4]>>,
}

/// What the name of a checkpoint ends with that is no position but counts how often what a subscription has parked was changed.
pub(crate) const PARKING: &str = "/parked";

/// One consumer of the log, with a checkpoint of its own.
pub(crate) struct Subscription {
    /// The domain and the type of the handler, such as `fidelis.AccountSummaryProjector`.
    pub(crate) name: Arc<str>,
    /// The name of a checkpoint that counts how often what it has parked was changed: who changes it knows what he changes.
    pub(crate) parking: Arc<str>,
    pub(crate) consumer: Consumer,
    pub(crate) object: HandlerObject,
    pub(crate) interest: Interest,
    methods: FxHashMap<TypeName, usize>,
}

/// What a subscription's messages go to.
pub(crate) enum Consumer {
    Projector(&'static ProjectorRow),
    EventHandler(&'static EventHandlerRow),
    Process(Box<ProcessTypes>),
}

/// The rows of one domain, sorted so that the order of linking does not show.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) aggregates: Vec<AggregateRow>,
    pub(super) events: Vec<(EventType, &'static str)>,
    pub(super) commands: Vec<CommandType>,
    pub(super) command_handlers: Vec<(&'static CommandRow, &'static str)>,
    pub(super) event_handlers: Vec<(&'static EventHandlerRow, &'static str)>,
    pub(super) tables: Vec<(&'static Table, &'static str)>,
    pub(super) projectors: Vec<(&'static ProjectorRow, &'static str)>,
    pub(super) processes: Vec<(&'static ProcessRow, &'static str)>,
}

impl Rows {
    /// The rows below the domain's module that no other domain is nearer to.
    pub(super) fn of(domain: &Domain) -> Self {
        let registrations = || inventory::iter::<Registration>.into_iter();
        let domains: Vec<&str> = registrations()
            .filter(|registration| matches!(registration.element, Element::Domain(_)))
            .map(|registration| registration.module)
            .collect();
        let nearest =
            |module: &str| domains.iter().chain([&domain.module]).filter(|root| below(root, module)).map(|root| root.len()).max();
        let mut rows = Rows::default();
        for registration in registrations() {
            let module = registration.module;
            if below(domain.module, module) && nearest(module) == Some(domain.module.len()) {
                rows.push(&registration.element, module);
            }
        }
        rows.sort();
        rows
    }

    fn push(&mut self, element: &'static Element, module: &'static str) {
        match element {
            Element::Domain(_) => {}
            Element::Aggregate(row) => self.aggregates.push(*row),
            Element::Event(event) => self.events.push((*event, module)),
            Element::Command(command) => self.commands.push(*command),
            Element::CommandHandler(row) => self.command_handlers.push((row, module)),
            Element::EventHandler(row) => self.event_handlers.push((row, module)),
            Element::Projection(table) => self.tables.push((table, module)),
            Element::Projector(row) => self.projectors.push((row, module)),
            Element::ProcessManager(row) => self.processes.push((row, module)),
        }
    }

    fn sort(&mut self) {
        self.aggregates.sort_by_key(|row| row.stream);
        self.events.sort_by_key(|(event, module)| (event.name, event.version, *module));
        self.commands.sort_by_key(|command| command.name);
        self.command_handlers.sort_by_key(|(row, module)| (row.name, *module));
        self.event_handlers.sort_by_key(|(row, module)| (row.handler.name, *module));
        self.tables.sort_by_key(|(table, module)| (table.name, *module));
        self.projectors.sort_by_key(|(row, module)| (row.projector.name, *module));
        self.processes.sort_by_key(|(row, module)| (row.name, *module));
    }
}

/// Whether `module` is `root` or inside it.
pub(super) fn below(root: &str, module: &str) -> bool {
    module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

impl Catalog {
    pub(crate) fn assemble(domain: &Domain) -> Result<Self, Faults> {
        let rows = Rows::of(domain);
        let mut faults = check::faults(domain, &rows);
        let mut handlers: FxHashMap<TypeId, HandlerObject> =
            domain.instances.iter().map(|(id, _, object)| (*id, Arc::clone(object))).collect();
        let mut object = |instance: &HandlerInstance| match handlers.get(&(instance.type_id)()) {
            Some(object) => Some(Arc::clone(object)),
            None => {
                let made = (instance.default)()?;
                handlers.insert((instance.type_id)(), Arc::clone(&made));
                Some(made)
            }
        };

        let mut subscriptions = Vec::new();
        for (row, _) in &rows.projectors {
            let events = row.methods.iter().map(|method| method.event.type_name(domain.name));
            subscribe(&mut subscriptions, domain, &row.projector, Consumer::Projector(row), object(&row.projector), events);
        }
        for (row, _) in &rows.event_handlers {
            let events = row.methods.iter().map(|method| match method.event {
                EventSelector::Type(event) => event.type_name(domain.name),
                EventSelector::Name(name) => TypeName::parse(name),
            });
            subscribe(&mut subscriptions, domain, &row.handler, Consumer::EventHandler(row), object(&row.handler), events);
        }
        subscribe_processes(&mut subscriptions, domain, &rows);
        for (row, _) in &rows.command_handlers {
            object(&row.handler);
        }
        faults.finish()?;

        let mut subscribers: FxHashMap<TypeName, SmallVec<[usize; 4]>> = FxHashMap::default();
        for (index, subscription) in subscriptions.iter().enumerate() {
            for name in &subscription.interest.types {
                subscribers.entry(name.clone()).or_default().push(index);
            }
        }
        let mut tables: Vec<&'static Table> = rows.tables.into_iter().map(|(table, _)| table).collect();
        if !rows.processes.is_empty() {
            tables.push(ProcessSummary::TABLE);
        }
        Ok(Catalog {
            domain: domain.name,
            aggregates: rows.aggregates,
            reacts: !rows.event_handlers.is_empty() || !rows.processes.is_empty(),
            tables,
            subscriptions,
            handlers,
            commands: rows.command_handlers.into_iter().map(|(row, _)| (row.name, row)).collect(),
            subscribers,
        })
    }

    /// The handler object of type `H`, if it belongs to this domain.
    pub(crate) fn handler<H: 'static>(&self) -> Option<&H> {
        self.handlers.get(&TypeId::of::<H>())?.downcast_ref()
    }

    /// The command of this name.
    pub(crate) fn command(&self, name: &str) -> Option<&'static CommandRow> {
        self.commands.get(name).copied()
    }

    /// The names of all commands, sorted.
    pub(crate) fn command_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.commands.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// The stored name of an event; that of the subscriptions when there are any, so that looking it up compares no texts.
    pub(crate) fn type_name(&self, event: &EventType) -> TypeName {
        let name = event.type_name(self.domain);
        self.subscribers.get_key_value(&name).map_or(name, |(known, _)| known.clone())
    }

    /// The subscriptions that handle messages of this type.
    pub(crate) fn subscribers(&self, name: &TypeName) -> &[usize] {
        self.subscribers.get(name).map_or(&[], SmallVec::as_slice)
    }
}

impl Subscription {
    /// The method of a projector for messages of this type.
    pub(crate) fn projector_method(&self, name: &TypeName) -> Option<&'static ProjectorMethod> {
        match self.consumer {
            Consumer::Projector(row) => Some(&row.methods[*self.methods.get(name)?]),
            Consumer::EventHandler(_) | Consumer::Process(_) => None,
        }
    }

    /// The key of the row that a message changes, when its method wants to see the row.
    pub(crate) fn row_key(&self, message: &Recorded) -> Option<Result<Key, Error>> {
        self.projector_method(&message.metadata.type_name)?.key.map(|key| key(message))
    }

    /// The read model of a projector.
    ///
    /// # Panics
    /// For any other consumer, which has none.
    pub(crate) fn table(&self) -> &'static Table {
        match self.consumer {
            Consumer::Projector(row) => row.table,
            Consumer::EventHandler(_) | Consumer::Process(_) => panic!("only projectors write read models"),
        }
    }

    /// The method of an event handler for messages of this type.
    pub(crate) fn event_method(&self, name: &TypeName) -> Option<&'static EventMethod> {
        match self.consumer {
            Consumer::EventHandler(row) => Some(&row.methods[*self.methods.get(name)?]),
            Consumer::Projector(_) | Consumer::Process(_) => None,
        }
    }
}

fn subscribe(
    subscriptions: &mut Vec<Arc<Subscription>>,
    domain: &Domain,
    handler: &HandlerInstance,
    consumer: Consumer,
    object: Option<HandlerObject>,
    events: impl Iterator<Item = TypeName>,
) {
    // A handler without an instance is a fault that `check` words; the domain is not going to start.
    let Some(object) = object else { return };
    let types: Vec<TypeName> = events.collect();
    subscriptions.push(Arc::new(Subscription {
        name: format!("{}.{}", domain.name, handler.name).into(),
        parking: format!("{}.{}{PARKING}", domain.name, handler.name).into(),
        consumer,
        object,
        methods: types.iter().cloned().enumerate().map(|(index, name)| (name, index)).collect(),
        interest: Interest { types },
    }));
}

/// The process managers of a domain, and the projector of their read model.
fn subscribe_processes(subscriptions: &mut Vec<Arc<Subscription>>, domain: &Domain, rows: &Rows) {
    if rows.processes.is_empty() {
        return;
    }
    let types: Vec<TypeName> = rows.processes.iter().map(|(row, _)| super::processes::transition_of(row, domain.name)).collect();
    subscriptions.push(Arc::new(Subscription {
        name: format!("{}.{}", domain.name, process::PROJECTOR.projector.name).into(),
        parking: format!("{}.{}/parked", domain.name, process::PROJECTOR.projector.name).into(),
        consumer: Consumer::Projector(&process::PROJECTOR),
        object: Arc::new(process::ProcessSummaryProjector),
        // One method for all of them.
        methods: types.iter().cloned().map(|name| (name, 0)).collect(),
        interest: Interest { types },
    }));
    for (row, _) in &rows.processes {
        let types = ProcessTypes::of(row, domain.name);
        subscriptions.push(Arc::new(Subscription {
            name: format!("{}.{}", domain.name, row.name).into(),
            parking: format!("{}.{}/parked", domain.name, row.name).into(),
            object: Arc::new(()),
            methods: FxHashMap::default(),
            interest: Interest { types: types.interest() },
            consumer: Consumer::Process(Box::new(types)),
        }));
    }
}
