//! What an event leads to: commands and saves of event handlers, in the order of the log, once in effect, with a cause each.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use fidelis::prelude::*;

fidelis::domain!("dominoes");

/// A stone fell; its path says whom it was pushed by: `ab` is the second of those that `a` pushed.
#[event(part_of = Stone)]
pub struct Fell {
    pub path: String,
}

#[aggregate(event_sourced)]
pub struct Stone {
    pub fallen: u32,
}

#[aggregate]
impl Stone {
    #[apply]
    fn on_fell(&mut self, _: &Fell) {
        self.fallen += 1;
    }
}

#[event(part_of = Tally)]
pub struct Counted {
    pub path: String,
}

/// How many stones fell.
#[aggregate(event_sourced, fact_events)]
pub struct Tally {
    pub count: u32,
}

#[aggregate]
impl Tally {
    #[apply]
    fn on_counted(&mut self, _: &Counted) {
        self.count += 1;
    }
}

#[command(part_of = Stone)]
pub struct Push {
    pub path: String,
}

#[command(part_of = Stone)]
pub struct Poke {
    pub path: String,
}

#[command(part_of = Tally)]
pub struct CountBy {
    pub path: String,
}

#[derive(Default)]
pub struct Hand;

#[command_handler(part_of = Stone)]
impl Hand {
    #[handle]
    fn push(&self, command: Push, id: Id<Stone>) -> Result<Stone, Rejection> {
        ensure!(command.path != "bb", path: "this one is glued");
        let mut stone = Stone::new(id);
        stone.raise(Fell { path: command.path })?;
        Ok(stone)
    }

    #[handle]
    fn poke(&self, command: Poke, id: Id<Stone>) -> Result<Stone, Rejection> {
        let mut stone = Stone::new(id);
        stone.raise(Fell { path: format!("{} poked", command.path) })?;
        Ok(stone)
    }
}

#[command_handler(part_of = Tally)]
impl Counter {
    #[handle(retry)]
    async fn count_by(&self, command: CountBy, ctx: &Context) -> Result<(), HandlerError> {
        count(command.path, ctx).await
    }
}

async fn count(path: String, ctx: &Context) -> Result<(), HandlerError> {
    let id = Id::named("all");
    let mut tally = ctx.find(id).await?.unwrap_or_else(|| Tally::new(id));
    tally.raise(Counted { path })?;
    ctx.save(tally)?;
    Ok(())
}

/// For every call, the path and two identities that were made there.
type Ids = Arc<Mutex<Vec<(String, Id<Tally>, Id<Tally>)>>>;

/// Pushes two more for each that fell, to a depth of two.
#[derive(Default)]
pub struct Falling {
    pub ids: Ids,
}

#[event_handler(part_of = Stone)]
impl Falling {
    #[handle]
    async fn on_fell(&self, event: &Fell, ctx: &Context, meta: &Metadata) -> Result<(), HandlerError> {
        assert_eq!((ctx.correlation_id(), ctx.now() >= meta.time), (meta.origin.correlation_id, true));
        self.ids.lock().unwrap().push((event.path.clone(), ctx.new_id(), ctx.new_id()));
        if event.path.len() >= 2 {
            return Ok(());
        }
        for next in ["a", "b"] {
            match ctx.process(Push { path: format!("{}{next}", event.path) }).await {
                Err(error) if error.kind() == ErrorKind::Rejected => {}
                other => drop(other?),
            }
        }
        Ok(())
    }
}

/// Pokes one for the first that fell: two handlers may answer one event, even with like commands.
#[derive(Default)]
pub struct Poking;

#[event_handler(part_of = Stone)]
impl Poking {
    #[handle]
    async fn on_fell(&self, event: &Fell, ctx: &Context) -> Result<(), HandlerError> {
        if event.path.is_empty() {
            ctx.process(Poke { path: "first".into() }).await?;
            ctx.process(Push { path: "by the poker".into() }).await?;
        }
        Ok(())
    }
}

/// Counts all that fell, in its own aggregate.
#[derive(Default)]
pub struct Counter {
    pub calls: Arc<AtomicU32>,
    /// Somebody else's way in, and how often he uses it between load and save.
    pub other: Arc<(OnceLock<Engine>, AtomicU32)>,
}

