use std::path::Path;

use super::{is_read, is_walked, listed_by_git, separated_by_nul, walked};

#[test]
fn what_git_lists_is_separated_by_nul() {
    let paths = separated_by_nul(b"src/lib.rs\0docs/a page.md\0src/lib.rs\0");
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["docs/a page.md", "src/lib.rs"]);
    assert!(separated_by_nul(b"").is_empty());
}

#[test]
fn what_is_built_is_not_walked() {
    assert!(!is_walked("target"));
    assert!(!is_walked(".git"));
    assert!(is_walked("src"));
    assert!(is_walked(".ci"));
}

#[test]
fn rules_read_code_manifests_and_pages() {
    for path in ["src/lib.rs", "fidelis-core/Cargo.toml", "docs/dependencies.md"] {
        assert!(is_read(path), "{path}");
    }
    assert!(!is_read("docs/picture.png"));
}

/// This package itself is what there is to list.
#[test]
fn a_walk_finds_what_git_lists() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let walk = walked(package).expect("the package can be read");
    assert!(walk.contains("src/tidy/checkout.rs"));
    assert!(walk.iter().all(|path| !path.starts_with("target/")));
    if let Some(listed) = listed_by_git(package) {
        assert!(listed.contains("src/tidy/checkout.rs"));
        assert!(listed.is_subset(&walk), "{listed:#?} {walk:#?}");
    }
}
