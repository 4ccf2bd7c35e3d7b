//! Which of these names was meant?

/// Returns the name nearest to `wanted`, if one is near.
pub(crate) fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance_max = wanted.chars().count() / 3 + 1;
    names
        .into_iter()
        .map(|name| (distance(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|&(distance, _)| distance <= distance_max)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Counts the characters to insert, remove or replace, spaces and punctuation aside.
fn distance(left: &str, right: &str) -> usize {
    let letters =
        |text: &str| -> Vec<char> { text.chars().filter(|it| it.is_alphanumeric()).take(64).collect() };
    let (left, right) = (letters(left), letters(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, &left) in left.iter().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, &right) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let headers = ["workerId", "Hire Date", "e-mail"];
        let check = |wanted, expected| assert_eq!(nearest(wanted, headers), expected, "{wanted}");
        check("WorkerID", Some("workerId"));
        check("hireDate", Some("Hire Date"));
        check("email", Some("e-mail"));
        check("workrid", Some("workerId"));
        check("salary", None);
    }
}
