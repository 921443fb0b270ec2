//! The file with settings, in TOML.

use std::{fs, path::Path};

use toml::de::DeTable;

use crate::{Exit, Failure};

/// The one setting there is.
const DATABASE: &str = "database";

/// The URL that the file names, if it names one.
///
/// # Errors
/// When it cannot be read, is no TOML, or has anything in it that is no setting: all of that at once, with lines.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NoInput } else { Exit::Configuration };
        Failure::new(exit, format!("`{shown}` cannot be read: {error}"))
    })?;
    let wrong = |message: String| Failure::new(Exit::Configuration, message);
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let table = DeTable::parse(&text).map_err(|error| {
        let line = line(error.span().map_or(0, |span| span.start));
        wrong(format!("`{shown}`, line {line}: {}", error.message()))
    })?;
    let mut found = None;
    let mut mistakes = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref().as_str()) {
            (DATABASE, Some(url)) => found = Some(url.to_owned()),
            (DATABASE, None) => mistakes.push(format!("line {line}: `{DATABASE}` must be a text, such as \"sqlite:bank.db\"")),
            (unknown, _) => mistakes.push(format!("line {line}: there is no setting `{unknown}`; there is `{DATABASE}`")),
        }
    }
    if mistakes.is_empty() { Ok(found) } else { Err(wrong(format!("`{shown}`: {}", mistakes.join("; ")))) }
}
