//! Sorting large things by texts that lie apart: by the first bytes of the texts, which are carried along, and without moving
//! the things more than once.

use std::cmp::Ordering;
use std::ops::Range;

/// The first bytes of a text as a number: where those of two texts differ, they are in the order of the texts.
#[inline]
pub(crate) fn first_bytes(text: &str) -> u128 {
    let text = text.as_bytes();
    match text.first_chunk() {
        Some(first) => u128::from_be_bytes(*first),
        None => {
            let mut first = [0; size_of::<u128>()];
            first[..text.len()].copy_from_slice(text);
            u128::from_be_bytes(first)
        }
    }
}

/// Sorts, stably. Where `beginning` gives different keys for two of them, it must put them in the order of `compare`.
///
/// What follows each other in order and begins alike is sorted as one: what is said of one object, mostly.
pub(crate) fn sort<T, K: Ord>(
    all: &mut [T],
    beginning: impl Fn(&T) -> K,
    compare: impl Fn(&T, &T) -> Ordering,
) {
    if all.is_sorted_by(|left, right| compare(left, right).is_le()) {
        return;
    }
    let mut runs: Vec<Run<K>> = Vec::new();
    for (at, it) in all.iter().enumerate() {
        let key = beginning(it);
        match runs.last_mut() {
            Some(run) if run.key == key && compare(&all[at - 1], it).is_le() => run.positions.end = at + 1,
            _ => runs.push(Run { key, positions: at..at + 1 }),
        }
    }
    runs.sort_unstable_by(|left, right| {
        left.key.cmp(&right.key).then(left.positions.start.cmp(&right.positions.start))
    });
    let mut order: Vec<usize> = Vec::with_capacity(all.len());
    for alike in runs.chunk_by(|left, right| left.key == right.key) {
        let from = order.len();
        order.extend(alike.iter().flat_map(|it| it.positions.clone()));
        if alike.len() > 1 {
            order[from..].sort_by(|left, right| compare(&all[*left], &all[*right]));
        }
    }
    let mut place_of = vec![0; all.len()];
    for (place, at) in order.into_iter().enumerate() {
        place_of[at] = place;
    }
    put_in_place(all, place_of);
}

/// Things that follow each other, in order, with the same key.
struct Run<K> {
    key: K,
    positions: Range<usize>,
}

/// Moves each to its place, without a second list of them.
pub(crate) fn put_in_place<T>(all: &mut [T], mut place_of: Vec<usize>) {
    for at in 0..all.len() {
        // INVARIANT: each place is that of one, so it is never taken already.
        while let place = place_of[at]
            && place_of[place] != place
        {
            all.swap(at, place);
            place_of.swap(at, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_sorted_as_by_the_comparison_alone() {
        let texts = [
            "b",
            "b",
            "same beginning of 2",
            "a",
            "same beginning of 1",
            "",
            "b",
            "same beginning of 2",
            "é",
            "a",
        ];
        let mut all: Vec<(&str, usize)> = texts.into_iter().zip(0..).collect();
        let mut stable = all.clone();
        stable.sort_by_key(|it| it.0);
        sort(&mut all, |it| first_bytes(it.0), |left, right| left.0.cmp(right.0));
        assert_eq!(all, stable);
    }

    #[test]
    fn first_bytes_are_in_the_order_of_texts_or_the_same() {
        let texts = ["", "\0", "\0\0", "a", "a\0", "ab", "abcdefghijklmnop", "abcdefghijklmnopq", "b", "é"];
        for (left, right) in texts.iter().zip(&texts[1..]) {
            assert!(left < right);
            assert!(first_bytes(left) <= first_bytes(right), "{left:?} {right:?}");
        }
        assert!(first_bytes("a") < first_bytes("ab"));
    }
}
