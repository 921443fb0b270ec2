use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Wake, Waker},
};

use jiff::Timestamp;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::world::{BOTH, Count, Counter, EVENS, catalog, domain, handles, record, record_of, records};
use crate::{
    Engine, Envelope, Id, MemoryStore, MessageId, Recorded,
    domain::Catalog,
    engine::{
        delivery::{Delivery, Without, Work},
        parking::ParkedMessages,
    },
    store::Parked,
};

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Deliveries for the two consumers of the domain, driven by hand.
struct Office {
    catalog: Catalog,
    delivery: Delivery,
    bell: Arc<Bell>,
}

impl Office {
    fn new() -> Self {
        let catalog = catalog();
        let delivery = pollster::block_on(Delivery::open(&catalog, &MemoryStore::default())).expect("an empty store");
        Office { catalog, delivery, bell: Arc::default() }
    }

    fn committed(&mut self, records: &[Arc<Recorded>]) {
        self.delivery.committed(&self.catalog, records, &[]);
    }

    fn offer(&mut self, records: &[Arc<Recorded>]) {
        self.delivery.offer(&self.catalog, records);
    }

    fn poll(&mut self, target: u64) -> Poll<Option<Work>> {
        self.poll_without(target, &[])
    }

    fn poll_without(&mut self, target: u64, without: &[usize]) -> Poll<Option<Work>> {
        let mut left_out = Without::default();
        without.iter().for_each(|consumer| left_out.add(*consumer, false));
        self.poll_leaving(target, &left_out)
    }

    fn poll_leaving(&mut self, target: u64, without: &Without) -> Poll<Option<Work>> {
        self.delivery.poll_next(target, Timestamp::MIN, without, &Waker::from(Arc::clone(&self.bell)))
    }

    /// The next work, which there is.
    #[track_caller]
    fn work(&mut self, target: u64) -> Work {
        match self.poll(target) {
            Poll::Ready(Some(work)) => work,
            other => panic!("no work: {other:?}"),
        }
    }

    /// Work by the queue: the consumer and the positions.
    #[track_caller]
    fn delivered(&mut self, target: u64) -> (usize, Vec<u64>) {
        match self.work(target) {
            Work::Deliver { consumer, records, .. } => (consumer, positions(&records)),
            other => panic!("not by the queue: {other:?}"),
        }
    }

    /// Ends work that went well.
    fn handled(&mut self, consumer: usize, upto: u64) {
        self.delivery.advanced(consumer, upto);
        self.delivery.finished(consumer, false);
    }

    #[track_caller]
    fn nothing(&mut self, target: u64) {
        assert!(matches!(self.poll(target), Poll::Ready(None)), "nothing is left to be done");
    }

    fn rung(&self) -> usize {
        self.bell.0.load(Ordering::SeqCst)
    }
}

fn positions(records: &[Arc<Recorded>]) -> Vec<u64> {
    records.iter().map(|record| record.metadata.global_position).collect()
}

#[test]
fn a_record_goes_to_those_who_handle_it() {
    let mut office = Office::new();
    office.committed(&records(1..=1));
    assert_eq!(office.delivered(1), (BOTH, vec![1]));
    office.handled(BOTH, 1);
    office.nothing(1);
    office.committed(&records(2..=4));
    assert_eq!(office.delivered(4), (BOTH, vec![2, 3, 4]));
    assert_eq!(office.delivered(4), (EVENS, vec![2, 4]));
    office.handled(EVENS, 4);
    office.handled(BOTH, 4);
    office.nothing(4);
    // What nobody handles is passed by all.
    office.committed(&records(5..=10));
    assert_eq!(office.delivered(10), (BOTH, vec![5, 6, 7, 8, 9]));
    office.handled(BOTH, 9);
    assert_eq!(office.delivered(10), (EVENS, vec![6, 8]));
    office.handled(EVENS, 8);
    office.nothing(10);
}

#[test]
fn only_what_was_asked_for_is_waited_for() {
    let mut office = Office::new();
    office.committed(&records(1..=3));
    office.nothing(0);
    // Up to 1: only one of the two is interested; what lies behind comes along.
    assert_eq!(office.delivered(1), (BOTH, vec![1, 2, 3]));
    assert!(office.poll(1).is_pending(), "the other one's first is behind the target");
    office.handled(BOTH, 3);
    office.nothing(1);
    assert_eq!(office.delivered(2), (EVENS, vec![2]));
}

