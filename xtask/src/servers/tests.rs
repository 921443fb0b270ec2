use std::net::TcpStream;

use fidelis_test_servers::Postgres;

use super::{Running, Server};

fn port(running: &Running) -> u16 {
    let (variable, url) = running.variables().next().expect("a server was started");
    assert_eq!(variable, "FIDELIS_TEST_POSTGRES_URL");
    let address = url.rsplit_once('@').expect("a user").1;
    address.split([':', '/']).nth(1).and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn a_server_runs_as_long_as_its_step() {
    if !Postgres::is_installed() {
        println!("left out: PostgreSQL is not installed");
        return;
    }
    let running = Running::start_but(&[Server::Postgres], |_| false).expect("it starts");
    let port = port(&running);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    drop(running);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
}

#[test]
fn a_server_that_a_person_chose_is_taken() {
    let running =
        Running::start_but(&[Server::Postgres], |variable| variable == "FIDELIS_TEST_POSTGRES_URL").expect("none starts");
    assert_eq!(running.variables().count(), 0);
}

#[test]
fn a_step_without_servers_starts_none() {
    assert_eq!(Running::start_but(&[], |_| false).expect("none starts").variables().count(), 0);
}
