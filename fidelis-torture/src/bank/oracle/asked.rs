//! What was asked for, and what callers were told.

use crate::oracle::Check;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "what was acknowledged is there, with its answer",
        sql: "select key || ': ' || coalesce(told, '') || ', stored ' || coalesce(settled.answer, 'nothing') \
              from calls left join settled on settled.command = calls.command and accepted = 1 where calls.answer = 'done' \
              and (settled.command is null or coalesce(settled.answer, 'null') <> told)",
    },
    Check {
        name: "what was acknowledged is in the log",
        sql: "select key from calls where answer = 'done' \
              and command not in (select causation from log where kind = 'event' and causation is not null)",
    },
    Check {
        name: "what was asked for happened at most once",
        sql: "select key || ': ' || count(*) || ' events' from calls join log on log.causation = calls.command \
              where log.kind = 'event' group by key having count(*) > 1",
    },
    Check {
        name: "what was refused is not there",
        sql: "select key from calls where answer = 'failed' and (command in (select command from settled where accepted = 1) \
              or command in (select causation from log))",
    },
    Check {
        name: "nothing is there that nobody called or issued",
        sql: "select command from settled where command not in (select command from calls) \
              and command not in (select id from issued)",
    },
    Check { name: "a command is settled once", sql: "select command from settled group by command having count(*) > 1" },
    Check {
        name: "every record leads back to what somebody asked for",
        sql: "select 'at ' || position from log where correlation not in (select command from calls) or causation is null \
              or (causation not in (select command from calls) and causation not in (select id from issued) \
              and causation not in (select id from log))",
    },
    Check {
        name: "every record is of one chain with its cause, and behind it",
        sql: "select 'at ' || log.position from log join calls on calls.command = log.causation \
              where log.correlation <> calls.command \
              union all select 'at ' || log.position from log join log as cause on cause.id = log.causation \
              where log.correlation <> cause.correlation or log.position <= cause.position \
              union all select 'at ' || log.position from log join issued on issued.id = log.causation \
              join log as step on step.id = issued.step_id \
              where log.correlation <> step.correlation or log.position <= step.position",
    },
    Check {
        name: "a settlement stands where its records end",
        sql: "select command || ' at ' || settled.position || ', its last record at ' || last.position from settled join \
              (select causation, max(position) as position from log where kind in ('event', 'fact') group by causation) as last \
              on last.causation = settled.command where last.position <> settled.position",
    },
    Check {
        name: "records and settlement come together",
        sql: "select 'at ' || position from log where kind in ('event', 'fact') \
              and causation not in (select command from settled where accepted = 1)",
    },
];
