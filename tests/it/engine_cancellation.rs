//! Callers that go away: whatever poll they stop at, nothing is half done, and nobody waits for them.

use fidelis::{Envelope, prelude::*};

use crate::{
    ledger::{Account, BALANCES, Balance, Bench, Deposit, Open, Transfer, WATCHER, Withdraw, balance, folded, open},
    stepping::{Stepped, run, run_all},
    troubled::{Troubled, log_of},
};

/// How the store keeps its callers waiting.
const SLOWNESS: [(usize, usize); 4] = [(1, 0), (0, 1), (1, 1), (3, 2)];

struct World {
    bench: Bench,
    store: Troubled,
    engine: Engine,
    alice: Id<Account>,
    bob: Id<Account>,
}

impl World {
    fn new() -> Self {
        let (bench, store) = (Bench::default(), Troubled::default());
        let engine = bench.start(store.clone());
        let (alice, bob) = (open(&engine, "alice", 100), open(&engine, "bob", 100));
        World { bench, store, engine, alice, bob }
    }

    /// Everything that is in the log is in the read model, seen, and can be worked with.
    #[track_caller]
    fn is_whole(&self, polls: usize) {
        self.store.slow(0, 0);
        run(self.engine.settle()).unwrap();
        let head = log_of(&self.store).len() as u64;
        assert_eq!((self.store.checkpoint_of(BALANCES), self.store.checkpoint_of(WATCHER)), (head, head), "after {polls} polls");
        for account in [self.alice, self.bob] {
            let stored = folded(&self.engine, account);
            assert_eq!(balance(&self.engine, account).map(|row| row.0), Some(stored), "after {polls} polls");
            assert_eq!(run(self.engine.load(account)).unwrap().balance, stored, "after {polls} polls");
            let receipt = run(self.engine.process(Deposit { account, amount: 1 })).unwrap();
            assert_eq!((receipt.value, receipt.lagging), (stored + 1, vec![]), "after {polls} polls");
            assert_eq!(balance(&self.engine, account).map(|row| row.0), Some(stored + 1));
        }
        let total = folded(&self.engine, self.alice) + folded(&self.engine, self.bob);
        assert_eq!(total % 1_000, 202, "transfers keep the sum, deposits of this test come in thousands");
        assert_eq!(run(self.engine.parked()).unwrap(), []);
    }
}

/// Polls what `work` makes k times and drops it, for every k up to its end, each in a new world.
fn dropped_everywhere<F: Future>(at_least: usize, work: impl Fn(&World) -> F, after: impl Fn(&World, usize)) {
    dropped_everywhere_in(at_least, |_| {}, work, after);
}

/// The same in worlds where something has happened before.
fn dropped_everywhere_in<F: Future>(
    at_least: usize,
    before_it: impl Fn(&World),
    work: impl Fn(&World) -> F,
    after: impl Fn(&World, usize),
) {
    for (before, afterwards) in SLOWNESS {
        for polls in 0.. {
            let world = World::new();
            before_it(&world);
            world.store.slow(before, afterwards);
            let mut stepped = Stepped::new(work(&world));
            let done = stepped.poll_times(polls).is_ready();
            drop(stepped);
            after(&world, polls);
            world.is_whole(polls);
            if done {
                assert!(polls > at_least, "it must have been dropped in many places: {polls}");
                break;
            }
        }
    }
}

#[test]
fn a_command_to_one_aggregate() {
    dropped_everywhere(
        3,
        |world| {
            let (engine, account) = (world.engine.clone(), world.alice);
            async move { engine.process(Deposit { account, amount: 1_000 }).await }
        },
        |_, _| {},
    );
}

#[test]
fn a_command_that_creates() {
    dropped_everywhere(
        3,
        |world| {
            let engine = world.engine.clone();
            async move { engine.process(Open { owner: "carol".into(), amount: 7 }).await }
        },
        |_, _| {},
    );
}

#[test]
fn a_command_that_is_refused() {
    dropped_everywhere(
        2,
        |world| {
            let (engine, account) = (world.engine.clone(), world.alice);
            async move { engine.process_with(Withdraw { account, amount: 500 }, Envelope::keyed("k")).await }
        },
        |world, _| assert_eq!(log_of(&world.store).len(), 2),
    );
}

#[test]
fn a_command_to_two_aggregates() {
    dropped_everywhere(
        6,
        |world| {
            let (engine, from, to) = (world.engine.clone(), world.alice, world.bob);
            async move { engine.process(Transfer { from, to, amount: 10 }).await }
        },
        |world, _| assert!([2, 4].contains(&log_of(&world.store).len()), "both or neither"),
    );
}

