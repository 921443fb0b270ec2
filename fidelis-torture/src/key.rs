//! Names of commits: from one, everything about the commit follows, in every process that hears it.

use std::{fmt, str::FromStr};

use fidelis_core::MessageId;
use rand::{SeedableRng, rngs::StdRng};

/// Names one commit: the how-many-eth commit of which caller in which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The run of a worker, from 1.
    pub run: u32,
    /// The caller within the worker, from 0.
    pub caller: u32,
    /// The commit of that caller, from 0.
    pub number: u64,
}

impl Key {
    /// The identity of the command that the commit settles.
    pub fn command(self) -> MessageId {
        MessageId::named(&self.to_string())
    }

    /// Chance that only depends on the key and a seed.
    pub fn chance(self, seed: u64) -> StdRng {
        let caller = (u64::from(self.run) << 32) | u64::from(self.caller);
        StdRng::seed_from_u64(seed ^ caller.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.number.wrapping_mul(0xc2b2_ae3d_27d4_eb4f))
    }
}

/// `run.caller.number`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.run, self.caller, self.number)
    }
}

/// A text that is no key.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{0}` is no key: expected `run.caller.number`")]
pub struct NoKey(String);

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().and_then(|part| part.parse::<u64>().ok());
        let key = (|| Some(Key { run: part()?.try_into().ok()?, caller: part()?.try_into().ok()?, number: part()? }))();
        key.ok_or_else(|| NoKey(text.to_owned()))
    }
}
