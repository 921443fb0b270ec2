use super::{Manifest, every_dependency_explained, lints_of_the_workspace, members_exist, nothing_barred};
use crate::tidy::Violation;

fn manifest<'t>(path: &str, text: &'t str) -> Manifest<'t> {
    Manifest::parse(path, text).expect("the manifest is TOML")
}

#[track_caller]
fn check(found: impl IntoIterator<Item = Violation>, expected: &[&str]) {
    let found: Vec<_> = found.into_iter().map(|violation| violation.to_string()).collect();
    assert_eq!(found, expected);
}

#[test]
fn members_are_folders_with_a_manifest() {
    let root = manifest("Cargo.toml", "[workspace]\nmembers = [\n\".\", \"xtask\",\n\"adapters/*\"]");
    let paths = ["Cargo.toml", "xtask/Cargo.toml", "adapters/sqlite/Cargo.toml"];
    let members = root.members();
    let members: Vec<_> = members.iter().map(|member| (member.manifest.as_str(), member.line)).collect();
    assert_eq!(members, [("xtask/Cargo.toml", 3), ("adapters/*/Cargo.toml", 4)]);
    let expected = "Cargo.toml:4: there is no `adapters/*/Cargo.toml`; list the members one by one";
    check(members_exist(&root, &paths.map(str::to_owned).into()), &[expected]);
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let found = Manifest::parse("Cargo.toml", "[package]\nname = fidelis\n").err().expect("it is not TOML").to_string();
    assert!(found.starts_with("Cargo.toml:2: "), "{found}");
    assert!(found.ends_with("; make it a manifest cargo can read"), "{found}");
}

#[test]
fn lints_come_from_the_workspace() {
    let package = "[package]\nname = \"a\"\n";
    let expected = "a/Cargo.toml:1: the crate does not take the lints of the workspace; add `[lints]` with `workspace = true`";
    for lints in ["", "[lints]\nworkspace = false", "[lints.rust]\nunsafe_code = \"forbid\""] {
        let text = format!("{package}{lints}");
        check(lints_of_the_workspace(&manifest("a/Cargo.toml", &text)), &[expected]);
    }
    let text = format!("{package}[lints]\nworkspace = true");
    check(lints_of_the_workspace(&manifest("a/Cargo.toml", &text)), &[]);
    check(lints_of_the_workspace(&manifest("Cargo.toml", "[workspace]\nmembers = []")), &[]);
}

#[test]
fn core_depends_on_no_runtime_database_or_server() {
    let why = "core knows no database, no async runtime and no HTTP; put it into an adapter or into the server";
    for name in ["tokio", "axum", "sqlx", "rusqlite"] {
        let text = format!("[package]\nname = \"fidelis-core\"\n[dev-dependencies]\n{name}.workspace = true");
        let expected = format!("fidelis-core/Cargo.toml:4: `fidelis-core` must not depend on `{name}`; {why}");
        check(nothing_barred(&manifest("fidelis-core/Cargo.toml", &text)), &[&expected]);
    }
    let renamed = "[package]\nname = \"fidelis-core\"\n[dependencies]\nruntime = { package = \"tokio\", version = \"1\" }";
    assert_eq!(nothing_barred(&manifest("fidelis-core/Cargo.toml", renamed)).len(), 1);
}

#[test]
fn others_may_and_core_may_have_others() {
    let server = "[package]\nname = \"fidelis-server\"\n[dependencies]\ntokio = \"1\"";
    check(nothing_barred(&manifest("fidelis-server/Cargo.toml", server)), &[]);
    let core = "[package]\nname = \"fidelis-core\"\n[dependencies]\nserde = \"1\"";
    check(nothing_barred(&manifest("fidelis-core/Cargo.toml", core)), &[]);
}

const PAGE: &str = "# Dependencies\n\n| crate | what |\n|---|---|\n| serde | data |\n| `quote` | tokens |\n\n## syn\n";

#[test]
fn explained_dependencies() {
    let root =
        "[workspace.dependencies]\nserde = \"1\"\nfidelis-domain = { path = \"fidelis-domain\" }\nquote = \"1\"\nsyn = \"3\"";
    let core = "[package]\nname = \"fidelis-core\"\n[dependencies]\nserde.workspace = true";
    let facade = "[package]\nname = \"fidelis\"\n[dependencies]\nfidelis-core.workspace = true";
    let manifests = [manifest("Cargo.toml", root), manifest("core", core), manifest("facade", facade)];
    check(every_dependency_explained(&manifests, "page.md", PAGE), &[]);
}

#[test]
fn dependencies_of_every_kind_need_an_explanation_once() {
    let text = "\
[workspace.dependencies]
one = \"1\"
[dependencies]
one.workspace = true
renamed = { package = \"two\", version = \"1\" }
[dependencies.three]
version = \"1\"
[dev-dependencies]
four = \"1\"
[build-dependencies]
five = \"1\"
[target.'cfg(unix)'.dependencies]
six = \"1\"
[features]
seven = []
";
    let missing = |line: usize, name: &str| {
        let remedy = "add what it saves us, who keeps it and what was weighed";
        format!("a/Cargo.toml:{line}: `{name}` has no line in page.md; {remedy}")
    };
    let page = "serde, one, two\n";
    let mut found = every_dependency_explained(&[manifest("a/Cargo.toml", text)], "page.md", page);
    found.sort();
    let places = [(4, "one"), (5, "two"), (6, "three"), (9, "four"), (11, "five"), (13, "six")];
    let expected = places.map(|(line, name)| missing(line, name));
    check(found, &expected.each_ref().map(String::as_str));
}

#[test]
fn an_explanation_without_a_dependency_is_told() {
    let text = "[dependencies]\nserde = \"1\"\nsyn = \"3\"";
    let expected = "page.md:6: nothing depends on `quote` any more; remove the line";
    check(every_dependency_explained(&[manifest("a/Cargo.toml", text)], "page.md", PAGE), &[expected]);
}
