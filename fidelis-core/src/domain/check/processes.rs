//! The faults of process managers that the compiler cannot see.

use std::collections::BTreeSet;

use super::{Domain, Faults, Rows};
use crate::{
    Projection, TypeName,
    domain::processes::transition_of,
    process::{EventStep, ProcessRow, ProcessSummary, Route},
};

pub(super) fn faults(domain: &Domain, rows: &Rows, faults: &mut Faults) {
    let processes = rows.processes.iter().map(|(row, _)| (row.stream.to_owned(), row.name));
    let aggregates: Vec<_> = rows.aggregates.iter().map(|row| (row.stream.to_owned(), row.name)).collect();
    // Two aggregates of one name are a fault of their own.
    let beside = aggregates.into_iter().filter(|(stream, _)| rows.processes.iter().any(|(row, _)| row.stream == stream));
    faults.duplicates(processes.chain(beside), "streams", "give one another: `#[process_manager(name = \"..\")]`");
    let own = ProcessSummary::TABLE.name;
    for (_, module) in rows.tables.iter().filter(|(table, _)| table.name == own && !rows.processes.is_empty()) {
        faults.add(format!("the read model in `{module}` is called like that of all processes, `{own}`: give it another name"));
    }
    let facts = rows.aggregates.iter().filter_map(|row| row.fact);
    let events = rows.events.iter().map(|(event, _)| *event).chain(facts);
    let known: BTreeSet<TypeName> = events.map(|event| event.type_name(domain.name)).collect();
    let commands: BTreeSet<&str> = rows.command_handlers.iter().map(|(row, _)| row.name).collect();
    for (row, module) in &rows.processes {
        let place = format!("process manager `{}` (in `{module}`)", row.name);
        life(row, &place, faults);
        for step in row.events {
            let event = step.event.type_name(domain.name);
            if !known.contains(&event) {
                faults.add(format!("{place} handles `{event}`, which no aggregate of this domain raises"));
            }
        }
        if known.contains(&transition_of(row, domain.name)) {
            faults.add(format!("an event is called like the transitions of {place}: rename one of them"));
        }
        two_for_one(domain, row, &place, faults);
        issued(row, &commands, &place, faults);
    }
}

/// How it begins and ends.
fn life(row: &ProcessRow, place: &str, faults: &mut Faults) {
    if !row.events.iter().any(|step| step.starts) {
        faults.add(format!("{place} never starts: mark the method for its first event `#[handle(start)]`"));
    }
    for step in row.events.iter().filter(|step| step.starts && matches!(step.route, Route::Issued)) {
        faults.add(format!("{place} is to be started in `{}` by what it caused itself: correlate by a field", step.name));
    }
    if !row.completes && !row.events.iter().any(|step| step.ends) {
        faults.add(format!(
            "{place} never ends: mark the method for its last event `#[handle(end)]`, or call `then.mark_as_complete()` in a method of \
             that block"
        ));
    }
}

/// Two methods that one message would find.
fn two_for_one(domain: &Domain, row: &ProcessRow, place: &str, faults: &mut Faults) {
    let kind = |step: &EventStep| match step.route {
        Route::Issued => "issued",
        Route::Field(_) if step.starts => "start",
        Route::Field(_) => "correlate",
    };
    let mut taken = BTreeSet::new();
    for step in row.events {
        let event = step.event.type_name(domain.name);
        if !taken.insert((event.clone(), kind(step))) {
            faults.add(format!("{place} has two `#[handle({})]` methods for `{event}`: make one of them", kind(step)));
        }
    }
    let others: [(Vec<&str>, &str); 4] = [
        (row.issues.iter().map(|issued| issued.command.name).collect(), "`#[on_rejected]` methods for command"),
        (row.timeouts.iter().map(|step| step.timer).collect(), "`#[on_timeout]` methods for timer"),
        (row.undos.iter().map(|step| step.command).collect(), "`#[undo]` methods for command"),
        (row.failures.iter().map(|step| step.command.unwrap_or("any")).collect(), "`#[on_failed]` methods for command"),
    ];
    for (mut names, what) in others {
        names.sort_unstable();
        for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            faults.add(format!("{place} has two {what} `{}`: make one of them", pair[0]));
        }
    }
}

/// What it issues, and the methods about that.
fn issued(row: &ProcessRow, commands: &BTreeSet<&str>, place: &str, faults: &mut Faults) {
    for issued in row.issues.iter().filter(|issued| !commands.contains(issued.command.name)) {
        faults.add(format!("{place} issues `{}`, which nothing in this domain handles", issued.command.name));
    }
    if row.issues.is_empty() && row.events.iter().any(|step| matches!(step.route, Route::Issued)) {
        faults.add(format!("{place} handles what it caused, but issues nothing: correlate those events by a field"));
    }
    let issues = |name: &str| row.issues.iter().any(|issued| issued.command.name == name);
    for undo in row.undos.iter().filter(|undo| !issues(undo.command)) {
        faults.add(format!("{place} undoes `{}` in `{}`, but never issues it", undo.command, undo.name));
    }
    for failure in row.failures {
        if let Some(command) = failure.command.filter(|command| !issues(command)) {
            faults.add(format!("{place} handles the failure of `{command}` in `{}`, but never issues it", failure.name));
        }
    }
}
