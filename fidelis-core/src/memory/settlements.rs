//! What commands were answered.

use rustc_hash::FxHashMap;

use super::chunks::Chunks;
use crate::{
    MessageId,
    store::{Outcome, PrunedSettlement, Settlement},
};

/// Settlements, found by command.
///
/// New commands have time-ordered identities: theirs are kept in that order, so that adding one touches no memory but the end of a
/// list, and one that is newer than all is known to be new without a search.
#[derive(Clone, Default)]
pub(super) struct Settlements {
    in_order: Chunks<Slot>,
    /// Commands whose identities come from elsewhere, or came late.
    others: FxHashMap<MessageId, Slot>,
}

/// A settlement; what most have not is kept apart.
#[derive(Clone)]
struct Slot {
    command: MessageId,
    position: u64,
    rest: Option<Box<(Option<u64>, Outcome)>>,
}

/// The position of a slot whose settlement was pruned: it keeps its place in the order.
const PRUNED: u64 = u64::MAX;

impl Settlements {
    pub(super) fn get(&self, command: MessageId) -> Option<Settlement> {
        let newest = self.in_order.last().map(|slot| slot.command);
        if is_time_ordered(command) && newest.is_none_or(|newest| newest < command) {
            return None;
        }
        let slot = self.others.get(&command).or_else(|| {
            let place = self.in_order.partition_point(|slot| slot.command < command);
            self.in_order.get(place).filter(|slot| slot.command == command && slot.position != PRUNED)
        })?;
        let (fingerprint, outcome) = slot.rest.as_deref().cloned().unwrap_or((None, Outcome::Accepted(None)));
        Some(Settlement { command, fingerprint, outcome, position: slot.position })
    }

    /// At most `limit` of them, in the order of the commands' identities, from the one after `after`.
    pub(super) fn page(&self, after: Option<MessageId>, limit: usize) -> Vec<Settlement> {
        let is_after = |command: MessageId| after.is_none_or(|after| after < command);
        let from = self.in_order.partition_point(|slot| !is_after(slot.command));
        let in_order = self.in_order.from(from).filter(|slot| slot.position != PRUNED).take(limit).map(|slot| slot.command);
        let others = self.others.keys().copied().filter(|command| is_after(*command));
        let mut commands: Vec<MessageId> = in_order.chain(others).collect();
        if limit > 0 && limit < commands.len() {
            commands.select_nth_unstable(limit - 1);
        }
        commands.truncate(limit);
        commands.sort_unstable();
        commands.into_iter().filter_map(|command| self.get(command)).collect()
    }

    /// Adds one that is not there yet.
    pub(super) fn insert(&mut self, settlement: Settlement) {
        let Settlement { command, fingerprint, outcome, position } = settlement;
        let rest = match (fingerprint, outcome) {
            (None, Outcome::Accepted(None)) => None,
            rest => Some(Box::new(rest)),
        };
        let slot = Slot { command, position, rest };
        let newest = self.in_order.last().map(|slot| slot.command);
        match is_time_ordered(command) && newest.is_none_or(|newest| newest < command) {
            true => self.in_order.push(slot),
            false => drop(self.others.insert(command, slot)),
        }
    }
}

impl Settlements {
    /// Removes those that still have the position they were seen with.
    pub(super) fn prune(&mut self, pruned: &[PrunedSettlement]) {
        for PrunedSettlement { command, position } in pruned {
            if self.others.get(command).is_some_and(|slot| slot.position == *position) {
                self.others.remove(command);
                continue;
            }
            let place = self.in_order.partition_point(|slot| slot.command < *command);
            if let Some(slot) = self.in_order.get_mut(place)
                && (slot.command, slot.position) == (*command, *position)
            {
                (slot.position, slot.rest) = (PRUNED, None);
            }
        }
        // The oldest go first, so that nearly all of the memory comes back.
        if !pruned.is_empty() {
            self.in_order.drop_leading_chunks(|slot| slot.position == PRUNED);
        }
    }
}

/// A version 7 UUID: any other could stand at the end of time and make all new commands look late.
fn is_time_ordered(command: MessageId) -> bool {
    command.uuid().get_version_num() == 7
}
