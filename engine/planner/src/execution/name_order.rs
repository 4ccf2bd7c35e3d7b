//! In which order do the attributes of a new object come, which are kept by their names?

use provisio_model::AttrName;

use crate::plan::PlannedValues;

/// An attribute of a new object.
type Planned = (AttrName, PlannedValues);

/// How many names are remembered, at most: those of a few hundred kinds of objects. Whoever has others is sorted each time.
const NODES_MAX: usize = 4_096;

/// Orders the attributes of one new object after the other. Most of them have the same names, or the same but for a few:
/// the ways through the names that were seen so far are a tree, and at the end of each is the order.
pub(super) struct NameOrder {
    /// The first is the root, which has no name.
    nodes: Vec<Node>,
    /// The order of an object that found no place in the tree.
    strange: Vec<u16>,
}

/// A name, after those above it. Nodes are told by their numbers, and 0, the root, stands for none.
struct Node {
    name: AttrName,
    /// The first name that was seen after this one.
    child: u16,
    /// The next name that was seen in this place: the first that was seen is mostly the one that is seen again.
    sibling: u16,
    /// The order of an object that ends here.
    order: Option<Vec<u16>>,
}

impl Node {
    fn of(name: AttrName) -> Self {
        Self { name, child: 0, sibling: 0, order: None }
    }
}

impl Default for NameOrder {
    fn default() -> Self {
        Self { nodes: vec![Node::of(AttrName::new(""))], strange: Vec::new() }
    }
}

impl NameOrder {
    /// Returns the positions of the attributes by name. A plan that was read from a file may name one twice; the last counts.
    pub(super) fn of(&mut self, attributes: &[Planned]) -> &[u16] {
        let Some(end) = self.way(attributes) else {
            self.strange = sorted(attributes);
            return &self.strange;
        };
        self.nodes[usize::from(end)].order.get_or_insert_with(|| sorted(attributes))
    }

    /// Goes down the tree, and makes the way if there is none.
    fn way(&mut self, attributes: &[Planned]) -> Option<u16> {
        let mut at = 0;
        for (name, _) in attributes {
            let mut next = self.nodes[usize::from(at)].child;
            // As it is written: two that differ in that are the same name, but not in the same place of the tree.
            while next != 0 && !self.nodes[usize::from(next)].name.is_written_like(name) {
                next = self.nodes[usize::from(next)].sibling;
            }
            at = if next == 0 { self.add(at, name)? } else { next };
        }
        Some(at)
    }

    fn add(&mut self, above: u16, name: &AttrName) -> Option<u16> {
        let number = u16::try_from(self.nodes.len()).ok().filter(|_| self.nodes.len() < NODES_MAX)?;
        let mut place = &mut self.nodes[usize::from(above)].child;
        while *place != 0 {
            let at = usize::from(*place);
            place = &mut self.nodes[at].sibling;
        }
        *place = number;
        self.nodes.push(Node::of(name.clone()));
        Some(number)
    }
}

fn sorted(attributes: &[Planned]) -> Vec<u16> {
    let name = |at: u16| &attributes[usize::from(at)].0;
    let mut order: Vec<u16> = (0..attributes.len()).map_while(|it| u16::try_from(it).ok()).collect();
    order.sort_by(|&left, &right| name(left).cmp(name(right)));
    order.dedup_by(|later, earlier| {
        let is_same = name(*later) == name(*earlier);
        if is_same {
            *earlier = *later;
        }
        is_same
    });
    order
}

#[cfg(test)]
mod tests {
    use provisio_model::Values;

    use super::*;

    fn attributes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Planned> {
        let planned = |name| (AttrName::new(name), PlannedValues::Values(Values::one("x")));
        names.into_iter().map(planned).collect()
    }

    #[test]
    fn attributes_come_by_name_and_the_last_of_two_counts() {
        let mut order = NameOrder::default();
        let mut check = |names: &[&str], expected: &[u16]| {
            assert_eq!(order.of(&attributes(names.iter().copied())), expected);
        };
        check(&["b", "A", "c"], &[1, 0, 2]);
        check(&["b", "A", "c"], &[1, 0, 2]);
        check(&["b", "A"], &[1, 0]);
        check(&["b", "A", "c", "B"], &[1, 3, 2]);
        check(&["B", "a"], &[1, 0]);
        check(&["a", "b", "A"], &[2, 1]);
        check(&["displayNameB", "displayNameA"], &[1, 0]);
        check(&["displayNameA", "displayNameB"], &[0, 1]);
        check(&[], &[]);
    }

    #[test]
    fn objects_that_are_all_different_are_ordered_too() {
        let mut order = NameOrder::default();
        for at in 0..NODES_MAX {
            let name = format!("n{at:04}");
            assert_eq!(order.of(&attributes([name.as_str(), "b", "a"])), [2, 1, 0]);
        }
        assert_eq!(order.nodes.len(), NODES_MAX);
        assert_eq!(order.of(&attributes(["n0000", "b", "a"])), [2, 1, 0]);
    }
}
