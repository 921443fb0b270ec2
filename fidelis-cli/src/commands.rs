//! The commands that every program has. Each is a file: what clap is told of it, and what it does.

mod migrate;

use clap::Command;

use crate::Run;

/// All of them, in the order of the help. A new command is a new file and a new line here.
pub(crate) const COMMANDS: &[(fn() -> Command, Run)] = &[(migrate::command, migrate::run)];
