//! What a log that takes its positions from a sequence does to its readers: shows that writers and readers here meet as they do
//! in the field. A store whose readers miss nothing among such writers has to be made for it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio_postgres::{Client, NoTls};

use crate::server;

const WRITERS: usize = 6;
const COMMITS: usize = 60;

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// One in ten is slow between taking its number and its commit, one in ten is taken back.
async fn write(client: Client, writer: usize) {
    for commit in 0..COMMITS {
        client.batch_execute("begin; insert into naive default values").await.unwrap();
        let chance = (writer * 7 + commit * 3) % 10;
        if chance == 0 {
            client.batch_execute("select pg_sleep(0.01)").await.unwrap();
        }
        client.batch_execute(if chance == 5 { "rollback" } else { "commit" }).await.unwrap();
    }
}

/// Remembers the last number it has seen and asks for what is above it.
async fn read(client: Client, done: Arc<AtomicBool>) -> BTreeSet<i64> {
    let mut seen = BTreeSet::new();
    loop {
        let finished = done.load(Ordering::Acquire);
        let last = seen.last().copied().unwrap_or(0);
        let rows = client.query("select position from naive where position > $1 order by position", &[&last]).await.unwrap();
        seen.extend(rows.iter().map(|row| row.get::<_, i64>(0)));
        if finished && rows.is_empty() {
            return seen;
        }
    }
}

#[test]
fn readers_of_a_sequence_miss_records() {
    let Some(server) = server(&[]) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = connect(&server.url()).await;
        client.batch_execute("create table naive (position bigserial primary key)").await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn(read(connect(&server.url()).await, Arc::clone(&done)));
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            writers.push(tokio::spawn(write(connect(&server.url()).await, writer)));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        done.store(true, Ordering::Release);
        let seen = reader.await.unwrap();
        let all = client.query("select position from naive", &[]).await.unwrap();
        let missed = all.iter().filter(|row| !seen.contains(&row.get::<_, i64>(0))).count();
        println!("missed {missed} of {}", all.len());
        assert!(missed > 0, "the reader was lucky {} times", all.len());
    });
}
