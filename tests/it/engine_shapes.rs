//! The shapes a command handler can have: each creates, changes, answers and refuses alike.

use fidelis::prelude::*;

fidelis::domain!("shapes");

#[event(part_of = Lamp)]
pub struct Hung {
    pub place: String,
}

#[event(part_of = Lamp)]
pub struct Switched {
    pub on: bool,
}

#[aggregate(event_sourced)]
pub struct Lamp {
    pub place: String,
    pub on: bool,
    pub switched: u32,
}

#[aggregate]
impl Lamp {
    fn hang(id: Id<Lamp>, place: impl Into<String>) -> Result<Lamp, Rejection> {
        let mut lamp = Lamp::new(id);
        lamp.raise(Hung { place: place.into() })?;
        Ok(lamp)
    }

    fn switch(&mut self, on: bool) -> Result<u32, Rejection> {
        ensure!(self.on != on, on: "it is so already");
        self.raise(Switched { on })?;
        Ok(self.switched)
    }

    #[apply]
    fn on_hung(&mut self, event: &Hung) {
        self.place.clone_from(&event.place);
    }

    #[apply]
    fn on_switched(&mut self, event: &Switched) {
        self.on = event.on;
        self.switched += 1;
    }
}

#[command(part_of = Lamp)]
pub struct Hang {
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct HangAs {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct HangNamed {
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct HangInContext {
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct HangAsync {
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct HangAsAsync {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub place: String,
}

#[command(part_of = Lamp)]
pub struct Switch {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub on: bool,
}

#[command(part_of = Lamp)]
pub struct SwitchInContext {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub on: bool,
}

#[command(part_of = Lamp)]
pub struct SwitchAsync {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub on: bool,
}

#[command(part_of = Lamp)]
pub struct SwitchByHand {
    pub lamp: Id<Lamp>,
    pub on: bool,
}

#[command(part_of = Lamp)]
pub struct SwitchByHandAsync {
    pub lamp: Id<Lamp>,
    pub on: bool,
}

#[command(part_of = Lamp)]
pub struct Describe {
    #[identifier]
    pub lamp: Id<Lamp>,
}

#[command(part_of = Lamp)]
pub struct HangNothing {}

#[event(part_of = Shade)]
pub struct Cut {}

/// What belongs to a lamp, and has its identity.
#[aggregate(event_sourced)]
pub struct Shade {}

#[aggregate]
impl Shade {
    #[apply]
    fn on_cut(&mut self, _: &Cut) {}
}

#[command(part_of = Lamp)]
pub struct HangWithShade {
    #[identifier]
    pub lamp: Id<Lamp>,
    pub shade: Id<Shade>,
}

#[derive(Default)]
pub struct Janitor;

#[command_handler(part_of = Lamp)]
impl Janitor {
    #[handle]
    fn hang(&self, command: Hang, id: Id<Lamp>) -> Result<Lamp, Rejection> {
        ensure!(!command.place.is_empty(), place: "where?");
        Lamp::hang(id, command.place)
    }

    #[handle]
    fn hang_as(&self, command: HangAs, id: Id<Lamp>) -> Result<Lamp, Rejection> {
        ensure!(!command.place.is_empty(), place: "where?");
        Lamp::hang(id, command.place)
    }

    #[handle]
    fn hang_named(&self, command: HangNamed) -> Result<Lamp, Rejection> {
        ensure!(!command.place.is_empty(), place: "where?");
        Lamp::hang(Id::named(&command.place), command.place)
    }

    #[handle]
    fn hang_in_context(&self, command: HangInContext, id: Id<Lamp>, ctx: &Context) -> Result<Lamp, HandlerError> {
        ensure!(!command.place.is_empty(), place: "where?");
        Ok(Lamp::hang(id, format!("{} {}", command.place, ctx.now()))?)
    }

    #[handle]
    async fn hang_async(&self, command: HangAsync, id: Id<Lamp>, meta: &CommandMetadata) -> Result<Lamp, HandlerError> {
        ensure!(!command.place.is_empty(), place: "where?");
        Ok(Lamp::hang(id, format!("{} {}", command.place, meta.time))?)
    }

    #[handle]
    async fn hang_as_async(&self, command: HangAsAsync, id: Id<Lamp>, _: &Context) -> Result<Lamp, HandlerError> {
        ensure!(!command.place.is_empty(), place: "where?");
        Ok(Lamp::hang(id, command.place)?)
    }

    #[handle]
    fn switch(&self, command: Switch, lamp: &mut Lamp) -> Result<u32, Rejection> {
        lamp.switch(command.on)
    }

    #[handle]
    fn switch_in_context(&self, command: SwitchInContext, lamp: &mut Lamp, _: &Context) -> Result<u32, HandlerError> {
        Ok(lamp.switch(command.on)?)
    }

    #[handle]
    async fn switch_async(&self, command: SwitchAsync, lamp: &mut Lamp) -> Result<u32, HandlerError> {
        Ok(lamp.switch(command.on)?)
    }

    #[handle]
    async fn switch_by_hand(&self, command: SwitchByHand, ctx: &Context, meta: &CommandMetadata) -> Result<u32, HandlerError> {
        assert_eq!(meta, ctx.command());
        let mut lamp = ctx.get(command.lamp).await?;
        let switched = lamp.switch(command.on)?;
        ctx.save(lamp)?;
        Ok(switched)
    }

    #[handle(retry)]
    async fn switch_by_hand_async(&self, command: SwitchByHandAsync, ctx: &Context) -> Result<u32, HandlerError> {
        let mut lamp = ctx.get(command.lamp).await?;
        let switched = lamp.switch(command.on)?;
        ctx.save(lamp)?;
        Ok(switched)
    }

    #[handle]
    fn describe(&self, command: Describe, lamp: &mut Lamp) -> Result<String, Rejection> {
        assert_eq!(command.lamp, lamp.id());
        Ok(format!("{} {}", lamp.place, if lamp.on { "on" } else { "off" }))
    }

    #[handle(retry)]
    async fn hang_with_shade(&self, command: HangWithShade, id: Id<Lamp>, ctx: &Context) -> Result<Lamp, HandlerError> {
        let mut shade = Shade::new(command.shade);
        shade.raise(Cut {})?;
        ctx.save(shade)?;
        Ok(Lamp::hang(id, "hall")?)
    }

    #[handle]
    fn hang_nothing(&self, _: HangNothing, id: Id<Lamp>) -> Result<Lamp, Rejection> {
        Ok(Lamp::new(id))
    }
}

use crate::{stepping::run, troubled::log_of};

fn start() -> Engine {
    domain().in_memory().unwrap()
}

/// Hangs a lamp in one shape, twice: it is in the log as the others are, and an empty place is refused.
fn creates<C: fidelis::Handled<Output = Id<Lamp>>>(command: impl Fn(&str) -> C) {
    let engine = start();
    let receipt = run(engine.process(command("hall"))).unwrap();
    assert_eq!((receipt.position, receipt.lagging), (1, Vec::new()));
    let lamp = run(engine.load(receipt.value)).unwrap();
    assert!(lamp.place.starts_with("hall"), "{lamp:?}");
    assert_eq!((lamp.id(), lamp.version()), (receipt.value, Some(0)));
    assert_eq!(run(engine.replay(receipt.value)).unwrap(), lamp);

    let refused = run(engine.process(command(""))).unwrap_err();
    assert!(refused.rejection().is_some_and(|rejection| rejection.says("place", "where?")), "{refused}");
    let log = log_of(engine.store());
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].metadata.stream.as_str(), format!("shapes::lamp-{}", receipt.value));
    assert_eq!(log[0].metadata.origin.causation_id, Some(receipt.command));

    let second = run(engine.process(command("stairs"))).unwrap();
    assert_eq!(second.position, 2);
    assert_ne!(second.command, receipt.command);
}

#[test]
fn every_creating_shape_creates() {
    creates(|place| Hang { place: place.into() });
    creates(|place| HangAs { lamp: Id::named(place), place: place.into() });
    creates(|place| HangNamed { place: place.into() });
    creates(|place| HangInContext { place: place.into() });
    creates(|place| HangAsync { place: place.into() });
    creates(|place| HangAsAsync { lamp: Id::named(place), place: place.into() });
}

#[test]
fn a_creating_command_with_an_identifier_creates_that_aggregate() {
    let engine = start();
    let lamp = Id::named("hall");
    assert_eq!(run(engine.process(HangAs { lamp, place: "hall".into() })).unwrap().value, lamp);
    let lamp = Id::named("stairs");
    assert_eq!(run(engine.process(HangAsAsync { lamp, place: "stairs".into() })).unwrap().value, lamp);
}

#[test]
fn creating_what_exists_is_refused_on_its_identity() {
    let engine = start();
    let lamp = Id::named("hall");
    let _ = run(engine.process(HangAs { lamp, place: "hall".into() })).unwrap();
    let again = [
        run(engine.process(HangAs { lamp, place: "other".into() })).unwrap_err(),
        run(engine.process(HangAsAsync { lamp, place: "other".into() })).unwrap_err(),
        run(engine.process(HangNamed { place: "hall".into() })).unwrap_err(),
    ];
    for error in again {
        let message = format!("`Lamp` {lamp} exists already");
        assert!(error.rejection().is_some_and(|rejection| rejection.says("id", &message)), "{error:?}");
    }
    assert_eq!(run(engine.load(lamp)).unwrap().place, "hall");
    assert_eq!(log_of(engine.store()).len(), 1);
}

/// Two new ones in one unit, under one identity: who is in the way is the one that is named.
#[test]
fn only_the_new_aggregate_itself_can_exist_already() {
    let builder = domain().on(fidelis::MemoryStore::default()).clock(fidelis::ManualClock::default());
    let engine = run(builder.start()).unwrap();
    let id = fidelis::Uuid::from_u128(7);
    let hang = |lamp: u128, shade: u128| {
        let [lamp, shade] = [lamp, shade].map(fidelis::Uuid::from_u128);
        run(engine.process(HangWithShade { lamp: Id::from_uuid(lamp), shade: Id::from_uuid(shade) }))
    };
    let _ = hang(1, 7).unwrap();
    let error = hang(7, 7).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(error.as_conflict().unwrap().stream.as_str(), format!("shapes::shade-{id}"));
    assert!(run(engine.find(Id::<Lamp>::from_uuid(id))).unwrap().is_none(), "neither is stored");
    let _ = hang(7, 8).unwrap();
    assert_eq!(hang(7, 9).unwrap_err().kind(), ErrorKind::Rejected);
    assert!(run(engine.find(Id::<Shade>::from_uuid(fidelis::Uuid::from_u128(9)))).unwrap().is_none());
}

/// Switches a lamp in one shape: the answer is typed, a refusal changes nothing, an unknown lamp is not found.
fn updates<C: fidelis::Handled<Output = u32>>(command: impl Fn(Id<Lamp>, bool) -> C) {
    let engine = start();
    let lamp = run(engine.process(Hang { place: "hall".into() })).unwrap().value;
    assert_eq!(run(engine.process(command(lamp, true))).unwrap().value, 1);
    let refused = run(engine.process(command(lamp, true))).unwrap_err();
    assert!(refused.rejection().is_some_and(|rejection| rejection.says("on", "it is so already")), "{refused}");
    assert_eq!(run(engine.process(command(lamp, false))).unwrap().value, 2);

    let loaded = run(engine.load(lamp)).unwrap();
    assert_eq!((loaded.switched, loaded.version()), (2, Some(2)));
    assert_eq!(run(engine.replay(lamp)).unwrap(), loaded);

    let unknown = Id::named("nowhere");
    let missing = run(engine.process(command(unknown, true))).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing}");
    assert!(missing.to_string().contains(&unknown.to_string()) && missing.to_string().contains("Lamp"), "{missing}");
    assert!(run(engine.find(unknown)).unwrap().is_none(), "looking for it does not make it");
    assert_eq!(log_of(engine.store()).len(), 3);
}

#[test]
fn every_changing_shape_changes() {
    updates(|lamp, on| Switch { lamp, on });
    updates(|lamp, on| SwitchInContext { lamp, on });
    updates(|lamp, on| SwitchAsync { lamp, on });
    updates(|lamp, on| SwitchByHand { lamp, on });
    updates(|lamp, on| SwitchByHandAsync { lamp, on });
}

#[test]
fn a_command_may_answer_and_write_nothing() {
    let engine = start();
    let lamp = run(engine.process(Hang { place: "hall".into() })).unwrap().value;
    let described = run(engine.process(Describe { lamp })).unwrap();
    assert_eq!((described.value.as_str(), described.position), ("hall off", 0));
    let _ = run(engine.process(Switch { lamp, on: true })).unwrap();
    assert_eq!(run(engine.process(Describe { lamp })).unwrap().value, "hall on");
    assert_eq!(log_of(engine.store()).len(), 2);
}

#[test]
fn a_new_aggregate_to_which_nothing_happened_is_the_handlers_mistake() {
    let engine = start();
    let error = run(engine.process(HangNothing {})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    assert!(error.to_string().contains("HangNothing"), "{error}");
    assert!(log_of(engine.store()).is_empty());
}
