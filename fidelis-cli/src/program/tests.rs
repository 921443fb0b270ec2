use std::io::{self, Write};

use clap::{ArgMatches, Command};
use fidelis::{BoxFuture, Error, Source};

use super::Program;
use crate::{Exit, Failure, Session};

mod nothing {
    fidelis::domain!("nothing");
}

fn greet<'a>(session: &'a Session, _: &'a ArgMatches, out: &'a mut (dyn Write + Send)) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move { Ok(writeln!(out, "hello from {}", session.database().value)?) })
}

fn program() -> Program {
    Program::new("greeter", "1.2.3", nothing::domain, "memory").about("Greets").command(Command::new("greet"), greet)
}

/// What a call prints, and how it ends.
fn call(arguments: &str) -> (String, Result<(), Failure>) {
    let mut out = Vec::new();
    let arguments = std::iter::once("greeter").chain(arguments.split_whitespace()).map(Into::into);
    let done = program().run(arguments, None, &mut out);
    (String::from_utf8(out).unwrap(), done)
}

#[test]
fn the_command_line_is_well_formed() {
    program().command_line().debug_assert();
}

#[test]
fn the_first_command_is_what_it_does_unless_told_otherwise() {
    for arguments in ["", "greet", "greet --database memory", "--database memory greet"] {
        let (printed, done) = call(arguments);
        done.unwrap();
        assert_eq!(printed, "hello from memory\n");
    }
}

#[test]
fn help_and_version_are_results() {
    let (printed, done) = call("--help");
    done.unwrap();
    for word in ["Greets", "greet", "migrate", "--database", "FIDELIS_DATABASE", "fidelis.toml"] {
        assert!(printed.contains(word), "{printed}");
    }
    let (printed, done) = call("--version");
    done.unwrap();
    assert_eq!(printed, "greeter 1.2.3\n");
}

#[test]
fn wrong_usage_is_64_and_says_what_was_wrong() {
    for (arguments, word) in
        [("dance", "'dance'"), ("--colour", "'--colour'"), ("--database", "'--database <URL>'"), ("migrate now", "'now'")]
    {
        let (printed, done) = call(arguments);
        let failure = done.unwrap_err();
        assert_eq!((printed.as_str(), failure.exit()), ("", Exit::Usage));
        assert!(failure.to_string().contains(word) && !failure.to_string().starts_with("error"), "{failure}");
    }
}

#[test]
fn a_domain_with_faults_does_not_start() {
    let (_, done) = call("migrate");
    let failure = done.unwrap_err();
    assert!(failure.to_string().contains("domain `nothing` has no aggregate"), "{failure}");
    assert_eq!(failure.exit(), Exit::Data);
}

#[test]
fn a_reader_who_goes_away_is_told_nothing() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let failure = program().run(["greeter".into()], None, &mut Gone).unwrap_err();
    assert!(failure.is_told());
    assert_eq!(failure.exit(), Exit::Io);
}

#[test]
fn errors_say_what_lies_behind_them_and_how_to_end() {
    let cause = io::Error::other(Error::not_found("there is no wire"));
    let failure = Failure::from(Source::from(Error::unavailable("the store is away", cause)));
    assert_eq!((failure.exit(), failure.to_string().as_str()), (Exit::Unavailable, "the store is away: there is no wire"));
    for (error, exit) in [
        (Error::invalid("x"), Exit::Data),
        (Error::not_found("x"), Exit::NoInput),
        (Error::unknown("x", "y"), Exit::Again),
        (Error::corrupt_store("x", "y"), Exit::Data),
        (Error::failed("x", "y"), Exit::Software),
    ] {
        assert_eq!(Failure::from(error).exit(), exit);
    }
}
