//! Connections for reading: few are enough, whoever holds on to what he has begun.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};

use fidelis_core::{
    Reader, Records, Store, block_on,
    store::{Direction, PageLimit, ReadFrom},
};
use fidelis_postgres::PostgresStore;

use crate::{
    database::Place,
    material::{DEPOSITS, deposits},
};

/// A store with one connection for reading, and some records.
fn with_one_connection() -> (Place, Arc<PostgresStore>) {
    let place = Place::new();
    let store = block_on(PostgresStore::connect_with(place.options().readers(1))).unwrap();
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    deposits(&store, "reader", 2, 5);
    (place, Arc::new(store))
}

/// What is asked and then left alone keeps nobody from asking.
#[test]
fn who_is_not_polled_keeps_nobody_waiting() {
    if !Place::is_there("a reader that is not polled") {
        return;
    }
    let (_place, store) = with_one_connection();
    let all = ReadFrom::All { position: 1, direction: Direction::Forwards };
    let mut left_alone = Vec::new();
    for _ in 0..3 {
        let mut asked = store.read(all, PageLimit::default());
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        left_alone.push(asked);
    }
    assert_eq!(block_on(store.head()).unwrap(), 10);
    for asked in left_alone {
        assert_eq!(block_on(asked).unwrap().len(), 10);
    }
}

/// A reader asks for the page after the one in hand; what is done with that may ask as well.
#[test]
fn a_page_is_read_ahead_while_something_else_is_asked() {
    if !Place::is_there("a reader that reads ahead over the only connection") {
        return;
    }
    let (_place, store) = with_one_connection();
    let mut reader =
        Reader::new(Arc::clone(&store) as Arc<dyn Store>, Records::All).from(1).pages(PageLimit { records: 2, bytes: 1 << 20 });
    let mut seen = 0;
    while let Some(record) = block_on(reader.next()).unwrap() {
        seen += 1;
        assert!(block_on(store.version(&record.metadata.stream)).unwrap().is_some());
    }
    assert_eq!(seen, 10);
}

/// Who goes away gives his connection back.
#[test]
fn who_goes_away_keeps_nothing() {
    if !Place::is_there("a reader that goes away") {
        return;
    }
    let (_place, store) = with_one_connection();
    let all = ReadFrom::All { position: 1, direction: Direction::Forwards };
    for _ in 0..50 {
        let mut asked = pin!(store.read(all, PageLimit::default()));
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(block_on(store.head()).unwrap(), 10);
}
