//! Rows from a server, in the table that Message DB makes.

use fidelis::{
    MemoryStore, block_on,
    interchange::{Comparison, Import, Side},
};
use fidelis_message_db::{MessageStore, rows_of_csv, rows_of_json};
use fidelis_test_servers::{Postgres, ServerError};
use serde_json::json;

use super::{
    bank::{conversion, mapping},
    rows::{ALICE, Messages},
};

/// The columns of Message DB 1.3.
const TABLE: &str = "CREATE SCHEMA message_store; CREATE TABLE message_store.messages (global_position bigserial NOT NULL PRIMARY KEY, \
     position bigint NOT NULL, time timestamp WITHOUT TIME ZONE DEFAULT (now() AT TIME ZONE 'utc') NOT NULL, stream_name text NOT NULL, \
     type text NOT NULL, data jsonb, metadata jsonb, id uuid NOT NULL DEFAULT gen_random_uuid());";

#[test]
fn rows_from_the_server_are_those_of_its_dumps() {
    let server = match Postgres::start(&[]) {
        Err(ServerError::NotInstalled { .. }) => return println!("left out: PostgreSQL is not installed"),
        server => server.unwrap(),
    };
    let mut messages = Messages::of_the_bank();
    // More than a page of them.
    for _ in 0..2_100 {
        messages.event(ALICE, "DepositMade", "x", json!({"account_id": ALICE, "amount": 0.1, "reference": "tab\t\"quoted\"\n"}));
    }
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("rows.csv");
    std::fs::write(&csv, messages.as_csv()).unwrap();
    let psql = |arguments: &[&str]| {
        let output =
            server.program("psql").args(["-At", "-v", "ON_ERROR_STOP=1", "-d", &server.url()]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let error = block_on(MessageStore::connect(&server.url())).unwrap_err();
    assert!(error.to_string().contains("message_store.messages"), "{error}");
    psql(&["-c", TABLE]);
    let columns = "id, stream_name, type, position, global_position, data, metadata, time";
    psql(&["-c", &format!("\\copy message_store.messages ({columns}) FROM '{}' CSV HEADER", csv.display())]);

    let conversion = conversion(mapping());
    let store = |rows: &dyn Fn() -> super::bank::Rows<'static>| {
        let store = MemoryStore::default();
        let report = conversion.survey(rows()).unwrap();
        assert_eq!(report.records, 2_109, "{report}");
        block_on(Import::into(&store).of("fidelis").read(conversion.file(&report, rows()).unwrap())).unwrap();
        store
    };
    let connected: &MessageStore = Box::leak(Box::new(block_on(MessageStore::connect(&server.url())).unwrap()));
    let from_server = store(&|| Box::new(connected.rows()));

    // As the documentation tells people to dump it.
    let dump = psql(&["-c", "SELECT row_to_json(m) FROM message_store.messages m ORDER BY global_position"]);
    let from_json = store(&|| Box::new(rows_of_json(std::io::Cursor::new(dump.clone()))));
    let dump = psql(&["-c", "COPY (SELECT * FROM message_store.messages ORDER BY global_position) TO STDOUT CSV HEADER"]);
    let from_csv = store(&|| Box::new(rows_of_csv(std::io::Cursor::new(dump.clone())).unwrap()));
    for other in [&from_json, &from_csv] {
        let comparison = block_on(Comparison::of(Side::Store(&from_server), Side::Store(other))).unwrap();
        assert!(comparison.is_equal() && comparison.records == 2_109, "{comparison:?}");
    }
}
