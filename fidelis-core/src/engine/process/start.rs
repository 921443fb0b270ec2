//! Before an engine starts: do the stored states of processes that are not over still fit the code?

use super::{
    last_of,
    timers::{Coming, coming},
};
use crate::{
    Error, ErrorKind, Query, Store, StreamName,
    domain::{Catalog, Consumer, ProcessTypes},
    process::{Definition, ProcessStatus, ProcessSummary, Transition},
};

/// So many processes are named where their states do not fit.
const NAMED: usize = 5;

/// So many rows are read at once.
const PAGE: u64 = 1_000;

/// Looks at the processes whose last step was made by another definition of their state. Gives the timers that fire next.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) when one of them cannot go on with this code, naming those processes and what can be done.
pub(in crate::engine) async fn check_stored(catalog: &Catalog, store: &dyn Store) -> Result<Coming, Error> {
    let mut categories = Vec::new();
    for subscription in &catalog.subscriptions {
        if let Consumer::Process(types) = &subscription.consumer {
            categories.push(types.category.clone());
            check(types, store).await?;
        }
    }
    if categories.is_empty() { Ok(Coming::NONE) } else { coming(store, &categories, None).await }
}

async fn check(types: &ProcessTypes, store: &dyn Store) -> Result<(), Error> {
    let definition = Definition(types.row.definition).to_string();
    let (mut misfits, mut count, mut page) = (Vec::new(), 0_u64, 1);
    loop {
        let rows = Query::<ProcessSummary>::new(store)
            .filter(ProcessSummary::PROCESS.eq(types.category.as_str()))
            .filter(ProcessSummary::STATUS.is_in([ProcessStatus::Running, ProcessStatus::Undoing, ProcessStatus::NeedsPerson]))
            .filter(ProcessSummary::DEFINITION.ne(definition.as_str()))
            .page(page, PAGE)
            .await?;
        for row in &rows.rows {
            let stream = StreamName::new(&types.category, &row.key);
            let misfit = match last_of(store, &stream).await {
                Ok(Some((_, transition))) => misfit(types, &transition),
                Ok(None) => None,
                Err(error) if error.kind() == ErrorKind::Corrupt => Some(error.to_string()),
                Err(error) => return Err(error),
            };
            if let Some(misfit) = misfit {
                count += 1;
                if misfits.len() < NAMED {
                    misfits.push(format!("`{stream}`: {misfit}"));
                }
            }
        }
        if !rows.has_next() {
            break;
        }
        page += 1;
    }
    if misfits.is_empty() {
        return Ok(());
    }
    let more = count - misfits.len() as u64;
    let more = if more > 0 { format!("\n- and {more} more") } else { String::new() };
    Err(Error::invalid(format!(
        "{count} process{} of `{}` cannot go on with this version of its code:\n- {}{more}\nlet the new code read the old states \
         (give a new field `#[serde(default)]`, a renamed one `#[serde(alias = \"..\")]`, bring a removed method back), or end these \
         processes by hand with the version that began them",
        if count == 1 { "" } else { "es" },
        types.row.name,
        misfits.join("\n- "),
    )))
}

/// Why a process cannot go on with this code.
fn misfit(types: &ProcessTypes, last: &Transition) -> Option<String> {
    if let Err(error) = (types.row.fits)(&last.state.0) {
        return Some(error.to_string());
    }
    if let Some(timer) = last.timers.keys().find(|timer| !types.row.timeouts.iter().any(|step| step.timer == **timer)) {
        return Some(format!("its timer `{timer}` is handled by no `#[on_timeout]` method"));
    }
    if let Some(command) = last.undoable.iter().find(|command| !types.row.undos.iter().any(|undo| undo.command == command.name)) {
        return Some(format!("what would undo its `{}` is gone", command.name));
    }
    let stuck = last.stuck.as_ref().and_then(|stuck| stuck.command.as_ref());
    let mut pending = last.issued.iter().chain(stuck);
    let unknown = pending.find(|command| types.issued(&command.name).is_none())?;
    Some(format!("it issues no `{}` any more", unknown.name))
}
