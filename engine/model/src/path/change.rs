//! What an object holds after a part of a complex attribute changed.

use super::{AttrPath, parts};
use crate::{AttributeDelta, Attributes, Value, Values, ValuesChange};

impl AttrPath {
    /// Changes what an object has there, as RFC 7644 section 3.5.2 has it for a PATCH with this path:
    ///
    /// * every element that passes the filter changes; where none does, setting a value adds one that holds what the
    ///   filter wants;
    /// * clearing takes the sub-attribute away, and with it an element or complex value that then holds nothing but
    ///   what the filter wants, or that is none without the sub-attribute.
    pub fn apply(&self, change: &ValuesChange, attributes: &mut Attributes) {
        if self.is_whole() {
            return AttributeDelta::new(self.attribute.clone(), change.clone()).apply(attributes);
        }
        let held = attributes.get(self.attribute.as_str()).map(Values::as_slice).unwrap_or_default();
        if let (true, ValuesChange::Set(values), Some(name)) = (held.is_empty(), change, &self.sub_attribute)
        {
            let mut parts = Attributes::with_capacity(self.filter.len() + 1);
            parts.set(name.clone(), values.clone());
            attributes.set(self.attribute.clone(), self.element(parts));
            return;
        }
        let held = held.to_vec();
        let is_chosen = |value: &Value| self.chooses(value);
        let mut changed: Vec<Value> = Vec::with_capacity(held.len() + 1);
        let exists = held.iter().any(is_chosen);
        for value in held {
            if is_chosen(&value) {
                changed.extend(self.changed(&value, change));
            } else {
                changed.push(value);
            }
        }
        if !exists && matches!(change, ValuesChange::Set(_) | ValuesChange::Add(_)) {
            changed.extend(self.changed(&Value::Complex(Attributes::new()), change));
        }
        attributes.set_or_clear(self.attribute.clone(), Values::from_many(changed));
    }

    /// An element after the change; `None` when it goes.
    fn changed(&self, element: &Value, change: &ValuesChange) -> Option<Value> {
        let Some(name) = &self.sub_attribute else { return self.replaced(element, change) };
        let mut held = parts(element).cloned().unwrap_or_default();
        AttributeDelta::new(name.clone(), change.clone()).apply(&mut held);
        let is_there = held.get(name.as_str()).is_some();
        let others = held.iter().any(|(name, _)| !self.tests(name.as_str()));
        if !is_there && (self.holds_element || !others) {
            return None;
        }
        Some(self.element(held))
    }

    /// An element that is written whole.
    fn replaced(&self, element: &Value, change: &ValuesChange) -> Option<Value> {
        match change {
            ValuesChange::Set(values) | ValuesChange::Add(values) => {
                let held = values.as_slice().first().and_then(parts)?.clone();
                Some(self.element(held))
            }
            ValuesChange::Remove(values) if !values.as_slice().contains(element) => Some(element.clone()),
            ValuesChange::Remove(_) | ValuesChange::Clear => None,
        }
    }

    /// An element that holds what the filter wants.
    fn element(&self, mut held: Attributes) -> Value {
        for clause in &self.filter {
            let there = held.get(clause.attribute.as_str());
            let passes =
                there.is_some_and(|it| it.iter().any(|value| clause.rule.same(value, clause.value.borrow())));
            if !passes {
                held.set(clause.attribute.clone(), Values::one(clause.value.to_value()));
            }
        }
        Value::Complex(held)
    }
}
