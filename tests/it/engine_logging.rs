//! What is logged: one line for a refusal, and never what a payload holds.

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex},
};

use fidelis::prelude::*;
use tracing::{
    Event as Line, Level, Metadata as Callsite, Subscriber,
    field::{Field, Visit},
    span,
};

fidelis::domain!("diary");

#[event(part_of = Page)]
pub struct Noted {
    pub secret: String,
}

#[aggregate(event_sourced, on_replay = report)]
pub struct Page {
    pub secret: String,
}

#[aggregate]
impl Page {
    #[apply]
    fn on_noted(&mut self, event: &Noted) {
        self.secret.clone_from(&event.secret);
    }

    #[invariant(post)]
    fn is_short(&self) -> Result<(), Rejection> {
        ensure!(self.secret.len() < 40, secret: "`{}` is too long", self.secret)
    }
}

#[command(part_of = Page)]
pub struct Note {
    #[identifier]
    pub page: Id<Page>,
    #[garde(length(max = 100))]
    pub secret: String,
    pub refused: bool,
}

#[command(part_of = Page)]
pub struct Append {
    #[identifier]
    pub page: Id<Page>,
    pub secret: String,
}

#[derive(Default)]
pub struct Author;

#[command_handler(part_of = Page)]
impl Author {
    #[handle]
    fn note(&self, command: Note, id: Id<Page>) -> Result<Page, Rejection> {
        if command.refused {
            Err(reject!(secret: "`{}` is not to be known", command.secret).and("page", command.secret.clone()))?;
        }
        let mut page = Page::new(id);
        page.raise(Noted { secret: command.secret })?;
        Ok(page)
    }

    #[handle]
    fn append(&self, command: Append, page: &mut Page) -> Result<(), Rejection> {
        page.raise(Noted { secret: command.secret })
    }
}

/// Its commands are refused, with what it has in hand.
#[derive(Default)]
pub struct Gossip;

#[event_handler(part_of = Page)]
impl Gossip {
    #[handle]
    async fn on_noted(&self, event: &Noted, ctx: &Context) -> Result<(), HandlerError> {
        if event.secret.starts_with("gossip") {
            ctx.process(Note { page: ctx.new_id(), secret: event.secret.clone(), refused: true }).await?;
        }
        Ok(())
    }
}

/// Everything that is logged while something is done.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<Logged>>>);

struct Logged {
    level: Level,
    message: String,
    fields: String,
}

impl Subscriber for Journal {
    fn enabled(&self, _: &Callsite<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, line: &Line<'_>) {
        let mut logged = Logged { level: *line.metadata().level(), message: String::new(), fields: String::new() };
        line.record(&mut logged);
        self.0.lock().unwrap().push(logged);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Visit for Logged {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => write!(self.fields, "{name}={value:?} ").unwrap(),
        }
    }
}

use fidelis::{Envelope, ManualClock, MemoryStore};

use crate::{
    history::{event, write},
    stepping::run,
};

const SECRET: &str = "hidden under the mat";

/// What is logged meanwhile; none of it may hold the secret.
#[track_caller]
fn logged(what: impl FnOnce()) -> Vec<Logged> {
    let journal = Journal::default();
    tracing::subscriber::with_default(journal.clone(), what);
    let lines = std::mem::take(&mut *journal.0.lock().unwrap());
    for line in &lines {
        assert!(!line.message.contains(SECRET) && !line.fields.contains(SECRET), "{}: {}", line.message, line.fields);
    }
    lines
}

fn start(store: MemoryStore) -> (Engine, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    (run(domain().on(store).clock(Arc::clone(&clock)).start()).unwrap(), clock)
}

fn note(refused: bool) -> Note {
    Note { page: Id::named("one"), secret: SECRET.into(), refused }
}

