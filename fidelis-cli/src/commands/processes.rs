//! `processes`: lists those that are not over, shows one, lets one try again, ends one.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, io::Write};

use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser, value_parser};
use fidelis::{
    BoxFuture, Engine, ErrorKind, ProcessInspection, SignedDuration, StreamName, Timestamp, Waiting,
    process::{ProcessStatus, ProcessSummary},
    store::Parked,
};

use crate::{Exit, Failure, Session};

/// So many are listed; the others are counted.
const LISTED: u64 = 100;

const STATUSES: [ProcessStatus; 5] =
    [ProcessStatus::Running, ProcessStatus::Undoing, ProcessStatus::NeedsPerson, ProcessStatus::Completed, ProcessStatus::Ended];

pub(super) fn command() -> Command {
    let stream = || Arg::new("stream").value_name("STREAM").required(true).help("Its stream, as it is listed");
    let status = Arg::new("status").long("status").value_name("STATUS");
    let status = status.value_parser(PossibleValuesParser::new(STATUSES.map(ProcessStatus::as_str)));
    let unchanged = Arg::new("unchanged").long("unchanged").value_name("TIME").value_parser(value_parser!(SignedDuration));
    let steps = Arg::new("steps").long("steps").value_name("NUMBER").default_value("20").value_parser(value_parser!(usize));
    let reason = Arg::new("reason").long("reason").value_name("WHY").required(true);
    let list =
        Command::new("list").about("Lists those that are not over, the one that has stood still for longest first").args([
            status.help("Only those that are that far; without it, all that are not over"),
            unchanged.help("Only those that have made no step for so long, such as `2h` or `3 days`"),
        ]);
    let show = Command::new("show").about("Shows one: its state, what it waits for, its steps");
    let retry =
        Command::new("retry").about("Lets one try again what it is stuck at: what was refused, failed or could not be handled");
    let end = Command::new("end").about("Ends one by hand; what was done stays done, and the reason is recorded");
    Command::new("processes")
        .about("Finds processes that are stuck, and lets a person decide about them")
        .subcommand_required(true)
        .subcommands([
            list,
            show.args([stream(), steps.help("So many of its steps, the newest")]),
            retry.arg(stream()),
            end.args([stream(), reason.help("Why: for whoever reads its steps later")]),
        ])
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let engine = session.engine().await?;
        let Some((name, matches)) = matches.subcommand() else {
            return Err(Failure::new(Exit::Usage, "`processes` is told what to do: `list`, `show`, `retry` or `end`"));
        };
        if name == "list" {
            return list(&engine, matches, out).await;
        }
        let stream = StreamName::parse(matches.get_one::<String>("stream").map_or("", String::as_str));
        match name {
            "retry" => retry(&engine, &stream).await?,
            "end" => {
                let reason = matches.get_one::<String>("reason").map_or("", String::as_str);
                engine.end_process(&stream, reason).await.map_err(of_usage)?;
            }
            _ => {
                let steps = matches.get_one::<usize>("steps").copied().unwrap_or(1);
                return show(&engine.inspect_process(&stream, steps).await?, out);
            }
        }
        let last = engine.inspect_process(&stream, 1).await?;
        Ok(writeln!(out, "`{stream}` is `{}` now{}", last.last().status, because(last.last().reason.as_deref()))?)
    })
}

async fn list(engine: &Engine, matches: &ArgMatches, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let asked = matches.get_one::<String>("status");
    let statuses = STATUSES.into_iter().filter(|status| asked.map_or(!status.is_over(), |asked| asked == status.as_str()));
    let mut query = engine.query::<ProcessSummary>().filter(ProcessSummary::STATUS.is_in(statuses));
    if let Some(unchanged) = matches.get_one::<SignedDuration>("unchanged") {
        let before = Timestamp::now().checked_sub(*unchanged);
        let before = before.map_err(|error| Failure::new(Exit::Usage, format!("`--unchanged {unchanged:#}`: {error}")))?;
        query = query.filter(ProcessSummary::CHANGED_AT.le(before));
    }
    let page = query.order_by(ProcessSummary::CHANGED_AT.ascending()).page(1, LISTED).await?;
    let mut parked: BTreeMap<StreamName, usize> = BTreeMap::new();
    for message in engine.parked().await? {
        *parked.entry(message.stream).or_default() += 1;
    }
    for row in &page.rows {
        let ProcessSummary { stream, status, step, steps, changed_at, reason, .. } = row;
        write!(out, "{stream}  {status}, step {steps} was `{step}` at {changed_at}")?;
        if let Some(due) = row.due_at {
            write!(out, ", a timer fires at {due}")?;
        }
        if let Some(count) = parked.get(&StreamName::parse(stream)) {
            write!(out, ", messages that it could not handle: {count}")?;
        }
        writeln!(out, "{}", because(reason.as_deref()))?;
    }
    let more = page.total - page.rows.len() as u64;
    if more > 0 {
        writeln!(out, "and {more} more")?;
    }
    if page.total == 0 {
        writeln!(out, "there are none")?;
    }
    Ok(())
}

fn show(inspection: &ProcessInspection, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let last = inspection.last();
    writeln!(out, "{}  {}{}", inspection.stream, last.status, because(last.reason.as_deref()))?;
    writeln!(out, "state: {:?}", last.state)?;
    for waiting in &inspection.waits_for {
        match waiting {
            Waiting::Answer { command, id } => writeln!(out, "waits for the answer to `{command}` ({id})")?,
            Waiting::Timer { name, due } => writeln!(out, "waits for timer `{name}`, which fires at {due}")?,
            Waiting::Person { .. } => writeln!(out, "waits for a person, who retries it or ends it")?,
            Waiting::Parked { position, error: Some(error) } => writeln!(out, "could not handle message {position}: {error}")?,
            Waiting::Parked { position, error: None } => writeln!(out, "has message {position} waiting behind another")?,
        }
    }
    for (record, step) in &inspection.steps {
        let issued: Vec<&str> = step.issued.iter().map(|issued| &*issued.name).collect();
        let issued = if issued.is_empty() { String::new() } else { format!(", issued {}", issued.join(", ")) };
        writeln!(out, "step {} at {}: `{}`{issued}", record.metadata.position + 1, record.metadata.time, step.step)?;
    }
    Ok(())
}

/// What could not be handled comes first: as long as it is parked, nothing else of the process is handled.
async fn retry(engine: &Engine, stream: &StreamName) -> Result<(), Failure> {
    let parked = engine.parked().await?.into_iter().find(|parked| parked.stream == *stream && parked.failure.is_some());
    match parked {
        Some(Parked { subscription, position, .. }) => Ok(engine.retry_parked(&subscription, position).await?),
        None => engine.retry_process(stream).await.map_err(of_usage),
    }
}

/// What cannot be asked of this process is a mistake of whoever asks.
fn of_usage(error: fidelis::Error) -> Failure {
    let is_invalid = error.kind() == ErrorKind::Invalid;
    let failure = Failure::from(error);
    if is_invalid { failure.with_exit(Exit::Usage) } else { failure }
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}
