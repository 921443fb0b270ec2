//! A small file system of a test's own, which can be full or read-only.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A mounted tmpfs; unmounted when it is dropped.
#[derive(Debug)]
pub struct Volume(TempDir);

impl Volume {
    /// Mounts one of so many KiB. Only root may; others are told so.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub fn mount(kibibytes: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let size = format!("size={kibibytes}k");
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], folder.path())?;
        Ok(Volume(folder))
    }

    /// Makes it read-only.
    ///
    /// # Errors
    /// Why not, for people.
    pub fn forbid_writing(&self) -> Result<(), String> {
        mount(&["-o", "remount,ro"], self.path())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file until there is no room left, and gives the file.
    ///
    /// # Errors
    /// When nothing can be written for another reason.
    pub fn fill(&self) -> io::Result<PathBuf> {
        let path = self.path().join("filling");
        let mut file = fs::File::create(&path)?;
        loop {
            match io::Write::write_all(&mut file, &[0; 4096]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(path),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // What cannot be unmounted now goes with the last one who uses it.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

fn mount(arguments: &[&str], folder: &Path) -> Result<(), String> {
    let output = Command::new("mount").args(arguments).arg(folder).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
