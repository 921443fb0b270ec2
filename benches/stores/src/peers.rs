//! Measurements by another process: the peers, which link another SQLite.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use load::{Fault, Measured};

/// Builds the peers. That takes minutes the first time.
pub(crate) fn build() -> Result<(), Fault> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/Cargo.toml");
    let status = Command::new("cargo").args(["build", "--quiet", "--release", "--manifest-path", manifest]).status()?;
    if status.success() { Ok(()) } else { Err(Fault("the peers cannot be built".to_owned())) }
}

/// One measurement.
pub(crate) fn measure(candidate: &str, url: &str, callers: usize, time: Duration, seed: u64) -> Result<Measured, Fault> {
    let program = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/target/release/stores-peers"));
    let mut command = Command::new(program);
    command.args([candidate, url, &callers.to_string(), &time.as_millis().to_string(), &seed.to_string()]);
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(Fault(format!("`{candidate}`: {text}")));
    }
    let last = text.lines().last().unwrap_or_default();
    Ok(serde_json::from_str(last)?)
}
