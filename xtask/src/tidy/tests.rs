use super::{Checkout, check};

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut violations = check(&Checkout::of(files));
    violations.sort();
    violations.iter().map(|violation| format!("{violation}")).collect()
}

const ROOT: &str = "\
[workspace]
members = [\".\", \"fidelis-core\"]
[package]
name = \"fidelis\"
[dependencies]
serde = \"1\"
[lints]
workspace = true
";

const CORE: &str = "[package]\nname = \"fidelis-core\"\n[lints]\nworkspace = true\n";

const PAGE: &str = "| crate | what it saves us |\n|---|---|\n| serde | data |\n";

#[test]
fn a_tidy_repository() {
    let files = [
        ("Cargo.toml", ROOT),
        ("fidelis-core/Cargo.toml", CORE),
        ("docs/dependencies.md", PAGE),
        ("README.md", "start with `src/lib.rs`"),
        ("ARCHITECTURE.md", "`fidelis-core/` knows no database"),
        ("src/lib.rs", "//! The facade.\n"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

/// Every rule is called, and one violation does not hide another.
#[test]
fn all_violations_are_listed_at_once() {
    let long = "//\n".repeat(401);
    let core = CORE.replace("[lints]\nworkspace = true", "[dependencies]\ntokio = \"1\"");
    let files = [
        ("Cargo.toml", ROOT),
        ("fidelis-core/Cargo.toml", core.as_str()),
        ("fidelis-core/src/store/mod.rs", ""),
        ("fidelis-core/src/utils.rs", ""),
        ("fidelis-core/src/engine.rs", &long),
        ("src/lib.rs", "fn a() { todo!() }\n// TODO\nfn b() { c.unwrap() }"),
        ("tests/it.rs", "#[ignore]\nfn a() { thread::sleep(b) }"),
        ("docs/dependencies.md", "| crate |\n|---|\n| rand |"),
        ("README.md", "`src/main.rs`"),
        ("ARCHITECTURE.md", "`benches/`"),
    ];
    let places: Vec<_> = found(&files).iter().map(|line| line.split(':').take(2).collect::<Vec<_>>().join(":")).collect();
    let expected = [
        "ARCHITECTURE.md:1",
        "Cargo.toml:6",
        "README.md:1",
        "docs/dependencies.md:3",
        "fidelis-core/Cargo.toml:1",
        "fidelis-core/Cargo.toml:4",
        "fidelis-core/Cargo.toml:4",
        "fidelis-core/src/engine.rs:401",
        "fidelis-core/src/store/mod.rs:1",
        "fidelis-core/src/utils.rs:1",
        "src/lib.rs:1",
        "src/lib.rs:2",
        "src/lib.rs:3",
        "tests/it.rs:1",
        "tests/it.rs:2",
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_broken_manifest_does_not_hide_the_rest() {
    let missing = [("Cargo.toml", ROOT), ("docs/dependencies.md", PAGE), ("README.md", "`gone.rs`")];
    assert_eq!(found(&missing).len(), 2);
    let broken = [("Cargo.toml", ROOT), ("docs/dependencies.md", PAGE), ("fidelis-core/Cargo.toml", "[package")];
    assert_eq!(found(&broken).len(), 1);
    let root = [("Cargo.toml", "[workspace"), ("README.md", "`gone.rs`")];
    assert_eq!(found(&root).len(), 2);
}
