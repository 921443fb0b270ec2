//! Files that cannot be opened: each is refused with its name and the remedy.

use std::{fs, process::Command};

use fidelis_core::{ErrorKind, Store, block_on};
use fidelis_sqlite::{Durability, SqliteOptions, SqliteStore};

use crate::material::{appended, by_hand, file, log, names, open, refused, write};

#[test]
fn file_without_a_folder() {
    let (folder, _) = file();
    refused(&folder.path().join("missing/bank.db"), ErrorKind::NotFound, &["missing`", "make it first"]);
    refused(folder.path(), ErrorKind::Invalid, &["is a folder"]);
}

#[test]
fn file_that_must_exist() {
    let (_folder, path) = file();
    let options = || SqliteOptions::new(&path).must_exist();
    let error = block_on(SqliteStore::open_with(options())).expect_err("there is no file");
    names(&error, ErrorKind::NotFound, &["bank.db", "typing error"]);
    assert!(!path.exists(), "a refused file was made");
    drop(open(&path));
    block_on(SqliteStore::open_with(options())).expect("now there is one");
}

#[test]
fn file_that_is_no_database() {
    let (_folder, path) = file();
    fs::write(&path, "Dear diary, ".repeat(1_000)).expect("it can be written");
    refused(&path, ErrorKind::Invalid, &["not a database"]);
    assert!(fs::read(&path).expect("it is there").starts_with(b"Dear diary"), "a refused file was changed");
}

#[test]
fn empty_file_is_a_new_one() {
    let (_folder, path) = file();
    fs::write(&path, "").expect("it can be written");
    assert_eq!(block_on(open(&path).head()).expect("it has a head"), 0);
}

/// All of them find no file, make it, and turn it to writing ahead: SQLite lets nobody wait for that by itself.
#[test]
fn file_that_many_make_at_once() {
    for _ in 0..40 {
        let (_folder, path) = file();
        let start = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        block_on(SqliteStore::open(&path)).map(drop)
                    })
                })
                .collect();
            opened.into_iter().for_each(|opened| opened.join().expect("it does not panic").expect("it waits for the others"));
        });
    }
}

#[test]
fn database_of_another_program() {
    let (_folder, path) = file();
    by_hand(&path).execute_batch("CREATE TABLE songs (title TEXT)").expect("it is a database");
    refused(&path, ErrorKind::Invalid, &["another program"]);
    let tables: i64 = by_hand(&path).query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("it is there");
    assert_eq!(tables, 1, "a refused database was changed");
}

#[test]
fn database_of_a_newer_version() {
    let (_folder, path) = file();
    drop(open(&path));
    by_hand(&path).pragma_update(None, "user_version", 7).expect("it can be written");
    refused(&path, ErrorKind::Invalid, &["newer version", "version 7"]);
}

#[test]
fn tables_that_somebody_changed() {
    for (change, difference) in [
        ("DROP TRIGGER fidelis_records_are_never_deleted", "trigger `fidelis_records_are_never_deleted` is missing"),
        ("ALTER TABLE fidelis_records ADD COLUMN mood TEXT", "table `fidelis_records` was altered"),
        ("DROP INDEX fidelis_records_by_stream", "index `fidelis_records_by_stream` is missing"),
        ("DROP VIEW events", "view `events` is missing"),
        (
            "CREATE TRIGGER eager AFTER INSERT ON fidelis_records BEGIN DELETE FROM fidelis_checkpoints; END",
            "trigger `eager` was added",
        ),
    ] {
        let (_folder, path) = file();
        drop(open(&path));
        by_hand(&path).execute_batch(change).expect("it can be changed");
        refused(&path, ErrorKind::Corrupt, &[difference]);
    }
}

/// The rights of a file mean nothing to its superuser; that it cannot be changed does.
#[test]
fn read_only_file() {
    let (_folder, path) = file();
    write(&open(&path), appended("account-1", "a"));
    let mut rights = fs::metadata(&path).expect("it is there").permissions();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights).expect("it is ours");
    let attribute = |change: &str| Command::new("chattr").arg(change).arg(&path).status().is_ok_and(|status| status.success());
    let unchangeable = fs::OpenOptions::new().write(true).open(&path).is_ok() && attribute("+i");
    let is_writable = fs::OpenOptions::new().write(true).open(&path).is_ok();
    let opened = block_on(SqliteStore::open(&path));
    if unchangeable {
        attribute("-i");
    }
    assert!(!is_writable, "this user writes to everything, and cannot be kept from it");
    names(&opened.expect_err("it cannot be written"), ErrorKind::Unavailable, &["bank.db", "read-only"]);
}

#[test]
fn urls() {
    let path = |url| SqliteOptions::from_url(url).map(|options| options.path().display().to_string());
    for (url, named) in [
        ("sqlite:bank.db", "bank.db"),
        ("sqlite:/var/bank.db", "/var/bank.db"),
        ("sqlite://bank.db", "bank.db"),
        ("sqlite:///var/bank.db?durability=process", "/var/bank.db"),
    ] {
        assert_eq!(path(url).expect("it is one"), named, "{url}");
    }
    for url in ["bank.db", "postgres://bank", "sqlite:", "sqlite://", "sqlite::memory:", "sqlite:bank.db?durability=some"] {
        names(&path(url).expect_err("it is none"), ErrorKind::Invalid, &[url]);
    }
}

#[test]
fn weaker_durability_is_asked_for_by_name() {
    let (_folder, path) = file();
    let weaker = SqliteOptions::new(&path).durability(Durability::SurvivesCrashOfTheProcess);
    let store = block_on(SqliteStore::open_with(weaker)).expect("the file can be opened");
    write(&store, appended("account-1", "a"));
    assert_eq!(log(&store).expect("it can be read").len(), 1);
}
