//! All values of one attribute: at least one, each once.

use std::fmt;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::{CompareRule, Value, ValueRef};

/// The values of one attribute: never empty, no value twice.
#[derive(Debug, PartialEq)]
pub struct Values(Repr);

#[derive(Clone, Debug, PartialEq)]
enum Repr {
    One(Value),
    /// INVARIANT: at least two, no two equal.
    Many(Vec<Value>),
}

impl Clone for Values {
    #[inline]
    fn clone(&self) -> Self {
        #[cold]
        #[inline(never)]
        fn any(values: &Repr) -> Values {
            Values(values.clone())
        }
        // Most are one text: that is copied in place, without a way round.
        match &self.0 {
            Repr::One(Value::Text(text)) => Self(Repr::One(Value::Text(text.clone()))),
            other => any(other),
        }
    }
}

impl Values {
    /// Holds one value.
    pub fn one(value: impl Into<Value>) -> Self {
        Self(Repr::One(value.into()))
    }

    /// Holds several, in the order given, without those that are there already; `None` when there are none.
    pub fn from_many(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        let mut values = values.into_iter();
        let (first, second) = (values.next(), values.next());
        // Most are one.
        let Some(second) = second else { return first.map(|it| Self(Repr::One(it))) };
        let mut kept: Vec<Value> = Vec::new();
        let mut seen = Seen::default();
        for value in first.into_iter().chain([second]).chain(values) {
            if seen.is_new(&kept, &value) {
                kept.push(value);
            }
        }
        match kept.len() {
            0 => None,
            1 => kept.pop().map(|value| Self(Repr::One(value))),
            _ => Some(Self(Repr::Many(kept))),
        }
    }

    /// Returns those of `values` that are not among these, in their order.
    pub fn missing_from(&self, values: &[Value]) -> Vec<Value> {
        let mut seen = Seen::default();
        let own = self.as_slice();
        for at in 0..own.len() {
            seen.is_new(&own[..at], &own[at]);
        }
        values.iter().filter(|value| !seen.has(own, value)).cloned().collect()
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
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ValueRef<'_>> + Clone {
        self.as_slice().iter().map(Value::borrow)
    }

    /// Returns how many there are: one or more.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }
}

/// Which values of a growing list are there: by comparing while there are few, by hash once there are many, so
/// that a group of many members costs no more for each of them.
#[derive(Default)]
struct Seen {
    by_hash: HashTable<(u64, usize)>,
    state: FixedState,
    hashed: usize,
}

impl Seen {
    const FEW: usize = 16;

    fn hash(&self, value: &Value) -> u64 {
        CompareRule::CaseExact.hash(value.borrow(), &self.state)
    }

    fn has(&self, list: &[Value], value: &Value) -> bool {
        if list.len() <= Self::FEW {
            return list.contains(value);
        }
        let hash = self.hash(value);
        self.by_hash.find(hash, |entry| entry.0 == hash && list[entry.1] == *value).is_some()
            || list[self.hashed..].contains(value)
    }

    /// Tells whether a value is not in the list yet, and prepares for it to be added.
    fn is_new(&mut self, list: &[Value], value: &Value) -> bool {
        if list.len() >= Self::FEW {
            for (at, known) in list.iter().enumerate().skip(self.hashed) {
                let hash = self.hash(known);
                self.by_hash.insert_unique(hash, (hash, at), |entry| entry.0);
            }
            self.hashed = list.len();
        }
        !self.has(list, value)
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

    #[test]
    fn many_values_are_told_apart_like_few() {
        for count in [1, 15, 16, 17, 18, 40, 1_000] {
            let twice = (0..count).chain(0..count).map(Value::Int);
            let values = Values::from_many(twice).expect("some");
            assert_eq!(values.len(), usize::try_from(count).expect("small"));
            let more: Vec<Value> = (0..count + 3).map(Value::Int).collect();
            assert_eq!(values.missing_from(&more), [count, count + 1, count + 2].map(Value::Int));
        }
    }
}
