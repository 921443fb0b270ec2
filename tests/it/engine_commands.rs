//! What a unit of work keeps together, and what a refusal leaves behind: nothing.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use fidelis::{Envelope, ManualClock, prelude::*};

fidelis::domain!("pots");

#[event(part_of = Pot)]
pub struct Filled {
    #[garde(range(min = 1, max = 20_000))]
    pub by: i64,
}

#[event(part_of = Pot)]
pub struct Emptied {
    pub by: i64,
}

#[aggregate(event_sourced, fact_events)]
pub struct Pot {
    pub content: i64,
    /// No event changes it: whoever does is making a mistake.
    pub scribble: String,
}

#[aggregate]
impl Pot {
    fn fill(&mut self, by: i64) -> Result<(), Rejection> {
        self.raise(Filled { by })
    }

    fn empty(&mut self, by: i64) -> Result<(), Rejection> {
        self.raise(Emptied { by })
    }

    #[apply]
    fn on_filled(&mut self, event: &Filled) {
        self.content += event.by;
    }

    #[apply]
    fn on_emptied(&mut self, event: &Emptied) {
        self.content -= event.by;
    }

    #[invariant(post)]
    fn holds_something(&self) -> Result<(), Rejection> {
        ensure!(self.content >= 0, content: "there is not that much in it")
    }

    #[invariant(post)]
    fn does_not_overflow(&self) -> Result<(), Rejection> {
        ensure!(self.content <= 10_000, content: "it would overflow")
    }
}

#[command(part_of = Pot)]
pub struct Bake {
    #[identifier]
    pub pot: Id<Pot>,
    #[garde(range(min = 1))]
    pub content: i64,
}

/// Fills and empties in one go, and does what `manner` says besides.
#[command(part_of = Pot)]
pub struct Stir {
    #[identifier]
    pub pot: Id<Pot>,
    #[garde(range(max = 50_000))]
    pub fill: i64,
    pub empty: i64,
    pub manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Manner {
    /// What is refused refuses the command.
    Strict,
    /// What is refused is left out.
    Lenient,
    /// As strict; and writes on the pot without an event.
    Scribbling,
    /// As strict; and refuses in the end.
    Regretting,
}

/// Pours from one pot into another, and into a third by a command of its own.
#[command(part_of = Pot)]
pub struct Pour {
    pub from: Id<Pot>,
    pub to: Id<Pot>,
    pub by: i64,
    /// Somebody else fills the target between load and save.
    pub disturbed: u32,
    /// Fills this one by a further command.
    pub also: Option<Id<Pot>>,
    pub fails: bool,
}

/// Saves one pot several times.
#[command(part_of = Pot)]
pub struct SaveTwice {
    pub pot: Id<Pot>,
    pub how: Twice,
}

/// Has others stir, one after the other; and may leak by itself.
#[command(part_of = Pot)]
pub struct Delegate {
    pub pots: Vec<Id<Pot>>,
    pub leaks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Twice {
    Continued,
    LoadedAgain,
    KeptACopy,
    TwoCopies,
    TwoCopiesTheSecondLonger,
    Untouched,
}

#[command(part_of = Pot)]
pub struct Relay {
    pub pot: Id<Pot>,
}

/// Tastes what is in the pots.
#[derive(Default)]
pub struct Taster {
    tasted: Arc<Mutex<Vec<u64>>>,
    sick: Arc<AtomicBool>,
}

#[event_handler(part_of = Pot)]
impl Taster {
    #[handle]
    fn on_filled(&self, _: &Filled, meta: &Metadata) -> Result<(), HandlerError> {
        self.taste(meta)
    }

    #[handle]
    fn on_emptied(&self, _: &Emptied, meta: &Metadata) -> Result<(), HandlerError> {
        self.taste(meta)
    }
}

impl Taster {
    fn taste(&self, meta: &Metadata) -> Result<(), HandlerError> {
        if self.sick.load(Ordering::SeqCst) {
            return Err(HandlerError::failed("not hungry"));
        }
        self.tasted.lock().unwrap().push(meta.global_position);
        Ok(())
    }
}

#[derive(Default)]
pub struct Potter {
    called: Arc<AtomicU32>,
    /// Somebody else's way in.
    engine: Arc<OnceLock<Engine>>,
}

#[command_handler(part_of = Pot)]
impl Potter {
    #[handle]
    fn bake(&self, command: Bake, id: Id<Pot>) -> Result<Pot, Rejection> {
        self.called.fetch_add(1, Ordering::SeqCst);
        let mut pot = Pot::new(id);
        pot.fill(command.content)?;
        Ok(pot)
    }

