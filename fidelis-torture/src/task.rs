//! What the program of this crate can be told to do.

use serde::{Deserialize, Serialize};

use crate::{Assignment, Plain, bank, worker::work};

/// What the program of this crate can be told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// To write into a store.
    Write(Assignment),
    /// To ask things of a bank.
    Bank(bank::Shift),
    /// To write into a file of its own, without a store.
    Plain(Plain),
}

impl Task {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub fn work(&self) -> Result<(), String> {
        match self {
            Task::Write(assignment) => work(assignment).map_err(|error| error.to_string()),
            Task::Bank(shift) => bank::work(shift).map_err(|error| error.to_string()),
            Task::Plain(plain) => plain.work().map_err(|error| error.to_string()),
        }
    }
}
