//! `fidelis-bank`: plays the bank on the in-memory store, chapter by chapter, and checks what must hold.

#![allow(clippy::print_stderr, reason = "telling a person at a terminal what went wrong is what a program is for")]

mod story;

use std::{env, io, process::ExitCode, sync::Arc};

use fidelis::MemoryStore;

/// Ends with 0 when everything held, with 1 when something did not, with 2 when it is called with arguments.
fn main() -> ExitCode {
    if env::args_os().len() > 1 {
        eprintln!("error: `fidelis-bank` takes no arguments: it plays the bank's chapters and checks what must hold");
        return ExitCode::from(2);
    }
    let stage = story::Stage::passing(Arc::new(MemoryStore::default()));
    match fidelis::block_on(story::tell(&mut io::stdout().lock(), &stage)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", story::chain(&*error));
            ExitCode::FAILURE
        }
    }
}
