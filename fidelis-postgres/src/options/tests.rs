use std::time::Duration;

use super::{Durability, PostgresOptions};

fn refused(url: &str) -> String {
    url.parse::<PostgresOptions>().expect_err("this is no address").to_string()
}

#[test]
fn everything_can_be_said_in_the_url() {
    let url = "postgres://bank:s%40cret@db.example.org:6432/ledger?schema=a%20b&readers=3&statement_timeout=500ms&idle_timeout=1m\
               &retry_for=2s&poll=10ms&durability=survives-crash-of-the-process&sslrootcert=%2Fca.pem&application_name=counter";
    let options: PostgresOptions = url.parse().unwrap();
    assert_eq!((&*options.schema, options.readers, options.encrypted), ("a b", 3, true));
    assert_eq!(options.statement_timeout, Duration::from_millis(500));
    assert_eq!((options.idle_timeout, options.retry_for), (Duration::from_secs(60), Duration::from_secs(2)));
    assert_eq!((options.poll, options.durability), (Duration::from_millis(10), Durability::SurvivesCrashOfTheProcess));
    assert_eq!(options.root_certificates.as_deref().and_then(|path| path.to_str()), Some("/ca.pem"));
    assert_eq!(options.config.get_application_name(), Some("counter"));
    assert_eq!(options.config.get_password(), Some(&b"s@cret"[..]));
    assert_eq!(options.place(), "bank@db.example.org:6432/ledger");
    assert!(!format!("{options:?}").contains("cret"));
}

#[test]
fn plain_text_stays_on_this_machine_unless_asked_for_by_name() {
    for (url, encrypted) in [
        ("postgres://bank@localhost/bank", false),
        ("postgres://bank@127.0.0.1:5433/bank", false),
        ("postgres://bank@%2Fvar%2Frun%2Fpostgresql/bank", false),
        ("postgres://bank@localhost/bank?sslmode=verify-full", true),
        ("postgres://bank@db.example.org/bank", true),
        ("postgres://bank@localhost,db.example.org/bank", true),
        ("postgres://bank@db.example.org/bank?sslmode=require", true),
        ("postgres://bank@db.example.org/bank?sslmode=disable", false),
        ("postgres://bank@db.example.org/bank?sslmode=disable&sslrootcert=ca.pem", false),
    ] {
        assert_eq!(url.parse::<PostgresOptions>().unwrap().encrypted, encrypted, "{url}");
    }
    assert!(refused("postgres://bank@db/bank?sslmode=prefer").contains("`verify-full`"));
    assert!(refused("postgres://bank@db/bank?sslmode=maybe").contains("`verify-full`"));
}

#[test]
fn what_cannot_be_read_is_named() {
    for (url, named) in [
        ("", "`postgres://`"),
        ("host=localhost user=bank", "`postgres://`"),
        ("mysql://localhost/bank", "`postgres://`"),
        ("postgres:///bank", "no host"),
        ("postgres://bank@host:port/bank", "port"),
        ("postgres://bank@host/bank?redaers=3", "`redaers`"),
        ("postgres://bank@host/bank?redaers=3", "`readers`"),
        ("postgres://bank@host/bank?readers=0", "at least 1"),
        ("postgres://bank@host/bank?poll=often", "`500ms`"),
        ("postgres://bank@host/bank?poll=-1s", "`500ms`"),
        ("postgres://bank@host/bank?schema=", "schema"),
        ("postgres://bank@host/bank?schema=pg_catalog", "`pg_`"),
        ("postgres://bank@host/bank?schema=%00", "NUL"),
        ("postgres://bank@host/bank?schema=%FF", "UTF-8"),
        ("postgres://bank@host/bank?durability=none", "`full`"),
    ] {
        let said = refused(url);
        assert!(said.contains(named), "`{url}`: {said}");
    }
    for url in
        ["postgres://bank:s3cret@ho st:x/bank", "postgres://bank:s3cret@host:port/bank", "postgres://bank:s3cret@host/b?x=1"]
    {
        assert!(!refused(url).contains("s3cret"), "{}", refused(url));
    }
}
