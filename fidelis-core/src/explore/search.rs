//! Going through all worlds, those nearest to the beginning first: whatever is found is found by the shortest way.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    coverage::Coverage,
    fingerprint::Fingerprint,
    machine::Machine,
    node::Node,
    property::{Holds, Property},
    world::World,
};
use crate::Error;

/// What an exploration has done so far.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Different worlds.
    pub worlds: usize,
    /// Steps from one to another.
    pub steps: u64,
    /// Worlds that are known and not looked into yet.
    pub waiting: usize,
    /// How many steps the one looked into now is away from the beginning.
    pub depth: u32,
    /// How long it has taken.
    pub elapsed: Duration,
}

/// After so many worlds, progress is told.
const TOLD_AFTER: usize = 1_000;

/// The way to a world: which of the things that could happen in the one before.
#[derive(Clone, Copy)]
struct Came {
    from: u32,
    choice: u16,
    depth: u16,
}

/// A property that does not hold.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) property: usize,
    pub(super) why: String,
    /// Which of the things that could happen did, step by step.
    pub(super) choices: Vec<u16>,
}

/// What an exploration has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) worlds: usize,
    pub(super) steps: u64,
    pub(super) deepest: u32,
    pub(super) complete: bool,
    pub(super) outcomes: FxHashSet<Fingerprint>,
    /// How many worlds at rest.
    pub(super) rests: usize,
    pub(super) broken: Option<Broken>,
    /// By property: whether it held somewhere.
    pub(super) held: Vec<bool>,
    pub(super) coverage: Coverage,
}

pub(super) struct Search<'a> {
    pub(super) machine: &'a Machine,
    pub(super) properties: &'a [Property],
    pub(super) at_most: usize,
    pub(super) progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl Search<'_> {
    pub(super) fn run(mut self, root: Node) -> Result<Found, Error> {
        let begun = Instant::now();
        let mut found = Found { complete: true, held: vec![false; self.properties.len()], ..Found::default() };
        let mut known: FxHashMap<Fingerprint, ()> = FxHashMap::default();
        let mut ways: Vec<Came> = vec![Came { from: 0, choice: 0, depth: 0 }];
        known.insert(self.machine.fingerprint(&root)?, ());
        if let Some((property, why)) = self.look(&root, false, &mut found) {
            found.broken = Some(Broken { property, why, choices: Vec::new() });
            found.worlds = 1;
            return Ok(found);
        }
        let mut waiting: VecDeque<(u32, Node)> = VecDeque::from([(0, root)]);
        while let Some((place, node)) = waiting.pop_front() {
            let depth = ways[place as usize].depth;
            found.deepest = found.deepest.max(u32::from(depth));
            let enabled = self.machine.enabled(&node)?;
            // What comes twice is nothing that has to be waited for.
            if enabled.iter().all(|transition| transition.what.is_fault()) {
                found.rests += 1;
                found.outcomes.insert(self.machine.outcome(&node)?);
                if let Some((property, why)) = self.look(&node, true, &mut found) {
                    found.broken = Some(Broken { property, why, choices: way_to(&ways, place) });
                    break;
                }
            }
            for (choice, transition) in enabled.iter().enumerate() {
                let Some(next) = self.machine.after(&node, transition)? else { continue };
                found.steps += 1;
                found.coverage.note(self.machine, &node, transition)?;
                if known.insert(self.machine.fingerprint(&next)?, ()).is_some() {
                    continue;
                }
                if ways.len() == self.at_most {
                    found.complete = false;
                    break;
                }
                // A step has far fewer choices, and a way far fewer steps.
                ways.push(Came { from: place, choice: choice as u16, depth: depth + 1 });
                let place = u32::try_from(ways.len() - 1).expect("the number of worlds is bounded");
                if let Some((property, why)) = self.look(&next, false, &mut found) {
                    found.broken = Some(Broken { property, why, choices: way_to(&ways, place) });
                    break;
                }
                waiting.push_back((place, next));
                if ways.len().is_multiple_of(TOLD_AFTER)
                    && let Some(progress) = &mut self.progress
                {
                    progress(Progress {
                        worlds: ways.len(),
                        steps: found.steps,
                        waiting: waiting.len(),
                        depth: u32::from(depth),
                        elapsed: begun.elapsed(),
                    });
                }
            }
            if found.broken.is_some() || !found.complete {
                break;
            }
        }
        found.worlds = ways.len();
        Ok(found)
    }

    /// Asks the properties of a world; gives the first that does not hold.
    fn look(&self, node: &Node, at_rest: bool, found: &mut Found) -> Option<(usize, String)> {
        let world = World::new(self.machine, node);
        for (place, property) in self.properties.iter().enumerate() {
            let asked = match property.holds {
                Holds::Always => !at_rest,
                Holds::AtRest => at_rest,
                Holds::Sometimes => !at_rest && !found.held[place],
            };
            if !asked {
                continue;
            }
            match property.check(&world) {
                Ok(()) => found.held[place] = true,
                Err(_) if property.holds == Holds::Sometimes => {}
                Err(why) => return Some((place, why)),
            }
        }
        None
    }
}

fn way_to(ways: &[Came], place: u32) -> Vec<u16> {
    let mut choices = Vec::new();
    let mut at = place;
    while at != 0 {
        let came = ways[at as usize];
        choices.push(came.choice);
        at = came.from;
    }
    choices.reverse();
    choices
}
