//! What a program ends with, so that a script can tell what happened.

use fidelis::ErrorKind;

/// How a program ended; the numbers are those of BSD's `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Exit {
    /// All is well: 0.
    Success = 0,
    /// It was done, and the answer is no: 1. A comparison found a difference, a check did not hold.
    No = 1,
    /// The command line is wrong: 64.
    Usage = 64,
    /// What was read is wrong: 65. Something stored is damaged, a file to be imported is not what it should be.
    Data = 65,
    /// What was to be read is not there: 66.
    NoInput = 66,
    /// The store cannot be reached, or not be written: 69. Nothing happened.
    Unavailable = 69,
    /// A handler, or this program, is broken: 70. Needs its author.
    Software = 70,
    /// Reading or writing a file failed: 74.
    Io = 74,
    /// It is not known, or somebody else was faster: 75. The same call again settles it.
    Again = 75,
    /// The configuration is wrong: 78.
    Configuration = 78,
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid | ErrorKind::Corrupt | ErrorKind::Rejected => Exit::Data,
            ErrorKind::NotFound => Exit::NoInput,
            ErrorKind::Unavailable => Exit::Unavailable,
            ErrorKind::Unknown | ErrorKind::Conflict => Exit::Again,
            _ => Exit::Software,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}
