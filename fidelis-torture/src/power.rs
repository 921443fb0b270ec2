//! A disk that forgets: the library of `shim/power.c`, compiled and preloaded into a worker.

use std::{fmt, fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use tempfile::TempDir;

/// What reaches the disk of all that was written and not flushed, when power is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The older part of it.
    Prefix,
    /// Any of the writes.
    Subset,
    /// Any sectors of any of the writes.
    Torn,
}

impl Loss {
    /// All of them.
    pub const ALL: [Loss; 3] = [Loss::Prefix, Loss::Subset, Loss::Torn];
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Loss::Prefix => "prefix",
            Loss::Subset => "subset",
            Loss::Torn => "torn",
        })
    }
}

/// The compiled library.
#[derive(Debug)]
pub struct Disk {
    library: PathBuf,
    _folder: TempDir,
}

impl Disk {
    /// Compiles it with `cc`.
    ///
    /// # Panics
    /// When that fails.
    pub fn compile() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let library = folder.path().join("power.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/shim/power.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&library).arg(source);
        let output = compiler.args(["-ldl", "-lpthread"]).output().expect("there is a C compiler: rustc links with it");
        assert!(output.status.success(), "cannot compile `{source}`:\n{}", String::from_utf8_lossy(&output.stderr));
        // Servers run under accounts of their own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a folder of one's own can be opened");
        Disk { library, _folder: folder }
    }

    /// The environment of a process whose machine loses power within the `write`-th write to a file whose path contains `files`.
    pub fn losing_power(&self, files: &str, write: u64, loss: Loss, seed: u64) -> Vec<(&'static str, String)> {
        let mut environment = self.watching(files, seed);
        environment.push(("FIDELIS_POWER_CUT", write.to_string()));
        environment.push(("FIDELIS_POWER_MODEL", loss.to_string()));
        environment
    }

    /// The environment of a process whose `flush`-th flush of such a file fails. What it would have flushed is lost in the end.
    pub fn failing_flush(&self, files: &str, flush: u64) -> Vec<(&'static str, String)> {
        let mut environment = self.watching(files, 1);
        environment.push(("FIDELIS_POWER_FAIL", flush.to_string()));
        environment
    }

    /// The environment of a process that finds no room for its `write`-th write to such a file, and room for all others.
    pub fn full_once(&self, files: &str, write: u64) -> Vec<(&'static str, String)> {
        let mut environment = self.watching(files, 1);
        environment.push(("FIDELIS_POWER_FULL", write.to_string()));
        environment
    }

    fn watching(&self, files: &str, seed: u64) -> Vec<(&'static str, String)> {
        let library = self.library.to_string_lossy().into_owned();
        vec![("LD_PRELOAD", library), ("FIDELIS_POWER_FILES", files.to_owned()), ("FIDELIS_POWER_SEED", seed.to_string())]
    }
}
