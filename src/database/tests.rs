use std::path::Path;

use super::{DatabaseUrl, open};
use crate::{ErrorKind, block_on};

fn parsed(url: &str) -> DatabaseUrl {
    url.parse().unwrap()
}

fn refused(url: &str) -> String {
    let error = url.parse::<DatabaseUrl>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    error.to_string()
}

#[test]
fn files_are_told_from_servers_and_from_memory() {
    assert_eq!(parsed("sqlite:bank.db").path(), Some(Path::new("bank.db")));
    assert_eq!(parsed("sqlite://bank.db").path(), Some(Path::new("bank.db")));
    assert_eq!(parsed("sqlite:///var/bank.db?durability=full").path(), Some(Path::new("/var/bank.db")));
    assert_eq!(parsed("postgres://db/bank").path(), None);
    assert_eq!(parsed("memory").path(), None);
    assert!(
        !parsed("memory:").is_lasting() && parsed("sqlite:bank.db").is_lasting() && parsed("postgresql://db/bank").is_lasting()
    );
}

#[test]
fn what_is_no_url_is_refused_with_what_is_one() {
    for text in ["", "bank.db", "mysql://db/bank", "memory:x", "Sqlite:bank.db"] {
        let message = refused(text);
        assert!(message.contains(&format!("`{text}`")) && message.contains("`sqlite:..` with a path"), "{message}");
    }
    assert!(refused("sqlite:").contains("`sqlite:bank.db`"));
    assert!(refused("postgres:bank").contains("`postgres://user@host/database`"));
}

#[test]
fn no_password_is_ever_shown() {
    for (url, shown) in [
        ("postgres://teller:se:cr@et@db/bank", "postgres://teller:***@db/bank"),
        (
            "postgres://db/bank?sslpassword=secret&user=teller&Password=secret",
            "postgres://db/bank?sslpassword=***&user=teller&Password=***",
        ),
        ("postgres://teller@db/bank", "postgres://teller@db/bank"),
        ("postgres://[::1]:5432/bank", "postgres://[::1]:5432/bank"),
        ("sqlite:a@b:c.db", "sqlite:a@b:c.db"),
    ] {
        assert_eq!(parsed(url).to_string(), shown);
        assert_eq!(format!("{:?}", parsed(url)), format!("DatabaseUrl({shown})"));
    }
    assert!(!parsed("postgres://teller:se?cr&et@db/bank").to_string().contains("cr"));
    assert!(!refused("mysql://teller:secret@db/bank").contains("secret"));
    assert!(!refused("teller:secret@db/bank").contains("secret"));
}

#[test]
fn memory_is_always_there_and_always_new() {
    let (one, two) = (block_on(open("memory")).unwrap(), block_on(open("memory")).unwrap());
    assert_eq!(block_on(one.head()).unwrap(), 0);
    assert!(!std::sync::Arc::ptr_eq(&one, &two));
}
