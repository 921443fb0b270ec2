//! What a rule finds.

use std::fmt;

/// A place that breaks a house rule; ordered by place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    what: String,
    remedy: String,
}

impl Violation {
    /// `what` is wrong at line `line` (counted from 1) of `path`, and the `remedy` is what to do about it.
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Violation { path: path.to_owned(), line, what: what.into(), remedy: remedy.into() }
    }
}

/// `path:line: what; what to do`: the form editors and terminals make a link of.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.remedy)
    }
}
