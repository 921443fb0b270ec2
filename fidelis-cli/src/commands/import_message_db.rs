//! `import-message-db`: takes over the log of a Message DB that Protean has written.

use std::{fs, io::Write};

use clap::{Arg, ArgAction, ArgMatches, Command};
use fidelis::{BoxFuture, interchange::Import};
use fidelis_message_db::{Conversion, Found, Kind, Mapping, rows_of_csv, rows_of_json};

use super::{file, progress::ProgressLine};
use crate::{Exit, Failure, Session};

/// Rows from wherever they come.
type Rows<'a> = Box<dyn Iterator<Item = Result<Found, fidelis::Error>> + Send + 'a>;

pub(super) fn command() -> Command {
    Command::new("import-message-db")
        .about("Takes over the log of a Message DB that Protean has written, from a dump of its table")
        .long_about(
            "Takes over the log of a Message DB that Protean has written, from a dump of the table `message_store.messages`: as lines \
             of JSON (psql -At -c \"SELECT row_to_json(m) FROM message_store.messages m ORDER BY global_position\") or as CSV with the \
             names of the columns (\\copy (SELECT * FROM message_store.messages ORDER BY global_position) TO 'dump.csv' CSV HEADER).\n\n\
             Before anything is stored, every row is looked at; what cannot be taken over is listed with the reason, and then nothing \
             is. Commands, snapshots, steps of processes and the notes of handlers are left out, each when its name is given. Event \
             handlers go on behind the log; read models are made from it.",
        )
        .args([
            file::argument("The dump, CSV when its name ends with `.csv`, else lines of JSON; or the `postgres://..` URL of the database itself"),
            Arg::new("mapping").long("mapping").value_name("FILE").help(
                "What changed its name, and which numbers are amounts: a file with `categories`, `types`, `decimals`, `identifiers` \
                 and `skip`, in TOML",
            ),
            Arg::new("skip").long("skip").value_name("KIND").action(ArgAction::Append).value_parser(Kind::ALL.map(Kind::as_str)).help(
                "Leaves out rows of this kind, besides those that the mapping leaves out; may be given again",
            ),
            Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Says what would be taken over, and stores nothing"),
            file::json(),
        ])
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let name = file::name(matches);
        if name == file::STANDARD {
            return Err(Failure::new(
                Exit::Usage,
                "a dump is read twice, which standard input cannot be: give the name of a file",
            ));
        }
        let domain = session.domain();
        let faults = |faults: fidelis::Faults| Failure::new(Exit::Data, faults.to_string());
        let reacting = domain.reacting().map_err(faults)?;
        let projectors = domain.projectors().map_err(faults)?;
        let conversion = Conversion::to(domain.name(), mapping(matches)?).known(domain.event_types()).handled(reacting);

        let messages = Messages::open(name).await?;
        let name = shown(name);
        let report = conversion.survey(messages.rows(name)?).map_err(file::of_file(name))?;
        let dry_run = matches.get_flag("dry-run");
        match (dry_run, matches.get_flag("json")) {
            (true, true) => writeln!(out, "{}", serde_json::json!(report))?,
            (true, false) => writeln!(out, "{report}")?,
            _ => {}
        }
        if !report.problems.is_empty() {
            let problems = report.problems.len() as u64 + report.more;
            let what = format!("`{name}`: nothing is taken over, for {problems} things cannot be");
            return Err(Failure::new(Exit::Data, if dry_run { what } else { format!("{what}:\n{report}") }));
        }
        if dry_run {
            return Ok(());
        }
        let converted = conversion.file(&report, messages.rows(name)?).map_err(file::of_file(name))?;
        let store = session.store().await?;
        let mut line = ProgressLine::new("importing", matches);
        let import = Import::into(&*store).of(domain.name()).rebuilding(projectors).progress(|done| line.tell(done));
        let imported = import.read(converted).await;
        line.end();
        let summary = imported.map_err(file::of_file(name))?;
        if !matches.get_flag("json") {
            writeln!(out, "{report}")?;
        }
        file::tell(out, matches, &format!("imported from {name} into {}", session.database().value), summary)
    })
}

/// A file by its name; a server without what stands before its host, which may be a password.
fn shown(name: &str) -> &str {
    name.contains("://").then(|| name.rsplit('@').next()).flatten().unwrap_or(name)
}

/// The mapping of the file, and what the command line leaves out besides.
fn mapping(matches: &ArgMatches) -> Result<Mapping, Failure> {
    let mut mapping = match matches.get_one::<String>("mapping") {
        None => Mapping::default(),
        Some(name) => {
            let text = fs::read_to_string(name)
                .map_err(|error| Failure::new(Exit::NoInput, format!("`{name}` cannot be read: {error}")))?;
            toml::from_str(&text).map_err(|error| Failure::new(Exit::Configuration, format!("`{name}`: {error}")))?
        }
    };
    let named = matches.get_many::<String>("skip").into_iter().flatten();
    mapping.skip.extend(named.filter_map(|name| Kind::ALL.into_iter().find(|kind| kind.as_str() == name)));
    Ok(mapping)
}

/// Where rows are read from, twice.
enum Messages {
    Dump,
    #[cfg(feature = "postgres")]
    Server(fidelis_message_db::MessageStore),
}

impl Messages {
    async fn open(name: &str) -> Result<Self, Failure> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| name.starts_with(scheme)) {
            #[cfg(feature = "postgres")]
            return Ok(Messages::Server(fidelis_message_db::MessageStore::connect(name).await?));
            #[cfg(not(feature = "postgres"))]
            return Err(Failure::new(
                Exit::Usage,
                "this program was built without PostgreSQL: give it a dump, or build it with the cargo feature `postgres`",
            ));
        }
        Ok(Messages::Dump)
    }

    fn rows(&self, name: &str) -> Result<Rows<'_>, Failure> {
        match self {
            #[cfg(feature = "postgres")]
            Messages::Server(server) => Ok(Box::new(server.rows())),
            Messages::Dump => {
                let from = file::open(name)?;
                Ok(match name.ends_with(".csv") {
                    true => Box::new(rows_of_csv(from).map_err(file::of_file(name))?),
                    false => Box::new(rows_of_json(from)),
                })
            }
        }
    }
}
