//! Rows in exactly the shape in which Protean 0.18 leaves them in Message DB 1.3.

use serde_json::{Value, json};

/// The account of the tutorial.
pub(crate) const ALICE: &str = "649c84dd-3f1c-4c51-9b53-2f5bcd1c6a10";
/// Another one.
pub(crate) const BOB: &str = "9fe04c77-7dd0-4442-82b4-577bbdbebd4d";

/// A table of messages, written as Protean writes it.
#[derive(Default)]
pub(crate) struct Messages {
    pub(crate) rows: Vec<Value>,
}

impl Messages {
    /// What the tutorial does: opens, deposits, withdraws; facts, a snapshot, commands, a process and the notes of handlers with it.
    pub(crate) fn of_the_bank() -> Self {
        let mut messages = Messages::default();
        let open = messages.command(
            "OpenAccount",
            ALICE,
            json!({"account_number": "ACC-001", "holder_name": "Alice Johnson", "opening_deposit": 1000.0}),
        );
        messages.event(
            ALICE,
            "AccountOpened",
            &open,
            json!({"account_id": ALICE, "holder_name": "Alice Johnson", "account_number": "ACC-001", "opening_deposit": 1000.0}),
        );
        messages.fact(ALICE, &open, "Alice Johnson", "ACC-001", 1000.0);
        let open = messages.command(
            "OpenAccount",
            BOB,
            json!({"account_number": "ACC-002", "holder_name": "Bob", "opening_deposit": 0.1}),
        );
        messages.event(
            BOB,
            "AccountOpened",
            &open,
            json!({"account_id": BOB, "holder_name": "Bob", "account_number": "ACC-002", "opening_deposit": 0.1}),
        );
        messages.fact(BOB, &open, "Bob", "ACC-002", 0.1);
        let deposit = messages.command(
            "MakeDeposit",
            ALICE,
            json!({"account_id": ALICE, "amount": 15000.0, "reference": "wire \\ \"transfer\"\n, €"}),
        );
        messages.event(
            ALICE,
            "DepositMade",
            &deposit,
            json!({"amount": 15000.0, "reference": "wire \\ \"transfer\"\n, €", "account_id": ALICE}),
        );
        messages.fact(ALICE, &deposit, "Alice Johnson", "ACC-001", 16000.0);
        messages.row("position-fidelis.ComplianceAlertHandler-fidelis::account", "Read", json!({"position": 8}), Value::Null);
        let withdraw = messages.command("MakeWithdrawal", BOB, json!({"account_id": BOB, "amount": 0.1, "reference": null}));
        messages.event(BOB, "WithdrawalMade", &withdraw, json!({"amount": 0.1, "reference": null, "account_id": BOB}));
        messages.fact(BOB, &withdraw, "Bob", "ACC-002", 0.0);
        let snapshot = json!({"id": ALICE, "status": "ACTIVE", "balance": 16000.0, "_version": 1, "holder_name": "Alice Johnson", "account_number": "ACC-001"});
        messages.row(&format!("fidelis::account:snapshot-{ALICE}"), "SNAPSHOT", snapshot, Value::Null);
        for (transfer, complete) in
            [("18726035-2f21-4a00-8095-0bcea7796f2e", false), ("28726035-2f21-4a00-8095-0bcea7796f2e", true)]
        {
            let stream = format!("fidelis::funds_transfer_pm-{transfer}");
            let data = json!({"state": {"id": transfer, "status": "withdrawing"}, "handler_name": "on_transfer_initiated", "is_complete": complete});
            let metadata = messages.metadata(&stream, "0", "_FundsTransferPMTransition", Some(&withdraw), Some(-1));
            messages.row(&stream, "Fidelis._FundsTransferPMTransition.v1", data, metadata);
        }
        let failed = json!({"position": 8, "message_id": "x", "retry_count": 0, "stream_name": "s", "message_type": "t", "stream_position": 0});
        messages.row("failed-fidelis.ComplianceAlertHandler-fidelis::account", "Failed", failed, Value::Null);
        let close = messages.command("CloseAccount", BOB, json!({"account_id": BOB, "reason": null}));
        messages.event(BOB, "AccountClosed", &close, json!({"reason": null, "account_id": BOB}));
        messages
    }

