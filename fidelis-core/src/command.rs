//! Commands: what somebody wants to happen, and who handles it.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Aggregate, Error, Id, Run, Validated};

/// What somebody wants to happen, as a type. Written with `#[command(part_of = Account)]`.
///
/// ```
/// # use fidelis::prelude::*;
/// # #[aggregate] pub struct Account { pub balance: i64 }
/// # #[aggregate] impl Account {}
/// # #[derive(Default)] pub struct AccountCommandHandler;
/// # #[command_handler(part_of = Account)] impl AccountCommandHandler {
/// #     #[handle] fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> { Ok(()) } }
/// #[command(part_of = Account)]
/// pub struct MakeDeposit {
///     #[identifier]
///     pub account_id: Id<Account>,
///     pub amount: i64,
/// }
/// let command = MakeDeposit { account_id: Id::named("ACC-001"), amount: 5 };
/// assert_eq!(command.identifier(), Id::named("ACC-001"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not declared with `#[command]`",
    note = "declare it `#[command(part_of = ..)] struct {Self} {{ .. }}`"
)]
pub trait Command: Serialize + DeserializeOwned + Clone + Debug + Validated + Send + Sync + 'static {
    /// The aggregate that decides about it.
    type Aggregate: Aggregate;
    /// Its name in the log, without domain and version.
    const NAME: &'static str;
    /// The version of its layout, from 1.
    const VERSION: u32 = 1;

    /// The aggregate it is for, when it has an `#[identifier]`; a creating command without one gets a new identity.
    fn identity(&self) -> Option<Id<Self::Aggregate>> {
        None
    }
}

/// The command names the aggregate it is for, by its `#[identifier]` field.
#[diagnostic::on_unimplemented(
    message = "command `{Self}` does not say which `{A}` it is for",
    label = "no field with `#[identifier]`",
    note = "mark the field that names it: `#[identifier] pub id: Id<{A}>`"
)]
pub trait Identified<A: Aggregate>: Command {
    /// The aggregate it is for.
    fn identifier(&self) -> Id<A>;
}

/// The command has a handler. Written by `#[command_handler] impl`, from its `#[handle]` methods.
#[diagnostic::on_unimplemented(
    message = "command `{Self}` has no handler",
    label = "no `#[handle]` method takes this command",
    note = "add to a `#[command_handler] impl`: `#[handle] fn ..(&self, command: {Self}, ..) -> Result<_, Rejection> {{ .. }}`"
)]
pub trait Handled: Command {
    /// Who handles it.
    type Handler: Send + Sync + 'static;
    /// What processing it gives back.
    type Output: Output;

    /// Hands the command to its method.
    fn handle(self, run: Run<'_, Self>) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// What a command gives back: stored with the command's key, so that a repeat gets the same answer.
pub trait Output: Serialize + DeserializeOwned + Clone + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + Send + 'static> Output for T {}
