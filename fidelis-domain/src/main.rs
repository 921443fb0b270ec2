//! `fidelis-bank`: plays the bank, chapter by chapter, checks what must hold, and does the chores around its log.

mod play;
mod story;

use std::process::ExitCode;

use fidelis_cli::Program;

fn main() -> ExitCode {
    Program::new("fidelis-bank", env!("CARGO_PKG_VERSION"), fidelis_domain::domain, "sqlite:fidelis-bank.db")
        .about("The bank written with Fidelis")
        .command(play::command(), play::run)
        .main()
}
