//! Rules over the tree of dependencies as cargo resolves it.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{Violation, manifests::BARRED};
use crate::{
    command::{self, cargo},
    failure::Failure,
};

/// What a user of the framework compiles, with default features.
const FACADE: &str = "fidelis";
/// A tree must stay below this.
const LIMIT: usize = 150;
/// The file that holds the tree.
const LOCK: &str = "Cargo.lock";

/// A second version of a crate that we put up with.
struct Allowed {
    name: &'static str,
    /// The version, or the start of it.
    version: &'static str,
    /// What has to change before it can go.
    why: &'static str,
}

/// All second versions in the tree of [`FACADE`].
const ALLOWED: &[Allowed] = &[Allowed { name: "syn", version: "2", why: "the derive of garde has not moved to syn 3 yet" }];

/// The versions of each crate in a tree.
type Tree<'l> = BTreeMap<&'l str, BTreeSet<&'l str>>;

/// Asks cargo for the trees and checks all rules over them.
///
/// # Errors
/// When cargo cannot tell.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>, Failure> {
    let listing = listing(root, FACADE)?;
    let tree = parse(&listing);
    let mut violations = Vec::from_iter(stays_small(&tree));
    violations.extend(one_version_each(&tree, ALLOWED));
    for barred in BARRED {
        let listing = self::listing(root, barred.package)?;
        violations.extend(nothing_barred_below(barred.package, &parse(&listing), barred.dependencies));
    }
    Ok(violations)
}

/// A user waits for every crate in it.
fn stays_small(tree: &Tree<'_>) -> Option<Violation> {
    let count: usize = tree.values().map(BTreeSet::len).sum();
    let what = format!("`{FACADE}` brings {count} crates by default, {LIMIT} is too many");
    let remedy = "put what not everybody needs behind a feature";
    (count >= LIMIT).then(|| Violation::new(LOCK, 1, what, remedy))
}

/// One version of each crate, except for what is `allowed`, and nothing is allowed that is not there.
fn one_version_each(tree: &Tree<'_>, allowed: &[Allowed]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, versions) in tree {
        let is_allowed = |version: &str| allowed.iter().any(|entry| entry.is(name, version));
        if versions.iter().filter(|version| !is_allowed(version)).count() > 1 {
            let versions: Vec<_> = versions.iter().copied().collect();
            let what = format!("`{name}` comes in versions {}", versions.join(" and "));
            let who = format!("cargo tree -e normal -p {FACADE} --duplicates");
            let remedy = format!("make it one (`{who}` tells who asks), or allow it in {}", file!());
            violations.push(Violation::new(LOCK, 1, what, remedy));
        }
    }
    let is_second = |entry: &Allowed, versions: &BTreeSet<&str>| {
        versions.len() > 1 && versions.iter().any(|version| entry.is(entry.name, version))
    };
    for entry in allowed {
        if !tree.get(entry.name).is_some_and(|versions| is_second(entry, versions)) {
            let what = format!("`{} {}` is no second version any more", entry.name, entry.version);
            let remedy = format!("do not allow it any longer (the reason was: {})", entry.why);
            violations.push(Violation::new(file!(), 1, what, remedy));
        }
    }
    violations
}

/// What a crate must not depend on, it must not get through another crate.
fn nothing_barred_below(package: &str, tree: &Tree<'_>, barred: &[&str]) -> Vec<Violation> {
    let found = barred.iter().filter(|name| tree.contains_key(**name));
    let violation = |name| {
        let what = format!("`{package}` gets `{name}` through one of its dependencies");
        let who = format!("cargo tree -e normal -p {package} -i {name}");
        Violation::new(LOCK, 1, what, format!("do without it (`{who}` tells which)"))
    };
    found.map(violation).collect()
}

impl Allowed {
    fn is(&self, name: &str, version: &str) -> bool {
        let rest = version.strip_prefix(self.version);
        self.name == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn listing(root: &Path, package: &str) -> Result<String, Failure> {
    let mut command = cargo(root);
    command.args(["tree", "--prefix", "none", "-e", "normal", "-p", package]);
    command::read(command)
}

/// Lines like `syn v2.0.119 (*)`: a crate occurs as often as it is asked for.
fn parse(listing: &str) -> Tree<'_> {
    let mut tree = Tree::new();
    for line in listing.lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            tree.entry(name).or_default().insert(version.trim_start_matches('v'));
        }
    }
    tree
}
