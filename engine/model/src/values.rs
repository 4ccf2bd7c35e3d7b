//! All values of one attribute: at least one, each once.

use std::fmt;

use crate::{Value, ValueRef};

/// The values of one attribute: never empty, no value twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(Repr);

#[derive(Clone, Debug, PartialEq)]
enum Repr {
    One(Value),
    /// INVARIANT: at least two, no two equal.
    Many(Vec<Value>),
}

impl Values {
    /// Holds one value.
    pub fn one(value: impl Into<Value>) -> Self {
        Self(Repr::One(value.into()))
    }

    /// Holds several, in the order given, without those that are there already; `None` when there are none.
    pub fn from_many(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        let mut kept: Vec<Value> = Vec::new();
        for value in values {
            // Small sets dominate; large ones (group members) come through records, not through here.
            if !kept.contains(&value) {
                kept.push(value);
            }
        }
        match kept.len() {
            0 => None,
            1 => kept.pop().map(|value| Self(Repr::One(value))),
            _ => Some(Self(Repr::Many(kept))),
        }
    }

    /// Returns them as a slice of one or more.
    pub fn as_slice(&self) -> &[Value] {
        match &self.0 {
            Repr::One(value) => std::slice::from_ref(value),
            Repr::Many(values) => values,
        }
    }

    /// Returns the value if there is exactly one.
    pub fn single(&self) -> Option<&Value> {
        match &self.0 {
            Repr::One(value) => Some(value),
            Repr::Many(_) => None,
        }
    }

    /// Iterates over them, borrowed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ValueRef<'_>> {
        self.as_slice().iter().map(Value::borrow)
    }

    /// Returns how many there are: one or more.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }
}

impl<V: Into<Value>> From<V> for Values {
    fn from(value: V) -> Self {
        Self::one(value)
    }
}

impl fmt::Display for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::One(value) => value.fmt(formatter),
            Repr::Many(values) => {
                formatter.write_str("[")?;
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(", ")?;
                    }
                    value.fmt(formatter)?;
                }
                formatter.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_empty_and_hold_each_once() {
        assert_eq!(Values::from_many([]), None);
        assert_eq!(Values::from_many([Value::Int(1), Value::Int(1)]), Some(Values::one(1)));
        assert_eq!(Values::from_many([Value::Int(2), Value::Int(1)]).map(|it| it.len()), Some(2));
    }
}
