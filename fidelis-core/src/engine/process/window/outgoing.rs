//! The commands in transitions: carried out many at a time, those of one process one after the other.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::{
    BoxFuture, Recorded, StreamName,
    domain::ProcessTypes,
    engine::{Engine, process::outbox::Carried},
};

/// So many processes' commands are carried out at the same time.
const AT_ONCE: usize = 256;

/// Transitions whose commands are to be carried out.
pub(super) struct Outgoing<'a> {
    engine: &'a Engine,
    types: &'a ProcessTypes,
    processes: FxHashMap<StreamName, Process>,
    /// Processes that have something to be carried out, in the order of the log.
    waiting: VecDeque<StreamName>,
    carrying_out: Vec<(StreamName, CarryingOut<'a>)>,
    /// What became of them, by the position of the transition.
    carried_out: FxHashMap<u64, Carried>,
    /// The last transition whose commands were carried out, by its position; 0: none.
    pub(super) last: u64,
}

/// A process whose commands are not all carried out.
enum Process {
    /// These transitions are next, behind what is being carried out.
    GoesOn(SmallVec<[Arc<Recorded>; 1]>),
    /// One of them could not be carried out: none behind it is before that is parked.
    Stopped,
}

/// By the positions of its transitions.
type CarryingOut<'a> = BoxFuture<'a, Vec<(u64, Carried)>>;

impl<'a> Outgoing<'a> {
    pub(super) fn new(engine: &'a Engine, types: &'a ProcessTypes) -> Self {
        Outgoing {
            engine,
            types,
            processes: FxHashMap::default(),
            waiting: VecDeque::new(),
            carrying_out: Vec::new(),
            carried_out: FxHashMap::default(),
            last: 0,
        }
    }

    /// The commands of this transition are to be carried out, behind those of its process that are known already.
    pub(super) fn add(&mut self, record: &Arc<Recorded>) {
        let stream = &record.metadata.stream;
        match self.processes.get_mut(stream) {
            None => {
                self.waiting.push_back(stream.clone());
                self.processes.insert(stream.clone(), Process::GoesOn(SmallVec::from_iter([Arc::clone(record)])));
            }
            Some(Process::GoesOn(next)) => next.push(Arc::clone(record)),
            Some(Process::Stopped) => {}
        }
    }

    /// Whether something is being carried out, or will be.
    pub(super) fn is_under_way(&self) -> bool {
        !self.carrying_out.is_empty() || !self.waiting.is_empty()
    }

    /// Whether the commands of a transition are still to be answered.
    pub(super) fn is_out(&self, process: &StreamName, position: u64) -> bool {
        matches!(self.processes.get(process), Some(Process::GoesOn(_))) && !self.carried_out.contains_key(&position)
    }

    /// What became of the commands of a transition; once.
    pub(super) fn take(&mut self, position: u64) -> Option<Carried> {
        self.carried_out.remove(&position)
    }

    /// Lets everything go on.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        loop {
            while self.carrying_out.len() < AT_ONCE
                && let Some(stream) = self.waiting.pop_front()
            {
                self.start(stream);
            }
            let (processes, waiting, carried_out) = (&mut self.processes, &mut self.waiting, &mut self.carried_out);
            let last = &mut self.last;
            self.carrying_out.retain_mut(|(stream, future)| {
                let Poll::Ready(carried) = future.as_mut().poll(context) else { return true };
                let has_commands = |carried: &Carried| !carried.as_ref().is_ok_and(|(step, _)| step.issued.is_empty());
                let with_commands = carried.iter().filter(|(_, carried)| has_commands(carried));
                *last = with_commands.map(|(position, _)| *position).fold(*last, u64::max);
                let stops = carried.iter().any(|(_, carried)| carried.is_err());
                carried_out.extend(carried);
                match processes.get_mut(stream) {
                    Some(known) if stops => *known = Process::Stopped,
                    Some(Process::GoesOn(next)) if !next.is_empty() => waiting.push_back(stream.clone()),
                    _ => drop(processes.remove(stream)),
                }
                false
            });
            if self.waiting.is_empty() || self.carrying_out.len() >= AT_ONCE {
                return;
            }
        }
    }

    fn start(&mut self, stream: StreamName) {
        let Some(Process::GoesOn(next)) = self.processes.get_mut(&stream) else { return };
        let (records, process) = (std::mem::take(next), stream.clone());
        let (engine, types) = (self.engine, self.types);
        let future = async move { engine.carry_out_in_order(types, &process, &records).await };
        self.carrying_out.push((stream, Box::pin(future)));
    }
}
