//! The bank's log moves: into a file, into other stores, and on from wherever it was interrupted.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use fidelis::{Id, MemoryStore, Store, block_on, interchange::Export};
use fidelis_domain::{
    account::{MakeDeposit, OpenAccount},
    money::dollars,
};
use fidelis_test_servers::{Postgres, ServerError};

use super::{fidelis_bank, plays_every_chapter, text, told};

/// The lines of a file that hold what happened, byte for byte; not how far consumers are, which moves.
fn history(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let holds = |line: &&str| ["{\"header\"", "{\"record\"", "{\"settlement\""].iter().any(|kind| line.starts_with(kind));
    text.split_inclusive('\n').filter(holds).collect()
}

fn complaint(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = fidelis_bank(folder, arguments);
    (output.status.code(), text(output.stderr))
}

#[test]
fn the_log_moves_from_sqlite_to_postgres_and_back() {
    let server = match Postgres::start(&[]) {
        Err(ServerError::NotInstalled { .. }) => return println!("left out: PostgreSQL is not installed"),
        server => server.expect("a server starts"),
    };
    let url = server.url();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plays_every_chapter(&told(folder, &["--database", "sqlite:first.db"]));
    let exported = told(folder, &["export", "first.jsonl", "--database", "sqlite:first.db"]);
    assert!(exported.starts_with("exported to first.jsonl: "), "{exported}");

    let imported = told(folder, &["import", "first.jsonl", "--verify", "--database", &url]);
    assert!(imported.starts_with("imported from first.jsonl into postgres"), "{imported}");
    let same = told(folder, &["verify", "sqlite:first.db", "--database", &url]);
    assert!(same.starts_with("the same: "), "{same}");

    told(folder, &["export", "second.jsonl", "--database", &url]);
    told(folder, &["import", "second.jsonl", "--verify", "--database", "sqlite:third.db"]);
    told(folder, &["export", "third.jsonl", "--database", "sqlite:third.db"]);
    assert_eq!(history(&folder.join("second.jsonl")), history(&folder.join("first.jsonl")));
    let [second, third] = ["second.jsonl", "third.jsonl"].map(|name| fs::read(folder.join(name)).unwrap());
    assert!(second == third, "the whole file, with checkpoints and checksum");

    // The bank goes on there: read models are made, and handlers do nothing a second time.
    let rebuilt = |database: &str| told(folder, &["rebuild", "account_summary", "--database", database]);
    let folded = |told: &str| told.split_whitespace().find_map(|word| word.parse::<u64>().ok());
    assert_eq!(folded(&rebuilt(&url)), folded(&rebuilt("sqlite:first.db")));
    told(folder, &["verify", "first.jsonl", "--database", &url]);
    plays_every_chapter(&told(folder, &["--database", &url]));

    // And is another log from then on.
    let (code, said) = complaint(folder, &["verify", "first.jsonl", "--database", &url]);
    assert_eq!(code, Some(1));
    assert!(said.contains("the logs differ") && said.contains("is only in the first"), "{said}");
    let (code, said) = complaint(folder, &["import", "first.jsonl", "--database", &url]);
    assert_eq!(code, Some(65));
    assert!(said.contains("cannot be the beginning of it; import into an empty store"), "{said}");
}

/// The file of a log that takes many batches.
fn long_log(path: &Path) {
    let store = MemoryStore::default();
    block_on(async {
        let engine = fidelis_domain::domain().on(store.clone()).start().await?;
        let mut accounts: Vec<Id<_>> = Vec::new();
        for number in 0..4 {
            let (account_number, holder_name) = (format!("ACC-{number}"), "Zoë \"\\ \u{1F44D}".to_owned());
            accounts.push(engine.process(OpenAccount { account_number, holder_name, opening_deposit: dollars(1) }).await?.value);
        }
        for number in 0..1_250 {
            let account_id = accounts[number % accounts.len()];
            let deposited = engine.process(MakeDeposit { account_id, amount: dollars(1), reference: None }).await?;
            assert!(deposited.lagging.is_empty());
        }
        assert!(store.head().await? > 2_500);
        let mut file = fs::File::create(path).expect("the folder is there");
        Export::of("fidelis", &store).write(&mut file).await
    })
    .unwrap();
}

#[test]
fn a_killed_import_goes_on_and_nothing_starts_before_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("log.jsonl");
    long_log(&file);
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let mut unfinished = 0;
    for fed in [500, 1_002, 1_500, 2_100, 2_505, lines.len() - 1] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fidelis-bank"));
        command.current_dir(folder).env_remove("FIDELIS_DATABASE").args(["import", "-", "--database", "sqlite:copy.db"]);
        let mut import = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut to = import.stdin.take().unwrap();
        // It reads on while it is fed, so whatever it was doing when the last line went into the pipe, it was not finished.
        to.write_all(lines[..fed].concat().as_bytes()).unwrap();
        import.kill().unwrap();
        import.wait().unwrap();
        drop(to);
        let (code, said) = complaint(folder, &["play", "--database", "sqlite:copy.db"]);
        if code == Some(65) {
            assert!(said.contains("an import into this store is not finished"), "{said}");
            unfinished += 1;
        } else {
            assert_eq!(code, Some(0), "{said}");
            assert_eq!(unfinished, 0, "what was begun stays begun");
            fs::remove_file(folder.join("copy.db")).unwrap();
        }
    }
    assert!(unfinished > 0, "it was killed between batches at least once");
    let imported = told(folder, &["import", "log.jsonl", "--verify", "--database", "sqlite:copy.db"]);
    assert!(imported.contains(" of them before)"), "{imported}");
    let ready = told(folder, &["migrate", "--database", "sqlite:copy.db"]);
    assert!(ready.starts_with("sqlite:copy.db is ready"), "{ready}");
}

