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

/// In layouts of up to so many attributes, these are put in order without an allocation.
const TYPICAL: usize = 64;

impl<'a, I: Iterator<Item = (&'a AttrName, &'a Values)>> InSlots<'a, I> {
    /// Puts them in the order of the slots.
    pub(super) fn in_order(self) -> impl Iterator<Item = (Slot, &'a Values)> {
        let (mut few, mut many) = ([None; TYPICAL], Vec::new());
        let width = self.layout.width();
        many.resize(width.saturating_sub(TYPICAL), None);
        for (slot, values) in self {
            let at = usize::from(slot.0);
            let place = if at < TYPICAL { few.get_mut(at) } else { many.get_mut(at - TYPICAL) };
            place.into_iter().for_each(|it| *it = Some(values));
        }
        let slots = few.into_iter().take(width).chain(many).enumerate();
        slots.filter_map(|(at, values)| Some((Slot(u16::try_from(at).ok()?), values?)))
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

    #[test]
    fn attributes_are_put_in_the_order_of_the_slots() {
        for width in [3, TYPICAL, TYPICAL + 1, 3 * TYPICAL] {
            let name = |it: usize| AttrName::new((width - it).to_string());
            let layout = Layout::new("user", (0..width).map(|it| AttributeSchema::text(name(it).as_str())));
            let held = (0..width).filter(|it| it % 3 != 1);
            let attributes: Attributes = held.clone().map(|it| (name(it), it.to_string())).collect();
            let found: Vec<(usize, Values)> = InSlots::new(&layout, &attributes)
                .in_order()
                .map(|(slot, values)| (slot.0.into(), values.clone()))
                .collect();
            let expected: Vec<(usize, Values)> = held.map(|it| (it, it.to_string().into())).collect();
            assert_eq!(found, expected);
        }
    }
}
