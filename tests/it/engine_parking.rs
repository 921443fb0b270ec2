//! Messages that were set aside: when they are tried again, what a person can do about them, and what a restart remembers.

use fidelis::{ErrorKind, RetryPolicy, prelude::*, store::Parked};

use crate::{
    ledger::{Account, BALANCES, Bench, Deposit, WATCHER, balance, open},
    stepping::run,
    troubled::Troubled,
};

const POLICY: RetryPolicy =
    RetryPolicy { attempts: 4, first: SignedDuration::from_secs(10), longest: SignedDuration::from_secs(30), conflicts: 3 };

struct Office {
    bench: Bench,
    store: Troubled,
    engine: Engine,
    account: Id<Account>,
}

impl Office {
    /// An account whose deposits are refused by both consumers, two of which wait.
    fn new() -> Self {
        let (bench, store) = (Bench::default(), Troubled::default());
        let engine = bench.start_with(store.clone(), POLICY);
        let account = open(&engine, "alice", 100);
        bench.refuse("closed today");
        let office = Office { bench, store, engine, account };
        for amount in [10, 20] {
            let _ = office.deposit(amount);
        }
        office
    }

    fn deposit(&self, amount: i64) -> fidelis::Receipt<i64> {
        run(self.engine.process(Deposit { account: self.account, amount })).unwrap()
    }

    fn settle(&self) {
        run(self.engine.settle()).unwrap();
    }

    /// What is parked for one consumer, by position.
    fn parked(&self, consumer: &str) -> Vec<Parked> {
        run(self.engine.parked()).unwrap().into_iter().filter(|parked| &*parked.subscription == consumer).collect()
    }

    /// The first message of one consumer: attempts and the time of the next, in seconds from the beginning.
    fn first(&self, consumer: &str) -> (u32, Option<f64>) {
        let failure = self.parked(consumer)[0].failure.clone().unwrap();
        let beginning = fidelis::Clock::now(&fidelis::ManualClock::default());
        (failure.attempts, failure.next.map(|next| next.duration_since(beginning).as_secs_f64()))
    }

    fn advance(&self, seconds: f64) {
        self.bench.clock.advance(SignedDuration::from_secs_f64(seconds));
        self.settle();
    }
}

impl Bench {
    fn refuse(&self, why: &'static str) {
        for hook in [&self.balances, &self.watcher] {
            hook.set(move |meta| match meta.global_position {
                1 => Ok(()),
                _ => Err(HandlerError::failed(why)),
            });
        }
    }

    fn accept(&self) {
        self.balances.clear();
        self.watcher.clear();
    }
}

#[test]
fn it_is_tried_again_after_growing_waits_and_then_left_to_a_person() {
    for consumer in [BALANCES, WATCHER] {
        let office = Office::new();
        // Half of the policy's wait and half of the other half: what the counting randomness makes of chance.
        assert_eq!(office.first(consumer), (1, Some(7.5)));
        assert_eq!(
            run(async { office.engine.next_due() }),
            Some(fidelis::Clock::now(&*office.bench.clock) + SignedDuration::from_millis(7_500))
        );
        office.advance(7.499);
        assert_eq!(office.first(consumer), (1, Some(7.5)), "not yet");
        office.advance(0.001);
        assert_eq!(office.first(consumer), (2, Some(7.5 + 15.0)));
        office.advance(15.0);
        assert_eq!(office.first(consumer), (3, Some(22.5 + 22.5)), "no wait is longer than the longest");
        office.bench.refuse("closed for good");
        office.advance(22.5);
        assert_eq!(office.first(consumer), (4, None));
        assert_eq!(office.engine.next_due(), None);
        office.advance(1e6);
        let [first, second] = office.parked(consumer).try_into().unwrap();
        let failure = first.failure.unwrap();
        assert_eq!((first.position, failure.attempts), (2, 4));
        assert!(failure.error.contains("closed for good"), "the last error: {}", failure.error);
        assert_eq!(failure.last.duration_since(failure.first).as_secs_f64(), 45.0);
        assert_eq!((second.position, second.failure), (3, None), "it has not been tried");
        assert_eq!(first.stream.as_str(), format!("ledger::account-{}", office.account));
        assert_eq!((balance(&office.engine, office.account), office.bench.seen.positions()), (Some((100, 1)), vec![1]));
    }
}