    #[handle]
    fn stir(&self, command: Stir, pot: &mut Pot) -> Result<i64, Rejection> {
        if command.manner == Manner::Scribbling {
            pot.scribble = "written by hand".to_owned();
        }
        pot.fill(command.fill)?;
        match (pot.empty(command.empty), command.manner) {
            (Err(_), Manner::Lenient) => {}
            (emptied, _) => emptied?,
        }
        ensure!(command.manner != Manner::Regretting, manner: "better not");
        Ok(pot.content)
    }

    #[handle(retry)]
    async fn pour(&self, command: Pour, ctx: &Context) -> Result<(), HandlerError> {
        let attempt = self.called.fetch_add(1, Ordering::SeqCst);
        let mut from = ctx.get(command.from).await?;
        let mut to = ctx.get(command.to).await?;
        if attempt < command.disturbed {
            let engine = self.engine.get().expect("tests that disturb give it");
            let _ = engine.process(Stir { pot: command.to, fill: 1, empty: 0, manner: Manner::Strict }).await?;
        }
        from.empty(command.by)?;
        to.fill(command.by)?;
        ctx.save(from)?;
        ctx.save(to)?;
        if let Some(pot) = command.also {
            let content = ctx.process(Stir { pot, fill: command.by, empty: 0, manner: Manner::Strict }).await?;
            assert!(content >= command.by);
        }
        match command.fails {
            true => Err(HandlerError::failed("after all that")),
            false => Ok(()),
        }
    }

    #[handle]
    async fn delegate(&self, command: Delegate, ctx: &Context) -> Result<(), HandlerError> {
        for pot in &command.pots {
            ctx.process(Relay { pot: *pot }).await?;
        }
        if command.leaks {
            let mut pot = ctx.get(command.pots[0]).await?;
            pot.empty(1)?;
            ctx.save(pot)?;
        }
        Ok(())
    }

    /// Passes it on once more.
    #[handle]
    async fn relay(&self, command: Relay, ctx: &Context) -> Result<(), HandlerError> {
        ctx.process(Stir { pot: command.pot, fill: 1, empty: 0, manner: Manner::Strict }).await?;
        Ok(())
    }

    #[handle]
    async fn save_twice(&self, command: SaveTwice, ctx: &Context) -> Result<(), HandlerError> {
        let mut pot = ctx.find(command.pot).await?.unwrap_or_else(|| Pot::new(command.pot));
        let mut other = pot.clone();
        match command.how {
            Twice::Continued | Twice::LoadedAgain => {
                pot.fill(1)?;
                ctx.save(pot)?;
                let mut again = ctx.get(command.pot).await?;
                again.fill(2)?;
                ctx.save(again)?;
            }
            Twice::KeptACopy => {
                pot.fill(1)?;
                ctx.save(pot.clone())?;
                pot.fill(2)?;
                ctx.save(pot)?;
            }
            Twice::TwoCopies => {
                pot.fill(1)?;
                ctx.save(pot)?;
                other.fill(2)?;
                ctx.save(other)?;
            }
            Twice::TwoCopiesTheSecondLonger => {
                pot.fill(1)?;
                ctx.save(pot)?;
                other.fill(2)?;
                other.fill(3)?;
                ctx.save(other)?;
            }
            Twice::Untouched => ctx.save(pot)?,
        }
        Ok(())
    }
}

use crate::{
    stepping::run,
    troubled::{Fate, Troubled, log_of},
};

struct Kitchen {
    engine: Engine,
    store: Troubled,
    called: Arc<AtomicU32>,
    tasted: Arc<Mutex<Vec<u64>>>,
    sick: Arc<AtomicBool>,
}

impl Kitchen {
    fn new() -> Self {
        let (store, potter) = (Troubled::default(), Potter::default());
        let (called, other) = (Arc::clone(&potter.called), Arc::clone(&potter.engine));
        let taster = Taster::default();
        let (tasted, sick) = (Arc::clone(&taster.tasted), Arc::clone(&taster.sick));
        let engine = run(domain().with(potter).with(taster).on(store.clone()).clock(ManualClock::default()).start()).unwrap();
        let _ = other.set(engine.clone());
        Kitchen { engine, store, called, tasted, sick }
    }

