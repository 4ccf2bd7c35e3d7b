//! Where do two texts differ, line by line?

use std::fmt::Write as _;

/// Shows both texts as one: lines that are only expected with `-`, lines that are only found with `+`.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let common = common_lengths(&expected, &found);
    let (mut left, mut right) = (0, 0);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |sign: char, line: &str| {
        let _ = writeln!(text, "  {sign} {line}");
    };
    while left < expected.len() || right < found.len() {
        if left < expected.len() && right < found.len() && expected[left] == found[right] {
            line(' ', expected[left]);
            left += 1;
            right += 1;
        } else if right == found.len()
            || (left < expected.len() && common[left + 1][right] >= common[left][right + 1])
        {
            line('-', expected[left]);
            left += 1;
        } else {
            line('+', found[right]);
            right += 1;
        }
    }
    text
}

/// `[i][j]`: how many lines the rests from `i` and from `j` have in common, in order.
fn common_lengths(expected: &[&str], found: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; found.len() + 1]; expected.len() + 1];
    for left in (0..expected.len()).rev() {
        for right in (0..found.len()).rev() {
            lengths[left][right] = if expected[left] == found[right] {
                lengths[left + 1][right + 1] + 1
            } else {
                lengths[left + 1][right].max(lengths[left][right + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_left_and_what_came() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\nc\nd\n"), "    a\n  - b\n  + x\n    c\n  + d\n");
        assert_eq!(difference("", "a\n"), "  + a\n");
    }
}
