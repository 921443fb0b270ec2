//! The oracle's tables: what a store keeps, and what the events in it say.

use crate::{Answer, History, oracle::Database};

/// What a store calls its things: questions that give the columns of the oracle's tables, in their order.
struct Relations {
    /// `position, stream, stream_position, type, kind, time, id, correlation, causation, process, payload`; `payload` is JSON.
    log: &'static str,
    /// `command` (with hyphens), `position`, `accepted` (0 or 1), `answer` (JSON).
    settled: &'static str,
    /// `name`, `position`.
    checkpoints: &'static str,
    /// `name`, `position`, `error`.
    parked: &'static str,
    /// What stands before the name of a read model.
    read_models: &'static str,
    /// Amounts of read models are this in cents; `#` stands for the column.
    cents: &'static str,
    /// The commands in steps: `stream, step` (the position of the step in the stream), `step_id, place, id, name`.
    issued: &'static str,
}

const SQLITE: Relations = Relations {
    log: "select position, stream, stream_position, type, kind, time, id, correlation_id as correlation, \
          causation_id as causation, process, payload from events",
    settled: "select lower(substr(hex(command), 1, 8) || '-' || substr(hex(command), 9, 4) || '-' || substr(hex(command), 13, 4) \
              || '-' || substr(hex(command), 17, 4) || '-' || substr(hex(command), 21)) as command, position, \
              outcome = 'accepted' as accepted, answer from fidelis_settlements",
    checkpoints: "select subscription as name, position from fidelis_checkpoints",
    parked: "select subscription as name, position, error from fidelis_parked",
    read_models: "",
    cents: "cast(replace(#, '.', '') as bigint)",
    issued: "select stream, stream_position as step, log.id as step_id, one.key as place, one.value ->> 'id' as id, \
             one.value ->> 'name' as name from log, json_each(log.payload, '$.issued') as one where log.kind = 'transition'",
};

const POSTGRES: Relations = Relations {
    log: "select position, stream, stream_position, type, kind, time, id::text as id, correlation_id::text as correlation, \
          causation_id::text as causation, process, payload::jsonb as payload from fidelis.events",
    settled: "select command::text as command, position, accepted::int as accepted, answer::text as answer \
              from fidelis.settlements",
    checkpoints: "select subscription as name, position from fidelis.checkpoints",
    parked: "select subscription as name, position, error from fidelis.parked",
    read_models: "fidelis.",
    cents: "cast(# * 100 as bigint)",
    issued: "select stream, stream_position as step, log.id as step_id, one.place - 1 as place, one.value ->> 'id' as id, \
             one.value ->> 'name' as name from log, \
             jsonb_array_elements(log.payload -> 'issued') with ordinality as one (value, place) where log.kind = 'transition'",
};

