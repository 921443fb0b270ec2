//! Writing a log by hand: what an engine finds when it starts, whoever wrote it.

use fidelis::{
    Extensions, MessageId, MessageKind, NewRecord, Origin, Store, StreamName, Timestamp, TypeName, Uuid,
    store::{Append, Commit, CommitResult, Expected},
};

/// A record to write.
pub struct Written<'a> {
    pub type_name: &'a str,
    pub kind: MessageKind,
    pub payload: String,
}

/// An event.
pub fn event(type_name: &str, payload: impl Into<String>) -> Written<'_> {
    Written { type_name, kind: MessageKind::Event, payload: payload.into() }
}

/// Appends records to a stream in one commit; `cause` is shared by what one command wrote. Gives the position of the last.
pub fn write(store: &dyn Store, stream: &str, cause: u128, records: impl IntoIterator<Item = Written<'static>>) -> u64 {
    let cause = MessageId::from_uuid(Uuid::from_u128(cause));
    let extensions: Extensions = None;
    let origin = Origin { correlation_id: cause, causation_id: Some(cause), process: None, priority: 0, extensions };
    let mut commit = Commit::new(Timestamp::UNIX_EPOCH, origin);
    let records = records.into_iter().enumerate().map(|(index, written)| NewRecord {
        id: cause.of_event(index as u32),
        type_name: TypeName::parse(written.type_name),
        kind: written.kind,
        schema_version: 1,
        payload: written.payload.into(),
    });
    let records = records.collect();
    commit.appends.push(Append { stream: StreamName::parse(stream), expected: Expected::Any, records });
    match fidelis::block_on(store.commit(commit)).unwrap() {
        CommitResult::Committed(committed) => committed.head,
        CommitResult::Repeated(_) => unreachable!("it settles nothing"),
    }
}
