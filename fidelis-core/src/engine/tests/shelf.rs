use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::world::{Counter, Even, catalog};
use crate::{
    Aggregate, Id, Root,
    engine::{
        Keeping,
        shelf::{Live, Place, Shelf},
        shelf_of,
    },
};

/// How often somebody was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    fn rung(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn shelf(room: usize) -> Box<Shelf<Counter>> {
    shelf_of::<Counter>(&catalog(), Keeping { room, snapshot_every: u64::MAX }).1.downcast().expect("a shelf of counters")
}

fn id(number: u128) -> Id<Counter> {
    Id::from_uuid(uuid::Uuid::from_u128(number))
}

/// A stored counter.
fn stored(number: u128, total: u64) -> Counter {
    let mut counter = Counter::default();
    counter.total = total;
    *counter.root_mut() = Root::stored(id(number), total);
    counter
}

fn live(shelf: &Shelf<Counter>, number: u128, total: u64) -> Box<Live<Counter>> {
    Live::new(stored(number, total), shelf.types())
}

fn poll<'a>(future: Pin<&mut impl Future<Output = Place<'a, Counter>>>, bell: &Arc<Bell>) -> Option<Place<'a, Counter>> {
    match future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell)))) {
        Poll::Ready(place) => Some(place),
        Poll::Pending => None,
    }
}

/// Takes a place that is free.
fn take(shelf: &Shelf<Counter>, number: u128) -> Place<'_, Counter> {
    poll(pin!(shelf.checkout(id(number))), &Arc::default()).expect("the place is free")
}

/// The total of what stands on a place, if anything does. It stays there.
fn stands(shelf: &Shelf<Counter>, number: u128) -> Option<u64> {
    let mut place = take(shelf, number);
    let live = place.live.take()?;
    let total = live.state().total;
    place.put(live);
    Some(total)
}

#[test]
fn what_is_put_is_there_for_the_next() {
    let shelf = shelf(100);
    assert_eq!(stands(&shelf, 1), None);
    take(&shelf, 1).put(live(&shelf, 1, 7));
    assert_eq!((stands(&shelf, 1), stands(&shelf, 2)), (Some(7), None));
    drop(take(&shelf, 1));
    assert_eq!(stands(&shelf, 1), None, "a place that is not given back is empty");
}

#[test]
fn who_comes_second_waits_and_is_woken() {
    let shelf = shelf(100);
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut waiting = bells.each_ref().map(|_| Box::pin(shelf.checkout(id(1))));
    let first = take(&shelf, 1);
    for (future, bell) in waiting.iter_mut().zip(&bells) {
        assert!(poll(future.as_mut(), bell).is_none());
        assert!(poll(future.as_mut(), bell).is_none(), "asking twice is waiting once");
    }
    drop(take(&shelf, 17));
    assert_eq!(bells[0].rung() + bells[1].rung(), 0, "another place is no reason to wake");
    first.put(live(&shelf, 1, 7));
    assert_eq!((bells[0].rung(), bells[1].rung()), (1, 1));

    let mut second = poll(waiting[0].as_mut(), &bells[0]).expect("it is free");
    assert_eq!(second.live.take().map(|live| live.state().total), Some(7));
    assert!(poll(waiting[1].as_mut(), &bells[1]).is_none());
    // The holder goes away without a word.
    drop(second);
    assert_eq!(bells[1].rung(), 2);
    assert!(poll(waiting[1].as_mut(), &bells[1]).expect("it is free").live.is_none());
}

#[test]
fn who_stops_waiting_is_in_nobodys_way() {
    let shelf = shelf(100);
    let first = take(&shelf, 1);
    let bells: [Arc<Bell>; 2] = Default::default();
    let mut gone = Box::pin(shelf.checkout(id(1)));
    let mut stays = Box::pin(shelf.checkout(id(1)));
    assert!(poll(gone.as_mut(), &bells[0]).is_none());
    assert!(poll(stays.as_mut(), &bells[1]).is_none());
    drop(gone);
    first.put(live(&shelf, 1, 7));
    assert_eq!(bells[1].rung(), 1);
    assert!(poll(stays.as_mut(), &bells[1]).is_some());
}

