//! The page of promises names tests that are there.

use std::{
    fs,
    path::{Path, PathBuf},
};

const PAGE: &str = include_str!("../../../docs/guarantees.md");

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !["target", "benches", ".git"].iter().any(|name| path.ends_with(name)) {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn each_test_it_names_is_there() {
    let mut files = Vec::new();
    rust_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")), &mut files);
    let mut named = 0;
    for name in PAGE.split('`').skip(1).step_by(2) {
        let Some((module, function)) = name.split_once("::") else { continue };
        let holds = |file: &PathBuf| {
            file.file_stem().is_some_and(|stem| stem == module)
                && fs::read_to_string(file).unwrap().contains(&format!("fn {function}("))
        };
        assert!(files.iter().any(holds), "there is no test `{name}`");
        named += 1;
    }
    assert!(named > 30, "the page names {named} tests");
}
