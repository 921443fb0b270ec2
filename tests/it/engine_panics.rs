//! A panic in domain code is a failure of that code: nothing of it is stored, and everything else goes on.

use fidelis::prelude::*;

fidelis::domain!("mines");

/// What is to blow up, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Charge {
    #[default]
    None,
    Handler,
    Async,
    AsyncLater,
    Apply,
    Invariant,
    Validation,
    Projector,
    EventHandler,
    AsyncEventHandler,
}

#[event(part_of = Mine)]
pub struct Opened {}

#[event(part_of = Mine)]
pub struct Dug {
    pub charge: Charge,
}

#[aggregate(event_sourced)]
pub struct Mine {
    pub depth: u32,
    pub charge: Charge,
    /// No event changes it.
    pub helmet: bool,
}

#[aggregate]
impl Mine {
    #[apply]
    fn on_opened(&mut self, _: &Opened) {}

    #[apply]
    fn on_dug(&mut self, event: &Dug) {
        assert!(event.charge != Charge::Apply || self.helmet, "the applier blew up");
        self.depth += 1;
        self.charge = event.charge;
    }

    #[invariant(post)]
    fn stands(&self) -> Result<(), Rejection> {
        assert!(self.charge != Charge::Invariant || self.helmet, "the rule blew up");
        Ok(())
    }
}

#[command(part_of = Mine)]
pub struct OpenMine {
    #[identifier]
    pub mine: Id<Mine>,
    pub charge: Charge,
}

#[command(part_of = Mine)]
pub struct Dig {
    #[identifier]
    pub mine: Id<Mine>,
    #[garde(custom(unless_charged))]
    pub charge: Charge,
}

/// As `Dig`, with a helmet on: what would blow up does not, this once.
#[command(part_of = Mine)]
pub struct DigWithHelmet {
    #[identifier]
    pub mine: Id<Mine>,
    pub charge: Charge,
}

#[command(part_of = Mine)]
pub struct DigAsync {
    pub mine: Id<Mine>,
    pub other: Id<Mine>,
    pub charge: Charge,
}

fn unless_charged(charge: &Charge, _: &()) -> garde::Result {
    assert!(*charge != Charge::Validation, "the validation blew up");
    Ok(())
}

#[derive(Default)]
pub struct Miner;

#[command_handler(part_of = Mine)]
impl Miner {
    #[handle]
    fn open_mine(&self, command: OpenMine, id: Id<Mine>) -> Result<Mine, Rejection> {
        assert!(command.charge != Charge::Handler, "the handler blew up");
        let mut mine = Mine::new(id);
        mine.raise(Opened {})?;
        Ok(mine)
    }

    #[handle]
    fn dig(&self, command: Dig, mine: &mut Mine) -> Result<u32, Rejection> {
        mine.raise(Dug { charge: Charge::None })?;
        assert!(command.charge != Charge::Handler, "the handler blew up");
        mine.raise(Dug { charge: command.charge })?;
        Ok(mine.depth)
    }

    #[handle]
    fn dig_with_helmet(&self, command: DigWithHelmet, mine: &mut Mine) -> Result<u32, Rejection> {
        mine.helmet = true;
        mine.raise(Dug { charge: command.charge })?;
        Ok(mine.depth)
    }

    #[handle(retry)]
    async fn dig_async(&self, command: DigAsync, ctx: &Context) -> Result<u32, HandlerError> {
        let mut mine = ctx.get(command.mine).await?;
        mine.raise(Dug { charge: Charge::None })?;
        let depth = mine.depth;
        ctx.save(mine)?;
        assert!(command.charge != Charge::Async, "the future blew up");
        let mut other = ctx.get(command.other).await?;
        assert!(command.charge != Charge::AsyncLater, "the future blew up later");
        other.raise(Dug { charge: command.charge })?;
        ctx.save(other)?;
        Ok(depth)
    }
}

#[projection]
pub struct Depth {
    #[identifier]
    pub mine: Id<Mine>,
    pub depth: i64,
}

#[derive(Default)]
pub struct DepthProjector;

#[projector(projector_for = Depth, aggregates = [Mine])]
impl DepthProjector {
    #[on]
    fn on_opened(&self, _: &Opened, meta: &Metadata) -> Result<Depth, HandlerError> {
        Ok(Depth { mine: meta.stream.id().parse()?, depth: 0 })
    }

    #[on]
    fn on_dug(&self, depth: &mut Depth, event: &Dug) {
        depth.depth += 1;
        assert!(event.charge != Charge::Projector, "the projector blew up");
    }
}

#[derive(Default)]
pub struct Alarm;

#[event_handler(part_of = Mine)]
impl Alarm {
    #[handle]
    fn on_dug(&self, event: &Dug) {
        assert!(event.charge != Charge::EventHandler, "the event handler blew up");
    }
}

#[derive(Default)]
pub struct AsyncAlarm;

#[event_handler(part_of = Mine)]
impl AsyncAlarm {
    #[handle]
    async fn on_dug(&self, event: &Dug, ctx: &Context, meta: &Metadata) -> Result<(), HandlerError> {
        let mine: Id<Mine> = meta.stream.id().parse()?;
        ctx.get(mine).await?;
        assert!(event.charge != Charge::AsyncEventHandler, "the async event handler blew up");
        Ok(())
    }
}

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{stepping::run, troubled::log_of};