#[test]
fn a_success_lets_what_waits_behind_follow() {
    let office = Office::new();
    office.bench.accept();
    office.advance(7.5);
    assert_eq!(run(office.engine.parked()).unwrap(), []);
    assert_eq!((balance(&office.engine, office.account), office.bench.seen.positions()), (Some((130, 3)), vec![1, 2, 3]));
    assert_eq!(office.deposit(1).lagging, []);
}

/// The second fails on its own: it begins with a first attempt, whatever the one before it went through.
#[test]
fn each_message_has_its_own_attempts() {
    let office = Office::new();
    office.advance(7.5);
    assert_eq!(office.first(WATCHER).0, 2);
    for hook in [&office.bench.balances, &office.bench.watcher] {
        hook.set(|meta| match meta.global_position {
            3 => Err(HandlerError::failed("this one")),
            _ => Ok(()),
        });
    }
    office.advance(15.0);
    for consumer in [BALANCES, WATCHER] {
        assert_eq!(office.first(consumer), (1, Some(22.5 + 7.5)));
        assert_eq!(office.parked(consumer).len(), 1);
    }
    assert_eq!((balance(&office.engine, office.account), office.bench.seen.positions()), (Some((110, 2)), vec![1, 2]));
}

#[test]
fn retrying_by_hand_touches_one_consumer() {
    let office = Office::new();
    office.advance(1e6);
    office.advance(1e6);
    office.advance(1e6);
    assert_eq!((office.first(BALANCES), office.first(WATCHER)), ((4, None), (4, None)));

    // It still fails: it has all its attempts again.
    run(office.engine.retry_parked(WATCHER, 2)).unwrap();
    assert_eq!((office.first(BALANCES), office.first(WATCHER).0), ((4, None), 1));
    assert!(office.first(WATCHER).1.is_some());

    office.bench.accept();
    run(office.engine.retry_parked(WATCHER, 2)).unwrap();
    assert_eq!((office.parked(WATCHER).len(), office.bench.seen.positions()), (0, vec![1, 2, 3]));
    assert_eq!((office.parked(BALANCES).len(), balance(&office.engine, office.account)), (2, Some((100, 1))));
    run(office.engine.retry_parked(BALANCES, 2)).unwrap();
    assert_eq!((office.parked(BALANCES).len(), balance(&office.engine, office.account)), (0, Some((130, 3))));
    assert_eq!(office.bench.seen.positions(), [1, 2, 3], "not a second time");
}

#[test]
fn what_waits_cannot_overtake() {
    let office = Office::new();
    office.advance(1e6);
    office.bench.accept();
    // The second is asked for; it is not its turn.
    run(office.engine.retry_parked(WATCHER, 3)).unwrap();
    assert_eq!(office.bench.seen.positions(), [1]);
    run(office.engine.retry_parked(WATCHER, 2)).unwrap();
    assert_eq!(office.bench.seen.positions(), [1, 2, 3]);
}

#[test]
fn dropping_gives_up_one_message_of_one_consumer() {
    let office = Office::new();
    office.bench.accept();
    run(office.engine.drop_parked(WATCHER, 2)).unwrap();
    assert_eq!((office.parked(WATCHER).len(), office.bench.seen.positions()), (0, vec![1, 3]), "what waited behind it follows");
    assert_eq!((office.parked(BALANCES).len(), balance(&office.engine, office.account)), (2, Some((100, 1))));
    run(office.engine.drop_parked(BALANCES, 2)).unwrap();
    assert_eq!((office.parked(BALANCES).len(), balance(&office.engine, office.account)), (0, Some((120, 2))));
    assert_eq!(office.deposit(1).lagging, []);
    assert_eq!((balance(&office.engine, office.account), office.bench.seen.positions()), (Some((121, 3)), vec![1, 3, 4]));
}

#[test]
fn dropping_one_that_waits_leaves_the_first_where_it_is() {
    let office = Office::new();
    run(office.engine.drop_parked(WATCHER, 3)).unwrap();
    office.bench.accept();
    office.advance(7.5);
    assert_eq!(office.bench.seen.positions(), [1, 2]);
}

