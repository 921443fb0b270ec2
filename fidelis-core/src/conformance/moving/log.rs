//! Logs made by chance, the same every time.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::super::model::random::Random;
use crate::{
    MessageId, MessageKind, Metadata, Origin, Recorded, Rejection, Store, StreamName, TypeName,
    store::{
        CheckpointMove, Commit, Direction, Failure, Outcome, PageLimit, Parked, ParkedChange, ReadFrom, Restored, Settlement,
    },
};

/// Everything that is moved with a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Log {
    pub(crate) records: Vec<Arc<Recorded>>,
    pub(crate) settlements: Vec<Settlement>,
    pub(crate) checkpoints: Vec<(Arc<str>, u64)>,
    pub(crate) parked: Vec<Parked>,
}

const KINDS: [MessageKind; 5] =
    [MessageKind::Event, MessageKind::Fact, MessageKind::Command, MessageKind::Snapshot, MessageKind::Transition];

/// What every store can hold in a text; a NUL is not among it.
pub(crate) const CHARACTERS: [char; 13] = ['a', '-', ':', '"', '\\', '\n', '\r', '\u{2028}', 'é', '👍', '{', ' ', '\u{fffd}'];

impl Log {
    /// What a store holds.
    pub(crate) async fn of(store: &dyn Store) -> Self {
        let checkpoints = store.checkpoints().await.expect("checkpoints can be listed");
        let checkpoints: Vec<_> = checkpoints.into_iter().filter(|(_, position)| *position > 0).collect();
        let mut parked = Vec::new();
        for (name, _) in &checkpoints {
            parked.extend(store.parked(name).await.expect("parked messages can be read"));
        }
        let from = ReadFrom::All { position: 1, direction: Direction::Forwards };
        let whole = PageLimit { records: usize::MAX, bytes: usize::MAX };
        Log {
            records: store.read(from, whole).await.expect("a store can be read"),
            settlements: store.settlements(None, usize::MAX).await.expect("settlements can be read"),
            checkpoints,
            parked,
        }
    }

    /// The commit that puts it into an empty store.
    pub(crate) fn commit(&self) -> Commit {
        let mut commit = Commit::new(Timestamp::UNIX_EPOCH, crate::interchange::nobody());
        commit.restored = Some(Box::new(Restored { records: self.records.clone(), settlements: self.settlements.clone() }));
        let moves = self.checkpoints.iter();
        let moves = moves.map(|(name, to)| CheckpointMove { subscription: Arc::clone(name), from: 0, to: *to });
        commit.checkpoints = moves.collect();
        commit.parked = self.parked.iter().cloned().map(ParkedChange::Put).collect();
        commit
    }

    /// A log of up to 30 records, whose texts are made of these characters and whose payloads are made by `payload`.
    pub(crate) fn random(random: &mut Random, characters: &[char], payload: impl Fn(&mut Random) -> String) -> Self {
        let text = |random: &mut Random| (0..1 + random.below(5)).map(|_| random.of(characters)).collect::<String>();
        let names: Vec<StreamName> = (0..1 + random.below(4))
            .map(|_| match random.once_in(3) {
                true => StreamName::new(&text(random), text(random)),
                false => StreamName::parse(&text(random)),
            })
            .collect();
        // One text is one stream, whatever category it is read with.
        let mut streams: BTreeMap<String, (u64, StreamName)> = BTreeMap::new();
        let mut time = Timestamp::from_microsecond(-5_000_000 + random.below(10_000_000) as i64).expect("a time near 1970");
        let mut log = Log::default();
        let records = random.below(30);
        for global_position in 1..=records {
            let later = time.as_microsecond() + random.below(3) as i64;
            time = Timestamp::from_microsecond(later).expect("a time near 1970");
            let name = random.of(&names);
            let (next, stream) = streams.entry(name.to_string()).or_insert((0, name));
            let position = *next;
            *next += 1;
            let extensions = (!random.once_in(3)).then(|| {
                Arc::new((0..random.below(3)).map(|_| (text(random), text(random))).collect::<BTreeMap<String, String>>())
            });
            let metadata = Metadata {
                id: identity(random),
                type_name: TypeName::parse(&text(random)),
                kind: random.of(&KINDS),
                stream: stream.clone(),
                position,
                global_position,
                time,
                schema_version: random.of(&[1, 2, u32::MAX]),
                origin: Origin {
                    correlation_id: identity(random),
                    causation_id: random.once_in(2).then(|| identity(random)),
                    process: random.once_in(2).then(|| random.of(&names)),
                    priority: random.of(&[0, i16::MIN, i16::MAX, -1]),
                    extensions,
                },
            };
            log.records.push(Arc::new(Recorded { metadata, payload: payload(random).into() }));
        }
        log.settle(random, &text, &payload);
        if records > 0 {
            log.consume(random, &text, &names, time);
        }
        log
    }

    fn settle(&mut self, random: &mut Random, text: &impl Fn(&mut Random) -> String, payload: &impl Fn(&mut Random) -> String) {
        for _ in 0..random.below(5) {
            let outcome = match random.below(3) {
                0 => Outcome::Accepted(None),
                1 => Outcome::Accepted(Some(payload(random).into())),
                _ => Outcome::Rejected(Rejection::new(text(random), text(random))),
            };
            let fingerprint = random.once_in(2).then(|| random.of(&[0, 1, u64::MAX, 1 << 63]));
            let position = random.below(self.records.len() as u64 + 1);
            self.settlements.push(Settlement { command: identity(random), fingerprint, outcome, position });
        }
        self.settlements.sort_by_key(|settlement| settlement.command);
    }

    fn consume(&mut self, random: &mut Random, text: &impl Fn(&mut Random) -> String, names: &[StreamName], time: Timestamp) {
        let records = self.records.len() as u64;
        for name in ["a", "b", "b/parked"] {
            self.checkpoints.push((name.into(), 1 + random.below(records)));
        }
        let (name, checkpoint) = self.checkpoints[0].clone();
        for position in (1..=checkpoint).filter(|position| position % 3 == 0) {
            let failure = random.once_in(2).then(|| Failure {
                error: text(random),
                attempts: random.below(9) as u32,
                first: time,
                last: time,
                next: random.once_in(2).then_some(time),
            });
            self.parked.push(Parked { subscription: Arc::clone(&name), stream: random.of(names), position, failure });
        }
    }
}

fn identity(random: &mut Random) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u64_pair(random.below(u64::MAX), random.below(u64::MAX)))
}
