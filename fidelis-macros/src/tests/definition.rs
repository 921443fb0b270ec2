//! Fingerprints: other code has another, the same code has the same.

use quote::quote;

use crate::definition;

fn of(tokens: &str) -> String {
    definition::of(tokens.parse().expect("it is Rust")).to_string()
}

#[test]
fn what_is_written_counts_and_how_it_is_laid_out_does_not() {
    let written = of("#[serde(default)] pub struct A { /// Doc.\n pub a: Vec<Vec<u8>>, }");
    assert_eq!(written, of("/// Other.\n#[serde(default)]\npub struct A{pub a:Vec<Vec<u8> >, /* why */ }"));
    for other in [
        "#[serde(skip)] pub struct A { pub a: Vec<Vec<u8>>, }",
        "#[serde(default)] pub struct A { pub b: Vec<Vec<u8>>, }",
        "#[serde(default)] pub struct A { pub a: Vec<Vec<u16>>, }",
        "#[serde(default)] pub struct A { pub a: Vec<Vec<u8>>, pub b: u8 }",
    ] {
        assert_ne!(written, of(other), "{other}");
    }
    assert_ne!(of("a b"), of("ab"));
    assert_ne!(of("(a) b"), of("(a b)"));
    assert_ne!(of("{ a }"), of("( a )"));
    assert_ne!(of("self.total += 1"), of("self.total += 2"));
}

/// The same for every compiler and every release: else all snapshots are made anew for nothing.
#[test]
fn it_stays_what_it_is() {
    let tokens = quote!(
        fn on_counted(&mut self, event: &Counted) {
            self.total += event.by;
        }
    );
    assert_eq!(definition::of(tokens).to_string(), "0xaf8a59d730aadb08");
}
