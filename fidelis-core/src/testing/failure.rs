//! What a failed test says: what was expected and what came, then the whole story, then the state.

use std::{
    collections::BTreeSet,
    fmt::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{Error, Uuid};

/// Why a test failed.
#[derive(Debug)]
pub struct Failure {
    headline: String,
    details: Vec<String>,
}

impl Failure {
    pub(super) fn new(headline: impl Into<String>) -> Self {
        Failure { headline: headline.into(), details: Vec::new() }
    }

    pub(super) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    pub(super) fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// Runs a closure of the test. Its panic, most likely an assertion, has told its own place; here it gets the story.
    pub(super) fn of_closure(headline: impl Into<String>, check: impl FnOnce()) -> Result<(), Failure> {
        let Err(panic) = catch_unwind(AssertUnwindSafe(check)) else {
            return Ok(());
        };
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(Failure::new(headline).details(text.unwrap_or("a panic without a message").lines().map(str::to_owned)))
    }

    pub(super) fn into_details(self) -> Vec<String> {
        self.details
    }

    /// The whole text. Sections are titles with their lines; empty ones are left out.
    pub(super) fn told(&self, sections: &[(String, Vec<String>)]) -> String {
        let mut text = self.headline.clone();
        let details = [(String::new(), self.details.clone())];
        for (title, lines) in details.iter().chain(sections).filter(|(_, lines)| !lines.is_empty()) {
            text.push('\n');
            if !title.is_empty() {
                let _ = write!(text, "\n{title}");
            }
            for line in lines {
                let line = format!("  {line}");
                let _ = write!(text, "\n{}", line.trim_end());
            }
        }
        with_short_identities(&text)
    }
}

/// Every identity by its last six digits, if those tell them apart.
pub(super) fn with_short_identities(text: &str) -> String {
    let identities: BTreeSet<Uuid> = text
        .split(|character: char| character != '-' && !character.is_ascii_hexdigit())
        .filter(|word| word.len() == 36)
        .filter_map(|word| word.parse().ok())
        .collect();
    let short = |identity: &Uuid| format!("…{}", &identity.to_string()[30..]);
    if identities.iter().map(short).collect::<BTreeSet<_>>().len() < identities.len() {
        return text.to_owned();
    }
    identities.iter().fold(text.to_owned(), |text, identity| text.replace(&identity.to_string(), &short(identity)))
}

/// What went wrong below the test: the store, the assembly of the domain.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new("the test cannot go on").details(error.to_string().lines().map(str::to_owned))
    }
}