/// What the events say, in SQL that SQLite and PostgreSQL both understand. An errand that moves money between accounts is a *mission*
/// here: a transfer, or the pay-out of a closure; its name is the reference that customers read on their statements.
const SAID: &[&str] = &[
    "create index log_positions on log (position)",
    "create index log_ids on log (id)",
    "create index log_causes on log (causation)",
    "create index settled_commands on settled (command)",
    "create temp table moves as select position, causation, process, payload ->> 'account_id' as account, \
     case type when 'Fidelis.WithdrawalMade.v1' then -1 else 1 end \
     * cast(replace(coalesce(payload ->> 'amount', payload ->> 'opening_deposit'), '.', '') as bigint) as amount, \
     case when payload ->> 'reference' like 'transfer:%' or payload ->> 'reference' like 'closure:%' \
     then payload ->> 'reference' end as mission, time from log \
     where type in ('Fidelis.AccountOpened.v1', 'Fidelis.DepositMade.v1', 'Fidelis.WithdrawalMade.v1')",
    "create index moves_missions on moves (mission)",
    "create temp table facts as select position, payload ->> 'id' as account, payload ->> 'status' as status, time, \
     cast(replace(payload ->> 'balance', '.', '') as bigint) as balance from log where type = 'Fidelis.AccountFactEvent.v1'",
    "create temp table closings as select position, payload ->> 'account_id' as account from log \
     where type = 'Fidelis.AccountClosed.v1'",
    "create temp table missions as \
     select 'transfer:' || (payload ->> 'transfer_id') as mission, \
     'fidelis::funds_transfer-' || (payload ->> 'transfer_id') as process, \
     'fidelis::funds_transfer:undoing-' || (payload ->> 'transfer_id') as undoing, \
     payload ->> 'source_account_id' as source, payload ->> 'destination_account_id' as destination, \
     cast(replace(payload ->> 'amount', '.', '') as bigint) as amount, position as begun \
     from log where type = 'Fidelis.TransferInitiated.v1' union all \
     select 'closure:' || (payload ->> 'closure_id'), 'fidelis::account_closing-' || (payload ->> 'closure_id'), \
     'fidelis::account_closing:undoing-' || (payload ->> 'closure_id'), payload ->> 'account_id', payload ->> 'pay_out_to', \
     cast(replace(payload ->> 'balance', '.', '') as bigint), position from log where type = 'Fidelis.ClosureRequested.v1'",
    "create index missions_names on missions (mission)",
    "create temp table endings as select 'transfer:' || (payload ->> 'transfer_id') as mission, position, \
     case type when 'Fidelis.TransferCompleted.v1' then 'done' else 'undone' end as how \
     from log where type in ('Fidelis.TransferCompleted.v1', 'Fidelis.TransferFailed.v1') union all \
     select 'closure:' || (payload ->> 'closure_id'), position, \
     case type when 'Fidelis.ClosureCompleted.v1' then 'done' else 'undone' end \
     from log where type in ('Fidelis.ClosureCompleted.v1', 'Fidelis.ClosureAbandoned.v1')",
    "create index endings_names on endings (mission, how)",
    "create temp table under_way as select mission, position, \
     sum(-amount) over (partition by mission order by position) as amount from moves where mission is not null",
    "create temp table steps as select position, stream, stream_position, id, causation, process, time, \
     payload ->> 'step' as step, payload ->> 'status' as status, payload ->> 'reason' as reason, cast(payload ->> 'handled' as bigint) as handled, \
     payload -> 'cause' ->> 'kind' as cause_kind, \
     coalesce(payload -> 'cause' ->> 'id', payload -> 'cause' ->> 'command', payload -> 'cause' ->> 'step', \
     (payload -> 'cause' ->> 'name') || ' due ' || (payload -> 'cause' ->> 'due'), '') as cause, \
     case stream when 'fidelis::funds_transfer-' || substr(stream, 25) then 'fidelis.FundsTransfer' \
     else 'fidelis.AccountClosing' end as manager, \
     payload -> 'cause' ->> 'name' as cause_name from log where kind = 'transition'",
    "create index steps_streams on steps (stream, stream_position)",
    "create temp table processes_now as select stream, status, reason, step, stream_position + 1 as steps, position from steps as last \
     where stream_position = (select max(stream_position) from steps where steps.stream = last.stream)",
];

/// Copies everything; `calls` stays empty.
pub(super) fn make(database: &Database) {
    let relations = match database {
        Database::Sqlite(connection, _) => {
            sound(connection);
            &SQLITE
        }
        Database::Postgres(..) => &POSTGRES,
    };
    let Relations { log, settled, checkpoints, parked, read_models, cents, issued } = relations;
    let cents = cents.replace('#', "balance");
    for (table, question) in [("log", log), ("settled", settled), ("checkpoints", checkpoints), ("parked", parked)] {
        database.execute(&format!("create temp table {table} as {question}"));
    }
    SAID.iter().for_each(|statement| database.execute(statement));
    database.execute(&format!("create temp table issued as {issued}"));
    database.execute("create index issued_ids on issued (id)");
    database.execute(&format!(
        "create temp table summaries as select cast(account_id as text) as account, {cents} as balance, \
         transaction_count as transactions, cast(last_transaction_at as text) as time from {read_models}account_summary"
    ));
    database.execute(&format!(
        "create temp table reports as select cast(account_id as text) as account, {cents} as balance, status, \
         cast(last_updated as text) as time from {read_models}account_report"
    ));
    database.execute(&format!(
        "create temp table processes as select stream, status, step, steps, cast(changed_at as text) as time, due_at \
         from {read_models}process_summary"
    ));
    database.execute("create temp table calls (key text not null, command text not null, answer text, told text)");
}

/// # Panics
/// When the file is damaged.
fn sound(connection: &rusqlite::Connection) {
    let sound: Result<String, _> = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0));
    assert_eq!(sound.as_deref(), Ok("ok"), "the file is damaged");
}

/// Fills `calls`.
pub(super) fn tell(database: &Database, history: &History) {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let rows: Vec<String> = history
        .calls()
        .map(|(key, answer)| {
            let answer = answer.map(Answer::as_str).map_or("null".to_owned(), quoted);
            let told = history.told().get(&key).map_or("null".to_owned(), |told| quoted(told));
            format!("({}, '{}', {answer}, {told})", quoted(&key.to_string()), key.command())
        })
        .collect();
    for some in rows.chunks(500) {
        database.execute(&format!("insert into calls (key, command, answer, told) values {}", some.join(", ")));
    }
    database.execute("create index calls_commands on calls (command)");
    if let Database::Postgres(..) = database {
        database.execute("analyze");
    }
}
