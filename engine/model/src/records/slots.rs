//! Which attributes of an object does a layout have, and in which slot?

use std::cmp::Ordering;

use super::{Layout, Slot};
use crate::{AttrName, Attributes, Values};

/// The attributes of an object that a layout has, each with its slot.
///
/// Both lists are sorted by name, so no name is searched: one goes through both.
pub(super) struct InSlots<'a, I> {
    layout: &'a Layout,
    /// The positions of attributes of the layout that are still to come.
    left: &'a [u16],
    attributes: I,
}

impl<'a> InSlots<'a, ()> {
    pub(super) fn new(
        layout: &'a Layout,
        attributes: &'a Attributes,
    ) -> InSlots<'a, impl Iterator<Item = (&'a AttrName, &'a Values)>> {
        InSlots { layout, left: &layout.by_name, attributes: attributes.iter() }
    }
}

impl<'a, I: Iterator<Item = (&'a AttrName, &'a Values)>> Iterator for InSlots<'a, I> {
    type Item = (Slot, &'a Values);

    fn next(&mut self) -> Option<Self::Item> {
        for (name, values) in &mut self.attributes {
            while let Some((&position, rest)) = self.left.split_first() {
                let slot = Slot(position);
                let next = &self.layout.attribute(slot).name;
                let order = if next.is_written_like(name) { Ordering::Equal } else { next.cmp(name) };
                if order.is_gt() {
                    break;
                }
                self.left = rest;
                if order.is_eq() {
                    return Some((slot, values));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AttributeSchema;

    #[test]
    fn each_attribute_is_found_as_it_would_be_by_its_name() {
        let names = ["title", "Active", "mail", "userName", "a"];
        let layout = Layout::new("user", names.map(AttributeSchema::text));
        let held = ["", "A", "active", "b", "name", "TITLE", "username", "zip"];
        let attributes: Attributes = held.into_iter().map(|it| (it, it)).collect();
        let found: Vec<(Slot, &Values)> = InSlots::new(&layout, &attributes).collect();
        let searched = attributes.iter().filter_map(|(name, it)| Some((layout.slot(name.as_str())?, it)));
        assert_eq!(found, searched.collect::<Vec<_>>());
        assert_eq!(found.len(), 4);
    }
}
