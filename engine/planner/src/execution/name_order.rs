//! In which order do the attributes of a new object come, which are kept by their names?

use provisio_model::AttrName;

use crate::plan::PlannedValues;

/// An attribute of a new object.
type Planned = (AttrName, PlannedValues);

/// Orders the attributes of one new object after the other. Most of them have the same ones.
#[derive(Default)]
pub(super) struct NameOrder {
    /// The first letters of the names of the last object.
    letters: Vec<u64>,
    /// Their positions in the order of the names.
    order: Vec<u16>,
    /// Whether the first letters alone decided that, so that it is the same for all that begin alike.
    is_sure: bool,
    /// The first letters that are looked at.
    next: Vec<u64>,
}

impl NameOrder {
    /// Returns the attributes by name. A plan that was read from a file may name one twice; the last counts.
    pub(super) fn of<'a>(&'a mut self, attributes: &'a [Planned]) -> impl Iterator<Item = &'a Planned> {
        self.next.clear();
        self.next.extend(attributes.iter().map(|it| it.0.first_letters()));
        if !self.is_sure || self.next != self.letters {
            std::mem::swap(&mut self.next, &mut self.letters);
            self.sort(attributes);
        }
        self.order.iter().filter_map(|&at| attributes.get(usize::from(at)))
    }

    fn sort(&mut self, attributes: &[Planned]) {
        let Self { letters, order, is_sure, .. } = self;
        let name = |at: u16| (letters[usize::from(at)], &attributes[usize::from(at)].0);
        order.clear();
        order.extend((0..attributes.len()).map_while(|it| u16::try_from(it).ok()));
        order.sort_by(|&left, &right| name(left).cmp(&name(right)));
        order.dedup_by(|later, earlier| {
            let is_same = name(*later) == name(*earlier);
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        *is_sure = order.is_sorted_by(|&left, &right| name(left).0 < name(right).0);
    }
}

#[cfg(test)]
mod tests {
    use provisio_model::Values;

    use super::*;

    #[test]
    fn attributes_come_by_name_and_the_last_of_two_counts() {
        let mut order = NameOrder::default();
        let mut check = |names: &[&str], expected: &[(&str, usize)]| {
            let attributes: Vec<Planned> = names
                .iter()
                .enumerate()
                .map(|(at, name)| (AttrName::new(name), PlannedValues::Values(Values::one(at.to_string()))))
                .collect();
            let found: Vec<_> = order.of(&attributes).cloned().collect();
            let expected: Vec<_> = expected.iter().map(|it| attributes[it.1].clone()).collect();
            assert_eq!(found, expected, "{names:?}");
        };
        check(&["b", "A", "c"], &[("A", 1), ("b", 0), ("c", 2)]);
        check(&["b", "A", "c"], &[("A", 1), ("b", 0), ("c", 2)]);
        check(&["B", "a"], &[("a", 1), ("B", 0)]);
        check(&["a", "b", "A"], &[("A", 2), ("b", 1)]);
        // The first eight letters are the same.
        check(&["displayNameB", "displayNameA"], &[("displayNameA", 1), ("displayNameB", 0)]);
        check(&["displayNameA", "displayNameB"], &[("displayNameA", 0), ("displayNameB", 1)]);
    }
}