#[test]
fn what_comes_in_the_wrong_order_is_read_from_the_store() {
    let mut office = Office::new();
    office.committed(&[record(3)]);
    let Work::Dispatch { from: 1 } = office.work(3) else { panic!("the hole is read") };
    assert!(office.poll(3).is_pending(), "by one only");
    // While it is being read, the missing ones are announced, too; in parts, and twice.
    office.committed(&[record(2)]);
    office.committed(&[record(1)]);
    office.offer(&records(1..=3));
    let rung = office.rung();
    office.delivery.dispatched();
    assert!(office.rung() >= rung);
    assert_eq!(office.delivered(3), (BOTH, vec![1, 2, 3]), "each once, in order");
    assert_eq!(office.delivered(3), (EVENS, vec![2]));
}

#[test]
fn reading_that_was_given_up_is_begun_again() {
    let mut office = Office::new();
    office.committed(&[record(2)]);
    assert!(matches!(office.work(2), Work::Dispatch { from: 1 }));
    assert!(office.poll(2).is_pending());
    office.delivery.dispatched();
    assert_eq!(office.rung(), 1);
    assert!(matches!(office.work(2), Work::Dispatch { from: 1 }));
    office.offer(&records(1..=1));
    office.delivery.dispatched();
    assert!(matches!(office.work(2), Work::Dispatch { from: 2 }), "a page may be short");
}

/// Somebody was told of a position by another engine on the same store.
#[test]
fn a_position_nobody_here_has_seen_is_read_up_to() {
    let mut office = Office::new();
    assert!(matches!(office.work(2), Work::Dispatch { from: 1 }));
    office.offer(&records(1..=2));
    office.delivery.dispatched();
    assert_eq!(office.delivered(2), (BOTH, vec![1, 2]));
    assert_eq!(office.delivery.known(), 2);
    office.delivery.seen(5);
    assert_eq!(office.delivery.known(), 5);
}

#[test]
fn who_has_folded_within_the_commit_has_nothing_to_do() {
    let mut office = Office::new();
    office.delivery.committed(&office.catalog, &records(1..=2), &[BOTH]);
    assert_eq!(office.delivered(2), (EVENS, vec![2]));
    office.handled(EVENS, 2);
    office.nothing(2);
    assert_eq!(office.delivery.checkpoint(BOTH), 2);
    // Announced late: a later commit was announced before, and the hole is being read.
    office.delivery.committed(&office.catalog, &[record(4)], &[BOTH]);
    assert!(matches!(office.work(4), Work::Dispatch { from: 3 }));
    office.delivery.committed(&office.catalog, &[record(3)], &[BOTH]);
    office.offer(&records(3..=4));
    office.delivery.dispatched();
    assert_eq!(office.delivered(4), (EVENS, vec![4]));
    office.handled(EVENS, 4);
    office.nothing(4);
}

#[test]
fn a_consumer_works_for_one_at_a_time() {
    let mut office = Office::new();
    office.committed(&records(1..=1));
    assert_eq!(office.delivered(1).0, BOTH);
    office.committed(&records(3..=3));
    office.committed(&records(2..=2));
    for _ in 0..3 {
        assert!(matches!(office.poll_without(3, &[EVENS]), Poll::Ready(Some(Work::Dispatch { .. })) | Poll::Pending));
    }
    office.offer(&records(2..=3));
    office.delivery.dispatched();
    assert!(office.poll_without(3, &[EVENS]).is_pending(), "it is at work on the first");
    let rung = office.rung();
    office.handled(BOTH, 1);
    assert!(office.rung() > rung, "who waits is told that it is free");
    assert_eq!(office.delivered(3), (BOTH, vec![2, 3]));
}

#[test]
fn work_that_was_given_up_is_done_again() {
    let mut office = Office::new();
    office.committed(&records(1..=4));
    assert_eq!(office.delivered(4), (BOTH, vec![1, 2, 3, 4]));
    assert!(office.poll_without(4, &[EVENS]).is_pending());
    // It got as far as 2.
    office.delivery.advanced(BOTH, 2);
    let rung = office.rung();
    office.delivery.abandoned(BOTH);
    assert_eq!(office.rung(), rung + 1);
    let Work::CatchUp { consumer: BOTH, from: 3, upto: 4, .. } = office.work(4) else { panic!("from where it was") };
    // Meanwhile more is committed: it will read that, too.
    office.committed(&records(5..=6));
    office.delivery.advanced(BOTH, 4);
    office.delivery.finished(BOTH, true);
    let Work::CatchUp { consumer: BOTH, from: 5, upto: 6, .. } = office.work(6) else { panic!("it is still behind") };
    office.delivery.advanced(BOTH, 6);
    office.delivery.finished(BOTH, true);
    office.committed(&records(7..=7));
    assert_eq!(office.delivered(7), (BOTH, vec![7]), "up to date again: by the queue, and nothing twice");
    assert_eq!(office.delivered(7), (EVENS, vec![2, 4, 6]));
}