#[event_handler(part_of = Tally)]
impl Counter {
    #[handle]
    async fn on_fell(&self, event: &Fell, ctx: &Context) -> Result<(), HandlerError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let id = Id::named("all");
        let mut tally = ctx.find(id).await?.unwrap_or_else(|| Tally::new(id));
        if let Some(engine) = self.other.0.get()
            && self.other.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            // Not `process`: it would wait for this very handler.
            let store = engine.store();
            let head = store.head().await?;
            crate::history::write(
                store,
                &format!("dominoes::tally-{id}"),
                head.into(),
                [crate::history::event("Dominoes.Counted.v1", r#"{"path":"by somebody else"}"#)],
            );
        }
        tally.raise(Counted { path: event.path.clone() })?;
        ctx.save(tally)?;
        Ok(())
    }
}

/// The order in which one consumer saw everything.
#[derive(Default)]
pub struct Chronicle {
    pub paths: Arc<Mutex<Vec<String>>>,
    pub fails_on: Arc<Mutex<Option<String>>>,
}

#[event_handler(part_of = Stone)]
impl Chronicle {
    #[handle]
    fn on_fell(&self, event: &Fell) -> Result<(), HandlerError> {
        if self.fails_on.lock().unwrap().as_ref() == Some(&event.path) {
            return Err(HandlerError::failed("the ink ran out"));
        }
        self.paths.lock().unwrap().push(event.path.clone());
        Ok(())
    }

    #[handle]
    fn on_counted(&self, event: &Counted) {
        self.paths.lock().unwrap().push(format!("{} counted", event.path));
    }

    #[handle("Dominoes.TallyFactEvent.v1")]
    fn on_tally(&self, fact: &Recorded) -> Result<(), HandlerError> {
        self.paths.lock().unwrap().push(format!("tally {}", fact.decode::<TallyFactEvent>()?.count));
        Ok(())
    }
}

use fidelis::{CountingRandomness, Envelope, ManualClock, MessageId, MessageKind, Origin, Receipt, store::Commit};

use crate::{
    stepping::{Stepped, run, run_all},
    troubled::{Fate, Troubled, log_of},
};

#[derive(Default)]
struct Table {
    ids: Ids,
    calls: Arc<AtomicU32>,
    other: Arc<(OnceLock<Engine>, AtomicU32)>,
    paths: Arc<Mutex<Vec<String>>>,
    fails_on: Arc<Mutex<Option<String>>>,
    store: Troubled,
    clock: Arc<ManualClock>,
}

impl Table {
    fn start(&self) -> Engine {
        let builder = domain()
            .with(Falling { ids: Arc::clone(&self.ids) })
            .with(Counter { calls: Arc::clone(&self.calls), other: Arc::clone(&self.other) })
            .with(Chronicle { paths: Arc::clone(&self.paths), fails_on: Arc::clone(&self.fails_on) })
            .on(self.store.clone())
            .clock(Arc::clone(&self.clock))
            .randomness(CountingRandomness::default());
        run(builder.start()).unwrap()
    }

    /// The paths of the stones in the order of the log.
    fn fallen(&self) -> Vec<String> {
        let log = log_of(&self.store);
        let fell = log.iter().filter(|record| record.metadata.type_name.as_str() == "Dominoes.Fell.v1");
        fell.map(|record| record.decode::<Fell>().unwrap().path).collect()
    }

    fn counted(&self, engine: &Engine) -> u32 {
        run(engine.replay(Id::<Tally>::named("all"))).unwrap().count
    }
}

fn push(engine: &Engine, envelope: Envelope) -> Receipt<Id<Stone>> {
    run(engine.process_with(Push { path: String::new() }, envelope)).unwrap()
}

const BREADTH_FIRST: [&str; 8] = ["", "a", "b", "first poked", "by the poker", "aa", "ab", "ba"];

#[test]
fn a_command_waits_for_all_it_leads_to() {
    let table = Table::default();
    let engine = table.start();
    let receipt = push(&engine, Envelope::default());
    assert_eq!((receipt.position, receipt.lagging), (1, vec![]));
    let mut fallen = table.fallen();
    assert_eq!(fallen[0], "");
    fallen.sort_unstable();
    let mut all = BREADTH_FIRST.map(str::to_owned).to_vec();
    all.sort_unstable();
    assert_eq!(fallen, all, "`bb` is refused, and its handler goes on");
    assert_eq!(table.counted(&engine), 8);
    let head = log_of(&table.store).len() as u64;
    for consumer in ["Falling", "Poking", "Counter", "Chronicle"] {
        let checkpoint = table.store.checkpoint_of(&format!("dominoes.{consumer}"));
        let last = match consumer {
            "Chronicle" => head,
            _ => {
                log_of(&table.store).iter().rposition(|record| record.metadata.type_name.as_str() == "Dominoes.Fell.v1").unwrap()
                    as u64
                    + 1
            }
        };
        assert_eq!(checkpoint, last, "{consumer}");
    }
}

