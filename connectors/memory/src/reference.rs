//! Who refers to an object?

use std::collections::{BTreeMap, HashMap};

use provisio_model::{Attributes, Text, Value, Values};

use crate::key::Key;

/// For each id that is referred to: the objects that do, and how many of their values.
#[derive(Debug, Default)]
pub(crate) struct ReferenceIndex(HashMap<Text, BTreeMap<Key, usize>>);

impl ReferenceIndex {
    /// Returns the objects that hold a reference to this id, in order.
    pub(crate) fn holders(&self, id: &str) -> impl Iterator<Item = &Key> {
        self.0.get(id).into_iter().flat_map(BTreeMap::keys)
    }

    pub(crate) fn add(&mut self, values: &Values, holder: &Key) {
        for id in values.as_slice().iter().flat_map(referred) {
            *self.0.entry(id.clone()).or_default().entry(holder.clone()).or_default() += 1;
        }
    }

    pub(crate) fn remove(&mut self, values: &Values, holder: &Key) {
        for id in values.as_slice().iter().flat_map(referred) {
            let Some(holders) = self.0.get_mut(id.as_str()) else { continue };
            if let Some(count) = holders.get_mut(holder) {
                *count -= 1;
                if *count == 0 {
                    holders.remove(holder);
                }
            }
            if holders.is_empty() {
                self.0.remove(id.as_str());
            }
        }
    }
}

/// Returns the ids that a value refers to: one for a reference, any number for a complex value.
pub(crate) fn referred(value: &Value) -> Vec<&Text> {
    match value {
        Value::Reference(id) => vec![id],
        Value::Complex(parts) => referred_parts(parts),
        _ => Vec::new(),
    }
}

fn referred_parts(parts: &Attributes) -> Vec<&Text> {
    parts.iter().flat_map(|(_, values)| values.as_slice()).flat_map(referred).collect()
}
