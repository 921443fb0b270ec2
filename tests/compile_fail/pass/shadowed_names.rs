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

#[derive(fidelis::Column, ::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
#[derive(::serde::Serialize, ::serde::Deserialize)]
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

fn main() {}
