//! Rules over Markdown pages, and what other rules read from them.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;

/// Endings by which a word without a folder is known for a file.
const ENDINGS: [&str; 7] = [".rs", ".md", ".toml", ".lock", ".sql", ".sh", ".stderr"];

/// What a page has entries on.
#[derive(Default)]
pub(crate) struct Entries<'t> {
    /// First cells of table rows, each with its line.
    pub(crate) rows: BTreeMap<&'t str, usize>,
    /// Headings.
    headings: BTreeSet<&'t str>,
}

impl Entries<'_> {
    /// Whether a row or a heading is about this.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.rows.contains_key(name) || self.headings.contains(name)
    }
}

/// The entries of a page; the row above a table's rule is its head, not an entry.
pub(crate) fn entries(text: &str) -> Entries<'_> {
    let mut entries = Entries::default();
    let mut below_rule = false;
    for (line, content) in prose(text) {
        if let Some(row) = content.strip_prefix('|') {
            let cell = row.split('|').next().unwrap_or_default().trim();
            if !cell.is_empty() && cell.chars().all(|character| matches!(character, '-' | ':')) {
                below_rule = true;
            } else if below_rule {
                entries.rows.insert(cell.trim_matches('`'), line);
            }
            continue;
        }
        below_rule = false;
        if content.starts_with('#') {
            entries.headings.insert(content.trim_start_matches('#').trim().trim_matches('`'));
        }
    }
    entries
}

/// A page that names files must not name what is gone.
///
/// `path` in backticks may start anywhere in the tree: a page that has introduced a folder speaks of `events.rs` in it.
pub(crate) fn named_files_exist(page: &str, text: &str, files: &BTreeSet<String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (line, content) in prose(text) {
        // Every second piece between backticks is inside a pair of them.
        for span in content.split('`').skip(1).step_by(2) {
            if is_path(span, files) && !exists(span, files) {
                let what = format!("there is no `{span}`");
                violations.push(Violation::new(page, line, what, "name what is there now"));
            }
        }
    }
    violations
}

/// The lines outside fenced blocks, counted from 1: what is in a block is an example.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Whether a piece of code in a sentence means a file or a folder: `application/json` and `and/or` do not.
fn is_path(span: &str, files: &BTreeSet<String>) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    if span.starts_with('/') || !span.chars().all(plain) {
        return false;
    }
    let ends_like_one = span.ends_with('/') || ENDINGS.iter().any(|ending| span.len() > ending.len() && span.ends_with(ending));
    let first = span.split_once('/').map(|(first, _)| format!("{first}/"));
    ends_like_one || first.is_some_and(|first| files.iter().any(|file| file.starts_with(&first)))
}

fn exists(span: &str, files: &BTreeSet<String>) -> bool {
    let path = format!("/{}/", span.trim_start_matches("./").trim_end_matches('/'));
    files.iter().any(|file| format!("/{file}/").contains(&path))
}
