//! One process that makes one step after the other: does the ten-thousandth cost more than the first?

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis::{Store, process::ProcessSummary};
use load::Fault;

use super::{
    counting::Counting,
    domain::{
        self,
        meters::{InstallMeter, ReadMeter},
    },
};

/// How many steps it makes.
const STEPS: usize = 10_000;

/// So many of them are compared.
const COMPARED: usize = 1_000;

/// What a step costs, with the command and the event that lead to it.
pub(crate) struct Figures {
    pub(crate) store: &'static str,
    /// Its median time in microseconds and the questions it asked of the store: of the first steps, and of the last.
    pub(crate) first: (f64, f64),
    pub(crate) last: (f64, f64),
}

pub(super) async fn run(name: &'static str, store: Arc<dyn Store>) -> Result<Figures, Fault> {
    let store = Arc::new(Counting::new(store));
    let engine = domain::domain().on_shared(Arc::clone(&store) as Arc<dyn Store>).start().await?;
    let meter_id = engine.process(InstallMeter {}).await?.value;
    let mut steps: Vec<(Duration, u64)> = Vec::with_capacity(STEPS);
    for _ in 0..STEPS {
        let (counted, begun) = (store.counts(), Instant::now());
        let receipt = engine.process(ReadMeter { meter_id }).await?;
        steps.push((begun.elapsed(), store.counts().since(counted).reads));
        if let Some(lagging) = receipt.lagging.first() {
            return Err(Fault(format!("a step lags: {}", lagging.error)));
        }
    }
    let made = engine.query::<ProcessSummary>().first().await?.map_or(0, |row| row.steps);
    if made != i64::try_from(STEPS)? + 1 {
        return Err(Fault(format!("{made} steps were made instead of {}", STEPS + 1)));
    }
    let figures = |steps: &[(Duration, u64)]| {
        let times = steps.iter().map(|(time, _)| time.as_secs_f64() * 1e6).collect();
        let reads: u64 = steps.iter().map(|(_, reads)| reads).sum();
        (crate::report::median(times), reads as f64 / steps.len() as f64)
    };
    Ok(Figures { store: name, first: figures(&steps[..COMPARED]), last: figures(&steps[STEPS - COMPARED..]) })
}
