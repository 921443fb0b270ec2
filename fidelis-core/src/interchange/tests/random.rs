//! Logs made by chance, the same every time.

use std::collections::BTreeMap;

use super::*;
use crate::{Rejection, conformance::Random, interchange::Partial};

const LOGS: u64 = 150;

fn text(random: &mut Random) -> String {
    let characters = ['a', '-', ':', '"', '\\', '\u{0}', '\n', '\r', '\u{2028}', 'é', '👍', '{', ' ', '\u{fffd}'];
    (0..random.below(6)).map(|_| random.of(&characters)).collect()
}

fn identity(random: &mut Random) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u64_pair(random.below(u64::MAX), random.below(u64::MAX)))
}

fn payload(random: &mut Random) -> String {
    match random.below(6) {
        0 => "{}".to_owned(),
        1 => serde_json::to_string(&text(random)).unwrap(),
        2 => format!("{{\"{}\": {}}}", random.below(9), random.below(u64::MAX)),
        3 => text(random),
        4 => format!("[{}\n]", random.below(9)),
        _ => format!("-{}.{:03}e-7", random.below(100), random.below(1_000)),
    }
}

fn random_log(random: &mut Random) -> Log {
    let kinds = [MessageKind::Event, MessageKind::Fact, MessageKind::Command, MessageKind::Snapshot, MessageKind::Transition];
    let names: Vec<StreamName> = (0..1 + random.below(4))
        .map(|_| if random.once_in(3) { StreamName::new(&text(random), text(random)) } else { StreamName::parse(&text(random)) })
        .collect();
    let mut next: BTreeMap<String, (u64, StreamName)> = BTreeMap::new();
    let mut time = Timestamp::from_microsecond(-5_000_000 + random.below(10_000_000) as i64).unwrap();
    let mut log = Log::default();
    let records = random.below(30);
    for global_position in 1..=records {
        time = Timestamp::from_microsecond(time.as_microsecond() + random.below(3) as i64).unwrap();
        let name = random.of(&names);
        // One text is one stream, whatever category it is read with.
        let (position, stream) = next.entry(name.to_string()).or_insert((0, name)).clone();
        next.get_mut(stream.as_str()).unwrap().0 += 1;
        let extensions = (!random.once_in(3))
            .then(|| Arc::new((0..random.below(3)).map(|_| (text(random), text(random))).collect::<BTreeMap<String, String>>()));
        log.records.push(Arc::new(Recorded {
            metadata: Metadata {
                id: identity(random),
                type_name: TypeName::parse(&text(random)),
                kind: random.of(&kinds),
                stream,
                position,
                global_position,
                time,
                schema_version: random.of(&[0, 1, u32::MAX]),
                origin: Origin {
                    correlation_id: identity(random),
                    causation_id: random.once_in(2).then(|| identity(random)),
                    process: random.once_in(2).then(|| random.of(&names)),
                    priority: random.of(&[0, i16::MIN, i16::MAX, -1]),
                    extensions,
                },
            },
            payload: payload(random).into(),
        }));
    }
    for _ in 0..random.below(5) {
        let outcome = match random.below(3) {
            0 => Outcome::Accepted(None),
            1 => Outcome::Accepted(Some(payload(random).into())),
            _ => Outcome::Rejected(Rejection::new(text(random), text(random))),
        };
        let fingerprint = random.once_in(2).then(|| random.below(u64::MAX));
        log.settlements.push(Settlement { command: identity(random), fingerprint, outcome, position: random.below(records + 1) });
    }
    log.settlements.sort_by_key(|settlement| settlement.command);
    if records > 0 {
        for name in ["a", "b", "ü/parked"] {
            log.checkpoints.push((name.into(), 1 + random.below(records)));
        }
        let (name, checkpoint) = log.checkpoints[0].clone();
        for position in (1..=checkpoint).filter(|position| position % 3 == 0) {
            let failure = random.once_in(2).then(|| Failure {
                error: text(random),
                attempts: random.below(9) as u32,
                first: time,
                last: time,
                next: random.once_in(2).then_some(time),
            });
            let stream = random.of(&names);
            log.parked.push(Parked { subscription: Arc::clone(&name), stream, position, failure });
        }
    }
    log
}

#[test]
fn any_log_comes_in_as_it_went_out() {
    let mut random = Random::new(8);
    let mut records = 0;
    for number in 0..LOGS {
        let here = random_log(&mut random);
        records += here.records.len();
        let exported = file(&here.store());
        let there = MemoryStore::default();
        let batch = PageLimit { records: random.of(&[1, 3, 1_000]), bytes: random.of(&[0, 10, 4_000]) };

        // Interrupted somewhere, once; the file is cut somewhere, too.
        let cut = random.below(exported.len() as u64) as usize;
        block_on(Import::into(&there).batch(batch).read(&exported[..cut])).unwrap_err();
        block_on(Import::into(&there).batch(batch).read(&exported[..])).unwrap();
        assert_eq!(Log::of(&there), here, "log {number}");
        let mut again = exported[..cut].to_vec();
        match Partial::scan(&again[..]).unwrap() {
            None => again = file(&there),
            Some(partial) => {
                again.truncate(partial.keep() as usize);
                block_on(Export::of("fidelis", &there).resume(partial, &mut again)).unwrap();
            }
        }
        assert_eq!(again, exported, "log {number}");
        super::super::check(&exported[..], |_| {}).unwrap();
    }
    assert!(records > 1_000, "{records} records in all");
}
