//! Answers that nobody asks for any more are forgotten: what commands were answered does not pile up for ever.
//!
//! A settlement is removed when all of this holds:
//!
//! 1. It is older than the retention, by the times of the log: a record that was stored *after* it is as old as that. So no clock
//!    has to be asked when it was made, and it costs nothing to write one.
//! 2. No consumer can meet the message again that the command came from. A command that a handler or a process issued has an identity
//!    that follows from its cause, and is settled behind it in the log. So whatever was settled before the first message that is still
//!    to be handled, or is parked, was caused by messages that have been handled for good. Event handlers issue commands while they
//!    handle any message of theirs; a process issues them in its steps, and whoever meets such a step carries them out.
//! 3. It is not the answer to a command in the last step of a process that is not over: whoever looks at the process is told what it
//!    waits for.
//!
//! The settlements are looked through in the order of their identities, a page at a time, and removed in small commits. None of it
//! needs to be remembered: who is interrupted begins again.

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;

use super::{Engine, parking::no_origin};
use crate::{
    Error, ErrorKind, MessageId, Projection, Store, StreamName,
    domain::{Consumer, Subscription},
    process::{ProcessStatus, ProcessSummary, Transition},
    store::{Commit, Direction, Interest, PageLimit, PrunedSettlement, ReadFrom},
};

/// Stripe lets keys go after a day, NServiceBus forgets messages after a week; this is four times as long: whoever repeats a command
/// after a month has read about it in a report. Some 100 bytes per command and month is what that costs.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A command may be on its way for this long: a client that tries again, a consumer with its pauses, a machine that slept.
const SHORTEST: SignedDuration = SignedDuration::from_hours(1);

/// So many settlements are looked at in one step, and so many removed in one commit: well below a millisecond of the writer's time.
const LOOKED_AT: usize = 512;
const AT_ONCE: usize = 128;

/// Between two steps: 220 million settlements can be looked at in a day.
const PAUSE: SignedDuration = SignedDuration::from_millis(200);

/// An engine that starts has other things to do.
const FIRST: SignedDuration = SignedDuration::from_mins(1);

/// Processes that are not over are read in pages of so many.
const PROCESSES: u64 = 200;

/// Once through all settlements.
struct Sweep {
    /// What was settled before this position can go.
    before: u64,
    /// The answers that processes wait for.
    awaited: FxHashSet<MessageId>,
    /// The last one that was looked at.
    after: Option<MessageId>,
    pruned: u64,
}

/// The sweeps of an engine that follows the log.
pub(super) struct Pruning {
    sweep: Option<Sweep>,
    next: Timestamp,
}

impl Engine {
    /// Forgets what commands were answered, where that is older than the engine keeps it
    /// ([`keep_settlements`](super::EngineBuilder::keep_settlements)) and nobody can need it any more. Gives how many answers went.
    ///
    /// An engine that [follows](Engine::follow) does this by itself, a little at a time. This does all of it at once, in commits of
    /// its own that are small enough to hold nobody up.
    ///
    /// What is kept longer: whatever was answered since the first message that an event handler or a process manager has not
    /// handled, or has parked; and the answers to the commands of the last step of a process that is not over.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) and [`Corrupt`](crate::ErrorKind::Corrupt) from the store; what went is gone.
    pub async fn prune_settlements(&self) -> Result<u64, Error> {
        let Some(mut sweep) = self.begin_sweep().await? else {
            return Ok(0);
        };
        while !self.sweep_on(&mut sweep).await? {}
        Ok(sweep.pruned)
    }

    /// Does the next step of a sweep, if it is time for that. What fails is tried again with the next sweep.
    pub(super) async fn prune_some(&self, pruning: &mut Pruning) {
        let now = self.now();
        let Some(retention) = self.0.retention.filter(|_| pruning.next <= now) else {
            return;
        };
        let between = (retention / 30).clamp(FIRST, SignedDuration::from_hours(24));
        let later = |pause| now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        match self.prune_step(&mut pruning.sweep).await {
            Ok(false) => pruning.next = later(PAUSE),
            Ok(true) => pruning.next = later(between),
            Err(error) => {
                tracing::warn!(error = %error.without_payload(), "settlements cannot be pruned: trying again later");
                (pruning.sweep, pruning.next) = (None, later(between));
            }
        }
    }

    /// Whether the sweep is over.
    async fn prune_step(&self, sweep: &mut Option<Sweep>) -> Result<bool, Error> {
        let Some(going_on) = sweep else {
            *sweep = self.begin_sweep().await?;
            return Ok(sweep.is_none());
        };
        let is_over = self.sweep_on(going_on).await?;
        if is_over {
            tracing::debug!(pruned = going_on.pruned, before = going_on.before, "settlements were pruned");
            *sweep = None;
        }
        Ok(is_over)
    }

    /// What can go; `None`: nothing.
    async fn begin_sweep(&self) -> Result<Option<Sweep>, Error> {
        let Some(retention) = self.0.retention else {
            return Ok(None);
        };
        let until = self.now().saturating_sub(retention).unwrap_or(Timestamp::MIN);
        let store = &*self.0.store;
        let mut before = last_until(store, until).await?;
        for subscription in &self.0.catalog.subscriptions {
            // The other read models cause nothing.
            let counts = match &subscription.consumer {
                Consumer::Projector(row) => row.table.name == ProcessSummary::TABLE.name,
                Consumer::EventHandler(_) | Consumer::Process(_) => true,
            };
            if counts && before > 0 {
                before = before.min(first_to_handle(store, subscription).await?);
            }
        }
        if before == 0 {
            return Ok(None);
        }
        let awaited = self.awaited(until).await?;
        Ok(Some(Sweep { before, awaited, after: None, pruned: 0 }))
    }

