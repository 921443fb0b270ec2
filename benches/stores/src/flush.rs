//! What a flush costs: 4 KiB written over and over into a file that has its size already, each time to the disk.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use load::{Fault, Measured};

/// One caller who does nothing but flush.
pub(crate) fn measure(path: &Path, time: Duration) -> Result<Measured, Fault> {
    let file = File::options().create(true).truncate(true).write(true).open(path)?;
    let page = [7_u8; 4096];
    for place in 0..1024 {
        file.write_all_at(&page, place * 4096)?;
    }
    file.sync_all()?;
    let mut micros = Vec::new();
    let start = Instant::now();
    while start.elapsed() < time {
        let begun = Instant::now();
        file.write_all_at(&page, (micros.len() as u64 % 1024) * 4096)?;
        file.sync_data()?;
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let per_second = micros.len() as f64 / start.elapsed().as_secs_f64();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros.get(((micros.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(f64::NAN);
    Ok(Measured { per_second, p50: at(0.5), p99: at(0.99), retried: 0.0, lost: 0 })
}
