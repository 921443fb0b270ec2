//! The files of the repository: what git knows or would take, and without git what lies there.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// All paths, relative to the root and with `/` between folders, and the texts of those that rules read.
pub(crate) struct Checkout {
    paths: BTreeSet<String>,
    texts: BTreeMap<String, String>,
}

impl Checkout {
    /// Reads the repository at `root`.
    ///
    /// # Errors
    /// When a folder or a file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let paths = match listed_by_git(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        let mut texts = BTreeMap::new();
        for path in paths.iter().filter(|path| is_read(path)) {
            let text = fs::read_to_string(root.join(path)).map_err(|error| unreadable(path, &error))?;
            texts.insert(path.clone(), text);
        }
        Ok(Checkout { paths, texts })
    }

    /// A repository of these files.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<_, _> = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        Checkout { paths: texts.keys().cloned().collect(), texts }
    }

    /// All paths.
    pub(crate) fn paths(&self) -> &BTreeSet<String> {
        &self.paths
    }

    /// All texts with their paths.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file; empty when there is none, which is as good as one that says nothing.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.texts.get(path).map_or("", String::as_str)
    }
}

/// Whether any rule looks into this file.
fn is_read(path: &str) -> bool {
    [".rs", ".toml", ".md"].iter().any(|ending| path.ends_with(ending))
}

/// Tracked files and new ones that are not ignored; nothing outside a git checkout or without git.
fn listed_by_git(root: &Path) -> Option<BTreeSet<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let mut paths = separated_by_nul(&output.stdout);
    // A file deleted on disk stays listed until the deletion is committed.
    paths.retain(|path| root.join(path).is_file());
    Some(paths)
}

fn separated_by_nul(listing: &[u8]) -> BTreeSet<String> {
    let names = listing.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

fn walked(root: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut paths = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let place = root.join(&folder);
        for entry in fs::read_dir(&place).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if !entry.path().is_dir() {
                paths.insert(path);
            } else if is_walked(&name) {
                folders.push(path);
            }
        }
    }
    Ok(paths)
}

/// What cargo builds is no source, and what git keeps neither.
fn is_walked(folder: &str) -> bool {
    folder != "target" && folder != ".git"
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    Failure::new(format!("`{path}` cannot be read: {error}"))
}
