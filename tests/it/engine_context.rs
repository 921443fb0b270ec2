//! What a handler with full control is given: a unit of its own, read models, time, identities.

use std::sync::{Arc, Mutex};

use fidelis::prelude::*;

fidelis::domain!("letters");

#[event(part_of = Letter)]
pub struct Written {
    pub text: String,
}

#[aggregate(event_sourced)]
pub struct Letter {
    pub text: String,
}

#[aggregate]
impl Letter {
    #[apply]
    fn on_written(&mut self, event: &Written) {
        self.text.push_str(&event.text);
    }
}

#[projection]
pub struct Length {
    #[identifier]
    pub letter: Id<Letter>,
    pub length: i64,
}

#[derive(Default)]
pub struct LengthProjector;

#[projector(projector_for = Length, aggregates = [Letter])]
impl LengthProjector {
    #[on]
    fn on_written(&self, length: &mut Option<Length>, event: &Written, meta: &Metadata) -> Result<(), HandlerError> {
        let before = length.as_ref().map_or(0, |row| row.length);
        // A letter that is written on without a text is thrown away.
        *length = match event.text.is_empty() {
            true => None,
            false => Some(Length { letter: meta.stream.id().parse()?, length: before + event.text.chars().count() as i64 }),
        };
        Ok(())
    }
}

/// Runs what a test wants in a handler.
#[command(part_of = Letter)]
pub struct Do {
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum What {
    SeeOwnSaves,
    MakeIdentities,
    Look,
    SaveForeign,
    LoadForeign,
    FindNothing,
    GetNothing,
    Throw,
}

#[command(part_of = Letter)]
pub struct Write {
    pub letter: Id<Letter>,
    pub text: String,
}

#[derive(Default)]
pub struct Writer {
    pub made: Arc<Mutex<Vec<Id<Letter>>>>,
}

#[command_handler(part_of = Letter)]
impl Writer {
    #[handle]
    async fn write(&self, command: Write, ctx: &Context) -> Result<(), HandlerError> {
        let mut letter = ctx.find(command.letter).await?.unwrap_or_else(|| Letter::new(command.letter));
        letter.raise(Written { text: command.text })?;
        ctx.save(letter)?;
        Ok(())
    }

    #[handle]
    async fn do_it(&self, command: Do, ctx: &Context, meta: &CommandMetadata) -> Result<String, HandlerError> {
        let id = Id::<Letter>::named("one");
        match command.what {
            What::SeeOwnSaves => {
                let mut letter = Letter::new(id);
                letter.raise(Written { text: "first".into() })?;
                ctx.save(letter)?;
                let mut letter = ctx.get(id).await?;
                assert_eq!((letter.text.as_str(), letter.version()), ("first", Some(0)));
                letter.raise(Written { text: ", second".into() })?;
                ctx.save(letter)?;
                Ok(ctx.find(id).await?.map(|letter| letter.text).unwrap_or_default())
            }
            What::MakeIdentities => {
                let mut made = self.made.lock().unwrap();
                made.extend((0..3).map(|_| ctx.new_id::<Letter>()));
                Ok(String::new())
            }
            What::Look => {
                assert_eq!((ctx.now(), ctx.correlation_id()), (meta.time, meta.correlation_id));
                assert_eq!(ctx.command(), meta);
                let longest = ctx.query::<Length>().order_by(Length::LENGTH.descending()).first().await?;
                Ok(longest.map(|row| row.length.to_string()).unwrap_or_default())
            }
            What::SaveForeign => {
                let mut account = crate::ledger::Account::new(Id::named("one"));
                account.deposit(5)?;
                ctx.save(account)?;
                Ok(String::new())
            }
            What::LoadForeign => Ok(ctx.get(Id::<crate::ledger::Account>::named("one")).await?.owner),
            What::FindNothing => Ok(format!("{:?}", ctx.find(Id::<Letter>::named("nowhere")).await?)),
            What::GetNothing => Ok(ctx.get(Id::<Letter>::named("nowhere")).await?.text),
            What::Throw => Err("many".parse::<u32>().unwrap_err())?,
        }
    }
}

/// Asks for a command where there is none.
#[derive(Default)]
pub struct Confused;

#[event_handler(part_of = Letter)]
impl Confused {
    #[handle]
    async fn on_written(&self, event: &Written, ctx: &Context) -> Result<(), HandlerError> {
        if event.text == "whose command is this?" {
            let _ = ctx.command();
        }
        Ok(())
    }
}

use fidelis::{CountingRandomness, Envelope, ManualClock, MemoryStore};

use crate::{stepping::run, troubled::log_of};

fn start() -> (Engine, Arc<Mutex<Vec<Id<Letter>>>>) {
    let made = Arc::default();
    let writer = Writer { made: Arc::clone(&made) };
    let builder = domain().with(writer).on(MemoryStore::default()).clock(ManualClock::default());
    (run(builder.randomness(CountingRandomness::default()).start()).unwrap(), made)
}

fn ask(engine: &Engine, what: What) -> Result<String, Error> {
    run(engine.process(Do { what })).map(|receipt| receipt.value)
}

fn write(engine: &Engine, name: &str, text: &str) {
    let receipt = run(engine.process(Write { letter: Id::named(name), text: text.into() })).unwrap();
    assert_eq!(receipt.lagging, []);
}

#[test]
fn it_sees_what_it_has_saved() {
    let (engine, _) = start();
    assert_eq!(ask(&engine, What::SeeOwnSaves).unwrap(), "first, second");
    let letter = run(engine.load(Id::<Letter>::named("one"))).unwrap();
    assert_eq!((letter.text.as_str(), letter.version()), ("first, second", Some(1)));
    assert_eq!(letter, run(engine.replay(letter.id())).unwrap());
    assert_eq!(log_of(engine.store()).len(), 2);
}

#[test]
fn it_makes_identities_that_follow_from_the_command() {
    let (engine, made) = start();
    for _ in 0..2 {
        let _ = ask(&engine, What::MakeIdentities).unwrap();
    }
    let mut all = made.lock().unwrap().clone();
    assert_eq!(all.len(), 6);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6, "no two alike");

