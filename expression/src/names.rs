//! What is the simplest schema? [`Names`]: a list of attributes of which nothing but the name is known.

use crate::record::{Slot, SourceAttribute, SourceSchema, ValueKind};

/// Attributes by name; the position in the list is the slot.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: Vec<String>,
}

impl Names {
    /// Makes the schema; names past 65,536 are not found.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }
}

impl SourceSchema for Names {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let slot = self.names.iter().position(|known| known == name)?;
        let slot = Slot::try_from(slot).ok()?;
        Some(SourceAttribute { slot, kind: ValueKind::Any, multi_valued: false })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.names.iter().map(String::as_str))
    }
}
