//! How long a large domain takes to start: rows collected, sorted, checked, tables and shelves made.

mod crowd;

use cpu_time::ThreadTime;

/// The median of the nanoseconds that starting takes.
///
/// # Panics
/// When the domain has a fault.
pub fn run(rounds: usize) -> f64 {
    let mut times: Vec<u128> = (0..rounds.max(1))
        .map(|_| {
            let start = ThreadTime::now();
            let engine = crowd::domain().in_memory().expect("the domain has no faults");
            let time = start.elapsed().as_nanos();
            assert_eq!(engine.domain(), "crowd");
            time
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2] as f64
}
