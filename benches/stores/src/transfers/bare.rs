//! Commits of one small record each, straight into the store: what its limit is for any program.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis::{
    MessageId, MessageKind, NewRecord, Origin, Store, StreamName, Timestamp, TypeName,
    store::{Append, Commit, Expected},
};
use load::Fault;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::counting::Counting;

/// About as long as an event.
const PAYLOAD: &str = r#"{"account_id":"018f2c1e-7f3a-7b1c-9d2e-1f2a3b4c5d6e","amount":"12.34","reference":"transfer"}"#;

/// Commits a second, by so many callers, each into a stream of its own.
pub(super) async fn measure(store: &Arc<Counting>, callers: usize, time: Duration) -> Result<f64, Fault> {
    let mut calling = JoinSet::new();
    let start = Instant::now();
    for _ in 0..callers {
        let store = Arc::clone(store);
        calling.spawn(async move {
            let stream = StreamName::new("transfers::bare", Uuid::now_v7());
            let mut made = 0_u64;
            while start.elapsed() < time {
                store.commit(commit(&stream)).await?;
                made += 1;
            }
            Ok::<_, Fault>(made)
        });
    }
    let mut made = 0;
    while let Some(calls) = calling.join_next().await {
        made += calls??;
    }
    Ok(made as f64 / start.elapsed().as_secs_f64())
}

fn commit(stream: &StreamName) -> Commit {
    let id = MessageId::from_uuid(Uuid::now_v7());
    let mut commit = Commit::new(Timestamp::now(), Origin { correlation_id: id, causation_id: None, process: None, priority: 0, extensions: Default::default() });
    let record = NewRecord {
        id,
        type_name: TypeName::new("Transfers", "Bare", 1),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: PAYLOAD.into(),
    };
    commit.appends.push(Append { stream: stream.clone(), expected: Expected::Any, records: [record].into_iter().collect() });
    commit
}
