//! Points at which a test makes the process die, to see what is left behind.

/// Dies here if the environment says so: `FIDELIS_FAILPOINT=name` at the first passage, `FIDELIS_FAILPOINT=name:17` at the 17th. As with
/// a kill from outside, nothing is unwound and nothing flushed. Only with the feature `failpoints`.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(name: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };

    static CHOSEN: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let chosen = std::env::var("FIDELIS_FAILPOINT").ok()?;
        Some(match chosen.rsplit_once(':').and_then(|(name, count)| Some((name.to_owned(), count.parse().ok()?))) {
            Some(counted) => counted,
            None => (chosen, 1),
        })
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);

    if let Some((chosen, count)) = &*CHOSEN
        && chosen == name
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *count
    {
        std::process::abort();
    }
}

#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) fn pass(_: &str) {}
