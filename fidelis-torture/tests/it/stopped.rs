//! A PostgreSQL server that is stopped without a word and started again, under load.

use std::time::Duration;

use fidelis_torture::{Answer, Bug, Campaign, Place, Tier, Until, Workload, oracle::Verdict, seed};
use rand::RngExt;

use crate::{program, server};

/// So little patience that the store gives up finding out by itself what became of a commit, and leaves it to the caller.
const IMPATIENT: &str = "?retry_for=1ms";

struct Stopped {
    campaign: Campaign,
    verdict: Verdict,
    /// How often a caller was told that nobody knows.
    unknown: usize,
}

/// Stops and starts the server under one worker, `stops` times; then lets it come to rest.
fn stop(options: &str, bug: Option<Bug>, stops: usize) -> Option<Stopped> {
    let mut server = server(&[])?;
    let seed = seed();
    println!("seed {seed}");
    let place = Place::Postgres { url: server.url() + options };
    let mut campaign = Campaign::new(program(), place, Workload::new(seed, 12));
    let mut worker = campaign.start(&[], |assignment| assignment.bug = bug);
    for _ in 0..stops {
        let done = campaign.chance.random_range(5..60);
        let moment = Duration::from_micros(campaign.chance.random_range(0..5_000));
        assert!(worker.listen(&mut campaign.history, Until::Done(done)), "the worker has ended: {worker}");
        worker.listen(&mut campaign.history, Until::Elapsed(moment));
        server.stop_immediately().unwrap();
        server.start_again().unwrap();
    }
    // It has found its way back when commits are answered, without having been started anew.
    assert!(worker.listen(&mut campaign.history, Until::Done(30)), "the worker has ended: {worker}");
    let ended = worker.kill(&mut campaign.history);
    let unknown = ended.notes.iter().filter(|note| note.contains("Unknown")).count();
    // What was open then is settled by the next one, under its key.
    let last = campaign.start(&[], |assignment| assignment.commits = Some(1)).end(&mut campaign.history);
    assert!(last.success, "{last:?}");
    assert_eq!(campaign.history.open(), [], "what is open can be settled when the server is back");
    let verdict = campaign.judge();
    let history = &campaign.history;
    println!("{} acknowledged, {} failed, {unknown} unknown", history.count(Answer::Done), history.count(Answer::Failed));
    Some(Stopped { campaign, verdict, unknown })
}

#[test]
fn nothing_acknowledged_is_lost() {
    let stops = Tier::asked().pick(5, 100);
    let Some(stopped) = stop("", None, stops) else { return };
    stopped.verdict.must_be_clean(&format!("after {stops} stops, seed {}", stopped.campaign.workload.seed));
    assert!(stopped.campaign.history.count(Answer::Done) > stops * 10, "that was no torture");
}

#[test]
fn what_nobody_knows_is_settled_by_its_key() {
    // Few stops may all fall between two commits: then there are more.
    let stops = Tier::asked().pick(5, 100);
    for attempt in 0..12 {
        let Some(stopped) = stop(IMPATIENT, None, stops) else { return };
        let seed = stopped.campaign.workload.seed;
        stopped.verdict.must_be_clean(&format!("after {stops} stops, attempt {attempt}, seed {seed}"));
        if stopped.unknown > 0 {
            return;
        }
    }
    panic!("everybody knew everything");
}

/// Shows that the stops of this file take away what was not flushed.
#[test]
fn the_weaker_durability_loses_the_end_and_nothing_else() {
    const LOST: &str = "what was acknowledged is there";
    let lost = (0..10).any(|_| {
        let Some(mut stopped) = stop("?durability=survives-crash-of-the-process", None, 4) else { return true };
        let lost = stopped.verdict.names(LOST);
        // A caller who was told nothing else believes that it happened; what was told anew under its key has happened.
        stopped.verdict.findings.retain(|finding| finding.check != LOST);
        stopped.verdict.must_be_clean(&format!("seed {}", stopped.campaign.workload.seed));
        lost
    });
    assert!(lost, "stopping takes nothing away");
}

#[test]
fn mistakes_about_the_unknown_are_found() {
    let mistakes = [
        (Bug::TakesUnknownForFailed, "what was refused is not there"),
        (Bug::RepeatsWithoutKey, "a commit is there whole, and once"),
    ];
    for (bug, check) in mistakes {
        let found = (0..8).find_map(|attempt| match stop(IMPATIENT, Some(bug), 5) {
            None => Some(None),
            Some(stopped) => stopped.verdict.names(check).then_some(Some(attempt)),
        });
        let Some(found) = found else { panic!("nobody has noticed {bug:?}") };
        println!("{bug:?} was found in attempt {found:?}");
    }
}
