//! Money, at every position of the log.

use crate::oracle::Check;

pub(super) const CHECKS: &[Check] = &[
    Check {
        // Facts say what is in an account, each by itself; they are compared with what came in at the counter and what is under way.
        name: "money is conserved at every position",
        sql: "select 'after ' || position || ': ' || in_accounts || ' in accounts and ' || under_way || ' under way, of ' || brought_in \
              from (select position, is_fact, sum(in_account) over (order by position) as in_accounts, \
              sum(under_way) over (order by position) as under_way, sum(brought_in) over (order by position) as brought_in \
              from (select position, 1 as is_fact, balance - coalesce(lag(balance) over (partition by account order by position), 0) \
              as in_account, 0 as under_way, 0 as brought_in from facts \
              union all select position, 0, 0, case when mission is null then 0 else -amount end, \
              case when mission is null then amount else 0 end from moves) as changes) as totals \
              where is_fact = 1 and in_accounts + under_way <> brought_in",
    },
    Check {
        name: "a balance is a fold of what moved",
        sql: "select account || ' at ' || position || ': ' || balance || ', folded ' || folded from (select account, position, balance, \
              sum(amount) over (partition by account order by position) as folded from (select account, position, balance, 0 as amount \
              from facts union all select account, position, null, amount from moves) as changes) as balances \
              where balance <> folded",
    },
    Check {
        name: "no account is ever overdrawn",
        sql: "select account || ' at ' || position || ': ' || balance from (select account, position, \
              sum(amount) over (partition by account order by position) as balance from moves) as balances where balance < 0 \
              union all select account || ' at ' || position || ': ' || balance from facts where balance < 0",
    },
    Check {
        name: "nothing happens to a closed account, and there is nothing in it",
        sql: "select account || ' at ' || moves.position from moves join closings using (account) where moves.position > closings.position \
              union all select account from closings group by account having count(*) > 1 \
              union all select account || ' at ' || position || ': ' || balance from facts where status = 'CLOSED' and balance <> 0",
    },
    Check {
        name: "what is under way is nothing or the whole amount",
        sql: "select mission || ' at ' || position || ': ' || under_way.amount || ' of ' || missions.amount \
              from under_way join missions using (mission) where under_way.amount not in (0, missions.amount)",
    },
    Check {
        name: "money moves for what was asked for, between its accounts, by its process",
        sql: "select moves.mission || ' at ' || position from moves left join missions using (mission) where moves.mission is not null \
              and (missions.mission is null or abs(moves.amount) <> missions.amount or account not in (source, destination) \
              or coalesce(moves.process, '') not in (missions.process, undoing)) \
              union all select 'at ' || position || ', by ' || process from moves where mission is null and process is not null",
    },
    Check {
        name: "money moves between the beginning and the end of what it moves for",
        sql: "select moves.mission || ' at ' || moves.position from moves join missions using (mission) \
              left join endings using (mission) where moves.position < begun or moves.position > endings.position",
    },
    Check {
        name: "what was asked for begins once and ends once",
        sql: "select mission || ' begins ' || count(*) || ' times' from missions group by mission having count(*) > 1 \
              union all select mission || ' ends ' || count(*) || ' times' from endings group by mission having count(*) > 1 \
              union all select mission || ' has not begun' from endings where mission not in (select mission from missions)",
    },
    Check {
        name: "what is done has moved its amount, once",
        sql: "select mission || ': ' || moves || ' moves, ' || given || ' given, ' || taken || ' taken of ' || amount from ( \
              select mission, missions.amount, count(moves.position) as moves, \
              sum(case when account = source then -moves.amount else 0 end) as given, \
              sum(case when account = destination then moves.amount else 0 end) as taken \
              from missions join endings using (mission) left join moves using (mission) \
              where how = 'done' group by mission, missions.amount) as sums \
              where case when amount = 0 then moves <> 0 else moves <> 2 or given <> amount or taken <> amount end",
    },
    Check {
        name: "what is undone has moved nothing, or has given it back",
        sql: "select mission || ': ' || moves || ' moves, ' || given || ' given, ' || taken || ' taken' from ( \
              select mission, count(moves.position) as moves, sum(case when account = source then -moves.amount else 0 end) as given, \
              sum(case when account = destination then moves.amount else 0 end) as taken \
              from missions join endings using (mission) join moves using (mission) where how = 'undone' group by mission) as sums \
              where moves not in (2, 4) or given <> 0 or taken <> 0",
    },
];
