//! Read models: each is a fold of the log up to its checkpoint.

use crate::oracle::Check;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "the dashboard is a fold of the log",
        sql: "select account || ': ' || min(balance) || ' and ' || max(balance) || ', ' || min(transactions) || ' and ' \
              || max(transactions) || ' transactions' from (select account, sum(amount) as balance, count(*) as transactions, \
              max(cast(time as text)) as time from moves where position <= \
              (select coalesce(max(position), 0) from checkpoints where name = 'fidelis.AccountSummaryProjector') group by account \
              union all select account, balance, transactions, time from summaries) as both_sides group by account \
              having count(*) <> 2 or min(balance) <> max(balance) or min(transactions) <> max(transactions) or min(time) <> max(time)",
    },
    Check {
        name: "the report is what the last facts say",
        sql: "select account || ': ' || min(balance) || ' and ' || max(balance) from (select account, balance, status, \
              cast(time as text) as time from facts where position in (select max(position) from facts where position <= \
              (select coalesce(max(position), 0) from checkpoints where name = 'fidelis.AccountReportProjector') group by account) \
              union all select account, balance, status, time from reports) as both_sides group by account \
              having count(*) <> 2 or min(balance) <> max(balance) or min(status) <> max(status) or min(time) <> max(time)",
    },
    Check {
        name: "the list of processes is what the last steps say",
        sql: "select stream || ': ' || min(step) || ' and ' || max(step) from (select stream, status, step, stream_position + 1 as steps, \
              cast(time as text) as time from steps where position in (select max(position) from steps where position <= \
              (select coalesce(max(position), 0) from checkpoints where name = 'fidelis.ProcessSummaryProjector') group by stream) \
              union all select stream, status, step, steps, time from processes) as both_sides group by stream \
              having count(*) <> 2 or min(status) <> max(status) or min(step) <> max(step) or min(steps) <> max(steps) \
              or min(time) <> max(time)",
    },
];