    fn with(pots: &[(&str, i64)]) -> Self {
        let kitchen = Kitchen::new();
        for (name, content) in pots {
            let _ = run(kitchen.engine.process(Bake { pot: Id::named(name), content: *content })).unwrap();
        }
        kitchen.called.store(0, Ordering::SeqCst);
        kitchen
    }

    /// What each of these holds: live, and as the log says.
    #[track_caller]
    fn holds(&self, pots: &[(&str, i64)]) {
        for (name, content) in pots {
            let live = run(self.engine.load(Id::<Pot>::named(name))).unwrap();
            assert_eq!(live.content, *content, "{name}");
            assert_eq!(live, run(self.engine.replay(live.id())).unwrap(), "{name}");
            assert_eq!(live.scribble, "");
        }
    }

    fn stir(&self, pot: &str, fill: i64, empty: i64, manner: Manner) -> Result<i64, Error> {
        run(self.engine.process(Stir { pot: Id::named(pot), fill, empty, manner })).map(|receipt| receipt.value)
    }

    fn pour(&self, pour: Pour) -> Result<(), Error> {
        run(self.engine.process(pour)).map(|receipt| receipt.value)
    }
}

fn pour(by: i64) -> Pour {
    Pour { from: Id::named("a"), to: Id::named("b"), by, disturbed: 0, also: None, fails: false }
}

#[track_caller]
fn refused(result: Result<impl std::fmt::Debug, Error>, field: &str, message: &str) {
    let error = result.unwrap_err();
    assert!(error.rejection().is_some_and(|rejection| rejection.says(field, message)), "{error:?}");
}

#[test]
fn a_command_is_validated_before_its_handler_sees_it() {
    let kitchen = Kitchen::new();
    let pot = Id::named("a");
    refused(run(kitchen.engine.process(Bake { pot, content: 0 })), "content", "lower than 1");
    assert_eq!(kitchen.called.load(Ordering::SeqCst), 0);
    // Nor is its key used up.
    refused(run(kitchen.engine.process_with(Bake { pot, content: 0 }, Envelope::keyed("k"))), "content", "lower than 1");
    let _ = run(kitchen.engine.process_with(Bake { pot, content: 1 }, Envelope::keyed("k"))).unwrap();
    assert_eq!(kitchen.called.load(Ordering::SeqCst), 1);
    refused(kitchen.stir("a", 50_001, 0, Manner::Strict), "fill", "greater than 50000");
}

#[test]
fn an_event_that_breaks_its_field_rules_is_refused() {
    let kitchen = Kitchen::with(&[("a", 1)]);
    refused(kitchen.stir("a", 20_001, 0, Manner::Strict), "by", "greater than 20000");
    kitchen.holds(&[("a", 1)]);
}

#[test]
fn a_handler_that_is_refused_in_the_end_stores_nothing_of_what_it_raised() {
    let kitchen = Kitchen::with(&[("a", 10)]);
    let before = log_of(&kitchen.store).len();
    refused(kitchen.stir("a", 5, 100, Manner::Strict), "content", "there is not that much in it");
    refused(kitchen.stir("a", 5, 3, Manner::Regretting), "manner", "better not");
    assert_eq!(log_of(&kitchen.store).len(), before);
    kitchen.holds(&[("a", 10)]);
    assert_eq!(kitchen.stir("a", 5, 3, Manner::Strict).unwrap(), 12);
    kitchen.holds(&[("a", 12)]);
}

#[test]
fn a_handler_may_catch_a_refusal_and_go_on() {
    let kitchen = Kitchen::with(&[("a", 10)]);
    assert_eq!(kitchen.stir("a", 5, 100, Manner::Lenient).unwrap(), 15);
    kitchen.holds(&[("a", 15)]);
    let emptied = log_of(&kitchen.store).iter().filter(|record| record.metadata.type_name.as_str() == "Pots.Emptied.v1").count();
    assert_eq!(emptied, 0, "what was refused is not in the log");
}

#[test]
fn what_no_event_says_does_not_outlive_its_command() {
    let kitchen = Kitchen::with(&[("a", 10)]);
    assert_eq!(kitchen.stir("a", 1, 0, Manner::Scribbling).unwrap(), 11);
    kitchen.holds(&[("a", 11)]);
    refused(kitchen.stir("a", 1, 100, Manner::Scribbling), "content", "there is not that much in it");
    kitchen.holds(&[("a", 11)]);
    assert_eq!(kitchen.stir("a", 1, 0, Manner::Strict).unwrap(), 12);
    kitchen.holds(&[("a", 12)]);
}

#[test]
fn two_aggregates_are_stored_together() {
    let kitchen = Kitchen::with(&[("a", 10), ("b", 10)]);
    kitchen.pour(pour(4)).unwrap();
    kitchen.holds(&[("a", 6), ("b", 14)]);
    let log = log_of(&kitchen.store);
    let [.., first, _, second, _] = log.as_slice() else { panic!("two events with a fact each: {log:?}") };
    assert_eq!(first.metadata.origin, second.metadata.origin, "one unit, one origin");
    assert_ne!(first.metadata.id, second.metadata.id);
}

#[test]
fn or_neither() {
    let kitchen = Kitchen::with(&[("a", 10), ("b", 9_999)]);
    let before = log_of(&kitchen.store).len();
    refused(kitchen.pour(pour(4)), "content", "it would overflow");
    refused(kitchen.pour(pour(11)), "content", "there is not that much in it");
    let failed = kitchen.pour(Pour { fails: true, ..pour(1) }).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Failed);
    let missing = kitchen.pour(Pour { to: Id::named("c"), ..pour(1) }).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(log_of(&kitchen.store).len(), before);
    kitchen.holds(&[("a", 10), ("b", 9_999)]);

