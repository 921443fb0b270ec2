//! Rows that cannot be written: the message they come from is set aside like another, and the rest flows on.

use fidelis::{Column, MemoryStore, Value, prelude::*, projection::ColumnType};

fidelis::domain!("museum");

#[event(part_of = Vase)]
pub struct Shown {
    pub place: Touchy,
    pub worth: Touchy,
}

#[aggregate(event_sourced)]
pub struct Vase {
    pub shown: u32,
}

#[aggregate]
impl Vase {
    #[apply]
    fn on_shown(&mut self, _: &Shown) {
        self.shown += 1;
    }
}

/// A column of the domain's own, with faults of its own.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Touchy(pub i64);

pub const PANICS: i64 = 13;
pub const MISFITS: i64 = 14;
pub const PANICS_WHEN_READ: i64 = 15;

impl Column for Touchy {
    const TYPE: ColumnType = ColumnType::Integer;

    fn into_value(self) -> Value {
        match self.0 {
            PANICS => panic!("do not touch"),
            MISFITS => Value::Text("fourteen".into()),
            number => Value::Integer(number),
        }
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        i64::from_value(value).map(Touchy)
    }
}

impl From<i64> for Touchy {
    fn from(number: i64) -> Self {
        Touchy(number)
    }
}

impl From<Touchy> for i64 {
    fn from(touchy: Touchy) -> Self {
        assert!(touchy.0 != PANICS_WHEN_READ, "do not write");
        touchy.0
    }
}

#[command(part_of = Vase)]
pub struct Show {
    #[identifier]
    pub vase: Id<Vase>,
    pub place: i64,
    pub worth: i64,
}

#[derive(Default)]
pub struct Curator;

#[command_handler(part_of = Vase)]
impl Curator {
    #[handle(retry)]
    async fn show(&self, command: Show, ctx: &Context) -> Result<(), HandlerError> {
        let mut vase = ctx.find(command.vase).await?.unwrap_or_else(|| Vase::new(command.vase));
        vase.raise(Shown { place: Touchy(command.place), worth: Touchy(command.worth) })?;
        ctx.save(vase)?;
        Ok(())
    }
}

#[projection]
pub struct Exhibit {
    #[identifier]
    pub place: Touchy,
    pub worth: Touchy,
    pub shown: i64,
}

#[derive(Default)]
pub struct Catalogue;

#[projector(projector_for = Exhibit, aggregates = [Vase])]
impl Catalogue {
    #[on(key = place)]
    fn on_shown(&self, exhibit: &mut Option<Exhibit>, event: &Shown) {
        let shown = exhibit.as_ref().map_or(0, |exhibit| exhibit.shown) + 1;
        *exhibit = Some(Exhibit { place: event.place, worth: event.worth, shown });
    }
}

#[derive(Default)]
pub struct Guard;

#[event_handler(part_of = Vase)]
impl Guard {
    #[handle]
    fn on_shown(&self, _: &Shown) {}
}

use crate::{
    history::{event, write},
    stepping::{Stepped, run},
    troubled::{Troubled, log_of},
};

const CATALOGUE: &str = "museum.Catalogue";

fn show(engine: &Engine, vase: &str, place: i64, worth: i64) -> fidelis::Receipt<()> {
    run(engine.process(Show { vase: Id::named(vase), place, worth })).unwrap()
}

fn exhibits(engine: &Engine) -> Vec<(i64, i64, i64)> {
    let rows = run(engine.query::<Exhibit>().order_by(Exhibit::PLACE.ascending()).all()).unwrap();
    rows.into_iter().map(|row| (row.place.0, row.worth.0, row.shown)).collect()
}

