//! The guide quotes the bank: what it quotes is in the file it names, word for word.

use std::{fs, path::Path};

/// The quotations of a text: the file each names and what it quotes.
fn quotations(text: &str) -> Vec<(String, String)> {
    let mut quotations = Vec::new();
    let mut lines = text.lines();
    let mut source = None;
    while let Some(line) = lines.next() {
        if let Some((path, _)) = line.strip_prefix("[`").and_then(|rest| rest.split_once("`](../")) {
            source = Some(path.to_owned());
        } else if line == "```rust" {
            let quoted: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            quotations.push((source.take().expect("a quotation names its file"), quoted.join("\n")));
        }
    }
    quotations
}

#[test]
fn what_the_guide_quotes_is_in_the_bank() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/guide.md")).unwrap();
    let quotations = quotations(&guide);
    assert!(quotations.len() >= 8, "the guide quotes the bank");
    for (path, quoted) in quotations {
        let source = fs::read_to_string(root.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(source.contains(&quoted), "`{path}` has not what the guide quotes:\n{quoted}");
    }
}
