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
        name: "records and settlement come together",
        sql: "select 'at ' || position from log where kind in ('event', 'fact') \
              and causation not in (select command from settled where accepted = 1)",
    },
];
