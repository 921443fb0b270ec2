//! The faults of a domain that the compiler cannot see.

mod processes;

use std::{any::TypeId, collections::BTreeSet, fmt};

use super::{Domain, catalog::Rows};
use crate::{
    TypeName,
    handler::{EventSelector, HandlerInstance},
};

/// Everything wrong with a domain, one fault a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl Faults {
    /// The faults, in words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn finish(&mut self) -> Result<(), Faults> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Faults(std::mem::take(&mut self.0))),
        }
    }

    fn add(&mut self, fault: String) {
        self.0.push(fault);
    }

    /// Adds a fault for each name that comes twice in a sorted list of names and places.
    fn duplicates<'a>(&mut self, names: impl IntoIterator<Item = (String, &'a str)>, what: &str, remedy: &str) {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort();
        for pair in names.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            self.add(format!("two {what} are called `{}` (in `{}` and `{}`): {remedy}", pair[0].0, pair[0].1, pair[1].1));
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the domain has {count} fault{}", if count == 1 { "" } else { "s" })?;
        self.0.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}

impl std::error::Error for Faults {}

/// All faults of a domain.
pub(super) fn faults(domain: &Domain, rows: &Rows) -> Faults {
    let mut faults = Faults::default();
    empty(domain, rows, &mut faults);
    names(domain, rows, &mut faults);
    owners(rows, &mut faults);
    commands(rows, &mut faults);
    listeners(domain, rows, &mut faults);
    instances(domain, rows, &mut faults);
    processes::faults(domain, rows, &mut faults);
    faults
}

fn empty(domain: &Domain, rows: &Rows, faults: &mut Faults) {
    if rows.aggregates.is_empty() {
        faults.add(format!(
            "domain `{}` has no aggregate: is the module that declares it below `{}`, and included with `mod`?",
            domain.name, domain.module
        ));
    }
}

fn names(domain: &Domain, rows: &Rows, faults: &mut Faults) {
    faults.duplicates(
        rows.aggregates.iter().map(|row| (row.stream.to_owned(), row.name)),
        "aggregates' streams",
        "give one another: `#[aggregate(name = \"..\")]`",
    );
    let events = rows.events.iter().map(|(event, module)| (event.type_name(domain.name).to_string(), *module));
    let facts = rows.aggregates.iter().filter_map(|row| Some((row.fact?.type_name(domain.name).to_string(), row.name)));
    faults.duplicates(events.chain(facts), "events", "give one another: `#[event(name = \"..\")]`");
    faults.duplicates(
        rows.command_handlers.iter().map(|(row, module)| (row.name.to_owned(), *module)),
        "commands",
        "give one another: `#[command(name = \"..\")]`",
    );
    faults.duplicates(
        rows.tables.iter().map(|(table, module)| (table.name.to_owned(), *module)),
        "read models",
        "give one another: `#[projection(name = \"..\")]`",
    );
    let consumers = rows.projectors.iter().map(|(row, module)| (row.projector.name.to_owned(), *module));
    let consumers = consumers.chain(rows.event_handlers.iter().map(|(row, module)| (row.handler.name.to_owned(), *module)));
    let consumers = consumers.chain(rows.processes.iter().map(|(row, module)| (row.name.to_owned(), *module)));
    faults.duplicates(consumers, "consumers", "their checkpoints are kept by name; rename one type");
}

/// Events and commands whose aggregate belongs to no or to another domain.
fn owners(rows: &Rows, faults: &mut Faults) {
    let streams: BTreeSet<&str> = rows.aggregates.iter().map(|row| row.stream).collect();
    for (event, module) in rows.events.iter().filter(|(event, _)| !streams.contains(event.stream)) {
        faults.add(format!("event `{}` (in `{module}`) is part of `{}`, which is not in this domain", event.name, event.stream));
    }
    for (row, module) in rows.event_handlers.iter().filter(|(row, _)| !streams.contains(row.part_of)) {
        let name = row.handler.name;
        faults.add(format!("event handler `{name}` (in `{module}`) is part of `{}`, which is not in this domain", row.part_of));
    }
    for command in rows.commands.iter().filter(|command| !streams.contains(command.stream)) {
        faults.add(format!("command `{}` is part of `{}`, which is not in this domain", command.name, command.stream));
    }
}