    kitchen.store.nth_commit(0, Fate::Unavailable, |commit| commit.appends.len() == 4);
    assert_eq!(kitchen.pour(pour(1)).unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(kitchen.store.met(), 1);
    kitchen.holds(&[("a", 10), ("b", 9_999)]);
    kitchen.store.calm();
    kitchen.pour(pour(1)).unwrap();
    kitchen.holds(&[("a", 9), ("b", 10_000)]);
}

#[test]
fn when_the_second_meets_a_conflict_the_first_is_not_applied_twice() {
    let kitchen = Kitchen::with(&[("a", 10), ("b", 10)]);
    kitchen.pour(Pour { disturbed: 2, ..pour(4) }).unwrap();
    assert_eq!(kitchen.called.load(Ordering::SeqCst), 3, "two conflicts, three attempts");
    kitchen.holds(&[("a", 6), ("b", 10 + 4 + 2)]);
}

#[test]
fn a_conflict_that_does_not_end_is_an_error_that_says_who_met() {
    let kitchen = Kitchen::with(&[("a", 10), ("b", 10)]);
    let error = kitchen.pour(Pour { disturbed: u32::MAX, ..pour(4) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let conflict = error.as_conflict().unwrap();
    assert_eq!(conflict.stream.as_str(), format!("pots::pot-{}", Id::<Pot>::named("b")));
    assert_eq!(kitchen.called.load(Ordering::SeqCst), 10, "the policy's attempts");
    kitchen.holds(&[("a", 10), ("b", 20)]);
}

#[test]
fn a_further_command_is_a_unit_of_its_own() {
    let kitchen = Kitchen::with(&[("a", 10), ("b", 10), ("c", 1)]);
    let failed = kitchen.pour(Pour { also: Some(Id::named("c")), fails: true, ..pour(4) });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Failed);
    kitchen.holds(&[("a", 10), ("b", 10), ("c", 5)]);
    kitchen.pour(Pour { also: Some(Id::named("c")), ..pour(4) }).unwrap();
    kitchen.holds(&[("a", 6), ("b", 14), ("c", 9)]);

    // What it refuses comes back to whoever issued it.
    refused(kitchen.pour(Pour { also: Some(Id::named("c")), ..pour(0) }), "by", "lower than 1");
    kitchen.holds(&[("a", 6), ("b", 14), ("c", 9)]);
}

/// A command that only issues another one waits for the consumers of that.
#[test]
fn what_further_commands_lead_to_is_waited_for() {
    let kitchen = Kitchen::with(&[("a", 10)]);
    let receipt = run(kitchen.engine.process(Delegate { pots: vec![Id::named("a")], leaks: false })).unwrap();
    assert_eq!((receipt.position, receipt.lagging), (0, vec![]), "it wrote nothing itself");
    assert_eq!(kitchen.tasted.lock().unwrap().as_slice(), [1, 3, 4], "and what it led to is handled");
    assert_eq!(kitchen.store.checkpoint_of("pots.Taster"), 4);

    let receipt = run(kitchen.engine.process(Delegate { pots: vec![Id::named("a"), Id::named("a")], leaks: true })).unwrap();
    assert_eq!(receipt.position, 13, "two events and a fact for each, and then its own");
    assert_eq!(kitchen.tasted.lock().unwrap().as_slice(), [1, 3, 4, 6, 7, 9, 10, 12]);
    // Whoever cannot handle what they led to is named.
    kitchen.sick.store(true, Ordering::SeqCst);
    let receipt = run(kitchen.engine.process(Delegate { pots: vec![Id::named("a")], leaks: false })).unwrap();
    let lagging: Vec<_> = receipt.lagging.iter().map(|lagging| (&*lagging.subscription, lagging.position)).collect();
    assert_eq!((receipt.position, lagging), (0, vec![("pots.Taster", 14), ("pots.Taster", 15)]));
    let receipt = run(kitchen.engine.process(Delegate { pots: vec![Id::named("a")], leaks: true })).unwrap();
    let lagging: Vec<_> = receipt.lagging.iter().map(|lagging| lagging.position).collect();
    assert_eq!((receipt.position, lagging), (21, vec![17, 18, 20]));
}

#[test]
fn a_repeat_does_not_ask_the_handler() {
    let kitchen = Kitchen::new();
    for _ in 0..3 {
        let bake = Bake { pot: Id::named("a"), content: 1 };
        let _ = run(kitchen.engine.process_with(bake, Envelope::keyed("k"))).unwrap();
    }
    assert_eq!(kitchen.called.load(Ordering::SeqCst), 1);
}

#[test]
fn saving_again_adds_to_the_first_save_or_is_refused() {
    let save = |kitchen: &Kitchen, how| run(kitchen.engine.process(SaveTwice { pot: Id::named("a"), how }));
    for how in [Twice::Continued, Twice::LoadedAgain, Twice::KeptACopy] {
        let kitchen = Kitchen::with(&[("a", 10)]);
        let _ = save(&kitchen, how).unwrap();
        kitchen.holds(&[("a", 13)]);
    }
    for how in [Twice::TwoCopies, Twice::TwoCopiesTheSecondLonger] {
        let kitchen = Kitchen::with(&[("a", 10)]);
        let error = save(&kitchen, how).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed, "{how:?}: {error}");
        assert!(error.to_string().contains("two copies"), "{error}");
        kitchen.holds(&[("a", 10)]);
    }
}

#[test]
fn saving_what_nothing_happened_to_makes_nothing() {
    let kitchen = Kitchen::new();
    let pot = Id::<Pot>::named("a");
    let _ = run(kitchen.engine.process(SaveTwice { pot, how: Twice::Untouched })).unwrap();
    assert!(log_of(&kitchen.store).is_empty());
    assert!(run(kitchen.engine.find(pot)).unwrap().is_none(), "nothing ever happened to it");
    assert_eq!(kitchen.stir("a", 1, 0, Manner::Strict).unwrap_err().kind(), ErrorKind::NotFound);
}
