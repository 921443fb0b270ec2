//! Where the store is: what the command line says, else the environment, else a file, else the program itself.

mod file;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use fidelis::DatabaseUrl;

use crate::{Exit, Failure};

/// The file that is read when `--config` names none. It need not exist.
pub(crate) const FILE: &str = "fidelis.toml";

/// The variable of the environment. `DATABASE_URL` is not read: it is there for other programs, and nobody wants a log written
/// into one of their databases by accident.
pub(crate) const VARIABLE: &str = "FIDELIS_DATABASE";

/// What was set, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// What was set.
    pub value: T,
    /// Where.
    pub source: Source,
}

/// Where something was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// On the command line.
    Argument,
    /// In the environment.
    Environment,
    /// In this file.
    File(PathBuf),
    /// Nowhere: the program's own choice.
    Default,
}

impl Source {
    /// How a program ends when what was set there cannot be used.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Source::Argument => Exit::Usage,
            Source::Environment | Source::File(_) => Exit::Configuration,
            // The program names a good place; what is there need not be.
            Source::Default => Exit::Data,
        }
    }
}

/// As a part of a sentence: "from `fidelis.toml`".
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Argument => f.write_str("from `--database`"),
            Source::Environment => write!(f, "from `{VARIABLE}` in the environment"),
            Source::File(path) => write!(f, "from `{}`", path.display()),
            Source::Default => f.write_str("as nothing else was asked for"),
        }
    }
}

/// What was said where.
pub(crate) struct Said<'a> {
    /// On the command line.
    pub(crate) argument: Option<&'a str>,
    /// In the environment.
    pub(crate) environment: Option<OsString>,
    /// The file named on the command line.
    pub(crate) file: Option<&'a Path>,
    /// By the program.
    pub(crate) default: &'a str,
}

impl Said<'_> {
    /// Where the store is.
    ///
    /// # Errors
    /// When what was said cannot be read. A file is read whole even if it is overruled: a mistake in it is better found now.
    pub(crate) fn database(self) -> Result<Setting<DatabaseUrl>, Failure> {
        let written = match self.file {
            Some(file) => file::read(file)?.map(|value| (value, file)),
            None if Path::new(FILE).exists() => file::read(Path::new(FILE))?.map(|value| (value, Path::new(FILE))),
            None => None,
        };
        if let Some(url) = self.argument {
            return setting(url, Source::Argument);
        }
        if let Some(url) = self.environment.filter(|url| !url.is_empty()) {
            let url = url.into_string().map_err(|_| {
                Failure::new(Exit::Configuration, format!("`{VARIABLE}` in the environment is no text in UTF-8: write a URL"))
            })?;
            return setting(&url, Source::Environment);
        }
        match written {
            Some((url, file)) => setting(&url, Source::File(file.to_owned())),
            None => setting(self.default, Source::Default),
        }
    }
}

fn setting(url: &str, source: Source) -> Result<Setting<DatabaseUrl>, Failure> {
    match url.parse() {
        Ok(value) => Ok(Setting { value, source }),
        Err(error) => Err(Failure::new(source.exit(), format!("{error} ({source})"))),
    }
}
