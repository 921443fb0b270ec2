//! Accounts kept in memory, each behind a lock that a deposit holds until it is stored: the cache that all code by hand shares.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use load::{
    Fault, Refused,
    bank::{Account, Dashboard, Event, MakeDeposit, account_id, opening},
};
use rustc_hash::FxHashMap;
use tokio::sync::{Mutex, RwLock};
use uuid::Uuid;

/// An account, its row, and how many events it has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub(crate) account: Account,
    pub(crate) row: Dashboard,
    pub(crate) events: i64,
}

/// What a command leads to: all that is to be stored together.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) number: i64,
    pub(crate) account_id: Uuid,
    pub(crate) stream_position: i64,
    pub(crate) event_id: Uuid,
    pub(crate) command_id: Uuid,
    pub(crate) type_name: &'static str,
    pub(crate) time: SystemTime,
    pub(crate) payload: String,
    pub(crate) row: Dashboard,
}

/// All accounts.
#[derive(Default)]
pub(crate) struct Accounts(RwLock<FxHashMap<Uuid, Arc<Mutex<Live>>>>);

impl Accounts {
    /// Opens an account; `store` stores what follows from it.
    pub(crate) async fn open(&self, number: u64, store: impl AsyncFnOnce(Write) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut live = Live::default();
        let id = account_id(number);
        store(live.after(id, number as i64, "AccountOpened", &opening(number))?).await?;
        self.0.write().await.insert(id, Arc::new(Mutex::new(live)));
        Ok(())
    }

    /// Makes a deposit; `store` stores what follows from it. When that fails, the account is as before.
    pub(crate) async fn deposit(
        &self,
        command: MakeDeposit,
        store: impl AsyncFnOnce(Write) -> Result<(), Fault>,
    ) -> Result<(), Refused> {
        let id = command.account_id;
        let account = self.0.read().await.get(&id).cloned();
        let account = account.ok_or_else(|| Refused::Fault(Fault("there is no such account".to_owned())))?;
        let mut live = account.lock().await;
        let mut next = live.clone();
        let event = live.account.deposit(command)?;
        let write = next.after(id, i64::from(id.as_u128() as u32), "DepositMade", &event).map_err(Refused::Fault)?;
        store(write).await.map_err(Refused::Fault)?;
        *live = next;
        Ok(())
    }
}

impl Live {
    /// Applies an event, and gives what is to be stored.
    fn after(&mut self, account_id: Uuid, number: i64, type_name: &'static str, event: &Event) -> Result<Write, Fault> {
        let time = SystemTime::now();
        let micros = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
        self.account.apply(event);
        self.row.apply(event, micros);
        let stream_position = self.events;
        self.events += 1;
        Ok(Write {
            number,
            account_id,
            stream_position,
            event_id: Uuid::now_v7(),
            command_id: Uuid::now_v7(),
            type_name,
            time,
            payload: serde_json::to_string(event)?,
            row: self.row.clone(),
        })
    }
}
