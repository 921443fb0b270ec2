//! The URL.

use std::{borrow::Cow, net::IpAddr, time::Duration};

use fidelis_core::{Error, SignedDuration};
use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use super::{Durability, PostgresOptions};

/// What we leave to the driver.
const PASSED_ON: [&str; 11] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "keepalives",
    "keepalives_idle",
    "password",
    "port",
    "target_session_attrs",
    "user",
];
const OURS: [&str; 9] =
    ["durability", "idle_timeout", "poll", "readers", "retry_for", "schema", "sslmode", "sslrootcert", "statement_timeout"];

pub(super) fn url(text: &str) -> Result<PostgresOptions, Error> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err(Error::invalid(
            "the address of a PostgreSQL database begins with `postgres://`, such as `postgres://account@host:5432/database`",
        ));
    }
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    let mut passed_on = String::new();
    let mut ours: Vec<(&str, Cow<'_, str>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if PASSED_ON.contains(&name) {
            passed_on.push(if passed_on.is_empty() { '?' } else { '&' });
            passed_on.push_str(pair);
        } else if OURS.contains(&name) {
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| Error::invalid(format!("parameter `{name}` of the database's URL is not UTF-8")))?;
            ours.push((name, value));
        } else {
            let mut known: Vec<_> = OURS.into_iter().chain(PASSED_ON).collect();
            known.sort_unstable();
            return Err(Error::invalid(format!(
                "the database's URL has a parameter `{name}` nobody knows; there are {}",
                known.map_quoted()
            )));
        }
    }
    let config: Config = format!("{base}{passed_on}").parse().map_err(|error: tokio_postgres::Error| {
        // What the parser says names the part, never the password.
        let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Error::invalid(format!(
            "the database's URL does not parse: {why}; it looks like `postgres://account:password@host:5432/database`, with \
             special characters percent-encoded"
        ))
    })?;
    let mut options = defaults(config)?;
    for (name, value) in ours {
        options = set(options, name, &value)?;
    }
    let mode = if options.encrypted { SslMode::Require } else { SslMode::Disable };
    options.config.ssl_mode(mode);
    Ok(options)
}

trait Quoted {
    fn map_quoted(&self) -> String;
}

impl Quoted for Vec<&str> {
    fn map_quoted(&self) -> String {
        self.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

fn defaults(mut config: Config) -> Result<PostgresOptions, Error> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(Error::invalid("the database's URL names no host, such as `postgres://account@host:5432/database`"));
    }
    if config.get_application_name().is_none() {
        config.application_name("fidelis");
    }
    // A machine that vanishes without a word is noticed within half a minute.
    config.keepalives(true).keepalives_idle(Duration::from_secs(10)).keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3).tcp_user_timeout(Duration::from_secs(25));
    let connect_timeout = config.get_connect_timeout().copied().unwrap_or(Duration::from_secs(10));
    Ok(PostgresOptions {
        encrypted: !is_local(&config),
        config,
        schema: "fidelis".to_owned(),
        root_certificates: None,
        readers: 8,
        connect_timeout,
        statement_timeout: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(300),
        retry_for: Duration::from_secs(30),
        poll: Duration::from_secs(1),
        durability: Durability::Full,
    })
}

fn set(mut options: PostgresOptions, name: &str, value: &str) -> Result<PostgresOptions, Error> {
    Ok(match name {
        "schema" => options.schema(value)?,
        "sslrootcert" => {
            // Whether plain text was asked for by name is decided by `sslmode` alone.
            let encrypted = options.encrypted;
            let options = options.root_certificates(value);
            PostgresOptions { encrypted, ..options }
        }
        "sslmode" => {
            options.encrypted = match value {
                // The host name is verified in any case: a certificate for somebody else is no proof of anything.
                "verify-full" | "verify-ca" | "require" => true,
                "disable" => false,
                "prefer" | "allow" => {
                    return Err(Error::invalid(format!(
                        "`sslmode={value}` falls back to plain text without a word: say `verify-full`, or `disable` if you mean that"
                    )));
                }
                _ => return Err(Error::invalid("`sslmode` is `verify-full` or `disable`")),
            };
            options
        }
        "readers" => match value.parse() {
            Ok(connections @ 1..) => options.readers(connections),
            _ => return Err(Error::invalid("`readers` is a number of connections, at least 1")),
        },
        "statement_timeout" => options.statement_timeout(duration(name, value)?),
        "idle_timeout" => options.idle_timeout(duration(name, value)?),
        "retry_for" => options.retry_for(duration(name, value)?),
        "poll" => options.poll(duration(name, value)?),
        _ => match value {
            "full" => options.durability(Durability::Full),
            "survives-crash-of-the-process" => options.durability(Durability::SurvivesCrashOfTheProcess),
            _ => return Err(Error::invalid("`durability` is `full` or `survives-crash-of-the-process`")),
        },
    })
}

fn duration(name: &str, value: &str) -> Result<Duration, Error> {
    let duration = value.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| Error::invalid(format!("`{name}` is a time such as `30s` or `500ms`")))
}

pub(super) fn check_schema(name: &str) -> Result<(), Error> {
    let why = match name {
        "" => "is empty",
        _ if name.len() > 63 => "is longer than 63 bytes",
        _ if name.contains('\0') => "has a NUL character",
        _ if name.starts_with("pg_") => "begins with `pg_`, which PostgreSQL keeps for itself",
        _ => return Ok(()),
    };
    Err(Error::invalid(format!("the name of the schema {why}")))
}

/// Whether nothing leaves this machine.
fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

pub(super) fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(index, host)| match host {
            Host::Tcp(name) => format!("{name}:{}", port(index)),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let account = config.get_user().map_or_else(String::new, |user| format!("{user}@"));
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("{account}{}/{database}", hosts.join(","))
}