#[test]
fn files_that_cannot_be_taken_over_are_answered_with_the_line_and_65() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    long_log(&folder.join("log.jsonl"));
    let whole = fs::read_to_string(folder.join("log.jsonl")).unwrap();
    for (harm, word) in [
        (whole.replacen("\"global_position\":700,", "\"global_position\":701,", 1), "line 701"),
        (whole[..whole.len() / 2].to_owned(), "it was cut"),
        (whole.replacen("\"1.00\"", "\"9.00\"", 1), "`end.checksum`"),
        (whole.replacen("\"domain\":\"fidelis\"", "\"domain\":\"shop\"", 1), "`end.checksum`"),
        ("Dear diary\n".to_owned(), "this is not an exported log"),
    ] {
        fs::write(folder.join("harmed.jsonl"), harm).unwrap();
        let (code, said) = complaint(folder, &["import", "harmed.jsonl", "--database", "sqlite:copy.db"]);
        assert_eq!(code, Some(65), "{said}");
        assert!(said.starts_with("error: `harmed.jsonl`: ") && said.contains(word), "{said}");
        assert!(!folder.join("copy.db").exists(), "the file is checked before the store is opened");
    }
    assert_eq!(complaint(folder, &["import", "nothing.jsonl"]).0, Some(66));
    assert_eq!(complaint(folder, &["import", "-", "--verify"]).0, Some(64));
    let (code, said) = complaint(folder, &["export", "harmed.jsonl", "--database", "memory"]);
    assert_eq!(code, Some(65), "{said}");
    assert_eq!(fs::read_to_string(folder.join("harmed.jsonl")).unwrap(), "Dear diary\n", "nobody's file is overwritten");
}

/// A row as `row_to_json` prints it.
fn row(number: u64, stream: &str, name: &str, position: u64, data: &str) -> String {
    let domain = r#""domain":{"kind":"EVENT","version":1,"priority":0,"correlation_id":"b53ef9247ffb4dff843c290113272829","causation_id":null}"#;
    let metadata = format!(
        r#"{{{domain},"headers":{{"id":"{stream}-{position}","time":"2026-11-20T10:47:{:02}.288031+00:00"}},"extensions":{{}}}}"#,
        number % 60
    );
    format!(
        r#"{{"global_position":{number},"position":{position},"stream_name":"{stream}","type":"Fidelis.{name}.v1","data":{data},"metadata":{metadata}}}"#
    ) + "\n"
}

#[test]
fn a_message_db_is_taken_over_from_its_dump() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let account = "649c84dd-3f1c-4c51-9b53-2f5bcd1c6a10";
    let stream = format!("fidelis::account-{account}");
    let opened = format!(
        r#"{{"account_id":"{account}","holder_name":"Alice Johnson","account_number":"ACC-001","opening_deposit":1000.0}}"#
    );
    let deposited = format!(r#"{{"account_id":"{account}","amount":500.5,"reference":null}}"#);
    let dump = row(4, &stream, "AccountOpened", 0, &opened)
        + &row(5, &format!("fidelis::account:command-{account}"), "MakeDeposit", 0, "{}")
        + &row(9, &stream, "DepositMade", 1, &deposited);
    fs::write(folder.join("dump.jsonl"), dump).unwrap();
    let into = ["--database", "sqlite:bank.db"];

    let (code, said) = complaint(folder, &[&["import-message-db", "dump.jsonl"][..], &into].concat());
    assert_eq!(code, Some(65));
    assert!(said.contains("line 2: 1 rows, of which this is the first, are commands") && said.contains("skip = "), "{said}");
    assert!(!folder.join("bank.db").exists(), "every row is looked at before the store is opened");

    let mapping = "skip = [\"commands\"]\n[decimals.\"Fidelis.AccountOpened.v1\"]\nopening_deposit = 2\n\
                   [decimals.\"Fidelis.DepositMade.v1\"]\namount = 2\n";
    fs::write(folder.join("mapping.toml"), mapping).unwrap();
    let with_mapping = ["import-message-db", "dump.jsonl", "--mapping", "mapping.toml"];
    let surveyed = told(folder, &[&with_mapping[..], &["--dry-run"], &into].concat());
    assert!(surveyed.starts_with("2 records\n1 commands are left out: "), "{surveyed}");
    assert!(!folder.join("bank.db").exists());
    let imported = told(folder, &[&with_mapping[..], &["--json"], &into].concat());
    assert!(imported.contains(r#""records":2"#), "{imported}");
    let rebuilt = told(folder, &[&["rebuild", "account_summary"][..], &into].concat());
    assert!(rebuilt.contains("made again, from 2 "), "{rebuilt}");

    // Without the amounts the domain would not read its own log: the numbers are texts here.
    told(folder, &["export", "log.jsonl", "--database", "sqlite:bank.db"]);
    assert!(history(&folder.join("log.jsonl")).contains(r#""amount":"500.50""#));
    fs::write(folder.join("mapping.toml"), "skipp = []").unwrap();
    let (code, said) = complaint(folder, &[&with_mapping[..], &into].concat());
    assert_eq!(code, Some(78));
    assert!(said.contains("`mapping.toml`") && said.contains("skipp"), "{said}");
    assert_eq!(complaint(folder, &["import-message-db", "-"]).0, Some(64));
    assert_eq!(complaint(folder, &["import-message-db", "dump.jsonl", "--skip", "everything"]).0, Some(64));
}
