//! Its events lose something on the way into the log.

use std::sync::atomic::{AtomicU32, Ordering};

use fidelis::prelude::*;
use serde::{Serialize, Serializer};

use super::loose::Loose;

fidelis::domain!("lossy");

#[event(part_of = Note)]
pub struct Written {
    pub text: String,
    #[serde(skip)]
    pub pages: u32,
}

#[event(part_of = Note)]
pub struct Titled {
    pub title: Loose,
}

#[event(part_of = Note)]
pub struct Turned {}

static TURNS: AtomicU32 = AtomicU32::new(0);

#[aggregate(event_sourced, fact_events)]
pub struct Note {
    pub text: String,
    pub turns: u32,
    #[serde(skip)]
    pub pages: u32,
}

#[aggregate]
impl Note {
    pub fn write(&mut self, pages: u32) -> Result<(), Rejection> {
        self.raise(Written { text: "Once".to_owned(), pages })
    }

    pub fn scribble(&mut self) -> Result<(), Rejection> {
        self.turns += 7;
        Ok(())
    }

    pub fn scribble_and_refuse(&mut self) -> Result<(), Rejection> {
        self.turns += 7;
        Err(reject!(text: "not like that"))
    }

    #[apply]
    fn on_written(&mut self, event: &Written) {
        self.text.clone_from(&event.text);
    }

    #[apply]
    fn on_titled(&mut self, _: &Titled) {}

    #[apply]
    fn on_turned(&mut self, _: &Turned) {
        self.turns = TURNS.fetch_add(1, Ordering::Relaxed) + 100;
    }
}

#[command(part_of = Note)]
pub struct Write {
    #[identifier]
    pub note: Id<Note>,
    pub pages: u32,
}

#[command(part_of = Note)]
pub struct Entitle {
    #[identifier]
    pub note: Id<Note>,
    pub title: String,
}

#[command(part_of = Note)]
pub struct Turn {
    #[identifier]
    pub note: Id<Note>,
}

/// Answers what is read differently.
#[command(part_of = Note)]
pub struct AskTitle {
    #[identifier]
    pub note: Id<Note>,
}

/// Is written differently each time.
#[command(part_of = Note)]
pub struct Restless {
    #[identifier]
    pub note: Id<Note>,
    #[serde(serialize_with = "another_number")]
    pub number: u32,
}

fn another_number<S: Serializer>(_: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed).serialize(serializer)
}

/// Has another command processed, and refuses then.
#[command(part_of = Note)]
pub struct ThinkTwice {
    #[identifier]
    pub note: Id<Note>,
}

#[derive(Default)]
pub struct NoteCommandHandler;

#[command_handler(part_of = Note)]
impl NoteCommandHandler {
    #[handle]
    fn write(&self, command: Write, note: &mut Note) -> Result<(), Rejection> {
        note.write(command.pages)
    }

    #[handle]
    fn entitle(&self, command: Entitle, note: &mut Note) -> Result<(), Rejection> {
        note.raise(Titled { title: Loose(command.title) })
    }

    #[handle]
    fn turn(&self, _: Turn, note: &mut Note) -> Result<(), Rejection> {
        note.raise(Turned {})
    }

    #[handle]
    fn ask_title(&self, _: AskTitle, _: &mut Note) -> Result<Loose, Rejection> {
        Ok("ONCE".into())
    }

    #[handle]
    fn restless(&self, _: Restless, _: &mut Note) -> Result<(), Rejection> {
        Ok(())
    }

    #[handle]
    async fn think_twice(&self, command: ThinkTwice, ctx: &Context) -> Result<(), HandlerError> {
        ctx.process(Write { note: command.note, pages: 0 }).await?;
        Err(reject!(text: "after all, no"))?
    }
}

/// How many events there were, as the projector remembers.
#[projection]
pub struct Count {
    #[identifier]
    pub note: Id<Note>,
    pub events: i64,
}

#[derive(Default)]
pub struct CountProjector {
    events: std::sync::atomic::AtomicI64,
}

#[projector(projector_for = Count, aggregates = [Note])]
impl CountProjector {
    #[on]
    fn on_written(&self, count: &mut Option<Count>, _: &Written) {
        let events = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        *count = Some(Count { note: note(), events });
    }
}

pub fn note() -> Id<Note> {
    Id::named("note")
}
