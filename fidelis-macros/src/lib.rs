//! The attributes of Fidelis. Each reads an item, adds thin glue that calls documented functions of `fidelis-core`, and reports
//! every mistake at once.
//!
//! Used through the facade crate `fidelis`. What each adds is shown by the files in `snapshots/`; `FIDELIS_PRINT=DepositMade`
//! prints it for an item of your own while it is compiled (`*`: for all).

mod aggregate;
mod column;
mod command;
mod command_handler;
mod definition;
mod derives;
mod errors;
mod event;
mod event_handler;
mod item;
mod marks;
mod names;
mod options;
mod print;
mod process_manager;
mod projection;
mod projector;
mod signature;
mod spans;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Declares something that happens to an aggregate: `#[event(part_of = Account)] struct DepositMade { .. }`.
///
/// Options: `part_of`, the aggregate; `version`, from 1, of the layout; `name`, under which it is stored when that is not the
/// type's. Adds the derives `Clone`, `Debug`, `PartialEq`, `Serialize`, `Deserialize`, and `Validate` when a field has a
/// `#[garde(..)]` rule; write further ones below the attribute. An event-sourced aggregate owes it an `#[apply]` method.
#[proc_macro_attribute]
pub fn event(options: TokenStream, item: TokenStream) -> TokenStream {
    event::event(options.into(), item.into()).into()
}

/// Declares what somebody wants to happen: `#[command(part_of = Account)] struct MakeDeposit { .. }`.
///
/// Options as for `#[event]`. The field marked `#[identifier]` names the aggregate it is for. Adds the derives of an event;
/// fields it does not have are refused when it comes in as JSON.
#[proc_macro_attribute]
pub fn command(options: TokenStream, item: TokenStream) -> TokenStream {
    command::command(options.into(), item.into()).into()
}

/// Declares an aggregate, on its struct and on the impl block with its behaviour.
///
/// On the struct, options: `event_sourced`, its state is rebuilt from its events; `fact_events`, every save is followed by an
/// event with the whole state; `name`, with which its streams begin; `on_replay = report`, for histories older than a rule.
/// Adds the derives of an event and `Default`, and one field, `root`: identity, version and the events not yet stored.
///
/// On the impl block: its `#[apply]` methods become one enum of its events and one `match` that replays them, its
/// `#[invariant]` methods the rules that `raise` checks.
#[proc_macro_attribute]
pub fn aggregate(options: TokenStream, item: TokenStream) -> TokenStream {
    aggregate::aggregate(options.into(), item.into()).into()
}

/// Marks the method that changes an aggregate by one event: `#[apply] fn on_deposit_made(&mut self, event: &DepositMade)`.
#[proc_macro_attribute]
pub fn apply(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("apply", "an `#[aggregate] impl` block", &item.into()).into()
}

/// Marks a rule over the whole state of an aggregate: `#[invariant(post)] fn rule(&self) -> Result<(), Rejection>`.
///
/// `pre` rules are checked before an event is applied, `post` rules after it.
#[proc_macro_attribute]
pub fn invariant(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("invariant", "an `#[aggregate] impl` block", &item.into()).into()
}

/// Declares who decides about commands: `#[command_handler(part_of = Account)] impl AccountCommandHandler { .. }`.
///
/// Each `#[handle]` method takes one command. What else it takes and returns says how it is called: one that returns the
/// aggregate creates it, one that takes `&mut Account` has it loaded and saved, one that takes `&Context` does what it likes.
#[proc_macro_attribute]
pub fn command_handler(options: TokenStream, item: TokenStream) -> TokenStream {
    command_handler::command_handler(options.into(), item.into()).into()
}

/// Declares what else happens after an event: `#[event_handler(part_of = Account)] impl ComplianceAlertHandler { .. }`.
///
/// Each `#[handle]` method takes one type of event, or, from outside, `&Recorded` of the stored type that it names. Option
/// `categories`: more streams to listen to, such as `["account-fact"]`.
#[proc_macro_attribute]
pub fn event_handler(options: TokenStream, item: TokenStream) -> TokenStream {
    event_handler::event_handler(options.into(), item.into()).into()
}

/// Marks a method that handles a command or an event.
///
/// `#[handle(retry)]` on an `async` command handler lets it run again after a version conflict;
/// `#[handle("Fidelis.AccountFactEvent.v1")]` on an event handler takes events by their stored type. Of a process manager: see
/// [`macro@process_manager`].
#[proc_macro_attribute]
pub fn handle(_: TokenStream, item: TokenStream) -> TokenStream {
    let home = "a `#[command_handler] impl`, an `#[event_handler] impl` or a `#[process_manager] impl` block";
    marks::outside("handle", home, &item.into()).into()
}

