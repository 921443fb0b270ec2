//! Rules over the manifests of the workspace.

mod manifest;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub(crate) use self::manifest::{Manifest, Member};
use super::{Violation, documents};

/// The manifest of the workspace.
pub(crate) const ROOT: &str = "Cargo.toml";

/// A dependency a crate must never have.
pub(crate) struct Barred {
    /// The crate of ours.
    pub(crate) package: &'static str,
    /// What it must not depend on.
    pub(crate) dependencies: &'static [&'static str],
    /// What would be lost.
    pub(crate) why: &'static str,
}

/// What must never be, as the architecture says it.
pub(crate) const BARRED: &[Barred] = &[Barred {
    package: "fidelis-core",
    dependencies: &["tokio", "axum", "sqlx", "rusqlite"],
    why: "core knows no database, no async runtime and no HTTP; put it into an adapter or into the server",
}];

/// A member that is not listed by the name of its folder would escape the rules below.
pub(crate) fn members_exist(root: &Manifest<'_>, paths: &BTreeSet<String>) -> Vec<Violation> {
    let members = root.members().into_iter();
    let missing = members.filter(|member| !paths.contains(&member.manifest));
    let violation = |member: Member| {
        let what = format!("there is no `{}`", member.manifest);
        Violation::new(&root.path, member.line, what, "list the members one by one")
    };
    missing.map(violation).collect()
}

/// One set of lints for all crates.
pub(crate) fn lints_of_the_workspace(manifest: &Manifest<'_>) -> Option<Violation> {
    let what = "the crate does not take the lints of the workspace";
    let missing = manifest.package().is_some() && !manifest.takes_workspace_lints();
    missing.then(|| Violation::new(&manifest.path, 1, what, "add `[lints]` with `workspace = true`"))
}

/// What must never be depended on, is not.
pub(crate) fn nothing_barred(manifest: &Manifest<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for barred in BARRED.iter().filter(|barred| manifest.package() == Some(barred.package)) {
        let dependencies = manifest.dependencies();
        for found in dependencies.iter().filter(|found| barred.dependencies.contains(&found.name)) {
            let what = format!("`{}` must not depend on `{}`", barred.package, found.name);
            violations.push(Violation::new(&manifest.path, found.line, what, barred.why));
        }
    }
    violations
}

/// Every dependency has a reason on the `page`, and every reason there a dependency.
pub(crate) fn every_dependency_explained(manifests: &[Manifest<'_>], page: &str, text: &str) -> Vec<Violation> {
    let entries = documents::entries(text);
    let ours: BTreeSet<_> = manifests.iter().filter_map(Manifest::package).collect();
    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for manifest in manifests {
        for dependency in manifest.dependencies() {
            let foreign = !dependency.is_path && !ours.contains(dependency.name);
            if foreign && seen.insert(dependency.name.to_owned()) && !entries.names(dependency.name) {
                let what = format!("`{}` has no line in {page}", dependency.name);
                let remedy = "add what it saves us, who keeps it and what was weighed";
                violations.push(Violation::new(&manifest.path, dependency.line, what, remedy));
            }
        }
    }
    for (name, line) in entries.rows.iter().filter(|(name, _)| !seen.contains(**name)) {
        let what = format!("nothing depends on `{name}` any more");
        violations.push(Violation::new(page, *line, what, "remove the line"));
    }
    violations
}