    let (again, made_again) = start();
    let _ = ask(&again, What::MakeIdentities).unwrap();
    assert_eq!(made_again.lock().unwrap()[..], made.lock().unwrap()[..3]);
    let (keyed, made_keyed) = start();
    let _ = run(keyed.process_with(Do { what: What::MakeIdentities }, Envelope::keyed("k"))).unwrap();
    assert_ne!(made_keyed.lock().unwrap()[0], made.lock().unwrap()[0], "another command, other identities");
}

#[test]
fn it_asks_read_models_and_the_time() {
    let (engine, _) = start();
    assert_eq!(ask(&engine, What::Look).unwrap(), "");
    write(&engine, "one", "twelve words");
    write(&engine, "two", "more than twelve");
    assert_eq!(ask(&engine, What::Look).unwrap(), "16");
    write(&engine, "two", "");
    assert_eq!(ask(&engine, What::Look).unwrap(), "12");
}

#[test]
fn it_finds_nothing_where_there_is_nothing() {
    let (engine, _) = start();
    assert_eq!(ask(&engine, What::FindNothing).unwrap(), "None");
    assert_eq!(ask(&engine, What::GetNothing).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn aggregates_of_another_domain_are_refused() {
    let (engine, _) = start();
    for what in [What::SaveForeign, What::LoadForeign] {
        let error = ask(&engine, what).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("Account") && error.to_string().contains("letters"), "{error}");
    }
    assert!(log_of(engine.store()).is_empty());
    assert_eq!(run(engine.load(Id::<crate::ledger::Account>::named("one"))).unwrap_err().kind(), ErrorKind::Invalid);
    let command = crate::ledger::Deposit { account: Id::named("one"), amount: 5 };
    let error = run(engine.process(command)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("Deposit") && error.to_string().contains("letters"), "{error}");
}

#[test]
fn what_breaks_in_it_is_a_failure_with_its_source() {
    let (engine, _) = start();
    let error = ask(&engine, What::Throw).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    assert!(error.to_string().contains("invalid digit"), "{error}");
}

#[test]
fn an_event_handler_has_no_command() {
    let (engine, _) = start();
    let command = Write { letter: Id::named("one"), text: "whose command is this?".into() };
    let receipt = run(engine.process(command)).unwrap();
    assert_eq!(receipt.lagging.len(), 1);
    assert!(receipt.lagging[0].error.contains("no command in hand"), "{:?}", receipt.lagging);
    write(&engine, "two", "others go on");
}
