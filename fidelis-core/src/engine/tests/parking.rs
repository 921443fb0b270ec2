use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    StreamName,
    engine::parking::ParkedMessages,
    store::{Failure, Parked},
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// A message that failed and is tried again at a time, or when a person says so.
fn failed(position: u64, stream: &str, next: Option<i64>) -> Parked {
    let failure = Failure { error: "no".into(), attempts: 1, first: at(0), last: at(0), next: next.map(at) };
    Parked { failure: Some(failure), ..waiting(position, stream) }
}

/// A message that waits behind another.
fn waiting(position: u64, stream: &str) -> Parked {
    Parked { subscription: "consumer".into(), stream: StreamName::new("c", stream), position, failure: None }
}

fn due(parked: &ParkedMessages, seconds: i64) -> Option<Vec<u64>> {
    parked.due(at(seconds)).map(|messages| messages.iter().map(|message| message.position).collect())
}

#[test]
fn a_stream_is_due_when_its_first_message_is() {
    let messages =
        vec![failed(5, "a", Some(10)), waiting(7, "a"), failed(6, "b", Some(20)), waiting(9, "b"), failed(8, "c", None)];
    let mut parked = ParkedMessages::new(0, messages);
    assert_eq!((due(&parked, 9), parked.next_due()), (None, Some(at(10))));
    assert_eq!(due(&parked, 10), Some(vec![5, 7]), "with all that wait behind it, in order");
    parked.remove(5);
    assert_eq!((due(&parked, 0), parked.next_due()), (Some(vec![7]), Some(Timestamp::MIN)), "what only waited is free at once");
    parked.remove(7);
    assert_eq!((due(&parked, 19), due(&parked, 20)), (None, Some(vec![6, 9])));
    parked.put([failed(6, "b", None)]);
    assert_eq!((due(&parked, 1_000), parked.next_due()), (None, None), "a person has to say so");
}

/// The messages behind the first one say nothing about when it is tried.
#[test]
fn only_the_first_message_counts() {
    let parked = ParkedMessages::new(0, vec![failed(5, "a", Some(100)), failed(6, "a", Some(1)), waiting(7, "a")]);
    assert_eq!((due(&parked, 50), parked.next_due()), (None, Some(at(100))));
}

#[test]
fn a_stream_is_held_until_its_last_message_is_gone() {
    let mut parked = ParkedMessages::new(0, vec![failed(5, "a", None), waiting(7, "a"), failed(6, "b", None)]);
    let held = |parked: &ParkedMessages| {
        let mut held: Vec<_> = parked.streams().iter().map(|stream| stream.id().to_owned()).collect();
        held.sort();
        held
    };
    assert_eq!(held(&parked), ["a", "b"]);
    parked.remove(5);
    assert_eq!(held(&parked), ["a", "b"]);
    // Parked again, gone twice: it counts once.
    parked.put([failed(7, "a", None)]);
    parked.remove(7);
    parked.remove(7);
    assert_eq!(held(&parked), ["b"]);
    parked.remove(6);
    assert!(parked.is_empty() && held(&parked).is_empty());
}

#[test]
fn what_lies_between_two_positions() {
    let parked = ParkedMessages::new(0, vec![waiting(5, "a"), waiting(7, "b"), waiting(9, "a")]);
    let between = |from, to| parked.between(from, to).map(|message| message.position).collect::<Vec<_>>();
    assert_eq!(between(5, 9), [5, 7, 9]);
    assert_eq!(between(6, 8), [7]);
    assert_eq!(between(9, 5), [0; 0], "backwards is nothing, and no panic");
    assert_eq!(between(0, u64::MAX), [5, 7, 9]);
}

/// However many streams wait: who asks for them does not get them copied.
#[test]
fn the_streams_are_handed_out_as_they_are() {
    let messages = (1..=1_000).map(|position| failed(position, &position.to_string(), None)).collect();
    let mut parked = ParkedMessages::new(0, messages);
    let before = parked.streams();
    assert!(Arc::ptr_eq(&before, &parked.streams()));
    parked.put([waiting(2_000, "1")]);
    assert!(Arc::ptr_eq(&before, &parked.streams()), "it waited already");
    parked.remove(2);
    assert_eq!((before.len(), parked.streams().len()), (1_000, 999), "who has them keeps what he was given");
}

/// Many streams, in any order of times: the earliest is due first, and each once.
#[test]
fn many_are_due_in_the_order_of_their_times() {
    let times = (0..500_u64).map(|number| (number * 7_919) % 1_009);
    let mut parked = ParkedMessages::new(0, Vec::new());
    for (position, seconds) in times.enumerate() {
        parked.put([failed(position as u64 + 1, &position.to_string(), Some(seconds as i64))]);
    }
    let mut last = Timestamp::MIN;
    for left in (0..500).rev() {
        let next = parked.next_due().expect("there are some left");
        assert!(next >= last && parked.due(next - SignedDuration::from_nanos(1)).is_none());
        let messages = parked.due(next).expect("it is its turn");
        assert_eq!(messages.len(), 1);
        parked.remove(messages[0].position);
        assert_eq!(parked.positions().count(), left);
        last = next;
    }
    assert_eq!((parked.next_due(), parked.is_empty()), (None, true));
}

#[test]
fn a_change_follows_the_revision_it_was_made_on() {
    let mut parked = ParkedMessages::new(3, Vec::new());
    assert!(!parked.follow(2), "an old one is known already");
    assert_eq!(parked.revision(), 3);
    assert!(parked.follow(3));
    assert_eq!(parked.revision(), 4);
    assert!(!parked.follow(3), "and counts once");
    assert_eq!(parked.revision(), 4);
}
