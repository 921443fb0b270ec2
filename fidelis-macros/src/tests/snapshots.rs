//! One snapshot per attribute and variant, in `snapshots/`.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

macro_rules! snapshot {
    ($name:ident: #[$attribute:path $(, $($options:tt)+)?] $($item:tt)+) => {
        #[test]
        fn $name() {
            let expansion = $attribute(quote!($($($options)+)?), quote!($($item)+));
            check(expansion, expect_file![concat!("../../snapshots/", stringify!($name), ".rs")]);
        }
    };
}

fn check(expansion: TokenStream, expected: ExpectFile) {
    let file = syn::parse2(expansion).expect("an expansion is valid Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

snapshot! {
    event:
    #[crate::event::event, part_of = Account]
    /// Money came in.
    pub struct DepositMade {
        pub account_id: Id<Account>,
        pub amount: Money,
    }
}

snapshot! {
    event_version_name_rules:
    #[crate::event::event, part_of = Account, version = 2, name = "MoneyPaidIn"]
    #[derive(Clone, Eq)]
    pub struct DepositMade {
        #[garde(length(max = 20))]
        pub reference: String,
    }
}

snapshot! {
    command:
    #[crate::command::command, part_of = Account]
    pub struct OpenAccount {
        pub holder_name: String,
    }
}

snapshot! {
    command_identifier:
    #[crate::command::command, part_of = Account]
    pub struct MakeDeposit {
        #[identifier]
        pub account_id: Id<Account>,
        pub amount: Money,
    }
}

snapshot! {
    aggregate_struct:
    #[crate::aggregate::aggregate, event_sourced]
    /// An account.
    pub struct Account {
        pub balance: Money,
    }
}

snapshot! {
    aggregate_struct_fact_events:
    #[crate::aggregate::aggregate, event_sourced, fact_events, name = "bank_account", on_replay = report]
    pub struct Account {
        /// Who holds it.
        #[garde(length(max = 100))]
        pub holder_name: String,
        #[serde(default)]
        pub balance: Money,
    }
}

snapshot! {
    aggregate_impl:
    #[crate::aggregate::aggregate]
    impl Account {
        pub fn deposit(&mut self, amount: Money) -> Result<(), Rejection> {
            self.raise(DepositMade { amount })
        }

        #[apply]
        fn on_account_opened(&mut self, _: &AccountOpened) {}

        #[apply]
        fn on_deposit_made(&mut self, event: &DepositMade) {
            self.balance += event.amount;
        }

        #[invariant(post)]
        fn balance_must_not_be_negative(&self) -> Result<(), Rejection> {
            ensure!(self.balance >= Money::ZERO, balance: "balance cannot be negative")
        }
    }
}

snapshot! {
    aggregate_impl_state_stored:
    #[crate::aggregate::aggregate]
    impl Account {
        #[invariant(pre)]
        fn is_open(&self) -> Result<(), Rejection> {
            ensure!(self.open, status: "Account is closed")
        }
    }
}

snapshot! {
    command_handler_create:
    #[crate::command_handler::command_handler, part_of = Account]
    impl AccountCommandHandler {
        #[handle]
        fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
            Account::open(id, command.holder_name)
        }
    }
}

snapshot! {
    command_handler_update:
    #[crate::command_handler::command_handler, part_of = Account]
    impl AccountCommandHandler {
        #[handle]
        fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
            account.deposit(command.amount)
        }
    }
}

snapshot! {
    command_handler_create_in_context:
    #[crate::command_handler::command_handler, part_of = Account]
    impl AccountCommandHandler {
        #[handle(retry)]
        async fn open_account(&self, command: OpenAccount, ctx: &Context) -> Result<Account, HandlerError> {
            Account::open(ctx.new_id(), self.names.find(command.holder).await?)
        }
    }
}

snapshot! {
    command_handler_update_in_context:
    #[crate::command_handler::command_handler, part_of = Account]
    impl AccountCommandHandler {
        #[handle]
        async fn make_deposit(
            &self,
            command: MakeDeposit,
            account: &mut Account,
            meta: &CommandMetadata,
        ) -> Result<(), HandlerError> {
            self.limits.ask(meta).await?;
            Ok(account.deposit(command.amount)?)
        }
    }
}