#[test]
fn a_refusal_is_one_line() {
    let (engine, _) = start(MemoryStore::default());
    let lines = logged(|| {
        let refused = run(engine.process_with(note(true), Envelope::keyed("k"))).unwrap_err();
        assert!(refused.to_string().contains(SECRET), "the caller gets it all");
    });
    let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
    assert_eq!((line.level, line.message.as_str()), (Level::INFO, "command rejected"));
    assert!(line.fields.contains("command=\"Note\"") && line.fields.contains("fields=\"page,secret\""), "{}", line.fields);
    let id = fidelis::MessageId::named("k").to_string();
    assert!(line.fields.contains(&id), "{}", line.fields);

    // By its field rules, by an invariant, by existing already, and as JSON.
    let _ = run(engine.process(note(false))).unwrap();
    let long = format!("{SECRET}, and {SECRET}");
    let refused: [&dyn Fn() -> Error; 4] = [
        &|| run(engine.process(Note { secret: SECRET.repeat(10), ..note(false) })).unwrap_err(),
        &|| run(engine.process(Append { page: Id::named("one"), secret: long.clone() })).unwrap_err(),
        &|| run(engine.process(note(false))).unwrap_err(),
        &|| {
            let payload = format!(r#"{{"page":"{}","secret":"{SECRET}","refused":true}}"#, Id::<Page>::named("one"));
            run(engine.process_json("Note", &payload, Envelope::default())).unwrap_err()
        },
    ];
    for refuse in refused {
        let lines = logged(|| assert_eq!(refuse().kind(), ErrorKind::Rejected));
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["command rejected"]);
    }
}

#[test]
fn what_is_accepted_says_nothing() {
    let (engine, _) = start(MemoryStore::default());
    let lines = logged(|| drop(run(engine.process(note(false))).unwrap()));
    assert!(
        lines.iter().all(|line| line.level > Level::INFO),
        "{:?}",
        lines.iter().map(|line| &line.message).collect::<Vec<_>>()
    );
}

#[test]
fn a_command_that_cannot_be_read_is_not_logged_with_what_it_holds() {
    let (engine, _) = start(MemoryStore::default());
    let lines = logged(|| {
        let payload = format!(r#"{{"page":"{SECRET}","secret":"{SECRET}","refused":"{SECRET}"}}"#);
        assert_eq!(run(engine.process_json("Note", &payload, Envelope::default())).unwrap_err().kind(), ErrorKind::Invalid);
    });
    assert!(lines.iter().all(|line| line.level > Level::INFO));
}

#[test]
fn a_consumer_that_fails_is_a_warning_without_what_it_had_in_hand() {
    let store = MemoryStore::default();
    let page = Id::<Page>::named("two");
    write(&store, &format!("diary::page-{page}"), 1, [event("Diary.Noted.v1", format!(r#"{{"secret":["{SECRET}"]}}"#))]);
    let (engine, clock) = start(store);
    let warned = |lines: &[Logged]| {
        let warnings: Vec<_> = lines.iter().filter(|line| line.level == Level::WARN).collect();
        assert_eq!(warnings.len(), 1, "{:?}", lines.iter().map(|line| &line.message).collect::<Vec<_>>());
        assert!(
            warnings[0].fields.contains("diary.Gossip") && warnings[0].fields.contains("Diary.Noted.v1"),
            "{}",
            warnings[0].fields
        );
    };
    // A stored payload that cannot be read.
    warned(&logged(|| run(engine.settle()).unwrap()));
    clock.advance(SignedDuration::from_mins(1));
    warned(&logged(|| run(engine.settle()).unwrap()));
    // A further command that is refused.
    let gossip = Note { page: Id::named("three"), secret: format!("gossip {SECRET}"), refused: false };
    warned(&logged(|| assert_eq!(run(engine.process(gossip)).unwrap().lagging.len(), 1)));
    let parked = run(engine.parked()).unwrap();
    assert_eq!(parked.len(), 2);
    let lines = logged(|| run(engine.drop_parked("diary.Gossip", 1)).unwrap());
    assert!(lines.iter().any(|line| line.message.contains("dropped") && line.fields.contains("position=1")));
}

#[test]
fn a_history_that_breaks_a_rule_is_a_warning_without_what_it_holds() {
    let store = MemoryStore::default();
    let page = Id::<Page>::named("two");
    let long = format!(r#"{{"secret":"{SECRET}, and {SECRET}"}}"#);
    write(&store, &format!("diary::page-{page}"), 1, [event("Diary.Noted.v1", long)]);
    let (engine, _) = start(store);
    let lines = logged(|| drop(run(engine.load(page)).unwrap()));
    let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
    assert_eq!(line.level, Level::WARN);
    for said in ["Page", &page.to_string(), "version=0", "Diary.Noted.v1", "is_short"] {
        assert!(line.fields.contains(said), "`{said}` is not in: {}", line.fields);
    }
}
