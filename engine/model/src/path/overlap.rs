//! Can two paths mean the same value?

use super::AttrPath;

impl AttrPath {
    /// Tells whether writing to one of two paths can change what the other one means: one is part of the other, or
    /// nothing keeps both filters from choosing the same element, or one writes what the other's filter tests.
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.attribute != other.attribute {
            return false;
        }
        if self.is_whole() || other.is_whole() {
            return true;
        }
        if self.never_chooses_like(other) {
            return false;
        }
        match (&self.sub_attribute, &other.sub_attribute) {
            (Some(left), Some(right)) => {
                left == right || self.tests(right.as_str()) || other.tests(left.as_str())
            }
            _ => true,
        }
    }

    /// Tells whether the filter tests a sub-attribute.
    pub fn tests(&self, sub_attribute: &str) -> bool {
        self.filter.iter().any(|it| it.attribute.is(sub_attribute))
    }

    /// Tells whether no element can pass both filters: they want different values of one sub-attribute.
    fn never_chooses_like(&self, other: &Self) -> bool {
        self.filter.iter().any(|left| {
            let right = other.filter.iter().find(|it| it.attribute == left.attribute);
            right.is_some_and(|right| !left.rule.same(left.value.borrow(), right.value.borrow()))
        })
    }
}
