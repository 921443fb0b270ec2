//! Starting: tables made once, whoever comes; what does not fit refused, with what to do about it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use fidelis_core::{
    ErrorKind, Store, StreamName, block_on,
    projection::{ColumnDefinition, Table},
    store::{CheckpointMove, Expected, Parked, ParkedChange},
};
use fidelis_postgres::{PostgresOptions, PostgresStore};
use fidelis_test_servers::Postgres;

use crate::{
    database::Place,
    material::{DEPOSITS, check_log, committed, deposit},
};

fn refused(options: PostgresOptions) -> (ErrorKind, String) {
    let error = block_on(PostgresStore::connect_with(options.retry_for(Duration::ZERO))).expect_err("it is refused");
    (error.kind(), error.to_string())
}

fn refused_url(url: &str) -> (ErrorKind, String) {
    refused(url.parse().unwrap())
}

#[track_caller]
fn says(found: (ErrorKind, String), kind: ErrorKind, parts: &[&str]) {
    assert_eq!(found.0, kind, "{}", found.1);
    for part in parts {
        assert!(found.1.contains(part), "`{}` does not say `{part}`", found.1);
    }
}

#[test]
fn starters_that_come_together_make_the_tables_once() {
    if !Place::is_there("starting many times at once") {
        return;
    }
    for _ in 0..3 {
        let place = Place::new();
        thread::scope(|scope| {
            for starter in 0..8 {
                let place = &place;
                scope.spawn(move || {
                    let store = block_on(place.open());
                    block_on(store.prepare(&[&DEPOSITS])).unwrap();
                    committed(block_on(store.commit(deposit("account-1", Expected::Any, &starter.to_string()))));
                });
            }
        });
        assert_eq!(place.count("SELECT count(*) FROM {schema}.migrations"), 1);
        check_log(&place, 8);
    }
}

#[test]
fn altered_tables_and_newer_versions_are_refused() {
    if !Place::is_there("altered tables") {
        return;
    }
    for (alter, named) in [
        ("ALTER TABLE {schema}.events ALTER payload TYPE jsonb", "column `events.payload` is jsonb, not json"),
        ("ALTER TABLE {schema}.events DROP COLUMN extensions", "column `events.extensions` is missing"),
        ("ALTER TABLE {schema}.events ADD COLUMN tenant text NOT NULL", "column `events.tenant` is not ours"),
        (
            "ALTER TABLE {schema}.events ALTER stream TYPE text COLLATE \"POSIX\"",
            "column `events.stream` is not sorted by code point",
        ),
        ("ALTER TABLE {schema}.events ALTER causation_id SET NOT NULL", "column `events.causation_id` must not be null"),
        ("ALTER TABLE {schema}.events DROP CONSTRAINT events_stream", "index `events_stream`"),
        ("ALTER TABLE {schema}.settlements DROP CONSTRAINT settlements_pkey", "index `settlements_pkey`"),
        ("DROP TRIGGER events_are_kept ON {schema}.events", "trigger `events_are_kept`"),
        ("ALTER TABLE {schema}.events DISABLE TRIGGER events_are_kept", "trigger `events_are_kept`"),
        ("DROP TABLE {schema}.parked", "column `parked.subscription` is missing"),
        ("INSERT INTO {schema}.migrations (version) VALUES (7)", "has version 7, and this program knows 1"),
    ] {
        let place = Place::new();
        drop(block_on(place.open()));
        place.ask(alter);
        says(refused(place.options()), ErrorKind::Invalid, &[named, place.schema()]);
    }
    // What somebody adds for himself is his.
    let place = Place::new();
    drop(block_on(place.open()));
    place.ask("ALTER TABLE {schema}.events ADD COLUMN note text; CREATE INDEX mine ON {schema}.events (correlation_id)");
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "1"))));
}

static GROWN: Table = Table {
    name: "deposits",
    columns: &[
        ColumnDefinition::of::<String>("account"),
        ColumnDefinition::of::<i64>("count"),
        ColumnDefinition::of::<Option<String>>("note"),
    ],
    key: &[0],
    indexes: &[1],
};

static OTHER: Table = Table {
    name: "deposits",
    columns: &[ColumnDefinition::of::<String>("account"), ColumnDefinition::of::<String>("count")],
    key: &[0],
    indexes: &[],
};

