//! Sorting texts that lie apart: by their first bytes, which are carried along.

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

#[cfg(test)]
mod tests {
    use super::*;

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
