use jiff::SignedDuration;

use crate::RetryPolicy;

fn policy(attempts: u32, first: i64, longest: i64) -> RetryPolicy {
    let [first, longest] = [first, longest].map(SignedDuration::from_millis);
    RetryPolicy { attempts, first, longest, conflicts: 1 }
}

#[test]
fn waits_double_up_to_the_longest_and_end() {
    let policy = policy(6, 100, 1_000);
    let all = |chance| (1..=7).map(|attempts| policy.wait(attempts, chance).map(|wait| wait.as_millis())).collect::<Vec<_>>();
    assert_eq!(all(1.0), [Some(100), Some(200), Some(400), Some(800), Some(1_000), None, None]);
    assert_eq!(all(0.0), [Some(50), Some(100), Some(200), Some(400), Some(500), None, None]);
    assert_eq!(all(0.5), [Some(75), Some(150), Some(300), Some(600), Some(750), None, None]);
}

#[test]
fn a_wait_is_between_half_and_all_of_it_whatever_chance_says() {
    let policy = policy(u32::MAX, 100, 60_000);
    for attempts in [1, 2, 10, 31, 32, 33, 64, 1_000_000, u32::MAX - 1] {
        let full = (100_u128 << (attempts - 1).min(30)).min(60_000);
        for chance in [-1.0, 0.0, 0.3, 0.999, 1.0, 7.0] {
            let wait = policy.wait(attempts, chance).map(|wait| wait.as_millis()).expect("there are attempts left");
            let wait = u128::try_from(wait).expect("no wait is negative");
            assert!((full / 2..=full).contains(&wait), "{attempts} {chance}: {wait} of {full}");
        }
    }
}

#[test]
fn there_is_at_least_one_attempt() {
    for attempts in [0, 1] {
        assert_eq!(policy(attempts, 100, 1_000).wait(1, 0.5), None);
    }
    assert!(policy(2, 100, 1_000).wait(1, 0.5).is_some());
}

#[test]
fn no_wait_at_all_is_a_wait() {
    assert_eq!(policy(3, 0, 0).wait(1, 1.0), Some(SignedDuration::ZERO));
}

#[test]
fn a_wait_beyond_all_time_is_the_longest() {
    let policy = RetryPolicy { attempts: 99, first: SignedDuration::MAX, longest: SignedDuration::from_hours(1), conflicts: 1 };
    assert_eq!(policy.wait(50, 1.0), Some(SignedDuration::from_hours(1)));
}

#[test]
fn conflicts_wait_briefly() {
    let policy = RetryPolicy::default();
    for attempt in 1..200 {
        let longest = policy.conflict_wait(attempt, 1.0).as_millis();
        assert!((1..=100).contains(&longest), "{attempt}: {longest}");
        assert_eq!(policy.conflict_wait(attempt, 0.0), SignedDuration::ZERO);
        assert!(policy.conflict_wait(attempt + 1, 1.0) >= policy.conflict_wait(attempt, 1.0));
    }
    assert_eq!(policy.conflict_wait(99, 1.0).as_millis(), 100);
}
