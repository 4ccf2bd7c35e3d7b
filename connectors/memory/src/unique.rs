//! Who holds a unique value?

use std::collections::HashMap;

use provisio_model::{AttributeSchema, CompareRule, Slot, Text, Uniqueness, ValueKind, ValueRef, Values};

/// The holders of the values of one unique attribute of one object type.
#[derive(Debug)]
pub(crate) struct UniqueIndex {
    pub(crate) slot: Slot,
    rule: CompareRule,
    holders: HashMap<String, Text>,
}

impl UniqueIndex {
    /// Makes the index of an attribute; `None` if its values need not be unique. Secrets and complex values
    /// never are: the one must not be compared, the other has no order.
    pub(crate) fn of(slot: Slot, attribute: &AttributeSchema) -> Option<Self> {
        let comparable = !matches!(attribute.kind, ValueKind::Secret | ValueKind::Complex);
        let unique = attribute.uniqueness != Uniqueness::None && comparable;
        unique.then(|| Self { slot, rule: CompareRule::of(attribute), holders: HashMap::new() })
    }

    /// Tells whether another object than `id` holds the value.
    pub(crate) fn is_taken(&self, value: ValueRef<'_>, id: &str) -> bool {
        self.holders.get(&self.rule.key(value)).is_some_and(|holder| holder.as_str() != id)
    }

    /// Returns the id of the object that holds the value.
    pub(crate) fn holder(&self, value: ValueRef<'_>) -> Option<&Text> {
        self.holders.get(&self.rule.key(value))
    }

    pub(crate) fn add(&mut self, values: &Values, id: &Text) {
        for value in values.iter() {
            self.holders.insert(self.rule.key(value), id.clone());
        }
    }

    pub(crate) fn remove(&mut self, values: &Values, id: &str) {
        for value in values.iter() {
            let key = self.rule.key(value);
            if self.holders.get(&key).is_some_and(|holder| holder.as_str() == id) {
                self.holders.remove(&key);
            }
        }
    }
}