#[test]
fn read_models_grow_and_are_never_changed_otherwise() {
    if !Place::is_there("tables of read models") {
        return;
    }
    let place = Place::new();
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "1"))));
    place.ask("CREATE INDEX \"somebody's\" ON {schema}.deposits (count)");
    let indexes = || {
        place.ask("SELECT indexname FROM pg_indexes WHERE schemaname = replace('{schema}', '\"', '') AND tablename = 'deposits' ORDER BY 1")
    };
    let newer = block_on(place.open());
    block_on(newer.prepare(&[&GROWN])).unwrap();
    let names: Vec<_> = indexes().into_iter().flatten().flatten().collect();
    assert_eq!(names, ["deposits.count", "deposits_pkey", "somebody's"]);
    assert_eq!(place.count("SELECT count(*) FROM {schema}.deposits WHERE note IS NULL AND count = 1"), 1);
    // The older program goes on beside it.
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "2"))));
    assert_eq!(place.count("SELECT count FROM {schema}.deposits"), 2);
    // An index nobody declares any more goes, a column does not.
    let error = block_on(block_on(place.open()).prepare(&[&DEPOSITS])).unwrap_err();
    assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains("column `note`"), "{error}");
    let error = block_on(block_on(place.open()).prepare(&[&OTHER])).unwrap_err();
    assert!(error.to_string().contains("column `count` is bigint") && error.to_string().contains("rebuild"), "{error}");
    check_log(&place, 2);
}

#[test]
fn what_needs_a_rebuild_is_refused_and_recreated() {
    if !Place::is_there("making a table anew") {
        return;
    }
    let place = Place::new();
    let older = block_on(place.open());
    block_on(older.prepare(&[&DEPOSITS])).unwrap();
    for number in 0..5 {
        committed(block_on(older.commit(deposit("account-1", Expected::Any, &number.to_string()))));
    }
    let mut moved = deposit("account-2", Expected::Any, "moved");
    moved.folds.clear();
    let to = |subscription: &str, to| CheckpointMove { subscription: subscription.into(), from: 0, to };
    moved.checkpoints.extend([to("test.Others", 5), to("test.Deposits/staged", 3)]);
    let parked = |subscription: &str| {
        let stream = StreamName::parse("account-2");
        ParkedChange::Put(Parked { subscription: subscription.into(), stream, position: 6, failure: None })
    };
    moved.parked.extend([parked("test.Deposits"), parked("test.Others")]);
    committed(block_on(older.commit(moved)));
    let state = |store: &PostgresStore| {
        let names = ["test.Deposits", "test.Deposits/staged", "test.Others"];
        let at = names.map(|name| block_on(store.checkpoint(name)).unwrap());
        (at, ["test.Deposits", "test.Others"].map(|name| block_on(store.parked(name)).unwrap().len()))
    };

    let store = block_on(place.open());
    let error = block_on(store.prepare(&[&OTHER])).unwrap_err();
    for part in ["`deposits`", "column `count` is bigint", "rebuild", "`PostgresStore::recreate`", place.schema()] {
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(part), "{error}");
    }
    // What somebody has built on it is not taken away from him, and then nothing has happened.
    place.ask("CREATE VIEW {schema}.mine AS SELECT count FROM {schema}.deposits");
    let error = block_on(store.recreate(&OTHER, "test.Deposits")).unwrap_err();
    for part in ["depend", "views"] {
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(part), "{error}");
    }
    assert_eq!(place.count("SELECT count FROM {schema}.mine"), 5);
    assert_eq!(state(&store), ([5, 3, 5], [1, 1]));
    place.ask("DROP VIEW {schema}.mine");

    block_on(store.recreate(&OTHER, "test.Deposits")).unwrap();
    assert_eq!(place.count("SELECT count(*) FROM {schema}.deposits"), 0);
    assert_eq!(state(&store), ([0, 0, 5], [0, 1]));
    block_on(block_on(place.open()).prepare(&[&OTHER])).unwrap();
    // A store that knew the rows and the checkpoint looks again, and writes on.
    let mut late = deposit("account-1", Expected::Version(4), "late");
    late.checkpoints.push(to("test.Deposits", 1));
    late.folds.clear();
    committed(block_on(older.commit(late)));
    assert_eq!(state(&store).0[0], 1);
    check_positions(&place, 7);
    let tables = |table| block_on(store.recreate(table, "test.Deposits")).unwrap_err().kind();
    static OWN: Table = Table { name: "events", columns: DEPOSITS.columns, key: &[0], indexes: &[] };
    assert_eq!(tables(&OWN), ErrorKind::Invalid);
    check_positions(&place, 7);
}

/// Several make one table anew while others write: nobody waits for ever for the other, and each of them does it whole.
#[test]
fn tables_are_made_anew_while_others_write() {
    if !Place::is_there("making tables anew under load") {
        return;
    }
    let place = Place::new();
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..40 {
                    let account = format!("account-{writer}");
                    committed(block_on(store.commit(deposit(&account, Expected::Any, &format!("{writer} {number}")))));
                }
            });
        }
        for _ in 0..2 {
            let place = &place;
            scope.spawn(move || {
                let store = block_on(place.open());
                for _ in 0..5 {
                    block_on(store.recreate(&DEPOSITS, "test.Deposits")).unwrap();
                }
            });
        }
    });
    check_positions(&place, 160);
    // The projector was behind from then on: its rows, if any, are those up to its checkpoint.
    block_on(store.recreate(&DEPOSITS, "test.Deposits")).unwrap();
    assert_eq!(place.count("SELECT count(*) FROM {schema}.deposits"), 0);
    assert_eq!(block_on(store.checkpoint("test.Deposits")).unwrap(), 0);
}

