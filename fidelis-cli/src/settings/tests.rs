use std::{ffi::OsString, fs, path::Path};

use super::{Said, Setting, Source};
use crate::{Exit, Failure};

fn said() -> Said<'static> {
    Said { argument: None, environment: None, file: None, default: "memory" }
}

/// What comes of a file with this text.
fn with_file<T>(text: &str, read: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    fs::write(&path, text).unwrap();
    read(&path)
}

fn database(said: Said<'_>) -> Result<(String, Source), Failure> {
    said.database().map(|Setting { value, source }| (value.to_string(), source))
}

#[test]
fn the_nearer_word_counts() {
    let by_default = database(said()).unwrap();
    assert_eq!(by_default, ("memory".to_owned(), Source::Default));
    with_file("database = \"sqlite:file.db\"", |file| {
        let from_file = || Said { file: Some(file), ..said() };
        assert_eq!(database(from_file()).unwrap(), ("sqlite:file.db".to_owned(), Source::File(file.to_owned())));
        let environment = Some(OsString::from("sqlite:environment.db"));
        let from_environment = || Said { environment: environment.clone(), ..from_file() };
        assert_eq!(database(from_environment()).unwrap(), ("sqlite:environment.db".to_owned(), Source::Environment));
        let argument = Said { argument: Some("sqlite:argument.db"), ..from_environment() };
        assert_eq!(database(argument).unwrap(), ("sqlite:argument.db".to_owned(), Source::Argument));
    });
}

#[test]
fn an_empty_variable_and_an_empty_file_say_nothing() {
    let nothing =
        with_file("# nothing yet\n", |file| database(Said { environment: Some(OsString::new()), file: Some(file), ..said() }));
    assert_eq!(nothing.unwrap().1, Source::Default);
}

#[test]
fn a_url_that_cannot_be_read_is_a_mistake_of_whoever_wrote_it() {
    let failure = database(Said { argument: Some("bank.db"), ..said() }).unwrap_err();
    assert_eq!(failure.exit(), Exit::Usage);
    assert!(failure.to_string().ends_with("(from `--database`)"), "{failure}");
    let failure = database(Said { environment: Some("bank.db".into()), ..said() }).unwrap_err();
    assert_eq!(failure.exit(), Exit::Configuration);
    assert!(failure.to_string().ends_with("(from `FIDELIS_DATABASE` in the environment)"), "{failure}");
    let failure = with_file("database = 'bank.db'", |file| database(Said { file: Some(file), ..said() }).unwrap_err());
    assert_eq!(failure.exit(), Exit::Configuration);
    assert!(failure.to_string().contains("(from `/"), "{failure}");
}

/// Even when it is overruled: whoever wrote it believes that it counts.
#[test]
fn all_mistakes_in_a_file_are_listed_with_their_lines() {
    let text = "# the bank\ndatabase = 7\ndatabse = 'sqlite:bank.db'\n[pool]\nsize = 3\n";
    let failure = with_file(text, |file| database(Said { argument: Some("memory"), file: Some(file), ..said() }).unwrap_err());
    assert_eq!(failure.exit(), Exit::Configuration);
    let message = failure.to_string();
    for part in
        ["line 2: `database` must be a text", "line 3: there is no setting `databse`", "line 4: there is no setting `pool`"]
    {
        assert!(message.contains(part), "{message}");
    }
    let failure = with_file("\ndatabase = ", |file| database(Said { file: Some(file), ..said() }).unwrap_err());
    assert!(failure.to_string().contains("line 2: "), "{failure}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let failure = database(Said { file: Some(Path::new("/no/such/file.toml")), ..said() }).unwrap_err();
    assert_eq!(failure.exit(), Exit::NoInput);
    assert!(failure.to_string().contains("`/no/such/file.toml` cannot be read"), "{failure}");
}
