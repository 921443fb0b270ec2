//! Tests that read like the rule: given, when, then.
//!
#![doc = include_str!("testing/grammar.md")]

macro_rules! tuples {
    ($each:ident) => {
        $each!(A);
        $each!(A B);
        $each!(A B C);
        $each!(A B C D);
        $each!(A B C D E);
        $each!(A B C D E F);
        $each!(A B C D E F G);
        $each!(A B C D E F G H);
        $each!(A B C D E F G H I);
        $each!(A B C D E F G H I J);
        $each!(A B C D E F G H I J K);
        $each!(A B C D E F G H I J K L);
    };
}
use tuples;

mod expected;
mod failure;
mod fields;
mod given;
mod history;
mod in_hand;
mod process;
mod rows;
mod story;
mod subject;
mod then;
mod time;
mod world;

use std::marker::PhantomData;

pub use expected::{Commands, EventTypes, Events, Expectations, Expected, Matching};
pub use given::Given;
pub use history::{AtOnce, History, Past, Remembers, at_once};
pub use in_hand::InHand;
pub use process::OneProcess;
pub use subject::{HasState, Nothing, OneAggregate, OneProjection, Shows, Subject, Takes, WholeDomain};
pub use then::Then;
pub use time::{days, hours, minutes, seconds};

pub use crate::matching;
use crate::{Domain, ProcessManager, Projection};

/// A test about one aggregate, to which this has happened.
///
/// Its identity is that of the first command the test sends it, or is given with [`of`](Given::of). Its domain is the one that owns
/// it.
///
/// ```
/// # use fidelis::{prelude::*, testing::*};
/// # mod bank {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Account)] pub struct DepositMade { pub amount: i64 }
/// #     #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// #     #[aggregate] impl Account { #[apply] fn on_deposit_made(&mut self, event: &DepositMade) { self.balance += event.amount; } }
/// #     #[command(part_of = Account)] pub struct MakeDeposit { #[identifier] pub account_id: Id<Account>, pub amount: i64 }
/// #     #[derive(Default)] pub struct AccountCommandHandler;
/// #     #[command_handler(part_of = Account)] impl AccountCommandHandler {
/// #         #[handle] fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
/// #             account.raise(DepositMade { amount: command.amount }) } }
/// #     fidelis::domain!("bank");
/// # }
/// # use bank::*;
/// # let account_id = Id::named("ACC-001");
/// given((DepositMade { amount: 5 }, DepositMade { amount: 6 }))
///     .when(MakeDeposit { account_id, amount: 7 })
///     .then_events(DepositMade { amount: 7 })
///     .then_state(|account| assert_eq!(account.balance, 18));
/// ```
pub fn given<H: History>(history: H) -> Given<OneAggregate<H::Aggregate>> {
    Given::new(OneAggregate { id: None, past: Past::of(history) })
}

/// A test about one aggregate, to which nothing has happened yet: the one that its first command creates.
///
/// ```
/// # use fidelis::{prelude::*, testing::*};
/// # mod bank {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Account)] pub struct DepositMade { pub amount: i64 }
/// #     #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// #     #[aggregate] impl Account { #[apply] fn on_deposit_made(&mut self, event: &DepositMade) { self.balance += event.amount; } }
/// #     #[command(part_of = Account)] pub struct OpenAccount { pub deposit: i64 }
/// #     #[derive(Default)] pub struct AccountCommandHandler;
/// #     #[command_handler(part_of = Account)] impl AccountCommandHandler {
/// #         #[handle] fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
/// #             let mut account = Account::new(id); account.raise(DepositMade { amount: command.deposit })?; Ok(account) } }
/// #     fidelis::domain!("bank");
/// # }
/// # use bank::*;
/// given_nothing()
///     .when(OpenAccount { deposit: 5 })
///     .then_event::<DepositMade>()
///     .then_state(|account| assert_eq!(account.balance, 5));
/// ```
pub fn given_nothing() -> Given<Nothing> {
    Given::new(Nothing)
}

/// A test about one read model.
///
/// ```
/// # use fidelis::{prelude::*, testing::*};
/// # mod bank {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Account)] pub struct DepositMade { pub amount: i64 }
/// #     #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// #     #[aggregate] impl Account { #[apply] fn on_deposit_made(&mut self, event: &DepositMade) { self.balance += event.amount; } }
/// #     #[projection] pub struct Balance { #[identifier] pub account_id: Id<Account>, pub balance: i64, pub moved_at: Timestamp }
/// #     #[derive(Default)] pub struct BalanceProjector;
/// #     #[projector(projector_for = Balance, aggregates = [Account])] impl BalanceProjector {
/// #         #[on] fn on_deposit_made(&self, row: &mut Option<Balance>, event: &DepositMade, meta: &Metadata) -> Result<(), HandlerError> {
/// #             let before = row.as_ref().map_or(0, |row| row.balance);
/// #             let account_id = meta.stream.id().parse()?;
/// #             *row = Some(Balance { account_id, balance: before + event.amount, moved_at: meta.time }); Ok(()) } }
/// #     fidelis::domain!("bank");
/// # }
/// # use bank::*;
/// # let alice = Id::named("ACC-001");
/// given_projection::<Balance>()
///     .at("2025-06-01T12:00:00Z".parse()?)
///     .events(alice, DepositMade { amount: 5 })
///     .after(minutes(30))
///     .when_happened(alice, DepositMade { amount: 6 })
///     .then_row_is(Balance { account_id: alice, balance: 11, moved_at: "2025-06-01T12:30:00Z".parse()? })
///     .then_row_count(1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn given_projection<P: Projection>() -> Given<OneProjection<P>> {
    Given::new(OneProjection(PhantomData))
}

