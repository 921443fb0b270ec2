//! Pages that are read while others write.

use fidelis_core::{
    MessageId, MessageKind, NewRecord, Origin, Store, StreamName, Timestamp, TypeName, block_on,
    store::{Append, Commit, Direction, Expected, Interest, PageLimit, ReadFrom},
};

use super::{BLOCK, Page};
use crate::{SqliteStore, readers::Readers};

/// Appends so many records in one commit.
fn write(store: &SqliteStore, count: i64) {
    let correlation_id = MessageId::named("page");
    let origin = Origin { correlation_id, causation_id: None, process: None, priority: 0, extensions: None };
    let record = || NewRecord {
        id: MessageId::named("record"),
        type_name: TypeName::parse("Test.Happened.v1"),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: "{}".into(),
    };
    let mut commit = Commit::new(Timestamp::UNIX_EPOCH, origin);
    let records = (0..count).map(|_| record()).collect();
    commit.appends.push(Append { stream: StreamName::new("test::thing", 1), expected: Expected::Any, records });
    block_on(store.commit(commit)).expect("the commit is in order");
}

/// What is written in the middle of a page may stand on both sides of the end of a block: a page must have both or neither.
fn nothing_is_passed_over(from: ReadFrom<'_>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("pages.db");
    let store = block_on(SqliteStore::open(&path)).expect("a new file can be made");
    write(&store, BLOCK - 3);
    let readers = Readers::new(path);
    let limit = PageLimit { records: usize::MAX, bytes: usize::MAX };
    let positions = readers.now(|reader| {
        let mut page = Page::begin(reader, from, limit)?.expect("there is something");
        page.read(reader, 1)?;
        write(&store, 10);
        page.read(reader, usize::MAX)?;
        Ok(page.into_records().iter().map(|record| record.metadata.global_position).collect::<Vec<_>>())
    });
    let positions = positions.expect("the file can be read");
    assert!(
        positions.iter().copied().eq(1..=positions.len() as u64),
        "the page ends with {:?}",
        &positions[positions.len() - 3..]
    );
}

#[test]
fn pages_of_types_pass_nothing_over() {
    let interest = Interest { types: vec![TypeName::parse("Test.Happened.v1")] };
    nothing_is_passed_over(ReadFrom::Interest { interest: &interest, position: 1 });
}

#[test]
fn pages_of_categories_pass_nothing_over() {
    nothing_is_passed_over(ReadFrom::Category { name: "test::thing", position: 1, direction: Direction::Forwards });
}
