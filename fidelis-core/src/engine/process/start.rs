//! Before an engine starts: do the processes that are not over still fit the code?

use std::collections::BTreeSet;

use super::{
    last_of,
    timers::{Coming, coming},
};
use crate::{
    Error, ErrorKind, Query, Recorded, Store, StreamName,
    domain::{Catalog, Consumer, ProcessTypes, Subscription},
    process::{Definition, ProcessStatus, ProcessSummary, Transition},
};

/// So many processes are named where they do not fit.
const NAMED: usize = 5;

/// So many rows are read at once.
const PAGE: u64 = 1_000;

/// Looks at the processes whose last step was made by another definition of their process manager, and for those that have none any
/// more. Gives the timers that fire next.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) when one of them cannot go on with this code, naming those processes and what can be done.
pub(in crate::engine) async fn check_stored(catalog: &Catalog, store: &dyn Store) -> Result<Coming, Error> {
    let (mut categories, mut refused) = (Vec::new(), Vec::new());
    for subscription in &catalog.subscriptions {
        if let Consumer::Process(types) = &subscription.consumer {
            categories.push(types.category.clone());
            refused.extend(misfits(subscription, types, store).await?);
        }
    }
    if categories.is_empty() {
        return Ok(Coming::NONE);
    }
    refused.extend(orphans(catalog.domain, &categories, store).await?);
    if !refused.is_empty() {
        return Err(Error::invalid(refused.join("\n")));
    }
    coming(store, &categories, None).await
}

/// Processes that do not fit their process manager, and what can be done.
async fn misfits(subscription: &Subscription, types: &ProcessTypes, store: &dyn Store) -> Result<Option<String>, Error> {
    let definition = Definition(types.row.definition).to_string();
    let mut misfits = Misfits::default();
    let mut outbox = None;
    for page in 1.. {
        let rows = not_over(store)
            .filter(ProcessSummary::PROCESS.eq(types.category.as_str()))
            .filter(ProcessSummary::DEFINITION.ne(definition.as_str()))
            .page(page, PAGE)
            .await?;
        for row in &rows.rows {
            let stream = StreamName::new(&types.category, &row.key);
            let misfit = match last_of(store, &stream).await {
                Ok(Some((record, transition))) => {
                    let outbox = match &mut outbox {
                        Some(outbox) => outbox,
                        None => outbox.insert(Outbox::load(subscription, store).await?),
                    };
                    misfit(types, &record, &transition, outbox.has(record.metadata.global_position))
                }
                Ok(None) => None,
                Err(error) if error.kind() == ErrorKind::Corrupt => Some(error.to_string()),
                Err(error) => return Err(error),
            };
            if let Some(misfit) = misfit {
                misfits.add(&stream, &misfit);
            }
        }
        if !rows.has_next() {
            break;
        }
    }
    Ok(misfits.told(
        &format!("of `{}` cannot go on with this version of its code", types.row.name),
        "let the new code read the old states (give a new field `#[serde(default)]`, a renamed one `#[serde(alias = \"..\")]`, bring a \
         removed method back)",
    ))
}

/// Processes of this domain whose process manager is gone: nothing would ever carry them on.
async fn orphans(domain: &str, categories: &[String], store: &dyn Store) -> Result<Option<String>, Error> {
    let mut misfits = Misfits::default();
    for page in 1.. {
        // Other domains on the same store see to their own.
        let rows = not_over(store)
            .filter(ProcessSummary::PROCESS.ge(format!("{domain}::")))
            .filter(ProcessSummary::PROCESS.lt(format!("{domain}:;")))
            .filter(!ProcessSummary::PROCESS.is_in(categories.iter().map(String::as_str)))
            .page(page, PAGE)
            .await?;
        for row in &rows.rows {
            let stream = StreamName::new(&row.process, &row.key);
            misfits.add(&stream, &format!("`{}` is the stream of no process manager of this domain", row.process));
        }
        if !rows.has_next() {
            break;
        }
    }
    Ok(misfits.told(
        &format!("of domain `{domain}` cannot go on with this version of its code"),
        "bring the process manager back, under its old name",
    ))
}

fn not_over(store: &dyn Store) -> Query<'_, ProcessSummary> {
    let not_over = [ProcessStatus::Running, ProcessStatus::Undoing, ProcessStatus::NeedsPerson];
    Query::new(store).filter(ProcessSummary::STATUS.is_in(not_over))
}

/// Processes that cannot go on: however many they are, some of them.
#[derive(Default)]
struct Misfits {
    count: u64,
    named: Vec<String>,
}

impl Misfits {
    fn add(&mut self, stream: &StreamName, why: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("`{stream}`: {why}"));
        }
    }

    /// What is said of them; nothing when there are none.
    fn told(self, what: &str, way_out: &str) -> Option<String> {
        let Misfits { count, named } = self;
        let processes = match count {
            0 => return None,
            1 => "process",
            _ => "processes",
        };
        let more = count - named.len() as u64;
        let more = if more > 0 { format!("\n- and {more} more") } else { String::new() };
        let named = named.join("\n- ");
        let by_hand = "or end these processes by hand with the version that began them";
        Some(format!("{count} {processes} {what}:\n- {named}{more}\n{way_out}, {by_hand}"))
    }
}

/// Transitions whose commands are not all carried out.
struct Outbox {
    behind: u64,
    parked: BTreeSet<u64>,
}

impl Outbox {
    async fn load(subscription: &Subscription, store: &dyn Store) -> Result<Self, Error> {
        let behind = store.checkpoint(&subscription.name).await?;
        let parked = store.parked(&subscription.name).await?;
        Ok(Outbox { behind, parked: parked.into_iter().map(|parked| parked.position).collect() })
    }

    fn has(&self, position: u64) -> bool {
        position > self.behind || self.parked.contains(&position)
    }
}

/// Why a process cannot go on with this code; `is_pending`: the commands of its last step are not all carried out.
fn misfit(types: &ProcessTypes, record: &Recorded, last: &Transition, is_pending: bool) -> Option<String> {
    let type_name = &record.metadata.type_name;
    if *type_name != types.transition {
        return Some(format!("its steps are called `{type_name}`, those of `{}` are `{}`", types.row.name, types.transition));
    }
    if let Err(error) = (types.row.fits)(&last.state.0) {
        return Some(error.to_string());
    }
    let failed = last.stuck.iter().flat_map(|stuck| &stuck.timers);
    let mut timers = last.timers.keys().chain(failed);
    if let Some(timer) = timers.find(|timer| !types.row.timeouts.iter().any(|step| step.timer == **timer)) {
        return Some(format!("its timer `{timer}` is handled by no `#[on_timeout]` method"));
    }
    if let Some(command) = last.undoable.iter().find(|command| !types.row.undos.iter().any(|undo| undo.command == command.name)) {
        return Some(format!("what would undo its `{}` is gone", command.name));
    }
    let stuck = last.stuck.iter().flat_map(|stuck| stuck.command.iter().chain(&stuck.others));
    let mut needed = last.issued.iter().filter(|_| is_pending).chain(stuck);
    let unknown = needed.find(|command| types.issued(&command.name).is_none())?;
    Some(format!("it issues no `{}` any more", unknown.name))
}
