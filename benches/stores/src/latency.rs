//! From the answer of a commit to the start of whoever waits for it: one commit every few milliseconds, as in a program that is not
//! busy, so that threads have to be woken.

mod domain;
mod follower;
mod timed;

use std::{sync::Arc, time::Duration};

use fidelis::Store;
use load::Fault;

use self::{
    domain::{Count, Watcher},
    follower::Followers,
    timed::Timed,
};
use crate::setting::Setting;

pub(crate) use self::follower::follow;

/// How long it took.
pub(crate) struct Figures {
    pub(crate) what: &'static str,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) count: usize,
}

/// How many commits.
const COMMITS: usize = 1_000;

/// One commit in this time.
const PACE: Duration = Duration::from_millis(3);

/// Three wait for the same commits: the engine's own handler, a reader in this process, and one in another.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figures>, Fault> {
    eprintln!("{COMMITS} commits, one every {PACE:?}");
    let url = setting.new_store().await?;
    let inner = fidelis::open(&url).await?;
    let store = Arc::new(Timed::new(Arc::clone(&inner)));
    let watcher = Watcher::default();
    let engine = domain::domain().with(watcher.clone()).on_shared(Arc::clone(&store) as Arc<dyn Store>).start().await?;
    let followers = Followers::start(&url, &inner)?;
    let mut commits = Vec::new();
    for at in 0..COMMITS {
        tokio::time::sleep(PACE).await;
        let receipt = engine.process(Count { at: u32::try_from(at)? }).await?;
        if let Some(lagging) = receipt.lagging.first() {
            return Err(Fault(format!("the handler lags: {}", lagging.error)));
        }
        commits.push(store.answered().ok_or_else(|| Fault("a commit was not seen".to_owned()))?);
    }
    let started: Vec<_> = watcher.started();
    let (here, elsewhere) = followers.seen(COMMITS)?;
    let figures = [
        ("the engine's own handler, for whoever waits for the command", started),
        ("a reader that follows, in the same process", here),
        ("a reader that follows, in another process", elsewhere),
    ];
    figures.into_iter().map(|(what, seen)| figure(what, &commits, &seen)).collect()
}

/// Times are in nanoseconds since 1970, by the clock that both processes share.
fn figure(what: &'static str, commits: &[u64], seen: &[u64]) -> Result<Figures, Fault> {
    if commits.len() != seen.len() {
        return Err(Fault(format!("{what}: {} of {} commits were seen", seen.len(), commits.len())));
    }
    // Who is told before the answer arrives has waited for nothing.
    let mut micros: Vec<f64> = commits.iter().zip(seen).map(|(commit, seen)| seen.saturating_sub(*commit) as f64 / 1e3).collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros.get(((micros.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(f64::NAN);
    Ok(Figures { what, p50: at(0.5), p99: at(0.99), count: micros.len() })
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
