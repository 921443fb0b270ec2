use crate::{ALL, command_line, steps::STEPS};

/// What the command line makes of these words: the subcommand, or the exit code.
fn parse(words: &str) -> Result<String, i32> {
    let arguments = command_line().try_get_matches_from(words.split_whitespace()).map_err(|error| error.exit_code())?;
    Ok(arguments.subcommand_name().expect("clap asks for a subcommand").to_owned())
}

#[test]
fn the_command_line_is_well_formed() {
    command_line().debug_assert();
}

#[test]
fn every_step_is_a_command() {
    for step in STEPS {
        assert_eq!(parse(&format!("xtask {}", step.name)), Ok(step.name.to_owned()));
    }
    assert_eq!(parse("xtask ci"), Ok(ALL.to_owned()));
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    assert_eq!(parse("xtask"), Err(2));
    assert_eq!(parse("xtask tidier"), Err(2));
    assert_eq!(parse("xtask ci --fast"), Err(2));
    assert_eq!(parse("xtask --help"), Err(0));
}
