//! The bank on a log that Protean began.

use std::{collections::BTreeMap, io::BufReader};

use fidelis::{
    MemoryStore, MessageId, MessageKind, Recorded, Store, StreamName, block_on,
    interchange::{Comparison, Import, Side},
    prelude::*,
    store::{Direction, PageLimit, ReadFrom},
};
use fidelis_domain::{
    account::{Account, AccountStatus, MakeDeposit},
    dashboard::AccountSummary,
    money::{Money, dollars},
    report::AccountReport,
};
use fidelis_message_db::{Conversion, Found, Kind, Mapping, Report, rows_of_csv, rows_of_json};

use super::rows::{ALICE, BOB, Messages};

/// What the bank's log needs: amounts were numbers.
pub(crate) fn mapping() -> Mapping {
    let amounts = |fields: &[&str]| fields.iter().map(|field| ((*field).to_owned(), 2)).collect::<BTreeMap<_, _>>();
    Mapping {
        decimals: [
            ("AccountOpened", amounts(&["opening_deposit"])),
            ("DepositMade", amounts(&["amount"])),
            ("WithdrawalMade", amounts(&["amount"])),
            ("AccountFactEvent", amounts(&["balance"])),
        ]
        .map(|(name, fields)| (format!("Fidelis.{name}.v1"), fields))
        .into(),
        skip: Kind::ALL.into(),
        ..Mapping::default()
    }
}

pub(crate) fn conversion(mapping: Mapping) -> Conversion {
    let domain = fidelis_domain::domain();
    Conversion::to(domain.name(), mapping).known(domain.event_types()).handled(domain.reacting().unwrap())
}

pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Result<Found, Error>> + Send + 'a>;

fn import(rows: impl Fn() -> Rows<'static>, mapping: Mapping) -> (Report, MemoryStore) {
    let store = MemoryStore::default();
    let conversion = conversion(mapping);
    let report = conversion.survey(rows()).unwrap();
    let import = Import::into(&store).of("fidelis").batch(PageLimit { records: 3, bytes: usize::MAX });
    let summary = block_on(import.read(conversion.file(&report, rows()).unwrap())).unwrap();
    assert_eq!(summary.records, report.records);
    (report, store)
}

fn json_of(messages: &Messages) -> impl Fn() -> Rows<'static> {
    let dump = messages.as_json();
    move || Box::new(rows_of_json(BufReader::new(std::io::Cursor::new(dump.clone()))))
}

fn log(store: &dyn Store) -> Vec<std::sync::Arc<Recorded>> {
    let from = ReadFrom::All { position: 1, direction: Direction::Forwards };
    block_on(store.read(from, PageLimit { records: usize::MAX, bytes: usize::MAX })).unwrap()
}

fn id(text: &str) -> Id<Account> {
    text.parse().unwrap()
}

