//! The same history with Fidelis.

use std::{sync::Arc, time::Instant};

use ::load::{
    Fault,
    bank::{self, account_id},
};
use fidelis::{
    Engine, Id, MessageId, MessageKind, NewRecord, Origin, Records, Store, StreamName, Timestamp, TypeName, codec,
    prelude::Decimal,
    store::{Append, Commit, Expected},
};

use super::{Read, material, memory::Peak};
use crate::{
    fidelis_bank::{Account, AccountOpened, Dashboard, DepositMade, domain},
    setting::Setting,
};

pub(super) struct Bank {
    store: Arc<dyn Store>,
    url: String,
    events: u64,
}

impl Bank {
    pub(super) async fn filled(setting: &Setting) -> Result<Self, Fault> {
        let url = setting.new_store().await?;
        let store = fidelis::open(&url).await?;
        // The tables of the domain are made before anything is written, as in life.
        domain().on_shared(Arc::clone(&store)).start().await?;
        let mut events = material::LONG.1;
        for round in material::rounds(setting.events) {
            let mut commit = new_commit();
            for (number, _, event) in round {
                events += 1;
                let stream = StreamName::new("fidelis::account", Id::<Account>::from_uuid(account_id(number)));
                commit.appends.push(Append { stream, expected: Expected::Any, records: [record(event)?].into_iter().collect() });
            }
            store.commit(commit).await?;
        }
        let mut commit = new_commit();
        let stream = StreamName::new("fidelis::account", Id::<Account>::from_uuid(account_id(material::LONG.0)));
        let records: Result<_, Fault> = material::long().map(|(_, _, event)| record(event)).collect();
        commit.appends.push(Append { stream, expected: Expected::Any, records: records? });
        store.commit(commit).await?;
        Ok(Bank { store, url, events })
    }

    /// As a process that has just started.
    async fn engine(&self) -> Result<Engine, Fault> {
        Ok(domain().on_shared(fidelis::open(&self.url).await?).start().await?)
    }

    pub(super) async fn category(&self) -> Result<Read, Fault> {
        let engine = self.engine().await?;
        let (peak, start) = (Peak::begin(), Instant::now());
        let mut reader = engine.reader(Records::Category("fidelis::account".into()));
        let (mut count, mut total) = (0_u64, Decimal::ZERO);
        while let Some(record) = reader.next().await? {
            total += match record.metadata.type_name.as_str() {
                "Fidelis.DepositMade.v1" => record.decode::<DepositMade>()?.amount,
                _ => record.decode::<AccountOpened>()?.opening_deposit,
            };
            count += 1;
        }
        std::hint::black_box(total);
        if count != self.events {
            return Err(Fault(format!("{count} events were read instead of {}", self.events)));
        }
        Ok(Read { rate: count as f64 / start.elapsed().as_secs_f64(), grown: peak.grown() })
    }

    pub(super) async fn stream(&self) -> Result<Read, Fault> {
        let engine = self.engine().await?;
        let start = Instant::now();
        let account = engine.replay(Id::<Account>::from_uuid(account_id(material::LONG.0))).await?;
        let rate = material::LONG.1 as f64 / start.elapsed().as_secs_f64();
        std::hint::black_box(account);
        Ok(Read { rate, grown: None })
    }

    pub(super) async fn rebuild(&self) -> Result<Read, Fault> {
        let engine = self.engine().await?;
        let (peak, start) = (Peak::begin(), Instant::now());
        let folded = engine.rebuild::<Dashboard>().await?;
        let read = Read { rate: folded as f64 / start.elapsed().as_secs_f64(), grown: peak.grown() };
        let rows = engine.query::<Dashboard>().count().await?;
        if (folded, rows) != (self.events, material::ACCOUNTS + 1) || self.store.head().await? < self.events {
            return Err(Fault(format!("{folded} events made {rows} rows")));
        }
        Ok(read)
    }
}

fn new_commit() -> Commit {
    let origin = Origin {
        correlation_id: MessageId::from_uuid(uuid::Uuid::now_v7()),
        causation_id: None,
        process: None,
        priority: 0,
        extensions: None,
    };
    Commit::new(Timestamp::now(), origin)
}

fn record(event: bank::Event) -> Result<NewRecord, Fault> {
    let (name, payload) = match event {
        bank::Event::AccountOpened { account_id, account_number, holder_name, opening_deposit } => {
            let account_id = Id::from_uuid(account_id);
            let event = AccountOpened { account_id, account_number, holder_name, opening_deposit };
            ("Fidelis.AccountOpened.v1", codec::to_json(&event)?)
        }
        bank::Event::DepositMade { account_id, amount, reference } => {
            let event = DepositMade { account_id: Id::from_uuid(account_id), amount, reference };
            ("Fidelis.DepositMade.v1", codec::to_json(&event)?)
        }
    };
    Ok(NewRecord {
        id: MessageId::from_uuid(uuid::Uuid::now_v7()),
        type_name: TypeName::parse(name),
        kind: MessageKind::Event,
        schema_version: 1,
        payload,
    })
}
