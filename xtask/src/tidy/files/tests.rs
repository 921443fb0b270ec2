use super::{no_catch_all_name, no_mod_rs, one_subject};

#[track_caller]
fn length(path: &str, lines: usize, expected: &str) {
    let found = one_subject(path, &"//\n".repeat(lines));
    assert_eq!(found.map(|violation| violation.to_string()).unwrap_or_default(), expected);
}

#[test]
fn code_has_400_lines_at_most() {
    length("src/engine.rs", 400, "");
    let expected = "src/engine.rs:401: the file has 401 lines, 400 is the limit; split it by subject";
    length("src/engine.rs", 401, expected);
}

#[test]
fn cases_have_800_lines_at_most() {
    let paths = ["src/engine/tests.rs", "tests/it.rs", "fidelis/benches/replay.rs", "fidelis-macros/src/snapshots/event.rs"];
    for path in paths {
        length(path, 800, "");
        let expected = format!("{path}:801: the file has 801 lines, 800 is the limit; split it by subject");
        length(path, 801, &expected);
    }
}

#[test]
fn a_module_is_named_after_its_folder() {
    let found = no_mod_rs("src/engine/mod.rs").expect("`mod.rs` is refused");
    let expected = "src/engine/mod.rs:1: `mod.rs` does not say which module it is; move it to `src/engine.rs`";
    assert_eq!(found.to_string(), expected);
    assert_eq!(no_mod_rs("src/engine.rs"), None);
    assert_eq!(no_mod_rs("src/engine/model.rs"), None);
}

#[test]
fn a_file_is_named_after_its_subject() {
    for name in ["utils.rs", "helpers.rs", "common.rs", "misc.rs"] {
        let path = format!("src/{name}");
        let found = no_catch_all_name(&path).expect("the name is refused");
        assert_eq!(found.to_string(), format!("{path}:1: `{name}` names no subject; name it after what it holds"));
        assert!(no_catch_all_name(name).is_some());
    }
    assert_eq!(no_catch_all_name("src/common_key.rs"), None);
    assert_eq!(no_catch_all_name("docs/common.md"), None);
}
