//! Attributes of one object or of one complex value: a list sorted by name.

use crate::{AttrName, Values};

/// Attributes by name, sorted, each name once. An absent attribute is not in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(AttrName, Values)>);

impl Attributes {
    /// Makes an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty list with room for so many.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Returns the values of `name`.
    pub fn get(&self, name: &str) -> Option<&Values> {
        self.find(name).ok().map(|at| &self.0[at].1)
    }

    /// Sets the values of `name` and returns those it had.
    pub fn set(&mut self, name: impl Into<AttrName>, values: impl Into<Values>) -> Option<Values> {
        let (name, values) = (name.into(), values.into());
        // Most lists are made in their order.
        if self.0.last().is_none_or(|(last, _)| *last < name) {
            self.0.push((name, values));
            return None;
        }
        match self.find(name.as_str()) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, values)),
            Err(at) => {
                self.0.insert(at, (name, values));
                None
            }
        }
    }

    /// Adds an attribute whose name comes after all that are there.
    #[inline]
    pub fn append(&mut self, name: AttrName, values: Values) {
        debug_assert!(self.0.last().is_none_or(|(last, _)| *last < name), "`{name}` comes too late");
        self.0.push((name, values));
    }

    /// Sets `values`, or removes the attribute when there are none.
    pub fn set_or_clear(&mut self, name: impl Into<AttrName>, values: Option<Values>) {
        let name = name.into();
        match values {
            Some(values) => {
                self.set(name, values);
            }
            None => {
                self.remove(name.as_str());
            }
        }
    }

    /// Removes `name` and returns the values it had.
    pub fn remove(&mut self, name: &str) -> Option<Values> {
        self.find(name).ok().map(|at| self.0.remove(at).1)
    }

    /// Iterates in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&AttrName, &Values)> {
        self.0.iter().map(|(name, values)| (name, values))
    }

    /// Returns how many attributes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(it, _)| AttrName::compare(it.as_str(), name))
    }
}

/// Collects attributes, with room for as many as there may be.
fn with_room(attributes: impl Iterator<Item = (AttrName, Values)>) -> Vec<(AttrName, Values)> {
    const TYPICAL_MAX: usize = 64;
    let mut list = Vec::with_capacity(attributes.size_hint().1.unwrap_or_default().min(TYPICAL_MAX));
    list.extend(attributes);
    list
}

impl<N: Into<AttrName>, V: Into<Values>> FromIterator<(N, V)> for Attributes {
    /// Of several with the same name, the last one counts.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        let mut list = with_room(attributes.into_iter().map(|(name, values)| (name.into(), values.into())));
        list.sort_by(|left, right| left.0.cmp(&right.0));
        list.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
        Self(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn names_are_found_without_case_and_kept_sorted() {
        let mut attributes: Attributes = [("title", "Engineer"), ("Active", "x")].into_iter().collect();
        assert_eq!(attributes.get("TITLE"), Some(&Values::one("Engineer")));
        assert_eq!(attributes.set("TITLE", Value::Int(1)), Some(Values::one("Engineer")));
        assert_eq!(
            attributes.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(),
            ["Active", "title"]
        );
        assert_eq!(attributes.remove("active"), Some(Values::one("x")));
    }
}