#[test]
fn who_reads_beyond_the_head_gets_nothing_twice() {
    let mut office = Office::new();
    office.committed(&records(1..=2));
    assert_eq!(office.delivered(2).0, BOTH);
    office.delivery.abandoned(BOTH);
    assert!(matches!(office.work(2), Work::CatchUp { .. }));
    // The page had more than was announced: another engine wrote.
    office.delivery.advanced(BOTH, 5);
    office.delivery.finished(BOTH, true);
    office.committed(&records(3..=7));
    assert_eq!(office.delivered(7), (BOTH, vec![6, 7]));
    assert_eq!(office.delivered(7), (EVENS, vec![2, 4, 6]));
}

#[test]
fn a_page_of_nothing_is_an_end() {
    let mut office = Office::new();
    office.committed(&records(9..=9));
    assert!(matches!(office.work(9), Work::Dispatch { .. }));
    office.offer(&records(1..=10));
    office.delivery.dispatched();
    let (consumer, _) = office.delivered(9);
    office.delivery.abandoned(consumer);
    let Work::CatchUp { from: 1, upto: 10, .. } = office.work(9) else { panic!("it reads") };
    office.delivery.skipped(BOTH, 10);
    office.delivery.finished(BOTH, true);
    assert_eq!(office.delivered(10), (EVENS, vec![2, 4, 6, 8]));
    office.handled(EVENS, 8);
    office.nothing(10);
    assert_eq!(office.delivery.checkpoint(BOTH), 0, "what is of no interest moves no checkpoint");
}

#[test]
fn a_queue_has_an_end() {
    for (record, count) in [("{}".to_owned(), 10_001), ("x".repeat(1 << 20), 17)] {
        let mut office = Office::new();
        let mut left = 0;
        for position in (1..).filter(|position| handles(BOTH, *position)).take(count + 1) {
            // One by one, as many commands would.
            (left + 1..position).for_each(|between| office.committed(&[super::world::record(between)]));
            office.committed(&[record_of(position, &record)]);
            left = position;
        }
        let Work::CatchUp { consumer: BOTH, from: 1, upto, .. } = office.work(left) else { panic!("it fell behind") };
        assert_eq!(upto, left);
        // The other one's queue holds half as many.
        let Work::Deliver { consumer: EVENS, records, .. } = office.work(left) else { panic!("it did not") };
        assert!(records.len() <= 1_000, "and hands them out in pages");
        let bytes: usize = records.iter().map(|record| record.payload.len()).sum();
        assert!(bytes <= 4 << 20, "{bytes}");
        office.handled(EVENS, records.last().map_or(0, |record| record.metadata.global_position));
        assert!(matches!(office.work(left), Work::Deliver { consumer: EVENS, .. }), "the next page");
    }
}

#[test]
fn who_cannot_be_served_is_left_out() {
    let mut office = Office::new();
    office.committed(&records(1..=2));
    let Poll::Ready(Some(Work::Deliver { consumer: EVENS, .. })) = office.poll_without(2, &[BOTH]) else { panic!("the other") };
    office.handled(EVENS, 2);
    assert!(matches!(office.poll_without(2, &[BOTH]), Poll::Ready(None)), "it is not waited for");
    assert_eq!(office.delivered(2).0, BOTH);
}

fn parked(position: u64) -> Parked {
    let record = record(position);
    Parked { subscription: "world.Both".into(), stream: record.metadata.stream.clone(), position, failure: None }
}

#[test]
fn what_is_parked_is_due_before_anything_else() {
    let mut office = Office::new();
    office.delivery.parked(BOTH, 0, [parked(1)]);
    assert_eq!(office.delivery.revision(BOTH), 1);
    let Work::Retry { consumer: BOTH, messages, revision: 1 } = office.work(0) else { panic!("it is its turn") };
    assert_eq!(messages.len(), 1);
    office.nothing(0);
    office.delivery.unparked(BOTH, 1, 1);
    office.delivery.finished(BOTH, false);
    office.nothing(0);
    assert!(!office.delivery.has_parked());

    // A change that was made before what is known is known already.
    office.delivery.parked(BOTH, 0, [parked(1)]);
    assert!(!office.delivery.has_parked());
}

