//! What do the names of a write mean? Each name is looked up in the schema once, and what it means is kept: a schema
//! does not change while it is used, and a mapping writes the same names for every object.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use foldhash::fast::FixedState;
use provisio_model::{AttrName, AttributeSchema, ObjectSchema, PathFault, Text};

/// How many names are kept of one type; a mapping has far fewer.
const NAMES_MAX: usize = 4_096;

/// The names of one type that were used so far.
#[derive(Debug, Default)]
pub(crate) struct Names(RwLock<ByName>);

type ByName = HashMap<Text, Named, FixedState>;

/// What a name means.
#[derive(Debug)]
pub(crate) struct Named {
    /// The attribute, or the part of one with its path.
    pub(crate) attribute: AttributeSchema,
    /// The place of the whole attribute in the schema.
    pub(crate) whole: usize,
    /// Whether it was written since the schema was asked for.
    pub(crate) is_written: AtomicBool,
}

/// Names whose meaning is known.
pub(crate) struct Known<'a>(RwLockReadGuard<'a, ByName>);

impl Known<'_> {
    /// Returns what a name means that was asked for.
    pub(crate) fn get(&self, name: &AttrName) -> Option<&Named> {
        self.0.get(name.as_str())
    }
}

impl Names {
    /// Finds out what these names mean.
    ///
    /// # Errors
    /// When the schema does not have one of them.
    pub(crate) fn known(&self, schema: &ObjectSchema, names: &[&AttrName]) -> Result<Known<'_>, PathFault> {
        loop {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if names.iter().all(|it| known.contains_key(it.as_str())) {
                return Ok(Known(known));
            }
            drop(known);
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() + names.len() > NAMES_MAX {
                known.clear();
            }
            for name in names {
                if !known.contains_key(name.as_str()) {
                    known.insert(Text::new(name.as_str()), Named::of(schema, name)?);
                }
            }
        }
    }
}

impl Named {
    fn of(schema: &ObjectSchema, name: &AttrName) -> Result<Self, PathFault> {
        let attribute = schema.resolve(name.as_str())?;
        let whole = attribute.path.as_deref().map_or(&attribute.name, |it| it.attribute());
        let whole = schema.attributes.iter().position(|it| it.name == *whole);
        let whole = whole.ok_or_else(|| PathFault::UnknownAttribute { attribute: name.clone() })?;
        Ok(Self { attribute, whole, is_written: AtomicBool::new(false) })
    }
}

/// Names are found anew where a schema is copied.
impl Clone for Names {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::schema::ServiceSchema;

    #[test]
    fn names_are_found_once_and_forgotten_when_there_are_too_many() {
        let service = ServiceSchema::read(&[], &[], &Profile::default());
        let user = &service.types[0];
        let names = Names::default();
        let list = ["userName", "emails[type eq \"work\"].value"].map(AttrName::from);
        let known = names.known(&user.schema, &list.each_ref()).expect("names of the schema");
        let email = known.get(&list[1]).expect("is known");
        assert_eq!(user.schema.attributes[email.whole].name.as_str(), "emails");
        assert!(email.attribute.path.is_some());
        drop(known);
        assert!(names.known(&user.schema, &[&"nothing".into()]).is_err());
        for number in 0..2 * NAMES_MAX {
            let name = AttrName::new(format!("emails[type eq \"{number}\"].value"));
            names.known(&user.schema, &[&name]).expect("names of the schema");
        }
        assert!(names.0.read().expect("not poisoned").len() <= NAMES_MAX);
    }
}
