//! How long a large domain takes to start: rows collected, sorted and checked, tables and shelves made.

mod crowd;

use std::io::{self, Write};

use cpu_time::ThreadTime;

const ROUNDS: usize = 25;

fn main() -> io::Result<()> {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = ThreadTime::now();
            let engine = crowd::domain().in_memory().expect("the domain has no faults");
            let time = start.elapsed().as_secs_f64() * 1e3;
            assert_eq!(engine.domain(), "crowd");
            time
        })
        .collect();
    let first = times[0];
    times.sort_by(f64::total_cmp);
    let median = times[ROUNDS / 2];
    writeln!(
        io::stdout(),
        "100 aggregate types, 1,000 handlers: {first:.2} ms at first, {median:.2} ms in the median of {ROUNDS}"
    )
}
