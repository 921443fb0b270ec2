use super::{entries, named_files_exist};

const FILES: [&str; 5] =
    ["Cargo.toml", ".ci/run", "fidelis-core/src/aggregate.rs", "fidelis-core/src/aggregate/raise.rs", "docs/guide.md"];

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let files = FILES.map(str::to_owned).into();
    let found: Vec<_> = named_files_exist("README.md", text, &files).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn files_that_are_there() {
    check("`Cargo.toml`, `.ci/run` and `./docs/guide.md`", &[]);
    check("in `fidelis-core/` and `fidelis-core/src/aggregate`: `aggregate.rs`, `aggregate/raise.rs`", &[]);
}

#[test]
fn files_that_are_not() {
    check("all is well\nread `docs/tour.md`", &["README.md:2: there is no `docs/tour.md`; name what is there now"]);
    check("`fold.rs`", &["README.md:1: there is no `fold.rs`; name what is there now"]);
    check("`core/`", &["README.md:1: there is no `core/`; name what is there now"]);
    check("`docs/tour`", &["README.md:1: there is no `docs/tour`; name what is there now"]);
    check("`raise.rs` and `gregate.rs`", &["README.md:1: there is no `gregate.rs`; name what is there now"]);
}

#[test]
fn what_is_no_path() {
    check("docs/tour.md, `application/json`, `/accounts`, `GET docs/tour.md`, `docs/*.md`, `.rs`, `fidelis::Domain`", &[]);
    check("```\n`docs/tour.md`\n```\n", &[]);
}

#[test]
fn entries_are_rows_and_headings() {
    let page = "# Page\n| crate | what |\n|:--|---|\n| serde | data |\n| `quote` | |\n\n| syn | no table |\n### `toml`\n```\n# fenced\n```\n";
    let entries = entries(page);
    assert_eq!(entries.rows, [("serde", 4), ("quote", 5)].into());
    for name in ["serde", "quote", "toml", "Page"] {
        assert!(entries.names(name), "{name}");
    }
    for name in ["crate", "data", "syn", "fenced", ""] {
        assert!(!entries.names(name), "{name}");
    }
}
