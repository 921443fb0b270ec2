//! What a projector says ahead that it is going to ask for ([`Fold::rows`]): it is given what is stored there when its commit
//! happens, whatever it asks for, and is left out where it asks for what cannot be.

use std::sync::{Arc, Mutex};

use smallvec::SmallVec;

use super::{
    Harness,
    material::{BALANCES, NOTES, balance, interest, note, open, positions, row, text_key, typed_event},
    write::Write,
};
use crate::{
    Error, Recorded, Value,
    projection::{Key, Row, Table},
    store::{Expected, Fold, Interest, RowChange, RowSource},
};

const DEPOSIT: &str = "Conformance.DepositMade.v1";

/// A table that nobody has prepared.
static UNKNOWN: Table = Table { name: "conformance_unknown", ..BALANCES };

/// Asks for the same rows at every record, and keeps what it is given.
#[derive(Debug)]
struct Asking {
    subscription: Arc<str>,
    interest: Interest,
    wanted: Vec<(&'static Table, Key)>,
    given: Mutex<Vec<Vec<Option<Row>>>>,
}

impl Asking {
    fn new(wanted: &[(&'static Table, Key)]) -> Arc<Self> {
        let (subscription, interest) = ("asking".into(), interest(&[DEPOSIT]));
        Arc::new(Asking { subscription, interest, wanted: wanted.to_vec(), given: Mutex::default() })
    }

    /// What it was given last. A store may ask it more than once.
    fn last_given(&self) -> Vec<Option<Row>> {
        self.given.lock().expect("no case panics with it").last().cloned().expect("it was asked")
    }
}

impl Fold for Asking {
    fn subscription(&self) -> &Arc<str> {
        &self.subscription
    }

    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn rows(&self, _: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        rows.extend(self.wanted.iter().cloned());
    }

    fn fold(&self, _: &[Arc<Recorded>], stored: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let given = self.wanted.iter().map(|(table, key)| stored(table, key)).collect::<Result<Vec<_>, Error>>()?;
        self.given.lock().expect("no case panics with it").push(given);
        // One more each time, so that the next one has something new to be given.
        let count = stored(&BALANCES, &text_key("counted"))?.map_or(0, |row| match row.values()[1] {
            Value::Integer(count) => count,
            _ => 0,
        });
        Ok(smallvec::smallvec![RowChange::Put { table: &BALANCES, row: balance("counted", count + 1), staged: false }])
    }
}

fn note_key(owner: u128, number: i64) -> Key {
    NOTES.key_of(&note(owner, number, None))
}

fn commit(asking: &Arc<Asking>, text: &str) -> Write {
    let mut write = Write::new().records("a-1", Expected::Any, [typed_event(DEPOSIT, text), typed_event(DEPOSIT, "and")]);
    write.0.folds.push(Arc::clone(asking) as Arc<dyn Fold>);
    write
}

pub(super) async fn rows_of_several_tables_are_given_as_they_are_stored(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let wanted = [
        (&NOTES, note_key(1, 2)),
        (&BALANCES, text_key("counted")),
        (&BALANCES, text_key("never there")),
        (&NOTES, note_key(2, 1)),
        (&NOTES, note_key(1, 2)),
    ];
    let asking = Asking::new(&wanted);
    let there = note(1, 2, Some("there"));
    Write::new().put(&NOTES, there.clone()).put(&NOTES, note(2, 2, Some("another"))).stored(store).await;
    assert_eq!(commit(&asking, "first").stored(store).await.folded[..], [0]);
    assert_eq!(asking.last_given(), [Some(there.clone()), None, None, None, Some(there)]);
    // What others have written since, and what it has written itself.
    let other = note(2, 1, None);
    Write::new().delete(&NOTES, note_key(1, 2)).put(&NOTES, other.clone()).stored(store).await;
    assert_eq!(commit(&asking, "second").stored(store).await.folded[..], [0]);
    assert_eq!(asking.last_given(), [None, Some(balance("counted", 1)), None, Some(other), None]);
    // A staged row is not it.
    Write::new().put_staged(&BALANCES, balance("never there", 7)).stored(store).await;
    assert_eq!(commit(&asking, "third").stored(store).await.folded[..], [0]);
    assert_eq!(asking.last_given()[1..3], [Some(balance("counted", 2)), None]);
}

pub(super) async fn rows_written_in_the_same_commit_are_given(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let asking = Asking::new(&[(&NOTES, note_key(1, 1)), (&BALANCES, text_key("counted"))]);
    let written = note(1, 1, Some("with it"));
    let with_it = commit(&asking, "first").put(&NOTES, written.clone()).put(&BALANCES, balance("counted", 40));
    assert_eq!(with_it.stored(store).await.folded[..], [0]);
    assert_eq!(asking.last_given(), [Some(written), Some(balance("counted", 40))]);
    assert_eq!(row(store, &BALANCES, &text_key("counted")).await, Some(balance("counted", 41)));
}

pub(super) async fn who_asks_for_what_cannot_be_is_left_out(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let counted = || (&BALANCES, text_key("counted"));
    let wrong: [&[(&'static Table, Key)]; 2] =
        [&[counted(), (&UNKNOWN, text_key("a"))], &[counted(), (&BALANCES, note_key(1, 1))]];
    for (place, wanted) in (0..).zip(wrong) {
        let asking = Asking::new(wanted);
        let committed = commit(&asking, &format!("wrong {place}")).stored(store).await;
        assert_eq!(committed.folded[..], [] as [usize; 0]);
        assert_eq!(positions(&committed.records), [2 * place + 1, 2 * place + 2], "the commit happens without it");
    }
    assert_eq!(row(store, &BALANCES, &text_key("counted")).await, None);
    assert_eq!(store.checkpoint("asking").await.expect("a checkpoint can be read"), 0);
}
