//! Which value of a document stands at a line and column.

use std::fmt::Write;

use super::plain::up_to_quote;

/// The way to the value that is being read, or has just been read, at a line and column: `lines[3].amount`. Empty for
/// the document itself.
///
/// Lines count from 1 and columns in bytes, as `serde_json` counts them.
pub(super) fn path_at(text: &str, line: usize, column: usize) -> String {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut rest = text.get(..start + column).unwrap_or(text);
    let mut steps = Vec::new();
    let mut string = "";
    while let Some(at) = rest.find(['{', '[', '}', ']', ',', ':', '"']) {
        let (mark, after) = rest.split_at(at).1.split_at(1);
        rest = after;
        match (mark, steps.last_mut()) {
            ("{", _) => steps.push(Step::Field("")),
            ("[", _) => steps.push(Step::Element(0)),
            ("}" | "]", _) => drop(steps.pop()),
            (",", Some(Step::Field(name))) => *name = "",
            (",", Some(Step::Element(index))) => *index += 1,
            (":", Some(Step::Field(name))) => *name = string,
            ("\"", _) => {
                (string, rest) = rest.split_at(up_to_quote(rest.as_bytes()));
                rest = rest.strip_prefix('"').unwrap_or_default();
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for step in steps {
        let dot = if path.is_empty() { "" } else { "." };
        // Writing to a `String` cannot fail.
        let _ = match step {
            Step::Field("") => Ok(()),
            Step::Field(name) => write!(path, "{dot}{name}"),
            Step::Element(index) => write!(path, "[{index}]"),
        };
    }
    path
}

/// One array or object around the value, and what of it is being read.
enum Step<'a> {
    Field(&'a str),
    Element(usize),
}