snapshot! {
    command_handler_in_context:
    #[crate::command_handler::command_handler, part_of = Account]
    impl AccountCommandHandler {
        #[handle]
        async fn import(&self, command: ImportAccounts, ctx: &Context) -> Result<u64, HandlerError> {
            self.import_all(command.file, ctx).await
        }
    }
}

snapshot! {
    event_handler:
    #[crate::event_handler::event_handler, part_of = Account, categories = ["account-fact"]]
    impl ComplianceAlertHandler {
        #[handle]
        async fn on_deposit_made(&self, event: &DepositMade, ctx: &Context) -> Result<(), HandlerError> {
            self.alert(event, ctx).await
        }

        #[handle("Fidelis.AccountFactEvent.v1")]
        fn on_fact(&self, fact: &Recorded, meta: &Metadata) {
            self.count(fact, meta);
        }
    }
}

snapshot! {
    projection:
    #[crate::projection::projection]
    pub struct AccountSummary {
        #[identifier]
        pub account_id: Id<Account>,
        #[index]
        pub balance: Money,
    }
}

snapshot! {
    projection_name_composite_key:
    #[crate::projection::projection, name = "flows"]
    pub struct Flow {
        #[identifier]
        pub source: Id<Account>,
        #[identifier]
        pub destination: Id<Account>,
        pub amount: Money,
    }
}

snapshot! {
    projector:
    #[crate::projector::projector, projector_for = AccountSummary, aggregates = [Account]]
    impl AccountSummaryProjector {
        #[on]
        fn on_account_opened(&self, event: &AccountOpened, meta: &Metadata) -> AccountSummary {
            AccountSummary::new(event, meta)
        }

        #[on]
        fn on_deposit_made(&self, summary: &mut AccountSummary, event: &DepositMade) {
            summary.balance += event.amount;
        }

        #[on(key = account_id)]
        fn on_account_closed(&self, summary: &mut Option<AccountSummary>, _: &AccountClosed) {
            *summary = None;
        }
    }
}

snapshot! {
    process_manager_struct:
    #[crate::process_manager::process_manager, correlate = transfer_id]
    /// A transfer on its way.
    pub struct FundsTransfer {
        pub transfer_id: Id<Transfer>,
        pub amount: Money,
    }
}

snapshot! {
    process_manager_impl:
    #[crate::process_manager::process_manager, never_rejected = [CompleteTransfer]]
    impl FundsTransfer {
        #[handle(start)]
        fn on_transfer_initiated(&mut self, event: &TransferInitiated, then: &mut Effects<Self>) {
            then.issue(MakeDeposit::of(event));
            then.start_timer(Self::OVERDUE, SignedDuration::from_hours(1));
        }

        #[handle(issued)]
        fn on_deposit_made(&mut self, event: &DepositMade, meta: &Metadata, then: &mut Effects<Self>) {
            then.issue(CompleteTransfer::of(event, meta));
        }

        #[handle(correlate = transfer, waits = SignedDuration::from_hours(1), end)]
        fn on_receipt_signed(&mut self, _: &ReceiptSigned) {}

        #[on_rejected]
        fn on_deposit_rejected(&mut self, command: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>) {
            then.undo(format!("{command:?}: {why}"));
        }

        #[on_failed]
        fn on_failed(&mut self, why: &str, then: &mut Effects<Self>) {
            then.need_person(why);
        }

        #[on_timeout("overdue")]
        fn on_overdue(&mut self, then: &mut Effects<Self>) {
            then.undo("overdue");
        }

        #[undo]
        fn take_back(&mut self, done: &MakeDeposit, then: &mut Effects<Self>) {
            then.issue(MakeWithdrawal::against(done));
        }

        #[on_undone]
        fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
            then.issue(FailTransfer::because(why));
        }
    }
}

#[test]
fn column_wrapper() {
    let expansion = crate::column::column(quote!(
        pub struct Money(Decimal);
    ));
    check(expansion, expect_file!["../../snapshots/column_wrapper.rs"]);
}

#[test]
fn column_enum() {
    let expansion = crate::column::column(quote! {
        #[serde(rename_all = "snake_case")]
        pub enum AccountStatus { Active, #[serde(rename = "CLOSED")] Closed }
    });
    check(expansion, expect_file!["../../snapshots/column_enum.rs"]);
}
