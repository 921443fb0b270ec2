//! A flush that fails. What the kernel thinks of the pages then is not what is on the disk: a store that tries again and is told
//! that all is well would acknowledge what is nowhere.

use fidelis_torture::{Answer, Campaign, Disk, Line, Place, Tier, Until, Workload, seed};
use rand::RngExt;

use crate::{program, server, sqlite_file};

/// Up to this one, flushes may be those of opening a new file. Then there is nobody to answer, and what has failed may be done again.
const OPENING: u64 = 6;

#[test]
fn sqlite_acknowledges_nothing_after_it() {
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    for flush in 1..=Tier::asked().pick(16, 60) {
        let (_folder, file) = sqlite_file();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut campaign = Campaign::new(program(), Place::sqlite(&file), Workload::new(seed + flush, 12));
        let callers = 8;
        let worker = campaign.start(&disk.failing_flush(&name, flush), |assignment| {
            assignment.callers = callers;
            assignment.patience = Some(24);
            assignment.commits = Some(200);
        });
        let mut after = 0;
        let mut failed = false;
        let ended = worker.end_with(&mut campaign.history, |line| match line {
            Line::Answered(_, Answer::Failed | Answer::Unknown) => failed = true,
            Line::Answered(_, Answer::Done) => after += usize::from(failed),
            _ => {}
        });
        if ended.success {
            assert!(failed || flush <= OPENING, "flush {flush} was never made: {ended:?}");
            assert!(after <= callers as usize, "{after} commits were acknowledged after flush {flush} had failed");
        }
        if campaign.history.calls().next().is_some() {
            campaign.judge().must_be_clean(&format!("flush {flush} failed, seed {seed}"));
        }
        // Whoever opens the file on a disk that works goes on.
        let mut worker = campaign.start(&[], |_| ());
        assert!(worker.listen(&mut campaign.history, Until::Done(20)), "the file cannot be used any more");
        worker.kill(&mut campaign.history);
        campaign.judge().must_be_clean(&format!("after flush {flush} had failed, seed {seed}"));
    }
}

/// The server gives itself up at once and recovers from what it has flushed, as PostgreSQL does since 12: whoever had been answered
/// finds all of it there, and the same store goes on.
#[test]
fn postgres_recovers_and_nothing_acknowledged_is_lost() {
    let Some(mut server) = server(&[]) else { return };
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    let mut campaign = Campaign::new(program(), Place::Postgres { url: server.url() }, Workload::new(seed, 12));
    let mut worker = campaign.start(&[], |_| ());
    assert!(worker.listen(&mut campaign.history, Until::Done(20)), "the worker has ended: {worker}");
    for _ in 0..Tier::asked().pick(3, 20) {
        // Each of its processes counts for itself, those that come after the recovery too.
        let flush = campaign.chance.random_range(100..200);
        server.stop_immediately().unwrap();
        server.start_again_with(&disk.failing_flush("/pg_wal/", flush)).unwrap();
        let before = failed_flushes(&server);
        for _ in 0..1_000 {
            assert!(worker.listen(&mut campaign.history, Until::Done(20)), "the worker has ended: {worker}");
            if failed_flushes(&server) >= before + 2 {
                break;
            }
        }
        assert!(failed_flushes(&server) >= before + 2, "flush {flush} was never made");
    }
    if server.is_running() {
        server.stop_immediately().unwrap();
    }
    server.start_again().unwrap();
    assert!(worker.listen(&mut campaign.history, Until::Done(30)), "the worker has ended: {worker}");
    worker.kill(&mut campaign.history);
    let last = campaign.start(&[], |assignment| assignment.commits = Some(1)).end(&mut campaign.history);
    assert!(last.success, "{last:?}");
    assert_eq!(campaign.history.open(), [], "what is open can be settled when the disk works");
    campaign.judge().must_be_clean(&format!("after flushes had failed, seed {seed}"));
}

fn failed_flushes(server: &fidelis_test_servers::Postgres) -> usize {
    server.said().unwrap().lines().filter(|line| line.contains("PANIC") && line.contains("sync file")).count()
}