fn check_positions(place: &Place, records: u64) {
    let found = place.ask("SELECT count(*), min(position), max(position) FROM {schema}.events");
    let numbers: Vec<u64> = found[0].iter().map(|cell| cell.as_deref().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, [records, 1, records]);
}

#[test]
fn read_models_that_cannot_be_tables_are_refused() {
    if !Place::is_there("names of read models") {
        return;
    }
    static OWN: Table = Table { name: "events", columns: DEPOSITS.columns, key: &[0], indexes: &[] };
    static LONG: Table = Table {
        name: "a_read_model_whose_name_is_so_long_that_the_staged_one_is_cut",
        columns: DEPOSITS.columns,
        key: &[0],
        indexes: &[],
    };
    static LOOSE: Table =
        Table { name: "loose", columns: &[ColumnDefinition::of::<Option<String>>("account")], key: &[0], indexes: &[] };
    let store = block_on(Place::new().open());
    for (table, named) in [(&OWN, "`events`"), (&LONG, "55 bytes"), (&LOOSE, "`account`")] {
        let error = block_on(store.prepare(&[table])).unwrap_err();
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(named), "{error}");
    }
}

#[test]
fn applications_need_few_rights() {
    if !Place::is_there("rights of accounts") {
        return;
    }
    let place = Place::new();
    let role = format!("app_{}", place.schema().replace(' ', "_"));
    let owner = block_on(place.open());
    place.ask(&format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"));
    let url = place.url().replacen("postgres@", &format!("{role}:secret@"), 1);
    let options = || url.parse::<PostgresOptions>().unwrap().schema(place.schema()).unwrap().retry_for(Duration::ZERO);
    // Before it has its rights it is told what to do.
    says(refused(options()), ErrorKind::Invalid, &["permission denied", "grants"]);
    place.ask(&owner.grants(&role));
    let application = block_on(PostgresStore::connect_with(options())).unwrap();
    let error = block_on(application.prepare(&[&DEPOSITS])).unwrap_err();
    assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains("owner"), "{error}");
    // Tables the owner makes later are covered.
    block_on(owner.prepare(&[&DEPOSITS])).unwrap();
    block_on(application.prepare(&[&DEPOSITS])).unwrap();
    for number in 0..5 {
        committed(block_on(application.commit(deposit("account-1", Expected::Any, &number.to_string()))));
    }
    assert_eq!(block_on(application.wait(4)).unwrap(), 5);
    check_log(&place, 5);
    for statement in [
        "UPDATE {schema}.events SET payload = '0'",
        "DELETE FROM {schema}.events",
        "TRUNCATE {schema}.events",
        "UPDATE {schema}.settlements SET accepted = false",
        "TRUNCATE {schema}.settlements",
        "ALTER TABLE {schema}.events DISABLE TRIGGER ALL",
        "DROP TABLE {schema}.deposits",
        "CREATE TABLE {schema}.mine ()",
    ] {
        let error = place.try_ask(&format!("SET ROLE {role}; {statement}")).unwrap_err();
        let code = error.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
    // Even the owner is refused what is done by mistake.
    for statement in ["UPDATE {schema}.events SET payload = '0'", "DELETE FROM {schema}.events", "TRUNCATE {schema}.events"] {
        let error = place.try_ask(statement).unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("23001"), "{statement}: {error}");
    }
    check_log(&place, 5);
    drop((owner, application));
    place.ask(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn what_cannot_be_reached_is_named() {
    says(refused_url("postgres://bank@127.0.0.1:1/bank"), ErrorKind::Unavailable, &["bank@127.0.0.1:1/bank"]);
    if !Place::is_there("refusals of the server") {
        return;
    }
    let place = Place::new();
    let (server, _) = place.url().rsplit_once('/').unwrap();
    says(refused_url(&format!("{server}/no_such_database")), ErrorKind::Invalid, &["no_such_database", "create the database"]);
    says(
        refused_url(&format!("{}?sslmode=verify-full", place.url())),
        ErrorKind::Unavailable,
        &["server does not support TLS", "sslmode=disable"],
    );
}

#[test]
fn slow_statements_end() {
    if !Place::is_there("statements that take too long") {
        return;
    }
    let place = Place::new();
    let options = place.options().statement_timeout(Duration::from_millis(100)).retry_for(Duration::from_millis(1));
    let store = block_on(PostgresStore::connect_with(options)).unwrap();
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "1"))));
    crate::database::on_a_runtime(async {
        let other = crate::database::connect(place.url()).await.unwrap();
        let lock = format!("BEGIN; LOCK TABLE \"{}\".events IN ACCESS EXCLUSIVE MODE", place.schema());
        other.batch_execute(&lock).await.unwrap();
        let error = store.commit(deposit("account-1", Expected::Any, "2")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("statement_timeout"), "{error}");
        let error = store.head().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Unavailable && error.to_string().contains("statement_timeout"), "{error}");
        other.batch_execute("ROLLBACK").await.unwrap();
    });
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "3"))));
    check_log(&place, 2);
}

