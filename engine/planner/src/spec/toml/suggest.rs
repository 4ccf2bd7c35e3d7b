//! Which word did somebody probably mean? A misspelt word and the known ones in, the closest out.

/// The longest word that is compared, in characters.
const WORD_CHARACTERS_MAX: usize = 64;

/// Finds the known word closest to `written`, if it is close enough to be worth saying.
pub(super) fn closest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = |word: &str| -> Vec<char> {
        word.chars().flat_map(char::to_lowercase).take(WORD_CHARACTERS_MAX + 1).collect()
    };
    let wanted = letters(written);
    if wanted.is_empty() || wanted.len() > WORD_CHARACTERS_MAX {
        return None;
    }
    let allowed = 1 + wanted.len() / 4;
    known
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(wanted.len()) <= allowed)
        .map(|candidate| (distance(&wanted, &letters(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed && *distance < wanted.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Joins choices for a help line: `a`, `b` or `c`.
pub(super) fn choices(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

/// Counts the insertions, deletions, replacements and swaps of neighbours that turn `left` into `right`.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != other);
            let mut best = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}