/// A test about everything a domain does: several aggregates, read models, handlers and what they lead to.
///
/// ```
/// # use fidelis::{prelude::*, testing::*};
/// # mod bank {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Account)] pub struct DepositMade { pub amount: i64 }
/// #     #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// #     #[aggregate] impl Account { #[apply] fn on_deposit_made(&mut self, event: &DepositMade) { self.balance += event.amount; } }
/// #     #[command(part_of = Account)] pub struct MakeDeposit { #[identifier] pub account_id: Id<Account>, pub amount: i64 }
/// #     #[derive(Default)] pub struct AccountCommandHandler;
/// #     #[command_handler(part_of = Account)] impl AccountCommandHandler {
/// #         #[handle] fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
/// #             account.raise(DepositMade { amount: command.amount }) } }
/// #     #[derive(Default)] pub struct BonusHandler;
/// #     #[event_handler(part_of = Account)] impl BonusHandler {
/// #         #[handle] async fn on_deposit_made(&self, event: &DepositMade, meta: &Metadata, ctx: &Context) -> Result<(), HandlerError> {
/// #             if event.amount >= 1_000 {
/// #                 let account_id = meta.stream.id().parse()?;
/// #                 ctx.process(MakeDeposit { account_id, amount: 5 }).await?; }
/// #             Ok(()) } }
/// #     fidelis::domain!("bank");
/// # }
/// # use bank::*;
/// # let alice = Id::named("ACC-001");
/// given_domain(bank::domain())
///     .events(alice, DepositMade { amount: 1 })
///     .when(MakeDeposit { account_id: alice, amount: 1_000 })
///     .then_issued(MakeDeposit { account_id: alice, amount: 5 })
///     .then_events((DepositMade { amount: 1_000 }, DepositMade { amount: 5 }))
///     .then_state_of(alice, |account: &Account| assert_eq!(account.balance, 1_006))
///     .then_caught_up();
/// ```
pub fn given_domain(domain: Domain) -> Given<WholeDomain> {
    Given::new(WholeDomain).in_domain(domain)
}

/// A test about one process, by its key.
///
/// The process runs as it always does: what it issues goes to the aggregates of the domain, unless the test says that it runs
/// [`alone`](Given::alone).
///
/// ```
/// # use fidelis::{prelude::*, testing::*};
/// # mod office {
/// #     use fidelis::{SignedDuration, prelude::*, process::*};
/// #     #[event(part_of = Bill)] pub struct BillSent { pub number: String }
/// #     #[event(part_of = Bill)] pub struct BillPaid { pub number: String }
/// #     #[aggregate(event_sourced)] pub struct Bill { pub reminded: bool }
/// #     #[aggregate] impl Bill { #[apply] fn on_bill_sent(&mut self, _: &BillSent) {} #[apply] fn on_bill_paid(&mut self, _: &BillPaid) {} }
/// #     #[process_manager(correlate = number)] pub struct Reminder { pub number: String }
/// #     #[process_manager] impl Reminder {
/// #         #[handle(start, correlate = number)] fn on_bill_sent(&mut self, event: &BillSent, then: &mut Effects<Self>) {
/// #             then.start_timer(Reminder::OVERDUE, SignedDuration::from_hours(24 * 14)); }
/// #         #[on_timeout("overdue")] fn on_overdue(&mut self, then: &mut Effects<Self>) { then.need_person("write to them"); }
/// #         #[handle(end, correlate = number)] fn on_bill_paid(&mut self, event: &BillPaid) {} }
/// #     fidelis::domain!("office");
/// # }
/// # use office::*;
/// # let bill = Id::named("B-17");
/// # let number = || "B-17".to_owned();
/// given_process::<Reminder>(number())
///     .events(bill, BillSent { number: number() })
///     .when_passed(days(13))
///     .then_timers([(Reminder::OVERDUE, days(1))])
///     .when_happened(bill, BillPaid { number: number() })
///     .then_completed()
///     .then_timers([]);
/// ```
#[track_caller]
pub fn given_process<P: ProcessManager>(key: P::Key) -> Given<OneProcess<P>> {
    Given::new(OneProcess::new(&key))
}
