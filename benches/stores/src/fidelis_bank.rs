//! The same deposit with Fidelis: the account, its commands and the dashboard as a user writes them.

use fidelis::{Engine, ErrorKind, prelude::*};
use load::{Candidate, Fault, Refused, Totals, bank};

mod domain;

pub(crate) use domain::{Account, AccountOpened, Dashboard, DepositMade, domain};
use domain::{MakeDeposit, OpenAccount};

pub(crate) struct Bank {
    pub(crate) engine: Engine,
}

pub(crate) async fn open(url: &str) -> Result<Bank, Fault> {
    Ok(Bank { engine: domain().on_shared(fidelis::open(url).await?).start().await? })
}

impl Candidate for Bank {
    async fn open(&self, number: u64) -> Result<(), Fault> {
        let bank::Event::AccountOpened { account_id, account_number, holder_name, opening_deposit } = bank::opening(number)
        else {
            return Err(Fault("an account begins by being opened".to_owned()));
        };
        let account_id = Id::from_uuid(account_id);
        self.engine.process(OpenAccount { account_id, account_number, holder_name, opening_deposit }).await.map(drop)?;
        Ok(())
    }

    async fn deposit(&self, command: bank::MakeDeposit) -> Result<(), Refused> {
        let bank::MakeDeposit { account_id, amount, reference } = command;
        let account_id = Id::from_uuid(account_id);
        match self.engine.process(MakeDeposit { account_id, amount, reference }).await {
            Ok(receipt) => match receipt.lagging.first() {
                None => Ok(()),
                Some(lagging) => Err(Refused::Fault(Fault(format!("the dashboard lags: {}", lagging.error)))),
            },
            Err(error) if error.kind() == ErrorKind::Conflict => Err(Refused::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn totals(&self) -> Result<Totals, Fault> {
        let rows = self.engine.query::<Dashboard>().all().await?;
        Ok(rows.iter().fold(Totals::default(), |totals, row| Totals {
            accounts: totals.accounts + 1,
            balance: totals.balance + row.balance,
            transactions: totals.transactions + row.transaction_count,
        }))
    }
}