#[test]
fn who_cannot_try_again_still_handles_what_is_next() {
    let mut office = Office::new();
    office.delivery.parked(BOTH, 0, [parked(1)]);
    office.committed(&records(1..=1));
    assert!(matches!(office.work(1), Work::Retry { .. }));
    office.delivery.abandoned(BOTH);
    let mut without = Without::default();
    without.add(BOTH, true);
    let Poll::Ready(Some(Work::CatchUp { consumer: BOTH, held, .. })) = office.poll_leaving(1, &without) else { panic!("next") };
    assert_eq!(held.len(), 1);
    office.delivery.skipped(BOTH, 1);
    office.delivery.finished(BOTH, true);
    assert!(matches!(office.poll_leaving(1, &without), Poll::Ready(None)));
    assert!(matches!(office.work(1), Work::Retry { .. }), "others try again");
}

#[test]
fn who_was_overtaken_reads_again_from_there() {
    let mut office = Office::new();
    office.committed(&records(1..=6));
    assert_eq!(office.delivered(6).0, BOTH);
    office.delivery.overtaken(BOTH, 4, ParkedMessages::new(7, vec![parked(2)]));
    // It is at work until its caller says that it has ended: nobody else gets in between.
    assert!(office.poll_without(6, &[EVENS]).is_pending());
    office.delivery.finished(BOTH, false);
    let Work::Retry { revision: 7, .. } = office.work(6) else { panic!("what is parked is known") };
    office.delivery.finished(BOTH, false);
    office.delivery.unparked(BOTH, 7, 2);
    let Work::CatchUp { consumer: BOTH, from: 5, upto: 6, .. } = office.work(6) else { panic!("from there") };
    assert_eq!(office.delivery.checkpoint(BOTH), 4);

    // What was read from the store is older than what is known.
    office.delivery.reparked(BOTH, ParkedMessages::new(7, vec![parked(2)]));
    assert!(!office.delivery.has_parked());
    office.delivery.reparked(BOTH, ParkedMessages::new(9, vec![parked(3)]));
    assert!(office.delivery.has_parked());
}

#[test]
fn a_reserved_consumer_gets_no_work() {
    let mut office = Office::new();
    assert!(office.delivery.reserve(BOTH));
    assert!(!office.delivery.reserve(BOTH), "once");
    office.committed(&records(1..=2));
    assert_eq!(office.delivered(2).0, EVENS);
    office.handled(EVENS, 2);
    assert!(office.poll(2).is_pending());
    office.delivery.abandoned(BOTH);
    assert_eq!(office.rung(), 1);
    assert!(matches!(office.work(2), Work::CatchUp { consumer: BOTH, from: 1, upto: 2, .. }));
}

#[test]
fn a_chain_is_followed_while_somebody_waits() {
    let mut office = Office::new();
    let cause = MessageId::named("cause");
    let [one, other] = [office.delivery.follow(cause), office.delivery.follow(cause)];
    let stranger = office.delivery.follow(MessageId::named("another"));
    office.committed(&records(1..=3));
    assert_eq!([&one, &other, &stranger].map(|followed| office.delivery.written(followed)), [3, 3, 0]);
    office.delivery.unfollow(&one);
    office.committed(&records(4..=4));
    assert_eq!(office.delivery.written(&other), 4);
    office.delivery.unfollow(&other);
    let again = office.delivery.follow(cause);
    assert_eq!(office.delivery.written(&again), 0, "nothing is kept of a chain that nobody follows");
}