#[test]
fn what_is_not_parked_cannot_be_retried_or_dropped() {
    let office = Office::new();
    for (consumer, position) in [(WATCHER, 1), (WATCHER, 99), ("ledger.Nobody", 2), ("", 2)] {
        for error in [
            run(office.engine.retry_parked(consumer, position)).unwrap_err(),
            run(office.engine.drop_parked(consumer, position)).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
            assert!(error.to_string().contains(&position.to_string()) && error.to_string().contains(consumer), "{error}");
        }
    }
    assert_eq!(run(office.engine.parked()).unwrap().len(), 4);
}

#[test]
fn a_restart_remembers_what_is_parked_and_how_far_everybody_is() {
    let Office { bench, store, engine, account } = Office::new();
    let before = run(engine.parked()).unwrap();
    drop(engine);
    let engine = bench.start_with(store.clone(), POLICY);
    assert_eq!(run(engine.parked()).unwrap(), before);
    run(engine.settle()).unwrap();
    assert_eq!(run(engine.parked()).unwrap(), before, "its time has not come");
    // Streams that wait still wait; others flow.
    let office = Office { bench, store, engine, account };
    assert_eq!(office.deposit(30).lagging.len(), 2);
    let other = open(&office.engine, "bob", 7);
    // (The hooks refuse everything but the first message.)
    assert_eq!(balance(&office.engine, other), None);
    office.bench.accept();
    office.advance(7.5);
    assert_eq!(run(office.engine.parked()).unwrap(), []);
    assert_eq!((balance(&office.engine, account), balance(&office.engine, other)), (Some((160, 4)), Some((7, 1))));
    let mut seen = office.bench.seen.positions();
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5], "each once");
}

/// The hand of a person and the clock meet on one message.
#[test]
fn retrying_by_hand_while_it_is_being_retried() {
    for polls in 0.. {
        let office = Office::new();
        office.bench.accept();
        office.bench.clock.advance(SignedDuration::from_mins(1));
        office.store.slow(1, 1);
        let engine = office.engine.clone();
        let mut settling = crate::stepping::Stepped::new(Box::pin(async move { engine.settle().await }) as Boxed);
        let done = settling.poll_times(polls).is_ready();
        let engine = office.engine.clone();
        let by_hand = crate::stepping::Stepped::new(Box::pin(async move { engine.retry_parked(BALANCES, 2).await }) as Boxed);
        let waiting = if done { vec![by_hand] } else { vec![settling, by_hand] };
        for result in crate::stepping::run_all(waiting) {
            // It may be gone already; nothing else may go wrong.
            assert!(result.is_ok() || result.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound), "{result:?}");
        }
        office.store.slow(0, 0);
        office.settle();
        assert_eq!(run(office.engine.parked()).unwrap(), [], "after {polls} polls");
        assert_eq!(balance(&office.engine, office.account), Some((130, 3)), "once in effect, after {polls} polls");
        assert_eq!(office.bench.seen.positions(), [1, 2, 3], "after {polls} polls");
        if done {
            assert!(polls > 10, "they must have met in many places: {polls}");
            break;
        }
    }
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>>;

#[test]
fn dropping_by_hand_while_it_is_being_retried() {
    let (mut handled, mut dropped) = (0, 0);
    for polls in 0.. {
        let office = Office::new();
        office.bench.accept();
        office.bench.clock.advance(SignedDuration::from_mins(1));
        office.store.slow(1, 1);
        let engine = office.engine.clone();
        let mut settling = crate::stepping::Stepped::new(Box::pin(async move { engine.settle().await }) as Boxed);
        let done = settling.poll_times(polls).is_ready();
        let engine = office.engine.clone();
        let by_hand = crate::stepping::Stepped::new(Box::pin(async move { engine.drop_parked(BALANCES, 3).await }) as Boxed);
        let mut waiting = vec![by_hand];
        if !done {
            waiting.push(settling);
        }
        let results = crate::stepping::run_all(waiting);
        office.store.slow(0, 0);
        office.settle();
        assert_eq!(run(office.engine.parked()).unwrap(), [], "after {polls} polls");
        // The second message of the two is dropped, or was handled before: never both.
        let expected = match &results[0] {
            Ok(()) => Some((110, 2)),
            Err(_) => Some((130, 3)),
        };
        assert_eq!(balance(&office.engine, office.account), expected, "after {polls} polls: {results:?}");
        *(if results[0].is_ok() { &mut dropped } else { &mut handled }) += 1;
        if done {
            break;
        }
    }
    assert!(handled > 0 && dropped > 0, "both must have happened: {handled} {dropped}");
}
