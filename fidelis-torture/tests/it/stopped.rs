//! A PostgreSQL server that is stopped without a word and started again, under load.

use std::time::Duration;

use fidelis_torture::{Answer, Bug, Campaign, Line, Place, Tier, Until, Workload, oracle::Verdict, seed};
use rand::RngExt;

use crate::{program, server};

/// Stops and starts the server under one worker, `stops` times; then lets it come to rest.
fn stop(bug: Option<Bug>, stops: usize) -> Option<(Campaign, Verdict, usize)> {
    let mut server = server(&[])?;
    let seed = seed();
    println!("seed {seed}");
    let mut campaign = Campaign::new(program(), Place::Postgres { url: server.url() }, Workload::new(seed, 12));
    let mut worker = campaign.start(&[], |assignment| assignment.bug = bug);
    let mut unknown = 0;
    for _ in 0..stops {
        let done = campaign.chance.random_range(5..60);
        let moment = Duration::from_micros(campaign.chance.random_range(0..5_000));
        assert!(worker.listen(&mut campaign.history, Until::Done(done)), "the worker has ended: {worker}");
        worker.listen(&mut campaign.history, Until::Elapsed(moment));
        server.stop_immediately().unwrap();
        server.start_again().unwrap();
    }
    // It has found its way back when it is answered, without having been started anew.
    assert!(worker.listen(&mut campaign.history, Until::Done(30)), "the worker has ended: {worker}");
    worker.kill(&mut campaign.history);
    // What was open then is settled by the next one, under its key.
    let last = campaign.start(&[], |assignment| assignment.commits = Some(1));
    let ended = last.end_with(&mut campaign.history, |line| {
        unknown += usize::from(matches!(line, Line::Answered(_, Answer::Unknown)));
    });
    assert!(ended.success, "{ended:?}");
    assert_eq!(campaign.history.open(), [], "what is open can be settled when the server is back");
    let verdict = campaign.judge();
    Some((campaign, verdict, unknown))
}

#[test]
fn nothing_acknowledged_is_lost() {
    let stops = Tier::asked().pick(8, 100);
    let Some((campaign, verdict, _)) = stop(None, stops) else { return };
    verdict.must_be_clean(&format!("after {stops} stops, seed {}", campaign.workload.seed));
    let done = campaign.history.count(Answer::Done);
    println!("{done} acknowledged, {} failed", campaign.history.count(Answer::Failed));
    assert!(done > stops * 10, "that was no torture");
}
