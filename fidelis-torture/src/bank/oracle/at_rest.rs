//! What must have come to its end when all is at rest.

use crate::oracle::Check;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "what was asked for has ended",
        sql: "select mission from missions where mission not in (select mission from endings)",
    },
    Check {
        name: "every process is over",
        sql: "select stream || ' is ' || status || coalesce(': ' || reason, '') from processes_now where status <> 'completed' \
              union all select process || ' has not begun' from missions where process not in (select stream from steps)",
    },
    Check {
        name: "nothing is under way",
        sql: "select mission || ': ' || sum(-amount) from moves where mission is not null group by mission having sum(amount) <> 0",
    },
    Check { name: "every call is answered", sql: "select key from calls where answer is null or answer = 'unknown'" },
    Check {
        name: "what was issued is answered",
        sql: "select stream || ': ' || name from issued where id not in (select command from settled)",
    },
    Check {
        name: "nothing is parked",
        sql: "select name || ' at ' || position || ': ' || coalesce(error, 'behind another') from parked",
    },
    Check { name: "no timer runs", sql: "select stream from processes where due_at is not null" },
    Check {
        name: "every read model has all there is",
        sql: "select name from (select 'fidelis.AccountSummaryProjector' as name, (select max(position) from moves) as last \
              union all select 'fidelis.AccountReportProjector', (select max(position) from facts) \
              union all select 'fidelis.ProcessSummaryProjector', (select max(position) from steps)) as projectors \
              where last > (select coalesce(max(position), 0) from checkpoints where checkpoints.name = projectors.name)",
    },
];
