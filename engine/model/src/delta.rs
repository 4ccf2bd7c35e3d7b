//! How the values of one attribute change.

use std::fmt;

use crate::{AttrName, Attributes, Values};

/// One attribute and what happens to its values.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDelta {
    /// Which attribute.
    pub attribute: AttrName,
    /// What happens to it.
    pub change: ValuesChange,
}

/// What happens to the values of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuesChange {
    /// They become exactly these.
    Set(Values),
    /// These join them.
    Add(Values),
    /// These leave.
    Remove(Values),
    /// None remains.
    Clear,
}

impl AttributeDelta {
    /// Makes a delta.
    pub fn new(attribute: impl Into<AttrName>, change: ValuesChange) -> Self {
        Self { attribute: attribute.into(), change }
    }

    /// Changes `attributes` accordingly. Adding what is there and removing what is not change nothing.
    pub fn apply(&self, attributes: &mut Attributes) {
        let name = self.attribute.as_str();
        let current = || attributes.get(name).map(Values::as_slice).unwrap_or_default().to_vec();
        let values = match &self.change {
            ValuesChange::Set(values) => Some(values.clone()),
            ValuesChange::Clear => None,
            ValuesChange::Add(values) => {
                let added = values.as_slice().iter().cloned();
                Values::from_many(current().into_iter().chain(added))
            }
            ValuesChange::Remove(values) => Values::from_many(values.missing_from(&current())),
        };
        attributes.set_or_clear(self.attribute.clone(), values);
    }
}

impl fmt::Display for AttributeDelta {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.attribute;
        match &self.change {
            ValuesChange::Set(values) => write!(formatter, "{name} = {values}"),
            ValuesChange::Add(values) => write!(formatter, "{name} + {values}"),
            ValuesChange::Remove(values) => write!(formatter, "{name} - {values}"),
            ValuesChange::Clear => write!(formatter, "{name} cleared"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn values_join_and_leave_one_by_one() {
        let mut attributes = Attributes::new();
        let many = |values: &[i64]| Values::from_many(values.iter().map(|&it| Value::Int(it))).expect("some");
        AttributeDelta::new("members", ValuesChange::Add(many(&[1, 2]))).apply(&mut attributes);
        AttributeDelta::new("Members", ValuesChange::Add(many(&[2, 3]))).apply(&mut attributes);
        assert_eq!(attributes.get("members"), Some(&many(&[1, 2, 3])));
        AttributeDelta::new("members", ValuesChange::Remove(many(&[9, 1, 2, 3]))).apply(&mut attributes);
        assert!(attributes.is_empty());
    }
}
