//! What was expected, chapter by chapter, and whether it held.

use std::fmt;

/// Everything that was checked.
#[derive(Default)]
pub(super) struct Checks {
    chapters: Vec<Chapter>,
}

struct Chapter {
    number: &'static str,
    title: &'static str,
    count: usize,
    failures: Vec<String>,
}

impl Checks {
    /// What is checked from here on belongs to this chapter.
    pub(super) fn begin(&mut self, number: &'static str, title: &'static str) {
        self.chapters.push(Chapter { number, title, count: 0, failures: Vec::new() });
    }

    /// Something is as expected.
    pub(super) fn holds(&mut self) {
        self.count(None);
    }

    /// Something is not.
    pub(super) fn fails(&mut self, failure: String) {
        self.count(Some(failure));
    }

    /// Whether everything held.
    pub(super) fn all_hold(&self) -> bool {
        self.chapters.iter().all(|chapter| chapter.failures.is_empty())
    }

    fn count(&mut self, failure: Option<String>) {
        if let Some(chapter) = self.chapters.last_mut() {
            chapter.count += 1;
            chapter.failures.extend(failure);
        }
    }
}

/// The summary: a line for each chapter, the total, and what failed.
impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.chapters.iter().map(|chapter| chapter.title.len()).max().unwrap_or_default();
        writeln!(f, "{:>7}  {:width$}  {:>6}  result", "chapter", "", "checks")?;
        for Chapter { number, title, count, failures } in &self.chapters {
            writeln!(f, "{number:>7}  {title:width$}  {count:>6}  {}", result(failures.len()))?;
        }
        let count: usize = self.chapters.iter().map(|chapter| chapter.count).sum();
        let failures = self.chapters.iter().map(|chapter| chapter.failures.len()).sum();
        writeln!(f, "{:>7}  {:width$}  {count:>6}  {}", "total", "", result(failures))?;
        for chapter in &self.chapters {
            for failure in &chapter.failures {
                writeln!(f, "failed in chapter {}: {failure}", chapter.number)?;
            }
        }
        Ok(())
    }
}

fn result(failures: usize) -> String {
    match failures {
        0 => "all hold".to_owned(),
        _ => format!("{failures} failed"),
    }
}
