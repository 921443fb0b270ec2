//! Why a program ended without having done what it was asked.

use std::{error, fmt, io, iter};

use crate::Exit;

/// Why a command failed: how the program ends, and what it says.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A failure that ends the program like this, with this message for a person: what is wrong, where, and what to do.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into() }
    }

    /// One that has been told already: the program ends and says nothing more.
    pub fn told(exit: Exit) -> Self {
        Failure { exit, message: String::new() }
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The same, but the program ends otherwise.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Whether there is anything to say.
    pub(crate) fn is_told(&self) -> bool {
        self.message.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// With everything behind it.
impl From<fidelis::Error> for Failure {
    fn from(error: fidelis::Error) -> Self {
        Failure::new(error.kind().into(), chain(&error))
    }
}

/// Whoever reads our output may stop reading (`| head`): that is no news to him.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::told(Exit::Io),
            _ => Failure::new(Exit::Io, chain(&error)),
        }
    }
}

/// As what it is, if it is one of those above.
impl From<fidelis::Source> for Failure {
    fn from(error: fidelis::Source) -> Self {
        let error = match error.downcast::<fidelis::Error>() {
            Ok(error) => return (*error).into(),
            Err(other) => other,
        };
        match error.downcast::<io::Error>() {
            Ok(error) => (*error).into(),
            Err(other) => Failure::new(Exit::Software, chain(&*other)),
        }
    }
}

/// An error with everything behind it.
fn chain(error: &(dyn error::Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