/// A caller that goes away leaves nothing behind.
#[test]
fn a_chain_of_a_caller_that_went_away_is_forgotten() {
    let engine: Engine = domain().in_memory().expect("the domain has no faults");
    let chain = MessageId::named("chain");
    let counter = Id::<Counter>::named("one");
    let waker = Waker::from(Arc::<Bell>::default());
    // The handler's own work is done at the first poll, but its consumers are not: they are kept from it.
    assert!(engine.0.delivery.lock().reserve(BOTH));
    let mut counting = Box::pin(engine.process_with(Count { counter }, Envelope::default().correlated(chain)));
    assert!(counting.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    let followed = engine.0.delivery.lock().follow(chain);
    assert!(engine.0.delivery.lock().written(&followed) > 0, "it was followed");
    engine.0.delivery.lock().unfollow(&followed);
    drop(counting);
    let followed = engine.0.delivery.lock().follow(chain);
    assert_eq!(engine.0.delivery.lock().written(&followed), 0);
}

/// A log of which pieces are announced in any order, and callers who do work, give up, and go away, at random.
struct Crowd {
    office: Office,
    chance: StdRng,
    written: u64,
    announced: Vec<u64>,
    under_way: Vec<Work>,
    handled: [Vec<u64>; 2],
    happened: Happened,
}

#[derive(Debug, Default)]
struct Happened {
    waited: u32,
    gave_up: u32,
    dispatched: u32,
    caught_up: u32,
}

impl Crowd {
    /// Somebody asks for work; whether he has to wait.
    fn ask(&mut self, target: u64) -> bool {
        match self.office.poll(target) {
            Poll::Ready(Some(work)) => self.under_way.push(work),
            Poll::Ready(None) => {}
            Poll::Pending => {
                self.happened.waited += 1;
                assert!(!self.under_way.is_empty(), "somebody waits for nobody");
                return true;
            }
        }
        false
    }

    fn write(&mut self) {
        self.written += 1;
        self.announced.push(self.written);
    }

    fn announce(&mut self) {
        if !self.announced.is_empty() {
            let place = self.chance.random_range(0..self.announced.len());
            let position = self.announced.swap_remove(place);
            self.office.committed(&[record(position)]);
        }
    }

    /// Some work comes to its end, or is given up.
    fn work(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let waits = self.ask(self.written);
        let rung = self.office.rung();
        let place = self.chance.random_range(0..self.under_way.len());
        let well = self.chance.random_bool(0.7);
        match self.under_way.swap_remove(place) {
            Work::Dispatch { from } => {
                self.happened.dispatched += 1;
                if well {
                    let to = self.written.min(from + self.chance.random_range(0..5));
                    self.office.offer(&records(from..=to));
                }
                self.office.delivery.dispatched();
            }
            Work::CatchUp { consumer, from, upto, .. } => {
                self.happened.caught_up += 1;
                let interest = (from..=self.written).filter(|position| handles(consumer, *position));
                let page: Vec<u64> = interest.take(self.chance.random_range(1..6)).collect();
                match page.is_empty() {
                    true => {
                        self.office.delivery.skipped(consumer, upto);
                        self.office.delivery.finished(consumer, true);
                    }
                    false => self.handle(consumer, &page, well, true),
                }
            }
            Work::Deliver { consumer, records, .. } => self.handle(consumer, &positions(&records), well, false),
            Work::Retry { .. } => unreachable!("nothing is parked"),
        }
        assert!(!waits || self.office.rung() > rung, "who waits is told");
    }

    fn handle(&mut self, consumer: usize, positions: &[u64], well: bool, caught_up: bool) {
        let done = if well { positions.len() } else { self.chance.random_range(0..positions.len()) };
        for position in &positions[..done] {
            self.handled[consumer].push(*position);
            self.office.delivery.advanced(consumer, *position);
        }
        match well {
            true => self.office.delivery.finished(consumer, caught_up),
            false => {
                self.happened.gave_up += 1;
                self.office.delivery.abandoned(consumer);
            }
        }
    }
}

/// Everybody gets everything, in order and once; and whoever is told to wait waits for somebody, who tells him.
#[test]
fn at_random() {
    for seed in 0..300 {
        let mut crowd = Crowd {
            office: Office::new(),
            chance: StdRng::seed_from_u64(seed),
            written: 0,
            announced: Vec::new(),
            under_way: Vec::new(),
            handled: Default::default(),
            happened: Happened::default(),
        };
        for _ in 0..400 {
            match crowd.chance.random_range(0..10) {
                0 | 1 => crowd.write(),
                2 | 3 => crowd.announce(),
                4..=6 => {
                    let target = crowd.chance.random_range(0..=crowd.written);
                    crowd.ask(target);
                }
                _ => crowd.work(),
            }
        }
        for step in 0.. {
            assert!(step < 5_000, "it does not come to an end: seed {seed}");
            crowd.announce();
            crowd.ask(crowd.written);
            if crowd.under_way.is_empty() && crowd.announced.is_empty() {
                break;
            }
            crowd.work();
        }
        for consumer in [BOTH, EVENS] {
            let expected: Vec<u64> = (1..=crowd.written).filter(|position| handles(consumer, *position)).collect();
            assert_eq!(crowd.handled[consumer], expected, "seed {seed}");
        }
        let Happened { waited, gave_up, dispatched, caught_up } = crowd.happened;
        assert!([waited, gave_up, dispatched, caught_up].iter().all(|times| *times > 0), "seed {seed}: {:?}", crowd.happened);
    }
}