    /// The commands in the last steps of processes that are not over and have done nothing since then: those of others are younger.
    async fn awaited(&self, until: Timestamp) -> Result<FxHashSet<MessageId>, Error> {
        let mut awaited = FxHashSet::default();
        if self.process_types().next().is_none() {
            return Ok(awaited);
        }
        let open = [ProcessStatus::Running, ProcessStatus::Undoing, ProcessStatus::NeedsPerson];
        let mut last = String::new();
        loop {
            let query = self
                .query::<ProcessSummary>()
                .filter(ProcessSummary::STATUS.is_in(open))
                .filter(ProcessSummary::CHANGED_AT.le(until))
                .filter(ProcessSummary::STREAM.gt(last.clone()))
                .order_by(ProcessSummary::STREAM.ascending());
            let rows = query.page(1, PROCESSES).await?.rows;
            let Some(row) = rows.last() else {
                return Ok(awaited);
            };
            last.clone_from(&row.stream);
            for row in rows {
                let name = &StreamName::new(&row.process, &row.key);
                let from = ReadFrom::Stream { name, position: u64::MAX, direction: Direction::Backwards };
                for record in self.0.store.read(from, ONE).await? {
                    awaited.extend(Transition::of(&record)?.issued.iter().map(|command| command.id));
                }
            }
        }
    }

    /// Looks at the next settlements. Whether those were the last.
    async fn sweep_on(&self, sweep: &mut Sweep) -> Result<bool, Error> {
        let some = self.0.store.settlements(sweep.after, LOOKED_AT).await?;
        let Some(last) = some.last() else {
            return Ok(true);
        };
        sweep.after = Some(last.command);
        let can_go = some.iter().filter(|found| found.position < sweep.before && !sweep.awaited.contains(&found.command));
        let can_go: Vec<_> = can_go.map(|found| PrunedSettlement { command: found.command, position: found.position }).collect();
        for pruned in can_go.chunks(AT_ONCE) {
            let mut commit = Commit::new(self.now(), no_origin());
            commit.pruned = pruned.to_vec();
            match self.0.store.commit(commit).await {
                Ok(_) => sweep.pruned += pruned.len() as u64,
                // Those that are still there are found by the next sweep.
                Err(error) if error.kind() == ErrorKind::Unknown => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

impl Pruning {
    pub(super) fn new(engine: &Engine) -> Self {
        let first = engine.now().saturating_add(FIRST).unwrap_or(Timestamp::MAX);
        Pruning { sweep: None, next: engine.0.retention.map_or(Timestamp::MAX, |_| first) }
    }

    /// When there is something to do.
    pub(super) fn next(&self) -> Timestamp {
        self.next
    }
}

/// Whether settlements may be kept for this time and no longer.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) when commands may still be on their way.
pub(super) fn check(retention: Option<SignedDuration>) -> Result<(), Error> {
    match retention {
        Some(retention) if retention < SHORTEST => Err(Error::invalid(format!(
            "settlements are to be kept for {retention:#}: a command may come a second time for an hour at least; keep them longer"
        ))),
        _ => Ok(()),
    }
}

const ONE: PageLimit = PageLimit { records: 1, bytes: 1 };

/// The position of the last record until this time; 0 when there is none. Times never run backwards along the log.
async fn last_until(store: &dyn Store, until: Timestamp) -> Result<u64, Error> {
    let (mut low, mut high) = (0, store.head().await?);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let page = store.read(ReadFrom::All { position: middle, direction: Direction::Forwards }, ONE).await?;
        match page.first() {
            Some(record) if record.metadata.time <= until => low = middle,
            _ => high = middle - 1,
        }
    }
    Ok(low)
}

/// The position of the first message that is parked for a consumer or that it has not handled.
async fn first_to_handle(store: &dyn Store, subscription: &Subscription) -> Result<u64, Error> {
    let after = store.checkpoint(&subscription.name).await?.saturating_add(1);
    // What is parked is asked for after the checkpoint: it may have been parked between the two questions, and is then behind it.
    let parked = store.parked(&subscription.name).await?.first().map_or(u64::MAX, |parked| parked.position);
    let Consumer::Process(types) = &subscription.consumer else {
        let left = store.read(ReadFrom::Interest { interest: &subscription.interest, position: after }, ONE).await?;
        return Ok(parked.min(left.first().map_or(u64::MAX, |record| record.metadata.global_position)));
    };
    // The last step of a process manager often stands behind its checkpoint: if it issues nothing, nothing comes of it.
    let interest = Interest { types: vec![types.transition.clone()] };
    let mut position = after;
    loop {
        let page = store.read(ReadFrom::Interest { interest: &interest, position }, PageLimit::default()).await?;
        let Some(last) = page.last() else {
            return Ok(parked);
        };
        position = last.metadata.global_position + 1;
        for record in page {
            if record.metadata.global_position >= parked || !Transition::of(&record)?.issued.is_empty() {
                return Ok(parked.min(record.metadata.global_position));
            }
        }
    }
}
