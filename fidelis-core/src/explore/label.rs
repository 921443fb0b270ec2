//! What happens, in words: the lines of a trace, by which it can also be gone along again.

use super::{
    machine::{Machine, Transition, What},
    node::Node,
    stage::at_once,
};
use crate::{
    MessageId, MessageKind, NewRecord, Store, StreamName,
    process::{self, Cause},
    store::{Commit, Outcome, Settlement},
};

impl Machine {
    /// The lines of what can happen; those that read alike are numbered.
    pub(super) fn labels(&self, node: &Node, enabled: &[Transition]) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for transition in enabled {
            let label = self.label(node, transition);
            let alike = labels.iter().filter(|known| **known == label || known.starts_with(&format!("{label} (alike "))).count();
            labels.push(if alike == 0 { label } else { format!("{label} (alike {})", alike + 1) });
        }
        labels
    }

    /// What happens, in a line.
    pub(super) fn label(&self, node: &Node, transition: &Transition) -> String {
        let Transition { what, commit, .. } = transition;
        let led_to = commit.as_deref().map_or_else(|| "nothing".to_owned(), led_to);
        let handled = |consumer: usize| self.handled(node, consumer, commit.as_deref());
        match what {
            What::Send(place) => format!("{} {} is sent: {led_to}", self.commands[*place].name, place + 1),
            What::Repeat(place) => format!("{} {} is sent once more: {led_to}", self.commands[*place].name, place + 1),
            What::Work(consumer) => format!("{}{}: {led_to}", self.short(*consumer), handled(*consumer)),
            What::Retry(consumer, stream) => {
                format!("{} tries again what waits under {}: {led_to}", self.short(*consumer), of(stream))
            }
            What::Timer(process) => format!("time passes for {}: {led_to}", of(process)),
            What::Redelivery(consumer) => format!("{} is given its last message once more", self.short(*consumer)),
            What::Prepare(held) => format!("an engine works out: {}", self.label(node, held)),
            What::Finish(place) => format!("it commits: {}", self.label(node, &node.held[*place])),
            What::Unheard(place) => format!("it commits and does not hear of it: {}", self.label(node, &node.held[*place])),
            What::Crash(place) => format!("an engine is gone with: {}", self.label(node, &node.held[*place])),
            What::Failure(consumer) => format!("{}{}: the store fails, {led_to}", self.short(*consumer), handled(*consumer)),
        }
    }

    /// The name of a consumer without its domain.
    fn short(&self, consumer: usize) -> &str {
        let name = &*self.subscriptions()[consumer].name;
        name.split_once('.').map_or(name, |(_, name)| name)
    }

    /// What a consumer handles with a commit.
    fn handled(&self, node: &Node, consumer: usize, commit: Option<&Commit>) -> String {
        let pending = self.pending(node, consumer).unwrap_or_default();
        let command = commit.and_then(|commit| commit.settlement.as_ref()).map(|settlement| settlement.command);
        if let Some((process, name)) = command.and_then(|command| self.issuer(node, command)) {
            return format!(" carries out {name} for {}", of(&process));
        }
        let to = commit.and_then(|commit| commit.checkpoints.first()).map(|moved| moved.to);
        let record = pending.iter().find(|record| to.is_none_or(|to| record.metadata.global_position == to));
        match record {
            Some(record) if record.metadata.kind == MessageKind::Transition => {
                let step = self.memo.borrow_mut().transition(record).map(|known| known.transition.step.to_string());
                format!(" passes `{}` of {}", step.unwrap_or_default(), of(&record.metadata.stream))
            }
            Some(record) => {
                format!(" handles {} of {}", short_type(record.metadata.type_name.as_str()), of(&record.metadata.stream))
            }
            None => String::new(),
        }
    }

    /// The process that issued a command, and the command's name.
    fn issuer(&self, node: &Node, command: MessageId) -> Option<(StreamName, String)> {
        let all = crate::store::ReadFrom::All { position: 1, direction: crate::store::Direction::Forwards };
        let log = at_once(node.store.read(all, crate::store::PageLimit::default())).ok()?;
        let mut memo = self.memo.borrow_mut();
        log.iter().filter(|record| record.metadata.kind == MessageKind::Transition).find_map(|record| {
            let known = memo.transition(record).ok()?;
            let issued = known.transition.issued.iter().find(|issued| issued.id == command)?;
            Some((record.metadata.stream.clone(), issued.name.to_string()))
        })
    }
}

/// What a commit stores.
fn led_to(commit: &Commit) -> String {
    let mut parts = Vec::new();
    for append in &commit.appends {
        for record in &append.records {
            match record.kind {
                MessageKind::Event => parts.push(format!("{} of {}", short_type(record.type_name.as_str()), of(&append.stream))),
                MessageKind::Transition => parts.push(step(record, &append.stream)),
                _ => {}
            }
        }
    }
    match &commit.settlement {
        Some(Settlement { outcome: Outcome::Rejected(why), .. }) => parts.push(format!("refused ({why})")),
        Some(_) if parts.is_empty() => parts.push("accepted".to_owned()),
        _ => {}
    }
    for change in &commit.parked {
        match change {
            crate::store::ParkedChange::Put(parked) => {
                let why = parked.failure.as_ref().map_or("it waits behind another", |failure| &failure.error);
                parts.push(format!("set aside ({why})"));
            }
            crate::store::ParkedChange::Remove { .. } => parts.push("taken back".to_owned()),
        }
    }
    if parts.is_empty() { "nothing to be done".to_owned() } else { parts.join(", ") }
}

/// A step, in words.
fn step(record: &NewRecord, stream: &StreamName) -> String {
    let Ok(step) = serde_json::from_str::<process::Transition>(&record.payload) else {
        return "a step that cannot be read".to_owned();
    };
    let mut text = format!("`{}` of {}", step.step, of(stream));
    if let Cause::Timer { name, .. } = &step.cause {
        text += &format!(" by timer `{name}`");
    }
    let issued: Vec<&str> = step.issued.iter().map(|issued| &*issued.name).collect();
    if !issued.is_empty() {
        text += &format!(" issues {}", issued.join(" and "));
    }
    if step.status != process::ProcessStatus::Running {
        text += &format!(", {}", step.status);
    }
    text
}

/// A stream, short: what it is of, and the end of its identity.
fn of(stream: &StreamName) -> String {
    let category = stream.category();
    let kind = category.rsplit("::").next().unwrap_or(category);
    let id = stream.id();
    let short = id.char_indices().rev().nth(5).map_or(id, |(at, _)| &id[at..]);
    format!("{kind} …{short}")
}

/// `Fidelis.DepositMade.v1` as `DepositMade`.
fn short_type(name: &str) -> &str {
    name.split('.').nth(1).unwrap_or(name)
}
