//! The steps of processes.

use crate::oracle::Check;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a cause leads to one step of a process",
        sql: "select stream || ' on ' || cause_kind || ' ' || cause from steps group by stream, cause_kind, cause having count(*) > 1",
    },
    Check {
        name: "a step on an event names an event that was there before",
        sql: "select steps.stream || ' at ' || steps.position from steps left join log on log.id = steps.cause \
              where cause_kind = 'event' and (log.position is null or log.position >= steps.position or steps.causation <> steps.cause)",
    },
    Check {
        name: "a step says whose it is",
        sql: "select stream || ' at ' || position from steps where coalesce(process, '') <> stream",
    },
    Check {
        name: "a step and its checkpoint come together",
        sql: "select manager || ' has handled ' || max(handled) || ', its checkpoint is ' || coalesce(max(checkpoints.position), 0) \
              from steps left join checkpoints on checkpoints.name = manager group by manager \
              having max(handled) > coalesce(max(checkpoints.position), 0)",
    },
    Check {
        name: "no process goes on when it is over",
        sql: "select later.stream || ' at ' || later.position from steps as later join steps as over \
              on over.stream = later.stream and over.stream_position = later.stream_position - 1 \
              where over.status in ('completed', 'ended')",
    },
    Check { name: "a command is issued by one step", sql: "select id from issued group by id having count(*) > 1" },
    Check {
        name: "what was issued happened at most once",
        sql: "select name || ' ' || issued.id || ': ' || count(*) || ' events' from issued join log on log.causation = issued.id \
              where log.kind = 'event' group by name, issued.id having count(*) > 1",
    },
    Check {
        name: "what a process has done it had issued",
        sql: "select 'at ' || position from log where kind = 'event' and process is not null \
              and causation not in (select id from issued)",
    },
    Check {
        name: "what a process has issued is carried out in its name",
        sql: "select 'at ' || position from log join issued on issued.id = log.causation where log.kind = 'event' \
              and (log.process is null or substr(log.process, length(log.process) - 35) <> substr(issued.stream, length(issued.stream) - 35))",
    },
];
