//! Which consumer has what to do next: a state machine without I/O.
//!
//! Inputs are what happened ([`committed`](Delivery::committed), [`advanced`](Delivery::advanced), [`finished`](Delivery::finished), ..);
//! the output is the next [`Work`]. Whoever waits for a command does the work until the consumers have passed it; a test can do it
//! step by step, in any order.
//!
//! | consumer | a record is committed | its work is asked for | its work ends | its work is abandoned |
//! |---|---|---|---|---|
//! | up to date | queued, if it handles the type | the queue | cursor moves | falls behind its cursor |
//! | behind | nothing: it will read it | a page from the store | up to date when it reached the head | still behind |
//!
//! The log is gapless and in commit order, so "has it passed position n" is one comparison. When positions arrive out of order (two
//! threads committed), the hole is read from the store: whatever lies below a position that was seen is committed.

mod consumer;
mod work;

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Poll, Waker},
};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use self::consumer::Consumer;
pub(super) use self::work::{Held, Without, Work};
use super::{parking::ParkedMessages, written::Written};
use crate::{Error, MessageId, Recorded, Store, StreamName, domain::Catalog, store::Parked};

/// Where every consumer is.
pub(super) struct Delivery {
    consumers: Vec<Consumer>,
    /// Everything up to here was offered to the consumers.
    head: u64,
    /// A record at this position was seen.
    known: u64,
    /// Somebody is reading the records between `head` and `known`.
    reading: bool,
    /// Causal chains that somebody waits for, and how far they have written.
    chains: FxHashMap<MessageId, Chain>,
    waiting: Vec<Waker>,
}

#[derive(Default)]
struct Chain {
    followers: usize,
    written: Written,
}

/// A causal chain somebody follows.
pub(super) struct Followed(Option<MessageId>);

impl Followed {
    /// No chain.
    pub(super) const NOTHING: Self = Followed(None);
}

impl Delivery {
    /// Reads from the store where every consumer is.
    pub(super) async fn open(catalog: &Catalog, store: &dyn Store) -> Result<Self, Error> {
        let mut consumers = Vec::with_capacity(catalog.subscriptions.len());
        for subscription in &catalog.subscriptions {
            let cursor = store.checkpoint(&subscription.name).await?;
            let parked = ParkedMessages::load(store, subscription).await?;
            consumers.push(Consumer {
                cursor,
                stored: cursor,
                queue: VecDeque::new(),
                queued_bytes: 0,
                behind: false,
                busy: None,
                parked,
            });
        }
        // Last, so that nothing committed meanwhile is missed: it is below the head, and whoever is below the head reads.
        let head = store.head().await?;
        for consumer in &mut consumers {
            consumer.behind = consumer.cursor < head;
        }
        Ok(Delivery { consumers, head, known: head, reading: false, chains: FxHashMap::default(), waiting: Vec::new() })
    }

    /// Notes that somebody waits for what a chain causes.
    pub(super) fn follow(&mut self, correlation_id: MessageId) -> Followed {
        self.chains.entry(correlation_id).or_default().followers += 1;
        Followed(Some(correlation_id))
    }

    /// Notes that nobody waits any more.
    pub(super) fn unfollow(&mut self, followed: &Followed) {
        let Some(correlation_id) = followed.0 else {
            return;
        };
        if let Some(chain) = self.chains.get_mut(&correlation_id) {
            chain.followers -= 1;
            if chain.followers == 0 {
                self.chains.remove(&correlation_id);
            }
        }
    }

    /// How far a chain has written.
    pub(super) fn written(&self, followed: &Followed) -> u64 {
        followed.0.and_then(|id| self.chains.get(&id)).map_or(0, |chain| chain.written.last())
    }

    /// What a chain has written, and its command with it.
    pub(super) fn all_written(&self, followed: &Followed, mut own: Written) -> Written {
        if let Some(chain) = followed.0.and_then(|id| self.chains.get(&id)) {
            own.join(&chain.written);
        }
        own
    }