    /// A command; gives its identity.
    pub(crate) fn command(&mut self, name: &str, account: &str, data: Value) -> String {
        let id = format!("98e4b14b-0000-4000-8000-{:012}", self.rows.len());
        let stream = format!("fidelis::account:command-{account}-{}", self.rows.len());
        let mut metadata = self.metadata(&stream, "0", name, None, None);
        metadata["headers"]["id"] = json!(id);
        metadata["domain"]["kind"] = json!("COMMAND");
        self.row(&stream, &format!("Fidelis.{name}.v1"), data, metadata);
        id
    }

    /// An event of an account, caused by a command.
    pub(crate) fn event(&mut self, account: &str, name: &str, cause: &str, data: Value) {
        let stream = format!("fidelis::account-{account}");
        let version = self.next(&stream).to_string();
        let metadata = self.metadata(&stream, &version, name, Some(cause), Some(self.next(&stream) as i64 - 1));
        self.row(&stream, &format!("Fidelis.{name}.v1"), data, metadata);
    }

    fn fact(&mut self, account: &str, cause: &str, holder: &str, number: &str, balance: f64) {
        let stream = format!("fidelis::account-fact-{account}");
        let version = (self.next(&format!("fidelis::account-{account}")) - 1).to_string();
        let metadata = self.metadata(&stream, &version, "AccountFactEvent", Some(cause), None);
        let data =
            json!({"id": account, "status": "ACTIVE", "balance": balance, "holder_name": holder, "account_number": number});
        self.row(&stream, "Fidelis.AccountFactEvent.v1", data, metadata);
    }

    /// The next position of a stream.
    fn next(&self, stream: &str) -> usize {
        self.rows.iter().filter(|row| row["stream_name"] == stream).count()
    }

    fn metadata(&self, stream: &str, sequence: &str, name: &str, cause: Option<&str>, expected: Option<i64>) -> Value {
        let time = clock(10, 47, self.rows.len());
        json!({
            "domain": {"fqn": format!("fidelis.{name}"), "kind": "EVENT", "version": 1, "priority": 0, "sequence_id": sequence,
                "asynchronous": false, "causation_id": cause, "origin_stream": null,
                "correlation_id": "b53ef9247ffb4dff843c290113272829",
                "stream_category": "fidelis::account", "expected_version": expected},
            "headers": {"id": format!("{stream}-{sequence}"), "time": format!("2026-11-20T{time}.288031+00:00"),
                "type": format!("Fidelis.{name}.v1"), "stream": stream, "deadline": null, "traceparent": null, "idempotency_key": null},
            "envelope": {"checksum": "acf2da6d", "specversion": "1.0"}, "extensions": {}, "event_store": null
        })
    }

    /// A row. Global positions have gaps.
    pub(crate) fn row(&mut self, stream: &str, type_name: &str, data: Value, metadata: Value) {
        let number = self.rows.len();
        let row = json!({
            "global_position": 4 + 3 * number, "position": self.next(stream), "time": format!("2026-11-20 {}.5", clock(10, 48, number)),
            "stream_name": stream, "type": type_name, "data": data, "metadata": metadata,
            "id": format!("00000000-0000-4000-8000-{number:012}")
        });
        self.rows.push(row);
    }

    /// As `psql -At -c "SELECT row_to_json(m) .."` prints it.
    pub(crate) fn as_json(&self) -> String {
        self.rows.iter().map(|row| format!("{row}\n")).collect()
    }

    /// As `\copy .. CSV HEADER` writes it.
    pub(crate) fn as_csv(&self) -> String {
        let columns = ["id", "stream_name", "type", "position", "global_position", "data", "metadata", "time"];
        let quoted = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            Value::Number(number) => number.to_string(),
            other => format!("\"{}\"", other.to_string().replace('"', "\"\"")),
        };
        let line = |row: &Value| columns.map(|column| quoted(&row[column])).join(",") + "\n";
        columns.join(",") + "\n" + &self.rows.iter().map(line).collect::<String>()
    }
}

/// So many seconds after that time.
fn clock(hour: usize, minute: usize, seconds: usize) -> String {
    let seconds = (hour * 60 + minute) * 60 + seconds;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
