//! Sorting large things by texts that lie apart: by the first bytes of the texts, which are carried along, and without moving
//! the things more than once.

use std::cmp::Ordering;

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
pub(crate) fn sort<T, K: Ord>(
    all: &mut [T],
    beginning: impl Fn(&T) -> K,
    compare: impl Fn(&T, &T) -> Ordering,
) {
    if all.is_sorted_by(|left, right| compare(left, right).is_le()) {
        return;
    }
    let mut order: Vec<(K, usize)> = all.iter().enumerate().map(|(at, it)| (beginning(it), at)).collect();
    order.sort_unstable_by(|left, right| {
        let closer = || compare(&all[left.1], &all[right.1]).then(left.1.cmp(&right.1));
        left.0.cmp(&right.0).then_with(closer)
    });
    let mut place_of = vec![0; all.len()];
    for (place, (_, at)) in order.into_iter().enumerate() {
        place_of[at] = place;
    }
    put_in_place(all, place_of);
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
        let texts =
            ["b", "same beginning of 2", "a", "same beginning of 1", "", "b", "same beginning of 2", "é"];
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