#[test]
fn standbys_and_wrong_passwords_are_refused() {
    let Ok(mut server) = Postgres::start(&[]) else {
        eprintln!("left out, for there is no PostgreSQL on this machine: standbys, passwords");
        return;
    };
    let place = Place::on(&server.url());
    drop(block_on(place.open()));
    let folder = place.ask("SHOW data_directory")[0][0].clone().unwrap();
    let folder = Path::new(&folder);
    // Who is who, by password from now on; but for us.
    fs::write(folder.join("pg_hba.conf"), "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        .unwrap();
    place.ask("CREATE ROLE teller LOGIN PASSWORD 'right'; SELECT pg_reload_conf()");
    let url = server.url().replacen("postgres@", "teller:wr0ng@", 1);
    let found = refused_url(&url);
    assert!(!found.1.contains("wr0ng"));
    says(found, ErrorKind::Invalid, &["teller@127.0.0.1", "password"]);

    server.stop_immediately().unwrap();
    fs::write(folder.join("standby.signal"), "").unwrap();
    server.start_again().unwrap();
    says(refused(place.options()), ErrorKind::Invalid, &["standby", "primary"]);
}

/// Makes an authority, and a certificate from it for the host name `localhost`.
fn certificates(folder: &Path, name: &str) -> bool {
    let openssl = |arguments: &str| {
        let status = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
        status.is_ok_and(|output| output.status.success())
    };
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout {name}-ca.key -out {name}-ca.pem -days 2 -subj /CN={name}"))
        && openssl(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN=localhost"))
        && openssl(&format!(
            "x509 -req -in {name}.csr -CA {name}-ca.pem -CAkey {name}-ca.key -CAcreateserial -out {name}.pem -days 2 -extfile names"
        ))
}

#[test]
fn encrypted_connections_are_verified() {
    let Ok(server) = Postgres::start(&[]) else {
        eprintln!("left out, for there is no PostgreSQL on this machine: encrypted connections");
        return;
    };
    let place = Place::on(&server.url());
    let folder = place.ask("SHOW data_directory")[0][0].clone().unwrap();
    let folder = Path::new(&folder);
    if !certificates(folder, "ours") || !certificates(folder, "theirs") {
        eprintln!("left out, for there is no openssl on this machine: encrypted connections");
        return;
    }
    let owner = fs::metadata(folder).unwrap();
    for file in ["ours.key", "ours.pem"] {
        chown(folder.join(file), Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    for setting in ["ssl_cert_file = 'ours.pem'", "ssl_key_file = 'ours.key'", "ssl = on"] {
        place.ask(&format!("ALTER SYSTEM SET {setting}"));
    }
    place.ask("SELECT pg_reload_conf()");
    let by_name = server.url().replacen("127.0.0.1", "localhost", 1);
    let with = |url: &str, certificates: &str| {
        let url = format!("{url}?sslmode=verify-full&sslrootcert={}", folder.join(certificates).display());
        url.parse::<PostgresOptions>().unwrap().schema(place.schema()).unwrap()
    };
    // The settings arrive when the server gets to it.
    let ready = (0..2_000).any(|_| block_on(PostgresStore::connect_with(with(&by_name, "ours-ca.pem"))).is_ok());
    assert!(ready, "{:?}", refused(with(&by_name, "ours-ca.pem")));
    let store = block_on(PostgresStore::connect_with(with(&by_name, "ours-ca.pem"))).unwrap();
    let encrypted =
        "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE s.ssl AND a.application_name = 'fidelis'";
    assert!(place.count(encrypted) > 0, "the connection is not encrypted");
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "1"))));

    let unavailable = ErrorKind::Unavailable;
    says(refused(with(&by_name, "theirs-ca.pem")), unavailable, &["certificate", "sslrootcert"]);
    says(refused(with(&server.url(), "ours-ca.pem")), unavailable, &["certificate", "name"]);
    says(refused_url(&format!("{by_name}?sslmode=verify-full")), unavailable, &["certificate", "sslrootcert"]);
    says(refused(with(&by_name, "no such file")), ErrorKind::Invalid, &["no such file", "sslrootcert"]);
    says(refused(with(&by_name, "ours.key")), ErrorKind::Invalid, &["BEGIN CERTIFICATE"]);
}