/// Sent again under its key after its caller went away, it has one effect.
#[test]
fn a_command_with_a_key() {
    dropped_everywhere(
        6,
        |world| {
            let (engine, from, to) = (world.engine.clone(), world.alice, world.bob);
            async move { engine.process_with(Transfer { from, to, amount: 10 }, Envelope::keyed("k")).await }
        },
        |world, polls| {
            world.store.slow(0, 0);
            let (from, to) = (world.alice, world.bob);
            let transfer = Transfer { from, to, amount: 10 };
            let receipt = run(world.engine.process_with(transfer, Envelope::keyed("k"))).unwrap();
            assert_eq!((receipt.position, receipt.lagging), (4, vec![]), "after {polls} polls");
            assert_eq!((folded(&world.engine, from), folded(&world.engine, to)), (90, 110));
        },
    );
}

#[test]
fn looking_and_settling() {
    dropped_everywhere(
        2,
        |world| {
            let (engine, account) = (world.engine.clone(), world.alice);
            let later = world.bench.start(world.store.clone());
            let _ = run(later.process(Deposit { account, amount: 1_000 })).unwrap();
            async move {
                engine.load(account).await.unwrap();
                engine.settle().await.unwrap();
                engine.query::<Balance>().count().await.unwrap();
            }
        },
        |_, _| {},
    );
}

#[test]
fn a_rebuild() {
    dropped_everywhere(
        5,
        |world| {
            let engine = world.engine.clone();
            async move { engine.rebuild::<Balance>().await }
        },
        |world, _| {
            world.store.slow(0, 0);
            assert_eq!(run(world.engine.query::<Balance>().count()).unwrap(), 2, "readers see the old one or the new one");
        },
    );
}

/// Its first message fails, others wait behind it: whoever retries goes away.
#[test]
fn a_retry_of_parked_messages() {
    for by_hand in [false, true] {
        for hook in [|world: &World| world.bench.balances.clone(), |world: &World| world.bench.watcher.clone()] {
            dropped_everywhere_in(
                5,
                |world| {
                    hook(world).set(|_| Err(HandlerError::failed("not now")));
                    for amount in [1_000, 2_000] {
                        let _ = run(world.engine.process(Deposit { account: world.alice, amount })).unwrap();
                    }
                    hook(world).clear();
                    assert_eq!(run(world.engine.parked()).unwrap().len(), 2);
                    if !by_hand {
                        world.bench.clock.advance(SignedDuration::from_mins(10));
                    }
                },
                |world| {
                    let engine = world.engine.clone();
                    let consumer = run(engine.parked()).unwrap()[0].subscription.clone();
                    async move {
                        match by_hand {
                            true => engine.retry_parked(&consumer, 3).await.unwrap(),
                            false => engine.settle().await.unwrap(),
                        }
                    }
                },
                |world, polls| {
                    world.bench.clock.advance(SignedDuration::from_mins(10));
                    world.store.slow(0, 0);
                    run(world.engine.settle()).unwrap();
                    assert_eq!(balance(&world.engine, world.alice), Some((3_100, 3)), "after {polls} polls");
                },
            );
        }
    }
}

/// One caller goes away while another waits for the same aggregate, and for the same consumers.
#[test]
fn somebody_else_goes_on() {
    for (before, after) in SLOWNESS {
        for polls in 0.. {
            let world = World::new();
            world.store.slow(before, after);
            let (engine, account) = (&world.engine, world.alice);
            let mut first = Stepped::new(engine.process(Deposit { account, amount: 1_000 }));
            let done = first.poll_times(polls).is_ready();
            let mut second = Stepped::new(engine.process(Deposit { account, amount: 2_000 }));
            let waiting = second.poll().is_pending();
            drop(first);
            assert!(waiting);
            let receipt = run_all([second]).remove(0).unwrap();
            assert_eq!(receipt.lagging, [], "after {polls} polls");
            world.is_whole(polls);
            if done {
                break;
            }
        }
    }
}

/// Many callers on one thread, some of which go away at every step.
#[test]
fn a_crowd() {
    for stride in 1..7 {
        let world = World::new();
        world.store.slow(1, 1);
        let engine = &world.engine;
        let mut crowd: Vec<_> = (0..20)
            .map(|index| {
                let (from, to) = if index % 2 == 0 { (world.alice, world.bob) } else { (world.bob, world.alice) };
                Stepped::new(engine.process(Transfer { from, to, amount: 1 }))
            })
            .collect();
        let mut turn = 0;
        while crowd.len() > 3 {
            for caller in &mut crowd {
                if caller.is_woken() {
                    let _ = caller.poll();
                }
            }
            turn += 1;
            let place = (turn * stride) % crowd.len();
            drop(crowd.remove(place));
        }
        drop(crowd);
        world.is_whole(turn);
    }
}
