//! How much memory a piece of work takes: the peak of this process during it, which Linux can be told to count anew.

use std::fs;

/// The peak from now on, over what there is now.
pub(super) struct Peak(Option<u64>);

impl Peak {
    /// Begins to count. Where the system cannot, nothing is said.
    pub(super) fn begin() -> Self {
        // "5" resets the peak: proc(5), `/proc/pid/clear_refs`.
        let reset = fs::write("/proc/self/clear_refs", "5");
        Peak(reset.ok().and_then(|()| kibibytes("VmRSS:")))
    }

    /// How much more there was at the peak, in bytes.
    pub(super) fn grown(self) -> Option<u64> {
        Some(kibibytes("VmHWM:")?.saturating_sub(self.0?) * 1024)
    }
}

fn kibibytes(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
