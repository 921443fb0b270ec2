//! Servers come, are killed, come back with what they had, and go without leaving anything.

use std::{fs, net::TcpStream, path::PathBuf};

use fidelis_test_servers::{Postgres, ServerError};

/// A server, unless this machine has none: then a test has nothing to say.
fn postgres(settings: &[(&str, &str)]) -> Option<Postgres> {
    match Postgres::start(settings) {
        Err(ServerError::NotInstalled { .. }) => None,
        server => Some(server.expect("a server starts")),
    }
}

fn answer(server: &Postgres, question: &str) -> String {
    let output = server.run(server.program("psql").args(["-d", "postgres", "-Atqc", question])).expect("the server answers");
    String::from_utf8(output).expect("text").trim().to_owned()
}

#[test]
fn what_was_stored_outlives_an_immediate_stop() {
    let Some(mut server) = postgres(&[("max_prepared_transactions", "4")]) else { return };
    assert_eq!(answer(&server, "show max_prepared_transactions"), "4");
    answer(&server, "create table kept (number int); insert into kept values (7)");
    server.stop_immediately().expect("it stops");
    server.start_again().expect("it starts again");
    assert_eq!(answer(&server, "select number from kept"), "7");
}

#[test]
fn nothing_is_left_of_a_server_that_was_dropped() {
    let Some(server) = postgres(&[]) else { return };
    let folder = PathBuf::from(answer(&server, "show data_directory"));
    let port: u16 = answer(&server, "show port").parse().expect("a port");
    assert!(fs::exists(&folder).expect("readable"));
    drop(server);
    assert!(!fs::exists(&folder).expect("readable"), "its files are there still");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
}

#[test]
fn a_program_that_fails_says_why() {
    let Some(server) = postgres(&[]) else { return };
    server.create_database("twice").expect("it is created");
    let error = server.create_database("twice").expect_err("it is there").to_string();
    assert!(error.contains("already exists"), "{error}");
}