    /// Records were committed by this process; the consumers in `folded` have handled theirs within the commit.
    pub(super) fn committed(&mut self, catalog: &Catalog, records: &[Arc<Recorded>], folded: &[usize]) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return;
        };
        let position = last.metadata.global_position;
        if !self.chains.is_empty()
            && let Some(chain) = self.chains.get_mut(&first.metadata.origin.correlation_id)
        {
            chain.written.add(first.metadata.global_position, position);
        }
        self.known = self.known.max(position);
        self.pass_on(catalog, records, folded);
    }

    /// A command of a chain was stored up to this position, which was heard of by asking and not from the commit: whoever waits for the
    /// chain waits for that, too.
    pub(super) fn heard(&mut self, chain: MessageId, position: u64) {
        if let Some(chain) = self.chains.get_mut(&chain) {
            chain.written.add(position, position);
            self.seen(position);
            self.wake();
        }
    }

    /// Offers records that were read from the store to the consumers.
    pub(super) fn offer(&mut self, catalog: &Catalog, records: &[Arc<Recorded>]) {
        self.pass_on(catalog, records, &[]);
    }

    /// Queues the records that follow what was offered before; those seen already, or not in their turn yet, are left out.
    fn pass_on(&mut self, catalog: &Catalog, records: &[Arc<Recorded>], folded: &[usize]) {
        for record in records {
            let position = record.metadata.global_position;
            let next = position == self.head + 1;
            if next {
                self.head = position;
            } else if folded.is_empty() {
                continue;
            }
            for &index in catalog.subscribers(&record.metadata.type_name) {
                if folded.contains(&index) {
                    self.consumers[index].folded(position);
                } else if next {
                    self.consumers[index].queue(record);
                }
            }
        }
        self.known = self.known.max(self.head);
        self.wake();
    }

    /// Whether all consumers have passed `target`, and have nothing parked that could be due or told.
    pub(super) fn is_settled(&self, target: u64) -> bool {
        self.head >= target
            && self.consumers.iter().all(|consumer| consumer.parked.is_empty() && consumer.passed(target, self.head))
    }

    /// Whether a consumer has handled or parked everything up to `target`.
    pub(super) fn has_passed(&self, consumer: usize, target: u64) -> bool {
        self.consumers[consumer].passed(target, self.head)
    }

    /// The reading of records between `head` and `known` is over.
    pub(super) fn dispatched(&mut self) {
        self.reading = false;
        self.wake();
    }

    /// The next work on the way to `target`, the position that the consumers are to pass. `Pending` when others are doing it;
    /// `Ready(None)` when there is none.
    ///
    /// What is in `without` is left to others.
    pub(super) fn poll_next(&mut self, target: u64, now: Timestamp, without: &Without, waker: &Waker) -> Poll<Option<Work>> {
        // Whoever waits for a position knows that it exists, though nobody here wrote it: an earlier answer came from elsewhere.
        self.known = self.known.max(target);
        let mut pending = false;
        if self.head < self.known && self.head < target {
            if !self.reading {
                self.reading = true;
                return Poll::Ready(Some(Work::Dispatch { from: self.head + 1 }));
            }
            pending = true;
        }
        for (index, consumer) in self.consumers.iter_mut().enumerate().filter(|(index, _)| !without.consumers.contains(index)) {
            if consumer.busy.is_none()
                && !without.retries.contains(&index)
                && let Some(work) = consumer.due(index, now)
            {
                return Poll::Ready(Some(work));
            }
            if consumer.passed(target, self.head) {
                continue;
            }
            match consumer.busy {
                Some(_) => pending = true,
                None => match consumer.take(index, self.head) {
                    Some(work) => return Poll::Ready(Some(work)),
                    None => pending = true,
                },
            }
        }
        if !pending {
            return Poll::Ready(None);
        }
        self.wait(waker);
        Poll::Pending
    }

    /// What is next for one consumer in the order of the log; `None` when it has passed everything.
    pub(super) fn next_of(&mut self, consumer: usize) -> Option<Work> {
        let head = self.head;
        let one = &mut self.consumers[consumer];
        if one.busy.is_some() || one.passed(head, head) {
            return None;
        }
        one.take(consumer, head)
    }

    /// To try again what one consumer has parked under a stream, due or not.
    pub(super) fn retry_of(&mut self, consumer: usize, stream: &StreamName) -> Option<Work> {
        let one = &mut self.consumers[consumer];
        let messages = one.parked.of(stream)?;
        one.busy = Some(one.cursor + 1);
        Some(Work::Retry { consumer, messages, revision: one.parked.revision() })
    }

    /// The checkpoint of a consumer, as it stands in the store.
    pub(super) fn checkpoint(&self, consumer: usize) -> u64 {
        self.consumers[consumer].stored
    }

    /// A consumer has stored that everything up to `checkpoint` is handled or parked.
    pub(super) fn advanced(&mut self, consumer: usize, checkpoint: u64) {
        let consumer = &mut self.consumers[consumer];
        consumer.stored = checkpoint;
        consumer.cursor = consumer.cursor.max(checkpoint);
    }

    /// Nothing up to `position` is of interest to a consumer.
    pub(super) fn skipped(&mut self, consumer: usize, position: u64) {
        let consumer = &mut self.consumers[consumer];
        consumer.cursor = consumer.cursor.max(position);
    }

    /// The streams of a consumer that wait behind what it has parked.
    pub(super) fn held(&self, consumer: usize) -> Held {
        self.consumers[consumer].parked.streams()
    }

    /// How often what a consumer has parked was changed, as this engine knows it.
    pub(super) fn revision(&self, consumer: usize) -> u64 {
        self.consumers[consumer].parked.revision()
    }

    /// Messages of a consumer were parked, or parked again, after `revision`.
    pub(super) fn parked(&mut self, consumer: usize, revision: u64, messages: impl IntoIterator<Item = Parked>) {
        let parked = &mut self.consumers[consumer].parked;
        if parked.follow(revision) {
            parked.put(messages);
        }
    }

    /// A message of a consumer is parked no more, after `revision`.
    pub(super) fn unparked(&mut self, consumer: usize, revision: u64, position: u64) {
        let parked = &mut self.consumers[consumer].parked;
        if parked.follow(revision) {
            parked.remove(position);
        }
    }

    /// The first message that a consumer has parked under `stream` is to be tried now.
    pub(super) fn wake_parked(&mut self, consumer: usize, stream: &StreamName, now: Timestamp) {
        self.consumers[consumer].parked.wake(stream, now);
    }

    /// Whether something is queued for a consumer.
    pub(super) fn has_more(&self, consumer: usize) -> bool {
        !self.consumers[consumer].queue.is_empty()
    }

    /// What a consumer has parked was read from the store.
    pub(super) fn reparked(&mut self, consumer: usize, parked: ParkedMessages) {
        let known = &mut self.consumers[consumer].parked;
        if known.revision() < parked.revision() {
            *known = parked;
        }
    }

    /// A consumer's checkpoint is here in the store: what is up to there is handled, by whomever. False: that is before what this
    /// engine has seen itself.
    pub(super) fn passed_by_others(&mut self, consumer: usize, checkpoint: u64) -> bool {
        let consumer = &mut self.consumers[consumer];
        // Whoever is at work will find out by himself.
        if consumer.busy.is_some() || consumer.stored == checkpoint {
            return true;
        }
        if checkpoint < consumer.stored {
            return false;
        }
        consumer.passed_by_others(checkpoint);
        self.wake();
        true
    }

    /// Somebody else moved a consumer's checkpoint, or changed what it has parked: this is what the store has. Its work goes on
    /// to its end, and then reads again from there.
    pub(super) fn overtaken(&mut self, consumer: usize, checkpoint: u64, parked: ParkedMessages) {
        let consumer = &mut self.consumers[consumer];
        (consumer.stored, consumer.cursor) = (checkpoint, checkpoint);
        consumer.parked = parked;
        consumer.fall_behind();
    }

    /// A consumer's work is done. `caught_up`: it was behind, and has read everything up to its cursor.
    pub(super) fn finished(&mut self, consumer: usize, caught_up: bool) {
        let head = self.head;
        let consumer = &mut self.consumers[consumer];
        consumer.busy = None;
        if caught_up {
            consumer.behind = consumer.cursor < head;
        }
        self.wake();
    }

    /// A consumer's work was given up, or went wrong: it reads again from where it is.
    pub(super) fn abandoned(&mut self, consumer: usize) {
        let consumer = &mut self.consumers[consumer];
        consumer.busy = None;
        consumer.fall_behind();
        self.wake();
    }

    /// Takes a consumer out of delivery, for a rebuild; false when it is busy.
    pub(super) fn reserve(&mut self, consumer: usize) -> bool {
        let consumer = &mut self.consumers[consumer];
        let free = consumer.busy.is_none();
        if free {
            consumer.busy = Some(consumer.cursor + 1);
        }
        free
    }

    /// The log is at least this long.
    pub(super) fn seen(&mut self, position: u64) {
        self.known = self.known.max(position);
    }

    /// Everything that is to be waited for when nothing more is to be done: the newest position seen.
    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// What consumers could not handle of what was written.
    pub(super) fn failures(&self, written: &Written) -> impl Iterator<Item = (usize, &Parked)> {
        self.consumers.iter().enumerate().flat_map(move |(index, consumer)| {
            let parked = written.ranges().flat_map(|(first, last)| consumer.parked.between(first, last));
            parked.map(move |parked| (index, parked))
        })
    }

    /// Whether anything is parked: only then does time matter.
    pub(super) fn has_parked(&self) -> bool {
        self.consumers.iter().any(|consumer| !consumer.parked.is_empty())
    }

    /// When the next parked message is to be tried again.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.consumers.iter().filter_map(|consumer| consumer.parked.next_due()).min()
    }

    /// Waits for a change, whatever it is.
    pub(super) fn wait(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }

    fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}