#[test]
fn a_state_follows_what_was_stored_without_it() {
    let shelf = shelf(100);
    take(&shelf, 1).put(live(&shelf, 1, 1));
    let mut work = stored(1, 1);
    work.total = 2;
    work.raise(Even {}).expect("no rule");
    shelf.follow(&work);
    assert_eq!(stands(&shelf, 1), Some(2));
    assert_eq!(take(&shelf, 1).live.take().map(|live| live.state().version()), Some(Some(1)), "and its version, too");

    // Two events on; what stands there does not know the first of them.
    take(&shelf, 2).put(live(&shelf, 2, 1));
    let mut work = stored(2, 2);
    work.raise(Even {}).expect("no rule");
    shelf.follow(&work);
    assert_eq!(stands(&shelf, 2), None, "what cannot follow is dropped");

    // What stands there is newer.
    take(&shelf, 3).put(live(&shelf, 3, 9));
    shelf.follow(&work_on(3, 2));
    assert_eq!(stands(&shelf, 3), Some(9));

    // A new one can be had from its events.
    shelf.follow(&work_on(4, 0));
    assert_eq!(stands(&shelf, 4), Some(0));
    // One that is not new, and not there, cannot.
    shelf.follow(&work_on(5, 3));
    assert_eq!(stands(&shelf, 5), None);
    // One to which nothing happened is none.
    shelf.follow(&Counter::new(id(6)));
    assert_eq!(stands(&shelf, 6), None);
}

/// A copy that was stored at a version and has had one more event.
fn work_on(number: u128, events: u64) -> Counter {
    let mut work = stored(number, events);
    work.raise(Even {}).expect("no rule");
    work
}

#[test]
fn who_has_taken_the_place_keeps_what_he_has() {
    let shelf = shelf(100);
    take(&shelf, 1).put(live(&shelf, 1, 1));
    let place = take(&shelf, 1);
    shelf.follow(&work_on(1, 1));
    assert_eq!(place.live.as_ref().map(|live| live.state().total), Some(1));
}

#[test]
fn what_is_not_used_makes_room() {
    let shelf = shelf(32);
    for number in 0..1_000 {
        take(&shelf, number).put(live(&shelf, number, 1));
        // This one is asked for all the time.
        assert!(number < 7 || stands(&shelf, 7).is_some(), "what is used stays, at {number}");
    }
    let left = shelf.places();
    assert!(left.contains(&7) && (8..=32).contains(&left.len()), "{left:?}");
}

#[test]
fn what_is_taken_is_never_dropped_for_room() {
    let shelf = shelf(1);
    let taken: Vec<_> = (0..200).map(|number| take(&shelf, number)).collect();
    for (number, place) in taken.into_iter().enumerate() {
        assert!(poll(pin!(shelf.checkout(id(number as u128))), &Arc::default()).is_none(), "it is still taken");
        place.put(live(&shelf, number as u128, 1));
    }
    // Now there is too much; the next ones make room.
    for number in 200..300 {
        take(&shelf, number).put(live(&shelf, number, 1));
    }
    assert!(shelf.places().len() <= 16, "one a shard: {}", shelf.places().len());
}

/// Aggregates that do not exist are asked for again and again: what is remembered of that does not grow.
#[test]
fn asking_for_what_is_not_there_leaves_nothing() {
    let shelf = shelf(1_000);
    for number in 0..500 {
        take(&shelf, number).put(live(&shelf, number, 1));
    }
    for number in 0..100_000 {
        drop(take(&shelf, 1_000_000 + number % 5_000));
    }
    assert_eq!(shelf.places().len(), 500);
    assert!(shelf.noted() < 3_000, "{}", shelf.noted());
}
