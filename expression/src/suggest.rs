//! Which known name did somebody probably mean? A misspelt name and candidates in, the closest one out.

/// Finds the candidate closest to `written`, if it is close enough to be worth saying.
pub(crate) fn closest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 64;
    let wanted: Vec<char> = written.chars().flat_map(char::to_lowercase).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let allowed = 1 + wanted.len() / 4;
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> =
                candidate.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
            let near = letters.len().abs_diff(wanted.len()) <= allowed;
            let distance = if near { distance(&wanted, &letters) } else { usize::MAX };
            (distance <= allowed && distance < wanted.len()).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Counts the insertions, deletions, replacements and swaps of neighbours that turn `left` into `right`.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(from != to);
            let mut best = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *from == right[column - 1] && left[row - 1] == *to;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn the_closest_name_wins_and_a_far_one_is_not_offered() {
        let names = ["ToLower", "ToUpper", "Join", "Mid"];
        assert_eq!(closest("tolwoer", names), Some("ToLower"));
        assert_eq!(closest("Jion", names), Some("Join"));
        assert_eq!(closest("Concatenate", names), None);
        assert_eq!(closest("", names), None);
    }
}
