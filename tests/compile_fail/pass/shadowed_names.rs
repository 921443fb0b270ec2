//! The attributes need nothing in scope, and nothing in scope gets in their way.
#![allow(dead_code)]

type Result<T> = std::result::Result<T, fidelis::Rejection>;

trait Clone {}
trait Debug {}
trait Default {}
trait From {}
trait Future {}
trait PartialEq {}
trait Send {}
struct Box;
struct Err;
struct None;
struct Ok;
struct Option;
struct Row;
struct Some;
struct String;
struct Table;
mod core {}
mod serde {}

#[fidelis::event(part_of = Account)]
pub struct Opened {
    pub by: i64,
}

#[fidelis::event(part_of = Account)]
pub struct Asked {
    pub by: fidelis::Id<Account>,
}

#[fidelis::aggregate(event_sourced, fact_events)]
pub struct Account {
    pub balance: i64,
}

#[fidelis::aggregate]
impl Account {
    #[fidelis::apply]
    fn on_opened(&mut self, event: &Opened) {
        self.balance = event.by;
    }

    #[fidelis::apply]
    fn on_asked(&mut self, _: &Asked) {}

    #[fidelis::invariant(post)]
    fn rule(&self) -> Result<()> {
        Result::Ok(())
    }
}

#[fidelis::command(part_of = Account)]
pub struct Open {
    pub by: i64,
}

#[derive(::std::default::Default)]
pub struct Handler;

#[fidelis::command_handler(part_of = Account)]
impl Handler {
    #[fidelis::handle]
    fn open(&self, command: Open, id: fidelis::Id<Account>) -> Result<Account> {
        let mut account = <Account as fidelis::Aggregate>::new(id);
        fidelis::Aggregate::raise(&mut account, Opened { by: command.by })?;
        Result::Ok(account)
    }
}

#[fidelis::event_handler(part_of = Account)]
impl Handler {
    #[fidelis::handle]
    async fn on_opened(&self, _: &Opened) {}
}

#[fidelis::projection]
pub struct Summary {
    #[fidelis::identifier]
    pub account_id: fidelis::Id<Account>,
    #[fidelis::index]
    pub state: State,
}

#[derive(
    fidelis::Column, ::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq, ::serde::Serialize, ::serde::Deserialize,
)]
pub enum State {
    Open,
}

#[derive(::std::default::Default)]
pub struct SummaryProjector;

#[fidelis::projector(projector_for = Summary, aggregates = [Account])]
impl SummaryProjector {
    #[fidelis::on]
    fn on_opened(&self, event: &Opened, meta: &fidelis::Metadata) -> Summary {
        let _ = (event, meta);
        Summary { account_id: fidelis::Id::named("a"), state: State::Open }
    }
}

#[fidelis::process_manager(correlate = account_id)]
pub struct Opening {
    pub account_id: fidelis::Id<Account>,
}

#[fidelis::process_manager]
impl Opening {
    #[fidelis::handle(start, correlate = by)]
    fn on_asked(&mut self, _: &Asked, then: &mut fidelis::Effects<Self>) {
        then.issue(Open { by: 1 });
        then.start_timer(Self::LATE, fidelis::SignedDuration::from_hours(1));
    }

    #[fidelis::handle(issued, end)]
    fn on_opened(&mut self, _: &Opened) {}

    #[fidelis::on_rejected]
    fn on_open_rejected(&mut self, _: &Open, why: &fidelis::Rejection, then: &mut fidelis::Effects<Self>) {
        then.undo(::std::string::ToString::to_string(why));
    }

    #[fidelis::on_timeout("late")]
    fn on_late(&mut self) {}

    #[fidelis::on_failed]
    fn on_failed(&mut self, _: &Open) {}

    #[fidelis::undo]
    fn undo(&mut self, _: &Open) {}

    #[fidelis::on_undone]
    fn on_undone(&mut self, _: &str) {}
}

fn main() {}
