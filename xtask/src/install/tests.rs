use super::{NEEDS, Need, advice, missing, on_path, packages};

const SERVERS: &[Need] = &[
    Need { program: "store", is_here: |program| program == "store", package: "servers", why: "the tests write to it" },
    Need { program: "store-dump", is_here: |program| program == "store", package: "servers", why: "the tests look into it" },
    Need { program: "relay", is_here: |program| program == "store", package: "relay", why: "the tests listen to it" },
];

#[test]
fn only_what_is_not_present_is_missing() {
    let found: Vec<_> = missing(SERVERS).iter().map(|need| need.program).collect();
    assert_eq!(found, ["store-dump", "relay"]);
}

#[test]
fn a_package_is_installed_once() {
    let needs: Vec<_> = SERVERS.iter().collect();
    assert_eq!(packages(&needs).into_iter().collect::<Vec<_>>(), ["relay", "servers"]);
}

#[test]
fn the_advice_names_program_reason_and_packages() {
    let expected = "programs are missing
`store` is not here: the tests write to it
`relay` is not here: the tests listen to it
on Debian, as root: apt-get install relay servers; elsewhere, install what corresponds";
    assert_eq!(advice(&[&SERVERS[0], &SERVERS[2]]).to_string(), expected);
}

#[test]
fn the_path_is_searched() {
    assert!(on_path("sh"));
    assert!(!on_path("no-program-has-this-name"));
}

#[test]
fn a_linker_and_a_database_are_needed() {
    assert!(NEEDS.iter().any(|need| need.program == "cc" && need.package == "build-essential"));
    assert!(NEEDS.iter().any(|need| need.program == "initdb" && need.package == "postgresql"));
}
