//! The house rules no compiler knows. Every rule is a pure function over paths and texts; what it finds is listed at once.

mod checkout;
mod code;
mod documents;
mod files;
mod manifests;
mod rust_file;
mod tree;
mod violation;

#[cfg(test)]
mod tests;

use std::path::Path;

use self::{checkout::Checkout, manifests::Manifest, rust_file::RustFile, violation::Violation};
use crate::failure::Failure;

/// The page that gives a reason for every dependency.
const DEPENDENCIES: &str = "docs/dependencies.md";

/// The pages that lead a newcomer through the tree, and so must not name what is gone.
const GUIDES: [&str; 2] = ["README.md", "ARCHITECTURE.md"];

/// Checks all house rules and lists every violation.
///
/// # Errors
/// When there is a violation, or when files or dependency tree cannot be read.
pub(crate) fn tidy(root: &Path) -> Result<(), Failure> {
    let checkout = Checkout::read(root)?;
    let mut violations = check(&checkout);
    violations.extend(tree::check(root)?);
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => Err(Failure::new("1 house rule is violated, see above")),
        count => Err(Failure::new(format!("{count} violations of house rules, see above"))),
    }
}

/// All rules that need no more than the files.
fn check(checkout: &Checkout) -> Vec<Violation> {
    let mut violations = Vec::new();
    for path in checkout.paths() {
        violations.extend(files::no_mod_rs(path));
        violations.extend(files::no_catch_all_name(path));
    }
    for (path, text) in checkout.texts().filter(|(path, _)| path.ends_with(".rs")) {
        let file = RustFile::new(path, text);
        violations.extend(files::one_subject(path, text));
        violations.extend(code::no_leftovers(&file));
        violations.extend(code::no_unwrap(&file));
        violations.extend(code::no_ignored_tests(&file));
        violations.extend(code::no_sleeping_tests(&file));
    }
    violations.extend(check_manifests(checkout));
    for guide in GUIDES {
        violations.extend(documents::named_files_exist(guide, checkout.text(guide), checkout.paths()));
    }
    violations
}

fn check_manifests(checkout: &Checkout) -> Vec<Violation> {
    let root = match Manifest::parse(manifests::ROOT, checkout.text(manifests::ROOT)) {
        Ok(root) => root,
        // Nobody knows the members then.
        Err(violation) => return vec![violation],
    };
    let mut violations = manifests::members_exist(&root, checkout.paths());
    let members = root.members();
    let mut manifests = vec![root];
    for member in &members {
        match Manifest::parse(&member.manifest, checkout.text(&member.manifest)) {
            Ok(manifest) => manifests.push(manifest),
            Err(violation) => violations.push(violation),
        }
    }
    for manifest in &manifests {
        violations.extend(manifests::lints_of_the_workspace(manifest));
        violations.extend(manifests::nothing_barred(manifest));
    }
    let page = checkout.text(DEPENDENCIES);
    violations.extend(manifests::every_dependency_explained(&manifests, DEPENDENCIES, page));
    violations
}
