//! What was given and done in a test, for when it fails.

use std::sync::Arc;

use super::{
    expected::Seen,
    fields::{Fields, columns},
};
use crate::Recorded;

/// The story of a test. Put into words when the test fails, which most never do.
#[derive(Debug, Default)]
pub(super) struct Story(Vec<Line>);

/// One line of it.
#[derive(Debug)]
pub(super) enum Line {
    /// A command, by its name, with its JSON form.
    Command(Label, &'static str, Box<str>),
    /// An event, likewise, and whose it is where that is not plain.
    Event(Label, &'static str, Box<str>, Option<String>),
    /// Anything else, in words.
    Words(Label, String),
    /// What became of the line before.
    Answer(String),
    /// What came of it.
    Came(Arc<Recorded>),
    /// What was commanded because of it.
    Issued(Seen),
}

/// `given`, `when`, `at` or `after`.
pub(super) type Label = &'static str;

impl Story {
    pub(super) fn tell(&mut self, line: Line) {
        self.0.push(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut before = "";
        let rows: Vec<Vec<String>> = self
            .0
            .iter()
            .map(|line| {
                let label = line.label().unwrap_or_default();
                let shown = if !label.is_empty() && label == before { "and" } else { label };
                before = line.label().unwrap_or(before);
                vec![format!("{shown:>5}"), line.text()]
            })
            .collect();
        columns(&rows)
    }
}

impl Line {
    fn label(&self) -> Option<Label> {
        match self {
            Line::Command(label, ..) | Line::Event(label, ..) | Line::Words(label, _) => Some(label),
            Line::Answer(_) | Line::Came(_) | Line::Issued(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Line::Command(_, name, json) | Line::Event(_, name, json, None) => Fields::read(json).on_one_line(name),
            Line::Event(_, name, json, Some(whose)) => format!("{whose}: {}", Fields::read(json).on_one_line(name)),
            Line::Words(_, words) => words.clone(),
            Line::Answer(answer) => format!("→ {answer}"),
            Line::Came(record) => format!("+ {}", Seen::of(record).text()),
            Line::Issued(command) => format!("issued {}", command.text()),
        }
    }
}
