//! The commands that every program has. Each is a file: what clap is told of it, and what it does.

mod export;
mod file;
#[cfg(feature = "postgres")]
mod grants;
mod import;
mod import_message_db;
mod migrate;
mod processes;
mod progress;
mod rebuild;
mod verify;

use clap::Command;

use crate::Run;

/// What clap is told of a command, and what it does.
type Known = (fn() -> Command, Run);

/// All of them, in the order of the help. A new command is a new file and a new line here.
pub(crate) const COMMANDS: &[Known] = &[
    (migrate::command, migrate::run),
    #[cfg(feature = "postgres")]
    (grants::command, grants::run),
    (rebuild::command, rebuild::run),
    (processes::command, processes::run),
    (export::command, export::run),
    (import::command, import::run),
    (verify::command, verify::run),
    (import_message_db::command, import_message_db::run),
];
