//! What must not compile, and what the compiler says: a file per mistake in `tests/compile_fail`, its message beside it.
//!
//! `TRYBUILD=overwrite cargo test --test it compile_fail` rewrites the messages; read every one that changed.

use std::fs;

#[test]
fn compile_fail() {
    let cases = trybuild::TestCases::new();
    for folder in fs::read_dir("tests/compile_fail").expect("the folder is beside this one") {
        let folder = folder.expect("a folder can be listed").path();
        let files = folder.join("*.rs");
        match folder.ends_with("pass") {
            true => cases.pass(files),
            false => cases.compile_fail(files),
        }
    }
}