#[test]
fn the_bank_goes_on_where_protean_stopped() {
    let (report, store) = import(json_of(&Messages::of_the_bank()), mapping());
    assert_eq!(report.records, 9);
    let skipped: Vec<_> = report.skipped.iter().map(|(kind, count)| (*kind, *count)).collect();
    let expected = [(Kind::Commands, 5), (Kind::Snapshots, 1), (Kind::Transitions, 2), (Kind::Positions, 1), (Kind::Failures, 1)];
    assert_eq!(skipped, expected);
    assert_eq!(report.unfinished_processes, ["fidelis::funds_transfer_pm-18726035-2f21-4a00-8095-0bcea7796f2e"]);

    block_on(async {
        let engine = fidelis_domain::domain().on(store.clone()).start().await?;
        engine.settle().await?;
        let (alice, bob) = (engine.load::<Account>(id(ALICE)).await?, engine.load::<Account>(id(BOB)).await?);
        assert_eq!((alice.balance, alice.status, alice.version()), (dollars(16_000), AccountStatus::Active, Some(1)));
        assert_eq!((bob.balance, bob.status, bob.version()), (Money::ZERO, AccountStatus::Closed, Some(2)));
        assert_eq!(alice.holder_name, "Alice Johnson");

        // Read models are made from the log.
        let row = engine.query::<AccountSummary>().get(id(ALICE)).await?.unwrap();
        assert_eq!((row.balance, row.transaction_count), (dollars(16_000), 2));
        let row = engine.query::<AccountReport>().get(id(ALICE)).await?.unwrap();
        assert_eq!((row.balance, row.last_updated.to_string()), (dollars(16_000), "2026-11-20T10:47:08.288031Z".to_owned()));
        // What handlers did, Protean's have done: no investigation of the large deposit is opened a second time.
        assert_eq!(store.head().await?, 9);

        let deposit = MakeDeposit { account_id: id(ALICE), amount: dollars(500), reference: None };
        assert!(engine.process(deposit).await?.lagging.is_empty());
        assert_eq!(engine.replay::<Account>(id(ALICE)).await?.balance, dollars(16_500));
        assert_eq!(engine.query::<AccountSummary>().get(id(ALICE)).await?.unwrap().balance, dollars(16_500));
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn metadata_comes_over() {
    let (_, store) = import(json_of(&Messages::of_the_bank()), mapping());
    let log = log(&store);
    let positions: Vec<u64> = log.iter().map(|record| record.metadata.global_position).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let deposit = &log[4].metadata;
    assert_eq!(deposit.type_name.as_str(), "Fidelis.DepositMade.v1");
    assert_eq!((deposit.stream.as_str(), deposit.position), (&*format!("fidelis::account-{ALICE}"), 1));
    assert_eq!((deposit.kind, deposit.schema_version), (MessageKind::Event, 1));
    assert_eq!(deposit.time.to_string(), "2026-11-20T10:47:07.288031Z");
    assert_eq!(deposit.id, MessageId::named(&format!("fidelis::account-{ALICE}-1")));
    assert_eq!(deposit.origin.correlation_id.to_string(), "b53ef924-7ffb-4dff-843c-290113272829");
    assert_eq!(deposit.origin.causation_id.unwrap().to_string(), "98e4b14b-0000-4000-8000-000000000006");
    let kept = deposit.origin.extensions.as_ref().unwrap();
    assert_eq!(kept["message_db.global_position"], "25");
    assert_eq!(kept["message_db.id"], format!("fidelis::account-{ALICE}-1"));
    assert!(!kept.contains_key("message_db.correlation_id"), "it was a UUID, if written otherwise");
    let payload = format!(r#"{{"account_id":"{ALICE}","amount":"15000.00","reference":"wire \\ \"transfer\"\n, €"}}"#);
    assert_eq!(&*log[4].payload, payload);
    let fact = &log[5].metadata;
    assert_eq!((fact.stream.category(), fact.kind, fact.position), ("fidelis::account-fact", MessageKind::Fact, 1));
}

#[test]
fn a_dump_as_csv_is_the_same() {
    let messages = Messages::of_the_bank();
    let (_, from_json) = import(json_of(&messages), mapping());
    let csv = messages.as_csv();
    let (_, from_csv) = import(move || Box::new(rows_of_csv(std::io::Cursor::new(csv.clone())).unwrap()), mapping());
    let comparison = block_on(Comparison::of(Side::Store(&from_json), Side::Store(&from_csv))).unwrap();
    assert!(comparison.is_equal() && comparison.records == 9, "{comparison:?}");
}

#[test]
fn an_interrupted_import_goes_on() {
    let messages = Messages::of_the_bank();
    let (_, whole) = import(json_of(&messages), mapping());
    let conversion = conversion(mapping());
    let dump = messages.as_json();
    let report = conversion.survey(rows_of_json(dump.as_bytes())).unwrap();
    let store = MemoryStore::default();
    let import = || Import::into(&store).of("fidelis").batch(PageLimit { records: 2, bytes: usize::MAX });
    for rows in [4, 9, 14] {
        let error =
            block_on(import().read(conversion.file(&report, rows_of_json(dump.as_bytes()).take(rows)).unwrap())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    assert!(block_on(fidelis_domain::domain().on(store.clone()).start()).is_err(), "half a log");
    let summary = block_on(import().read(conversion.file(&report, rows_of_json(dump.as_bytes())).unwrap())).unwrap();
    assert!(summary.resumed > 2, "{summary:?}");
    let comparison = block_on(Comparison::of(Side::Store(&store), Side::Store(&whole))).unwrap();
    assert!(comparison.is_equal() && comparison.records == 9, "{comparison:?}");
}

#[test]
fn other_names_and_other_identities_are_mapped() {
    let dump = Messages::of_the_bank().as_json();
    // The domain was never given its name, and accounts were known by their number.
    let dump = dump.replace("fidelis::", "__main__::").replace("Fidelis.", "Main.").replace(ALICE, "ACC-001");
    let mut mapping = mapping();
    for name in ["AccountOpened", "DepositMade", "WithdrawalMade", "AccountClosed", "AccountFactEvent"] {
        mapping.types.insert(format!("Main.{name}.v1"), format!("Fidelis.{name}.v1"));
    }
    mapping.categories.insert("__main__::account".to_owned(), "fidelis::account".to_owned());
    let (report, store) = import(move || Box::new(rows_of_json(BufReader::new(std::io::Cursor::new(dump.clone())))), mapping);
    assert_eq!(report.named_streams, 2, "an account and its facts");
    let alice = Id::<Account>::named("ACC-001");
    block_on(async {
        let engine = fidelis_domain::domain().on(store.clone()).start().await?;
        engine.settle().await?;
        let account = engine.load::<Account>(alice).await?;
        assert_eq!((account.balance, &*account.account_number), (dollars(16_000), "ACC-001"));
        assert_eq!(engine.query::<AccountSummary>().get(alice).await?.unwrap().balance, dollars(16_000));
        assert_eq!(engine.query::<AccountReport>().get(alice).await?.unwrap().balance, dollars(16_000));
        assert_eq!(engine.load::<Account>(id(BOB)).await?.balance, Money::ZERO);
        Ok::<(), Error>(())
    })
    .unwrap();
    let opened = &log(&store)[0];
    assert_eq!(opened.metadata.stream, StreamName::new("fidelis::account", alice));
    assert_eq!(opened.metadata.origin.extensions.as_ref().unwrap()["message_db.stream_name"], "__main__::account-ACC-001");
}

#[test]
fn causes_are_found_by_their_identities() {
    let mut messages = Messages::of_the_bank();
    let cause = format!("fidelis::account-{ALICE}-1");
    messages.event(ALICE, "DepositMade", &cause, serde_json::json!({"account_id": ALICE, "amount": 1, "reference": null}));
    let last = messages.rows.len() - 1;
    let metadata = &mut messages.rows[last]["metadata"];
    metadata["domain"]["correlation_id"] = "order 7".into();
    metadata["domain"]["priority"] = (-100).into();
    metadata["headers"]["time"] = serde_json::Value::Null;
    metadata["headers"]["idempotency_key"] = "k".into();
    metadata["headers"]["traceparent"] = serde_json::json!({"trace_id": "a", "sampled": true});
    metadata["extensions"] = serde_json::json!({"tenant": "north", "numbers": [1]});
    messages.rows[last]["time"] = "2026-11-20 10:47:01".into();
    let (report, store) = import(json_of(&messages), mapping());
    assert_eq!(report.later, 1);
    let log = log(&store);
    let (caused, cause) = (&log[9].metadata, &log[4].metadata);
    assert_eq!(caused.origin.causation_id, Some(cause.id));
    assert_eq!(caused.origin.correlation_id, MessageId::named("order 7"));
    assert_eq!((caused.origin.priority, caused.time), (-100, log[8].metadata.time));
    let kept = caused.origin.extensions.as_ref().unwrap();
    for (name, value) in [
        ("tenant", "north"),
        ("numbers", "[1]"),
        ("message_db.correlation_id", "order 7"),
        ("message_db.idempotency_key", "k"),
        ("message_db.traceparent", r#"{"sampled":true,"trace_id":"a"}"#),
        ("message_db.time", "2026-11-20T10:47:01Z"),
    ] {
        assert_eq!(kept[name], value);
    }
    assert_eq!(&*log[9].payload, format!(r#"{{"account_id":"{ALICE}","amount":"1.00","reference":null}}"#));
}