#[test]
fn each_consumer_sees_the_log_in_its_order() {
    let table = Table::default();
    let engine = table.start();
    let _ = push(&engine, Envelope::default());
    let log = log_of(&table.store);
    let mut tallies = 0;
    let expected: Vec<String> = log
        .iter()
        .map(|record| match record.metadata.type_name.as_str() {
            "Dominoes.Fell.v1" => record.decode::<Fell>().unwrap().path,
            "Dominoes.Counted.v1" => format!("{} counted", record.decode::<Counted>().unwrap().path),
            "Dominoes.TallyFactEvent.v1" => {
                tallies += 1;
                format!("tally {tallies}")
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(*table.paths.lock().unwrap(), expected);
    assert_eq!(expected.len(), 24);
    // Those who were pushed by one come before those who were pushed by them.
    let fallen = table.fallen();
    let place = |path: &str| fallen.iter().position(|fallen| fallen == path).unwrap();
    assert!(place("a") < place("b") && place("b") < place("aa") && place("ab") < place("ba"), "{fallen:?}");
}

/// Every record says which chain it belongs to; and from every record the way leads back to the beginning.
#[test]
fn causes_lead_to_the_root() {
    let table = Table::default();
    let engine = table.start();
    let own = MessageId::named("a chain of my own");
    let envelope = Envelope::default().correlated(own).priority(7).extension("traceparent", "00-1").extension("tenant", "t");
    let receipt = push(&engine, envelope);
    let second = push(&engine, Envelope::default());
    let log = log_of(&table.store);
    assert_eq!(log.len(), 48);

    for (number, record) in log.iter().enumerate() {
        let origin = &record.metadata.origin;
        let root = if number < 24 { &receipt } else { &second };
        if number < 24 {
            assert_eq!((origin.correlation_id, origin.priority), (own, 7));
            let extensions = origin.extensions.as_ref().unwrap();
            assert_eq!((extensions["traceparent"].as_str(), extensions["tenant"].as_str()), ("00-1", "t"));
        } else {
            assert_eq!((origin.correlation_id, origin.priority, &origin.extensions), (second.command, 0, &None));
        }
        let mut cause = origin.causation_id.unwrap();
        let mut steps = 0;
        while cause != root.command {
            let issued = |id: MessageId| {
                let labels = ["Falling/Push", "Poking/Poke", "Poking/Push"];
                labels.iter().any(|label| (0..6).any(|index| id.derived(label, index) == cause))
            };
            // What a handler saves is caused by the event; what its commands write, by the command, which follows from it.
            let parent = log.iter().find(|parent| parent.metadata.id == cause || issued(parent.metadata.id)).unwrap();
            assert!(parent.metadata.global_position < record.metadata.global_position);
            cause = parent.metadata.origin.causation_id.unwrap();
            steps += 1;
            assert!(steps < 5, "a way back has an end");
        }
    }
    // What a handler saves says which event made it do so.
    for counted in log.iter().filter(|record| record.metadata.type_name.as_str() == "Dominoes.Counted.v1") {
        let cause = log.iter().find(|record| Some(record.metadata.id) == counted.metadata.origin.causation_id).unwrap();
        assert_eq!(cause.decode::<Fell>().unwrap().path, counted.decode::<Counted>().unwrap().path);
    }
    let mut ids: Vec<_> = log.iter().map(|record| record.metadata.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 48, "every message has an identity of its own");
}

#[test]
fn somebody_who_fails_deep_in_the_chain_is_named() {
    let table = Table::default();
    let engine = table.start();
    *table.fails_on.lock().unwrap() = Some("ba".to_owned());
    let receipt = push(&engine, Envelope::default());
    let [lagging] = receipt.lagging.as_slice() else { panic!("{:?}", receipt.lagging) };
    let record = &log_of(&table.store)[lagging.position as usize - 1];
    assert_eq!((&*lagging.subscription, record.decode::<Fell>().unwrap().path.as_str()), ("dominoes.Chronicle", "ba"));
    assert!(lagging.error.contains("the ink ran out"));
    assert_eq!(table.counted(&engine), 8, "nobody else is stopped");
}

/// What was written, whatever the order; facts are left out, for they say what was counted before them.
fn written(log: &[Arc<Recorded>]) -> Vec<(MessageId, String, Box<str>, Origin)> {
    let events = log.iter().filter(|record| record.metadata.kind == MessageKind::Event);
    let mut written: Vec<_> = events
        .map(|record| {
            let Metadata { id, stream, origin, .. } = &record.metadata;
            (*id, stream.to_string(), record.payload.clone(), origin.clone())
        })
        .collect();
    written.sort_by_key(|(id, ..)| *id);
    written
}

/// Every commit breaks once, before or after, in a world of its own: what is written is the same, byte for byte.
#[test]
fn whatever_breaks_the_same_is_written() {
    let undisturbed = {
        let table = Table::default();
        let _ = push(&table.start(), Envelope::keyed("k"));
        log_of(&table.store)
    };
    let (mut disturbed, mut in_order) = (0, 0);
    for fate in [Fate::Unavailable, Fate::LostBefore, Fate::LostAfter] {
        for nth in 0.. {
            let table = Table::default();
            let engine = table.start();
            table.store.nth_commit(nth, fate, |_| true);
            // Whoever is not told what became of his command sends it again.
            for _ in 0..2 {
                let _ = run(engine.process_with(Push { path: String::new() }, Envelope::keyed("k")));
            }
            let met = table.store.met();
            // Handlers whose commands failed have failed, and are tried again later.
            table.clock.advance(SignedDuration::from_mins(5));
            run(engine.settle()).unwrap();
            assert_eq!(run(engine.parked()).unwrap(), []);
            let log = log_of(&table.store);
            assert_eq!(written(&log), written(&undisturbed), "{fate:?} {nth}");
            assert_eq!((log.len(), table.counted(&engine)), (undisturbed.len(), 8), "{fate:?} {nth}");
            disturbed += met;
            in_order += usize::from(log == undisturbed);
            if met == 0 {
                break;
            }
        }
    }
    assert!(disturbed > 90 && in_order > 30, "it must have been disturbed at every commit: {disturbed}, {in_order}");
}

#[test]
fn the_same_inputs_give_the_same_log() {
    let logs: Vec<_> = (0..2)
        .map(|_| {
            let table = Table::default();
            let engine = table.start();
            let _ = push(&engine, Envelope::default());
            let _ = push(&engine, Envelope::keyed("k"));
            log_of(&table.store)
        })
        .collect();
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0].len(), 48);
}

/// The checkpoint's commit fails after the handler's commands were stored: it is called again, and they are recognised.
#[test]
fn a_handler_that_is_called_again_issues_its_commands_once() {
    let table = Table::default();
    let engine = table.start();
    let of_falling = |commit: &Commit| commit.checkpoints.iter().any(|moved| &*moved.subscription == "dominoes.Falling");
    table.store.nth_commit(0, Fate::Unavailable, of_falling);
    let receipt = push(&engine, Envelope::default());
    assert_eq!(table.store.met(), 1);
    assert_eq!(receipt.lagging.len(), 1, "{:?}", receipt.lagging);
    run(engine.settle()).unwrap();
    let calls = table.ids.lock().unwrap().clone();
    let for_first: Vec<_> = calls.iter().filter(|(path, ..)| path.is_empty()).collect();
    assert_eq!(for_first.len(), 2, "it must have been called again");
    assert_eq!(for_first[0], for_first[1], "with the same identities to give");
    assert_ne!(for_first[0].1, for_first[0].2);
    let mut fallen = table.fallen();
    fallen.sort_unstable();
    fallen.dedup();
    assert_eq!((fallen.len(), table.fallen().len()), (8, 8));
    assert_eq!(table.counted(&engine), 8);
}

/// What a handler saves is stored with its checkpoint: once, whatever breaks.
#[test]
fn what_a_handler_saves_is_stored_once() {
    for fate in [Fate::Unavailable, Fate::LostBefore, Fate::LostAfter] {
        let table = Table::default();
        let engine = table.start();
        let of_counter = |commit: &Commit| commit.checkpoints.iter().any(|moved| &*moved.subscription == "dominoes.Counter");
        table.store.nth_commit(2, fate, of_counter);
        let _ = push(&engine, Envelope::default());
        assert_eq!(table.store.met(), 1);
        run(engine.settle()).unwrap();
        assert_eq!(table.counted(&engine), 8, "{fate:?}");
        let calls = table.calls.load(Ordering::SeqCst);
        assert_eq!(calls, if fate == Fate::LostAfter { 8 } else { 9 }, "{fate:?}");
        let tallies: Vec<_> = table.paths.lock().unwrap().iter().filter(|path| path.starts_with("tally")).cloned().collect();
        assert_eq!(tallies, (1..=8).map(|count| format!("tally {count}")).collect::<Vec<_>>());
    }
}

/// Somebody else writes the aggregate between a handler's load and its save: it decides again.
#[test]
fn a_handler_that_meets_a_conflict_decides_again() {
    let table = Table::default();
    let engine = table.start();
    assert!(table.other.0.set(engine.clone()).is_ok());
    table.other.1.store(3, Ordering::SeqCst);
    let receipt = push(&engine, Envelope::default());
    assert_eq!(receipt.lagging, []);
    assert_eq!(table.calls.load(Ordering::SeqCst), 8 + 3);
    assert_eq!(table.counted(&engine), 8 + 3);

    // One that never ends is a failure like another: it is set aside, and the command stands.
    table.other.1.store(1_000, Ordering::SeqCst);
    let receipt = push(&engine, Envelope::default());
    assert_eq!(receipt.lagging.len(), 8, "one a stream");
    assert!(
        receipt.lagging.iter().all(|lagging| &*lagging.subscription == "dominoes.Counter" && lagging.error.contains("conflict"))
    );
    table.other.1.store(0, Ordering::SeqCst);
    table.clock.advance(SignedDuration::from_mins(1));
    run(engine.settle()).unwrap();
    assert_eq!(run(engine.parked()).unwrap(), []);
    assert_eq!(table.counted(&engine), 8 + 3 + 80 + 8);
}

/// A consumer that cannot even try again what it has set aside is not behind with what it does not handle.
#[test]
fn who_has_nothing_to_do_with_it_is_not_named() {
    let table = Table::default();
    let engine = table.start();
    table.store.nth_commit(1, Fate::Unavailable, |commit| commit.settlement.is_some());
    let receipt = push(&engine, Envelope::default());
    let names: Vec<_> = receipt.lagging.iter().map(|lagging| &*lagging.subscription).collect();
    assert_eq!((table.store.met(), names), (1, vec!["dominoes.Falling"]));

    table.clock.advance(SignedDuration::from_mins(1));
    let of_retry = |commit: &Commit| commit.checkpoints.iter().any(|moved| &*moved.subscription == "dominoes.Falling/parked");
    table.store.nth_commit(0, Fate::Unavailable, of_retry);
    let receipt = run(engine.process(CountBy { path: "by hand".into() })).unwrap();
    assert_eq!((table.store.met(), receipt.lagging), (1, vec![]));
}

/// Two chains at once, one of which somebody cannot handle: the other one's caller is not told of it.
#[test]
fn who_fails_elsewhere_is_not_named() {
    let mut interleaved = 0;
    for polls in 0.. {
        let table = Table::default();
        let engine = table.start();
        *table.fails_on.lock().unwrap() = Some("elsewhere".to_owned());
        table.store.slow(1, 1);
        let push = |path: &str| Stepped::new(engine.process(Push { path: path.to_owned() }));
        let mut one = push("");
        if one.poll_times(polls).is_ready() {
            break;
        }
        let [one, other] = <[_; 2]>::try_from(run_all([one, push("elsewhere")])).unwrap().map(Result::unwrap);
        let failed = other.position;
        assert_eq!(other.lagging.iter().map(|lagging| lagging.position).collect::<Vec<_>>(), [failed]);
        assert_eq!(one.lagging, [], "after {polls} polls: {failed} is not of the chain of {}", one.position);
        let of_one = |record: &&Arc<Recorded>| record.metadata.origin.correlation_id == one.command;
        let log = log_of(&table.store);
        let last = log.iter().filter(of_one).map(|record| record.metadata.global_position).max();
        interleaved += u32::from(one.position < failed && Some(failed) < last);
    }
    assert!(interleaved > 10, "it must have failed in the middle of the chain: {interleaved}");
}

/// Chains of many callers at once: each waits for its own, and all of it is there when it returns.
#[test]
fn from_many_threads() {
    let table = Table::default();
    let engine = table.start();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let engine = &engine;
            scope.spawn(move || {
                for round in 0..5 {
                    let envelope = Envelope::keyed(&format!("{thread} {round}"));
                    let receipt = fidelis::block_on(engine.process_with(Push { path: String::new() }, envelope)).unwrap();
                    assert_eq!(receipt.lagging, []);
                    let chain = |record: &&Arc<Recorded>| record.metadata.origin.correlation_id == receipt.command;
                    assert_eq!(log_of(engine.store()).iter().filter(chain).count(), 24, "all that it led to is there");
                }
            });
        }
    });
    assert_eq!(table.counted(&engine), 4 * 5 * 8);
    assert_eq!(table.paths.lock().unwrap().len(), 4 * 5 * 24);
}