#[test]
fn a_row_that_cannot_be_written_sets_its_message_aside() {
    for (place, worth, why) in
        [(1, PANICS, "do not touch"), (1, MISFITS, "worth"), (PANICS, 1, "do not touch"), (MISFITS, 1, "place")]
    {
        let engine = domain().in_memory().unwrap();
        let _ = show(&engine, "good", 1, 100);
        let receipt = show(&engine, "bad", place, worth);
        assert_eq!(receipt.position, 2, "the command is stored");
        let [lagging] = receipt.lagging.as_slice() else { panic!("{place} {worth}: {:?}", receipt.lagging) };
        assert_eq!((&*lagging.subscription, lagging.position), (CATALOGUE, 2));
        assert!(lagging.error.contains(why), "`{why}` is not in: {}", lagging.error);

        // What follows in its stream waits, the others flow.
        assert_eq!(show(&engine, "bad", 2, 200).lagging.len(), 1);
        assert_eq!(show(&engine, "good", 1, 300).lagging, []);
        assert_eq!(exhibits(&engine), [(1, 300, 2)]);
        run(engine.drop_parked(CATALOGUE, 2)).unwrap();
        assert_eq!(exhibits(&engine), [(1, 300, 2), (2, 200, 1)]);
        assert_eq!(run(engine.parked()).unwrap(), []);
        assert_eq!(log_of(engine.store()).len(), 4);
    }
}

#[test]
fn one_row_does_not_spoil_a_batch() {
    let store = MemoryStore::default();
    let mut expected = Vec::new();
    for number in 1..=30_i64 {
        let worth = match number {
            7 | 21 => PANICS,
            8 | 22 => MISFITS,
            _ => {
                expected.push((number * 100, 1, 1));
                1
            }
        };
        let payload = format!(r#"{{"place":{},"worth":{worth}}}"#, number * 100);
        let stream = format!("museum::vase-{}", Id::<Vase>::named(&format!("{}", number % 20)));
        write(&store, &stream, number as u128, [event("Museum.Shown.v1", payload)]);
    }
    // 27 and 28 stand behind 7 and 8 in their streams.
    expected.retain(|(place, ..)| ![2_700, 2_800].contains(place));
    let engine = run(domain().on(store).start()).unwrap();
    run(engine.settle()).unwrap();
    assert_eq!(exhibits(&engine), expected);
    let parked: Vec<_> = run(engine.parked()).unwrap().iter().map(|parked| (parked.position, parked.failure.is_some())).collect();
    assert_eq!(parked, [(7, true), (8, true), (21, true), (22, true), (27, false), (28, false)]);

    // A rebuild meets them, too, says so, and leaves the old rows.
    let error = run(engine.rebuild::<Exhibit>()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Failed | ErrorKind::Invalid), "{error:?}");
    assert_eq!(exhibits(&engine), expected);
    assert_eq!(run(engine.process(Show { vase: Id::named("new"), place: 1, worth: 1 })).unwrap().lagging, []);
}

/// Rows that count what was there before: a rebuild begins with none, whatever an earlier one has left.
#[test]
fn a_rebuild_begins_with_nothing() {
    let store = Troubled::default();
    let engine = run(domain().on(store.clone()).start()).unwrap();
    for number in 1..=9 {
        let _ = show(&engine, &format!("{number}"), 1, number);
    }
    assert_eq!(exhibits(&engine), [(1, 9, 9)]);
    store.short_pages(2);
    store.slow(1, 1);
    let mut given_up = 0;
    for polls in 0.. {
        let mut rebuild = Stepped::new(engine.rebuild::<Exhibit>());
        if rebuild.poll_times(polls).is_ready() {
            break;
        }
        drop(rebuild);
        given_up += 1;
        assert_eq!(exhibits(&engine), [(1, 9, 9)]);
        assert_eq!(run(engine.rebuild::<Exhibit>()).unwrap(), 9);
        assert_eq!(exhibits(&engine), [(1, 9, 9)], "after one that was given up at poll {polls}");
    }
    assert!(given_up > 20, "{given_up}");
}

#[test]
fn an_event_that_cannot_be_written_fails_its_command() {
    let engine = domain().in_memory().unwrap();
    let _ = show(&engine, "good", 1, 100);
    let error = run(engine.process(Show { vase: Id::named("good"), place: PANICS_WHEN_READ, worth: 1 })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    assert!(error.to_string().contains("do not write"), "{error}");
    assert_eq!(log_of(engine.store()).len(), 1);
    assert_eq!(show(&engine, "good", 1, 200).lagging, []);
    assert_eq!(run(engine.load(Id::<Vase>::named("good"))).unwrap().shown, 2);
}
