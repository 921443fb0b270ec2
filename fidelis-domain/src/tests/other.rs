//! Two domains in one program, even on one store, do not see each other.

use fidelis::{Envelope, block_on, prelude::*};

use super::{Bank, deposit};
use crate::money::dollars;

/// A savings bank that calls its things by the same names.
mod savings {
    use fidelis::prelude::*;

    fidelis::domain!("savings");

    #[event(part_of = Account)]
    pub(super) struct DepositMade {
        pub(super) amount: i64,
    }

    #[aggregate(event_sourced)]
    pub(super) struct Account {
        pub(super) balance: i64,
    }

    #[aggregate]
    impl Account {
        #[apply]
        fn on_deposit_made(&mut self, event: &DepositMade) {
            self.balance += event.amount;
        }
    }

    #[command(part_of = Account)]
    pub(super) struct Save {
        pub(super) amount: i64,
    }

    #[derive(Default)]
    pub(super) struct SavingHandler;

    #[command_handler(part_of = Account)]
    impl SavingHandler {
        #[handle]
        fn save(&self, command: Save, id: Id<Account>) -> Result<Account, Rejection> {
            let mut account = Account::new(id);
            account.raise(DepositMade { amount: command.amount })?;
            Ok(account)
        }
    }
}

#[test]
fn the_other_domain_has_no_faults_and_no_account_of_the_bank() {
    assert_eq!(savings::domain().check().map_err(|faults| faults.to_string()), Ok(()));
    let savings = savings::domain().in_memory().unwrap();
    let error = block_on(savings.find(Id::<crate::account::Account>::named("ACC-001"))).unwrap_err();
    assert_eq!(error.to_string(), "aggregate `Account` does not belong to domain `savings`");
}

#[test]
fn a_command_of_the_other_domain_is_refused() {
    let bank = Bank::open();
    let error = bank.process(savings::Save { amount: 5 }).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Invalid, "command `Save` does not belong to domain `fidelis`")
    );
    let by_name = block_on(bank.engine.process_json("Save", r#"{"amount":5}"#, Envelope::default())).unwrap_err();
    assert_eq!(by_name.kind(), ErrorKind::Invalid);
    let known = "domain `fidelis` has no command `Save`; it has `AbandonClosure`, `CloseAccount`, ";
    let by_name = by_name.to_string();
    assert!(by_name.starts_with(known) && by_name.contains("`MakeDeposit`, "), "{by_name}");
    assert!(bank.log().is_empty());
}

#[test]
fn on_one_store_each_consumer_hears_its_own_domain() {
    let bank = Bank::open();
    let savings = block_on(savings::domain().on(bank.store.clone()).start()).unwrap();
    let saved = block_on(savings.process(savings::Save { amount: 50_000 })).unwrap().value;
    let alice = bank.alice(dollars(1));
    assert_ne!(block_on(savings.process(savings::Save { amount: 50_000 })).unwrap().value, saved);
    bank.accepts(deposit(alice, dollars(2)));
    assert_eq!(bank.alerts.notices(), [], "no large deposit was made at the bank");
    assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
    assert_eq!(bank.account(alice).balance, dollars(3));
    assert_eq!(block_on(savings.replay(saved)).unwrap().balance, 50_000);
    let streams: Vec<String> = bank.log().iter().map(|record| record.metadata.stream.category().to_owned()).collect();
    assert_eq!(
        streams,
        [
            "savings::account",
            "fidelis::account",
            "fidelis::account-fact",
            "savings::account",
            "fidelis::account",
            "fidelis::account-fact"
        ]
    );
    assert_eq!(bank.log()[0].metadata.type_name.as_str(), "Savings.DepositMade.v1");
}
