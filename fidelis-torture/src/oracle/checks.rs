//! The questions, each with a row for everything that must not be.

/// A question to the oracle's tables.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Gives a row with one text for each place where it does not.
    pub sql: &'static str,
}

/// What holds of the log of torture's workload, in SQL that SQLite and PostgreSQL both understand.
pub const CHECKS: &[Check] = &[
    Check {
        name: "what was acknowledged is there",
        sql: "select key from calls where answer = 'done' and command not in (select command from settled)",
    },
    Check {
        name: "what was refused is not there",
        sql: "select key from calls where answer in ('conflict', 'failed') \
              and (command in (select command from settled) or key in (select key from log))",
    },
    Check {
        name: "nothing is there that nobody called",
        sql: "select command from settled where command not in (select command from calls) \
              union all select distinct key from log where key not in (select key from calls)",
    },
    Check {
        name: "a commit is there whole, and once",
        sql: "select key || ': ' || count(*) || ' records of ' || max(parts) from log group by key \
              having count(*) <> max(parts) or count(distinct part) <> count(*) or min(part) <> 0",
    },
    Check {
        name: "the records of a commit stand together",
        sql: "select key from log group by key having max(position) - min(position) + 1 <> count(*)",
    },
    Check {
        name: "records and settlement come together",
        sql: "select distinct key from log where key not in \
              (select calls.key from calls join settled on settled.command = calls.command)",
    },
    Check {
        name: "a command is settled once, where its records end",
        sql: "select calls.key from calls join settled on settled.command = calls.command \
              join (select key, max(position) as position from log group by key) as last on last.key = calls.key \
              where settled.position <> last.position \
              union all select command from settled group by command having count(*) > 1",
    },
    Check {
        name: "rows and settlement come together",
        sql: "select calls.key from calls join settled on settled.command = calls.command \
              where calls.key not in (select key from commits) \
              union all select key from commits where key not in \
              (select calls.key from calls join settled on settled.command = calls.command)",
    },
    Check {
        name: "rows and records come together",
        sql: "select commits.key from commits left join (select key, count(*) as parts from log group by key) as written \
              on written.key = commits.key where commits.parts <> coalesce(written.parts, 0)",
    },
    Check {
        name: "an append met the version it expected",
        sql: "select stream || ' at ' || stream_position || ', expected after ' || expected from log \
              where expected is not null and stream_position <> expected + 1",
    },
    Check {
        name: "rows within commits are a fold of the log",
        sql: "select account || ': ' || min(amount) || ' and ' || max(amount) || ', ' || min(changes) || ' and ' || max(changes) || ' changes' \
              from (select account, sum(amount) as amount, count(*) as changes, 1 as side from log group by account \
              union all select account, amount, changes, 2 as side from balances) as both_sides \
              group by account having count(*) <> 2 or min(amount) <> max(amount) or min(changes) <> max(changes)",
    },
    Check {
        name: "the checkpoint of a fold within commits is where the log ends",
        sql: "select cast(position as text) from checkpoints where name = 'torture.balances' \
              and position <> (select coalesce(max(position), 0) from log)",
    },
    Check {
        name: "rows that follow are a fold of the log up to their checkpoint",
        sql: "select account || ': ' || min(amount) || ' and ' || max(amount) || ', ' || min(changes) || ' and ' || max(changes) || ' changes' \
              from (select account, sum(amount) as amount, count(*) as changes, 1 as side from log \
              where amount % 13 <> 0 and position <= \
              (select coalesce(max(position), 0) from checkpoints where name = 'torture.totals') group by account \
              union all select account, amount, changes, 2 as side from totals) as both_sides \
              group by account having count(*) <> 2 or min(amount) <> max(amount) or min(changes) <> max(changes)",
    },
    Check {
        name: "what is parked is what was refused up to the checkpoint",
        sql: "select 'at ' || position from (select position from log where amount % 13 = 0 and position <= \
              (select coalesce(max(position), 0) from checkpoints where name = 'torture.totals') \
              union all select position from parked where name = 'torture.totals') as both_sides \
              group by position having count(*) <> 2",
    },
];

/// What holds of any log, with the same tables `log` and `checkpoints`.
pub const LOG_CHECKS: &[Check] = &[
    Check {
        name: "positions are gapless from 1",
        sql: "select count(*) || ' records from ' || min(position) || ' to ' || max(position) from log \
              having count(*) > 0 and (min(position) <> 1 or max(position) <> count(*) or count(distinct position) <> count(*))",
    },
    Check {
        name: "positions in a stream are gapless from 0",
        sql: "select stream || ': ' || count(*) || ' records up to ' || max(stream_position) from log group by stream \
              having min(stream_position) <> 0 or max(stream_position) + 1 <> count(*) \
              or count(distinct stream_position) <> count(*)",
    },
    Check {
        name: "a stream and the log have one order",
        sql: "select stream || ' at ' || position from (select stream, position, stream_position, \
              lag(stream_position) over (partition by stream order by position) as earlier from log) as ordered \
              where earlier >= stream_position",
    },
    Check {
        name: "time never runs backwards",
        sql: "select 'at ' || position from (select position, time, lag(time) over (order by position) as earlier from log) \
              as ordered where earlier > time",
    },
    Check { name: "identities are used once", sql: "select cast(id as text) from log group by id having count(*) > 1" },
    Check {
        name: "no checkpoint is ahead of the log",
        sql: "select name from checkpoints where position > (select coalesce(max(position), 0) from log)",
    },
];

/// How many calls whose outcome nobody knew have happened: their keys.
pub(super) const HAPPENED: &str = "select key from calls where (answer is null or answer = 'unknown') \
                                   and command in (select command from settled)";