/// Declares a row of a read model: `#[projection] struct AccountSummary { .. }`.
///
/// One column per field, found by the fields marked `#[identifier]`; `#[index]` is for columns that queries often filter or sort
/// by. Each field becomes a constant for queries: `AccountSummary::BALANCE.ge(100)`. Option `name`: that of the table.
#[proc_macro_attribute]
pub fn projection(options: TokenStream, item: TokenStream) -> TokenStream {
    projection::projection(options.into(), item.into()).into()
}

/// Declares who writes a read model: `#[projector(projector_for = AccountSummary, aggregates = [Account])] impl .. { .. }`.
///
/// Each `#[on]` method takes one type of event and returns a new row, or takes the row to change it.
#[proc_macro_attribute]
pub fn projector(options: TokenStream, item: TokenStream) -> TokenStream {
    projector::projector(options.into(), item.into()).into()
}

/// Marks a method that folds an event into a row; `#[on(key = account_id)]` when the row is not found by the identity of the
/// event's aggregate but by a field of the event.
#[proc_macro_attribute]
pub fn on(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("on", "a `#[projector] impl` block", &item.into()).into()
}

/// Declares what several aggregates do together, on the struct that is the state of one process and on the impl block with the steps.
///
/// On the struct, options: `correlate`, the field that tells the processes apart; `name`, with which their streams begin. Adds the
/// derives of an aggregate; a stored state with a field that it does not have is refused.
///
/// On the impl block, each step takes `&mut self` and says with `then: &mut Effects<Self>` what is to be done:
///
/// - `#[handle(start)]`, an event that begins a process; `#[handle(issued)]`, one that this process has caused; `#[handle]`, one of
///   the aggregate whose identity is the key. `#[handle(correlate = field)]` when the key is in a field of the event, with
///   `waits = SignedDuration::from_hours(1)` when it may come before the start; `end` when the process is over with it.
/// - `#[on_rejected]`, `#[on_failed]`, `#[undo]`: a command that was issued was refused, cannot be carried out, is to be undone.
/// - `#[on_timeout("overdue")]`, a timer, which is started by the constant `Self::OVERDUE`; `#[on_undone]`, all is undone.
///
/// Option of the block: `never_rejected = [CompleteTransfer]`, commands that need no `#[on_rejected]`: if they are refused all
/// the same, the process needs a person.
#[proc_macro_attribute]
pub fn process_manager(options: TokenStream, item: TokenStream) -> TokenStream {
    process_manager::process_manager(options.into(), item.into()).into()
}

/// Marks the step for a command that was refused:
/// `#[on_rejected] fn on_deposit_rejected(&mut self, command: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>)`.
#[proc_macro_attribute]
pub fn on_rejected(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("on_rejected", "a `#[process_manager] impl` block", &item.into()).into()
}

/// Marks the step for a command that fails again and again, whatever the rules say:
/// `#[on_failed] fn on_deposit_failed(&mut self, command: &MakeDeposit, why: &str, then: &mut Effects<Self>)`.
///
/// Without the command, it is the step for those that have none of their own.
#[proc_macro_attribute]
pub fn on_failed(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("on_failed", "a `#[process_manager] impl` block", &item.into()).into()
}

/// Marks the step for a timer: `#[on_timeout("overdue")] fn on_overdue(&mut self, then: &mut Effects<Self>)`.
///
/// The timer is the constant `Self::OVERDUE`: `then.start_timer(Self::OVERDUE, SignedDuration::from_hours(1))`.
#[proc_macro_attribute]
pub fn on_timeout(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("on_timeout", "a `#[process_manager] impl` block", &item.into()).into()
}

/// Marks the step that undoes a command that was carried out:
/// `#[undo] fn give_back(&mut self, done: &MakeWithdrawal, then: &mut Effects<Self>)`.
#[proc_macro_attribute]
pub fn undo(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("undo", "a `#[process_manager] impl` block", &item.into()).into()
}

/// Marks the step when all is undone: `#[on_undone] fn on_undone(&mut self, why: &str, then: &mut Effects<Self>)`.
#[proc_macro_attribute]
pub fn on_undone(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("on_undone", "a `#[process_manager] impl` block", &item.into()).into()
}

/// Marks the field of a command that names its aggregate, or a field of a read model that belongs to the key.
#[proc_macro_attribute]
pub fn identifier(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("identifier", "a `#[command]` or a `#[projection]`", &item.into()).into()
}

/// Marks a field of a read model that queries often filter or sort by.
#[proc_macro_attribute]
pub fn index(_: TokenStream, item: TokenStream) -> TokenStream {
    marks::outside("index", "a `#[projection]`", &item.into()).into()
}

/// Makes a struct of one field, or an enum of plain variants, a column of read models.
///
/// The struct is a column like its field; the enum is a text, the name that serde gives the variant.
#[proc_macro_derive(Column, attributes(serde))]
pub fn column(item: TokenStream) -> TokenStream {
    column::column(item.into()).into()
}
