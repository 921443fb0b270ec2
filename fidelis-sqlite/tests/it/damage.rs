//! Files that were damaged, or changed by hand: refused with the place, never repaired in silence.

use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use fidelis_core::{Error, ErrorKind, Recorded, Store, StreamName, TypeName, block_on, store::*};

use crate::material::{appended, by_hand, file, log, names, open, refused, write};

/// A file with ten events in two streams, closed.
fn ten_events(path: &Path) {
    let store = open(path);
    for number in 0..10 {
        write(&store, appended(&format!("account-{}", number % 2), &format!("event {number}")));
    }
}

/// Changes the log as only somebody can who knows what he does.
fn change(path: &Path, sql: &str) {
    let connection = by_hand(path);
    let triggers = "SELECT sql FROM sqlite_schema WHERE type = 'trigger'";
    let made: Vec<String> = {
        let mut triggers = connection.prepare(triggers).expect("it can be asked");
        triggers.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("it is answered")
    };
    connection
        .execute_batch("DROP TRIGGER fidelis_records_are_never_changed; DROP TRIGGER fidelis_records_are_never_deleted")
        .expect("they are there");
    connection.execute_batch(sql).expect("it can be changed");
    made.iter().for_each(|trigger| connection.execute_batch(trigger).expect("it was there"));
}

fn stream(path: &Path, name: &str) -> Result<Vec<std::sync::Arc<Recorded>>, Error> {
    let name = StreamName::parse(name);
    let from = ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards };
    block_on(open(path).read(from, PageLimit::default()))
}

#[test]
fn log_cannot_be_changed_by_accident() {
    let (_folder, path) = file();
    ten_events(&path);
    for sql in ["UPDATE fidelis_records SET payload = '{}' WHERE position = 3", "DELETE FROM fidelis_records WHERE position = 3"]
    {
        let error = by_hand(&path).execute(sql, []).expect_err("the log is final");
        assert!(error.to_string().contains("what is in the log is never"), "{error}");
    }
    assert_eq!(log(&open(&path)).expect("nothing has changed").len(), 10);
}

#[test]
fn missing_record_is_seen_at_the_start() {
    for (gone, missing) in [("position = 4", "4"), ("position = 1", "1"), ("position IN (6, 7)", "6")] {
        let (_folder, path) = file();
        ten_events(&path);
        change(&path, &format!("DELETE FROM fidelis_records WHERE {gone}"));
        refused(&path, ErrorKind::Corrupt, &[&format!("no record at position {missing} of the log")]);
    }
}

/// While the store is open nobody counts: whoever reads past the place is told.
#[test]
fn missing_record_is_seen_by_who_reads() {
    let (_folder, path) = file();
    ten_events(&path);
    let store = open(&path);
    change(&path, "DELETE FROM fidelis_records WHERE position = 4");
    names(&log(&store).expect_err("there is a gap"), ErrorKind::Corrupt, &["position 4 of the log", "bank.db"]);
    let name = StreamName::parse("account-1");
    for direction in [Direction::Forwards, Direction::Backwards] {
        let position = if direction == Direction::Forwards { 0 } else { u64::MAX };
        let from = ReadFrom::Stream { name: &name, position, direction };
        let error = block_on(store.read(from, PageLimit::default())).expect_err("there is a gap");
        names(&error, ErrorKind::Corrupt, &["position 1 of `account-1`"]);
    }
}

#[test]
fn record_that_cannot_be_read_is_named() {
    for broken in ["id = x'0102'", "kind = 9", "extensions = '{'", "type = 77", "stream = 77, stream_position = 0"] {
        let (_folder, path) = file();
        ten_events(&path);
        change(&path, &format!("UPDATE fidelis_records SET {broken} WHERE position = 4"));
        let error = log(&open(&path)).expect_err("it cannot be read");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{broken}: {error}");
        assert!(error.to_string().contains("bank.db"), "{broken}: {error}");
        if broken.starts_with(['i', 'k', 'e']) {
            assert!(error.to_string().contains("position 4 of the log"), "{broken}: {error}");
        }
        // The others are as good as before.
        assert_eq!(stream(&path, "account-0").expect("it is whole").len(), 5);
    }
}

/// A payload that is no JSON is handed over as it is: whoever decodes it says where it stands.
#[test]
fn payload_that_is_no_json_is_named_by_who_decodes() {
    let (_folder, path) = file();
    ten_events(&path);
    change(&path, "UPDATE fidelis_records SET payload = 'not JSON' WHERE position = 4");
    let log = log(&open(&path)).expect("it can be read");
    assert_eq!(&*log[3].payload, "not JSON");
    assert_eq!(log[3].metadata.global_position, 4);
}

#[test]
fn column_of_a_row_that_cannot_be_read() {
    let (_folder, path) = file();
    let store = open(&path);
    block_on(store.prepare(&[&crate::material::BALANCES])).expect("the table can be made");
    let mut commit = crate::material::commit();
    commit.rows.push(crate::material::balance("a", 1));
    write(&store, commit);
    by_hand(&path).execute("UPDATE balances SET amount = 'much'", []).expect("rows may be changed");
    let key = fidelis_core::projection::Key::new([fidelis_core::Value::Text("a".to_owned())]);
    let error = block_on(store.row(&crate::material::BALANCES, &key, false)).expect_err("it is no number");
    names(&error, ErrorKind::Corrupt, &["bank.db"]);
}

/// A bad page is refused by who meets it and found by who looks for it; what is on it is not touched.
#[test]
fn damaged_pages_are_refused_and_left_alone() {
    let (_folder, path) = file();
    let store = open(&path);
    for number in 0..400 {
        write(&store, appended("account-1", &format!("{number} {}", "long ".repeat(100))));
    }
    block_on(store.verify()).expect("the file is sound");
    drop(store);
    let mut bytes = fs::OpenOptions::new().read(true).write(true).open(&path).expect("it is there");
    let pages = bytes.metadata().expect("it is there").len() / 4096;
    let page = pages / 2 * 4096;
    bytes.seek(SeekFrom::Start(page)).and_then(|_| bytes.write_all(&[0x5a; 4096])).expect("it can be damaged");
    drop(bytes);

    let store = open(&path);
    names(&log(&store).expect_err("a page cannot be read"), ErrorKind::Corrupt, &["bank.db", "backup"]);
    names(&block_on(store.verify()).expect_err("a page cannot be read"), ErrorKind::Corrupt, &["bank.db", "backup"]);
    // Nothing is hidden from the next one, and nothing made up.
    names(&log(&store).expect_err("a page cannot be read"), ErrorKind::Corrupt, &["bank.db"]);
    drop(store);
    let mut found = [0; 4096];
    let mut bytes = fs::File::open(&path).expect("it is there");
    bytes.seek(SeekFrom::Start(page)).and_then(|_| bytes.read_exact(&mut found)).expect("it can be read");
    assert_eq!(found, [0x5a; 4096], "a damaged page was changed");
}

#[test]
fn types_that_are_gone_are_told() {
    let (_folder, path) = file();
    ten_events(&path);
    change(&path, "DELETE FROM fidelis_types");
    let store = open(&path);
    names(&log(&store).expect_err("its type has no name"), ErrorKind::Corrupt, &["type 1", "bank.db"]);
    let interest = Interest { types: vec![TypeName::parse("Test.Happened.v1")] };
    let found = block_on(store.read(ReadFrom::Interest { interest: &interest, position: 1 }, PageLimit::default()));
    assert_eq!(found.expect("there is no such type").len(), 0);
}
