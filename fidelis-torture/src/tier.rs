//! How long torture lasts, and where its chance comes from.

use std::env;

/// Short in continuous integration, long when somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Minutes altogether.
    Short,
    /// `FIDELIS_TORTURE=long`: about an hour.
    Long,
}

impl Tier {
    /// The one that is asked for.
    pub fn asked() -> Self {
        if env::var_os("FIDELIS_TORTURE").is_some_and(|value| value == "long") { Tier::Long } else { Tier::Short }
    }

    /// One of the two.
    pub fn pick<T>(self, short: T, long: T) -> T {
        match self {
            Tier::Short => short,
            Tier::Long => long,
        }
    }
}

/// The seed in `FIDELIS_TORTURE_SEED`, else one from the clock: tests print it, so that a run can be made again.
pub fn seed() -> u64 {
    let given = env::var("FIDELIS_TORTURE_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| fidelis_core::Timestamp::now().as_nanosecond() as u64 % 1_000_000_000)
}
