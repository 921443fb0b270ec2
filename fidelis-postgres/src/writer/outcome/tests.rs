//! What is answered about a batch whose row, and those around it, are gone: what can be told, and nothing else.

use std::{env, sync::Arc, time::Duration};

use fidelis_core::MessageId;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Place, Sent, Writer};
use crate::{
    PostgresOptions,
    fault::{Fault, Follows},
    migrate,
    names::Names,
    session::Session,
    tables::Tables,
    writer::batch::Failed,
};

fn broken() -> Fault {
    Fault::new(Follows::Gone, "the connection broke")
}

/// A batch that stands on one whose row has been removed.
fn sent(first: Option<(u64, MessageId)>, settled: Option<MessageId>) -> Sent {
    let place = |batch| Place { batch, token: Uuid::from_u128(7) };
    Sent { previous: place(4_711), place: place(4_712), head: 1, time: None, first, settled }
}

/// By its first record or its command it can be told, for ever, whether a batch has happened. One that has neither may have happened or
/// not, and nobody is told that it has not.
#[tokio::test]
async fn a_batch_that_left_no_trace_is_not_said_to_have_failed() {
    // Where there is no server it is left out, like the tests of the contract, which say so.
    let Ok(url) = env::var("FIDELIS_TEST_POSTGRES_URL") else { return };
    let schema = format!("outcome {} {}", std::process::id(), rand::random::<u32>());
    let options = url.parse::<PostgresOptions>().and_then(|options| options.schema(&schema)).expect("a URL");
    let options = Arc::new(options.retry_for(Duration::from_millis(50)));
    let names = Arc::new(Names::new(&schema));
    let session = Session::open(&options, |_| ()).await.expect("there is a server");
    migrate::migrate(&session, &names, &options).await.expect("the tables can be made");
    let tables = Arc::new(Tables::default());
    let head = watch::Sender::new(0);
    let (_queue, mut writer) = Writer::new(Arc::clone(&options), Arc::clone(&names), tables, head, session);
    let command = MessageId::named("command");

    let outcome = writer.resolve(&sent(None, None), broken()).await;
    assert!(matches!(outcome, Err(Failed::NobodyKnows(_))), "{outcome:?}");
    for (first, settled) in [(None, Some(command)), (Some((1, command)), None), (Some((1, command)), Some(command))] {
        let outcome = writer.resolve(&sent(first, settled), broken()).await;
        assert!(matches!(outcome, Err(Failed::NothingHappened(_))), "{outcome:?}");
    }
    let session = Session::open(&options, |_| ()).await.expect("there is a server");
    let settled = names.sql("INSERT INTO {schema}.settlements (command, position, accepted) VALUES ($1, 0, true)");
    session.query(&settled, &[&command.uuid()]).await.expect("it can be written");
    writer.resolve(&sent(None, Some(command)), broken()).await.expect("its command is settled: it has happened");
    session.run(&names.sql("DROP SCHEMA {schema} CASCADE")).await.expect("it can be dropped");
}