fn start() -> (Engine, Id<Mine>) {
    let engine = domain().in_memory().unwrap();
    let mine = run(engine.process(OpenMine { mine: Id::named("one"), charge: Charge::None })).unwrap().value;
    let _ = run(engine.process(OpenMine { mine: Id::named("two"), charge: Charge::None })).unwrap();
    (engine, mine)
}

/// Processes a command that must fail with this text, and checks that nothing came of it and everything goes on.
#[track_caller]
fn fails<C: fidelis::Handled>(engine: &Engine, command: C, text: &str)
where
    C::Output: std::fmt::Debug,
{
    let before = log_of(engine.store());
    let known = run(engine.load(Id::<Mine>::named("one"))).unwrap();
    let error = run(engine.process(command)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    assert!(error.to_string().contains(C::NAME) && error.to_string().contains(text), "{error}");
    assert_eq!(log_of(engine.store()), before);
    assert_eq!(run(engine.load(known.id())).unwrap(), known);
    goes_on(engine);
}

/// The next command to the same mine works, and every consumer handles it.
#[track_caller]
fn goes_on(engine: &Engine) {
    let mine = Id::named("one");
    let before = run(engine.load(mine)).unwrap();
    let receipt = run(engine.process(Dig { mine, charge: Charge::None })).unwrap();
    assert_eq!((receipt.value, receipt.lagging), (before.depth + 2, Vec::new()));
    assert_eq!(run(engine.load(mine)).unwrap(), run(engine.replay(mine)).unwrap());
}

#[test]
fn in_a_handler() {
    let (engine, mine) = start();
    fails(&engine, OpenMine { mine: Id::named("three"), charge: Charge::Handler }, "the handler blew up");
    fails(&engine, Dig { mine, charge: Charge::Handler }, "the handler blew up");
    let other = Id::named("two");
    fails(&engine, DigAsync { mine, other, charge: Charge::Async }, "the future blew up");
    fails(&engine, DigAsync { mine, other, charge: Charge::AsyncLater }, "the future blew up later");
    assert_eq!(run(engine.load(other)).unwrap().depth, 0);
}

#[test]
fn in_an_applier_or_a_rule() {
    let (engine, mine) = start();
    fails(&engine, Dig { mine, charge: Charge::Apply }, "the applier blew up");
    fails(&engine, Dig { mine, charge: Charge::Invariant }, "the rule blew up");
    let other = Id::named("two");
    fails(&engine, DigAsync { mine, other, charge: Charge::Apply }, "the applier blew up");
}

#[test]
fn in_a_validation() {
    let (engine, mine) = start();
    fails(&engine, Dig { mine, charge: Charge::Validation }, "the validation blew up");
}

/// An event that was applied once, under conditions that no event says, and blows up when it is replayed.
#[test]
fn in_replay() {
    for charge in [Charge::Apply, Charge::Invariant] {
        let (engine, mine) = start();
        let before = log_of(engine.store()).len();
        // It is stored: whatever happens to what is kept in memory, the caller learns that.
        let receipt = run(engine.process(DigWithHelmet { mine, charge })).unwrap();
        assert_eq!((receipt.value, log_of(engine.store()).len()), (1, before + 1));

        for _ in 0..2 {
            let replayed = catch_unwind(AssertUnwindSafe(|| run(engine.replay(mine)))).expect("a panic must not come out");
            let error = replayed.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            let text = error.to_string();
            let stream = format!("position 1 of `mines::mine-{mine}`");
            assert!(text.contains("blew up") && text.contains(&stream) && text.contains("Mines.Dug.v1"), "{text}");
        }
        // Others are not affected.
        let other = Id::named("two");
        assert_eq!(run(engine.process(Dig { mine: other, charge: Charge::None })).unwrap().value, 2);
        // What cannot be replayed cannot be decided upon; nobody hangs.
        if charge == Charge::Apply {
            let error = run(engine.process(Dig { mine, charge: Charge::None })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        }
    }
}

#[test]
fn in_consumers() {
    for (charge, consumer, text) in [
        (Charge::Projector, "mines.DepthProjector", "the projector blew up"),
        (Charge::EventHandler, "mines.Alarm", "the event handler blew up"),
        (Charge::AsyncEventHandler, "mines.AsyncAlarm", "the async event handler blew up"),
    ] {
        let (engine, mine) = start();
        let receipt = run(engine.process(Dig { mine, charge })).unwrap();
        assert_eq!(receipt.value, 2, "the command is stored");
        let [lagging] = receipt.lagging.as_slice() else { panic!("one consumer lags: {:?}", receipt.lagging) };
        assert_eq!((&*lagging.subscription, lagging.position), (consumer, receipt.position));
        assert!(lagging.error.contains(text), "{lagging:?}");

        // The row has what could be folded, and nothing of what could not.
        let depth = run(engine.query::<Depth>().get(mine)).unwrap().unwrap().depth;
        assert_eq!(depth, if charge == Charge::Projector { 1 } else { 2 });

        // Other streams flow, and the consumer that failed handles them, too.
        let other = Id::named("two");
        let receipt = run(engine.process(Dig { mine: other, charge: Charge::None })).unwrap();
        assert_eq!(receipt.lagging, Vec::new());
        assert_eq!(run(engine.query::<Depth>().get(other)).unwrap().unwrap().depth, 2);
        assert_eq!(run(engine.parked()).unwrap().len(), 1);
    }
}
