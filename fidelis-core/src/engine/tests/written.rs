use crate::engine::written::Written;

fn written(ranges: &[(u64, u64)]) -> Written {
    let mut written = Written::default();
    ranges.iter().for_each(|&(first, last)| written.add(first, last));
    written
}

fn ranges(written: &Written) -> Vec<(u64, u64)> {
    written.ranges().collect()
}

#[test]
fn what_touches_is_one_range() {
    assert_eq!(ranges(&written(&[(1, 2), (3, 3), (4, 9)])), [(1, 9)]);
    assert_eq!(ranges(&written(&[(4, 9), (1, 2), (3, 3)])), [(1, 9)], "in any order");
    assert_eq!(ranges(&written(&[(1, 2), (4, 5)])), [(1, 2), (4, 5)]);
    assert_eq!(ranges(&written(&[(4, 5), (1, 2)])), [(1, 2), (4, 5)]);
    assert_eq!(ranges(&written(&[(1, 1), (5, 5), (9, 9), (2, 8)])), [(1, 9)], "what lies between joins all");
    assert_eq!(ranges(&written(&[(3, 7), (4, 5), (1, 9)])), [(1, 9)]);
}

#[test]
fn nothing_is_nothing() {
    let none = written(&[(0, 0), (0, 0)]);
    assert_eq!((ranges(&none), none.last()), (vec![], 0));
    let mut some = written(&[(7, 8)]);
    some.join(&none);
    assert_eq!((ranges(&some), some.last()), (vec![(7, 8)], 8));
}

#[test]
fn two_are_joined() {
    let mut one = written(&[(1, 2), (7, 8), (20, 20)]);
    one.join(&written(&[(3, 4), (9, 9), (30, 31)]));
    assert_eq!((ranges(&one), one.last()), (vec![(1, 4), (7, 9), (20, 20), (30, 31)], 31));
}