fn commands(rows: &Rows, faults: &mut Faults) {
    let handled: BTreeSet<&str> = rows.command_handlers.iter().map(|(row, _)| row.name).collect();
    for command in rows.commands.iter().filter(|command| !handled.contains(command.name)) {
        faults.add(format!("command `{}` has no handler in this domain: add a `#[handle]` method that takes it", command.name));
    }
}

/// What event handlers and projectors listen to.
fn listeners(domain: &Domain, rows: &Rows, faults: &mut Faults) {
    let facts = rows.aggregates.iter().filter_map(|row| row.fact);
    let events = rows.events.iter().map(|(event, _)| *event).chain(facts);
    let known: Vec<(TypeName, String)> =
        events.map(|event| (event.type_name(domain.name), event.category(domain.name))).collect();
    let types: BTreeSet<&TypeName> = known.iter().map(|(name, _)| name).collect();
    let categories: BTreeSet<&str> = known.iter().map(|(_, category)| category.as_str()).collect();

    for (row, module) in &rows.event_handlers {
        let place = format!("event handler `{}` (in `{module}`)", row.handler.name);
        for category in row.categories.iter().map(|name| format!("{}::{name}", domain.name)) {
            if !categories.contains(category.as_str()) {
                faults.add(format!("{place} listens to category `{category}`, which has no events; {}", known_list(&categories)));
            }
        }
        let mut taken = BTreeSet::new();
        for method in row.methods {
            let name = match method.event {
                EventSelector::Type(event) => event.type_name(domain.name),
                EventSelector::Name(name) => TypeName::parse(name),
            };
            if !types.contains(&name) {
                let names = types.iter().map(|name| name.as_str()).collect();
                faults.add(format!("{place} handles `{name}`, which no aggregate of this domain raises; {}", known_list(&names)));
            }
            if !taken.insert(name.clone()) {
                faults.add(format!("{place} handles `{name}` twice: one method per event"));
            }
        }
    }
    let writers = rows.projectors.iter().map(|(row, module)| (row.table.name.to_owned(), *module));
    faults.duplicates(
        writers,
        "projectors of a read model",
        "a read model and its checkpoint move together; let one projector write it",
    );
    let tables: BTreeSet<&str> = rows.tables.iter().map(|(table, _)| table.name).collect();
    for (row, module) in &rows.projectors {
        let place = format!("projector `{}` (in `{module}`)", row.projector.name);
        if !tables.contains(row.table.name) {
            faults.add(format!("{place} writes read model `{}`, which is not in this domain", row.table.name));
        }
        let mut taken = BTreeSet::new();
        for method in row.methods {
            let name = method.event.type_name(domain.name);
            if !row.aggregates.contains(&method.event.stream) {
                faults.add(format!(
                    "{place} handles `{name}` of `{}`, which is not one of its `aggregates`: add it there",
                    method.event.stream
                ));
            }
            if !types.contains(&name) {
                faults.add(format!("{place} handles `{name}`, which no aggregate of this domain raises"));
            }
            if !taken.insert(name.clone()) {
                faults.add(format!("{place} handles `{name}` twice: one method per event"));
            }
        }
    }
}

fn known_list(known: &BTreeSet<&str>) -> String {
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("known are {}", list.join(", "))
}

/// Handlers that nobody can make, and instances that nobody asked for.
fn instances(domain: &Domain, rows: &Rows, faults: &mut Faults) {
    let handlers = rows.command_handlers.iter().map(|(row, _)| &row.handler);
    let handlers = handlers.chain(rows.event_handlers.iter().map(|(row, _)| &row.handler));
    let handlers: Vec<&HandlerInstance> = handlers.chain(rows.projectors.iter().map(|(row, _)| &row.projector)).collect();
    let given: BTreeSet<TypeId> = domain.instances.iter().map(|(id, _, _)| *id).collect();
    let mut missing = BTreeSet::new();
    for handler in &handlers {
        if !given.contains(&(handler.type_id)()) && (handler.default)().is_none() && missing.insert(handler.name) {
            faults.add(format!(
                "handler `{0}` has no `Default` and no instance: give one with `domain().with({0} {{ .. }})`, or derive `Default`",
                handler.name
            ));
        }
    }
    for (index, (id, name, _)) in domain.instances.iter().enumerate() {
        if domain.instances[..index].iter().any(|(earlier, ..)| earlier == id) {
            faults.add(format!("two instances of `{name}` were given: the domain has one of each"));
        }
        if !handlers.iter().any(|handler| (handler.type_id)() == *id) {
            faults.add(format!("an instance of `{name}` was given, but it handles nothing in this domain"));
        }
    }
}
