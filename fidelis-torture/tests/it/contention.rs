//! Several processes that write the same streams of one database: each version is followed once, and everybody gets on.

use fidelis_torture::{Answer, Campaign, Place, Tier, Until, Workload, seed};

use crate::{program, server, sqlite_file};

fn two_processes(place: Place, accounts: u32, commits: usize) {
    let seed = seed();
    println!("seed {seed}");
    let workload = Workload { always_expects: accounts < 3, ..Workload::new(seed, accounts) };
    let mut campaign = Campaign::new(program(), place, workload);
    let mut history = std::mem::take(&mut campaign.history);
    let workers = [0, 1].map(|_| campaign.start(&[], |assignment| assignment.followers = 2));
    for mut worker in workers {
        let lives = worker.listen(&mut history, Until::Done(commits));
        let ended = worker.kill(&mut history);
        assert!(lives, "a writer has ended: {ended:?}");
        assert!(ended.notes.is_empty(), "there is no other error than a conflict: {:?}", ended.notes);
    }
    let done = |run| history.calls().filter(|(key, answer)| key.run == run && *answer == Some(Answer::Done)).count();
    println!("{} and {} done, {} conflicts", done(1), done(2), history.count(Answer::Conflict));
    assert!(done(1).min(done(2)) >= commits, "somebody got nowhere");
    assert!(history.count(Answer::Conflict) > 0, "nobody met anybody");
    campaign.history = history;
    campaign.judge().must_be_clean(&format!("two processes, seed {seed}"));
}

#[test]
fn on_one_stream_of_sqlite() {
    let (_folder, file) = sqlite_file();
    two_processes(Place::sqlite(file), 1, Tier::asked().pick(60, 2_000));
}

#[test]
fn on_many_streams_of_sqlite() {
    let (_folder, file) = sqlite_file();
    two_processes(Place::sqlite(file), 30, Tier::asked().pick(150, 5_000));
}

#[test]
fn on_one_stream_of_postgres() {
    let Some(server) = server(&[]) else { return };
    two_processes(Place::Postgres { url: server.url() }, 1, Tier::asked().pick(60, 2_000));
}

#[test]
fn on_many_streams_of_postgres() {
    let Some(server) = server(&[]) else { return };
    two_processes(Place::Postgres { url: server.url() }, 30, Tier::asked().pick(150, 5_000));
}
