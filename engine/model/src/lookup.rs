//! What came of asking for single objects of one type, and for single values?
//!
//! An incremental cycle asks for what it touches and for nothing else. [`LookedUp`] keeps each answer as what it
//! is: an object that was found, an id that no object has, a value that nothing but the objects found has, or no
//! answer at all. About what was not asked there is nothing to conclude, and no method concludes it (R1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::{
    Absence, CompareRule, Id, Layout, Object, PackError, Records, RecordsBuilder, Row, Side, Slot, Text,
    ValueRef,
};

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "who concludes from an answer has to know every kind of answer")]
pub enum LookUp {
    /// Nobody asked.
    NotAsked,
    /// It was asked, and there was no answer.
    Unknown,
    /// It was asked, and the answer is whole: the object is there or proved absent; every object with the value is
    /// among the records.
    Answered,
}

/// Single objects of one type, and what is proved about single ids and values.
pub struct LookedUp<S: Side> {
    found: RecordsBuilder<S>,
    absent: BTreeSet<Text>,
    unknown: BTreeSet<Text>,
    /// All that are or were in either: most ids that are sought are in neither.
    not_found: HashSet<Text, RandomState>,
    /// By attribute and key: whether every object with the value is among the records.
    values: BTreeMap<(Slot, String), LookUp>,
}

impl<S: Side> LookedUp<S> {
    /// Starts without any answer.
    pub fn new(layout: impl Into<Arc<Layout>>) -> Self {
        Self {
            found: RecordsBuilder::new(layout),
            absent: BTreeSet::new(),
            unknown: BTreeSet::new(),
            not_found: HashSet::default(),
            values: BTreeMap::new(),
        }
    }

    /// Keeps an object that was found. Of one that is known already, the first answer stays, so that a plan sees
    /// one state of it.
    ///
    /// # Errors
    /// When the object does not fit its layout; then its id counts as asked for without an answer.
    pub fn find(&mut self, object: &Object) -> Result<Row<S>, PackError> {
        let packed = match self.found.push(object) {
            Err(PackError::DuplicateId { .. }) => self.records().find(&object.id).ok_or(PackError::EmptyId),
            packed => packed,
        };
        if packed.is_err() {
            self.not_found.insert(object.id.clone());
            self.unknown.insert(object.id.clone());
        } else if self.not_found.contains(&object.id) {
            self.absent.remove(&object.id);
            self.unknown.remove(&object.id);
        }
        packed
    }

    /// Keeps that a look-up by id, or the system's own word, says that there is no such object. An object that was
    /// found stays found.
    pub fn prove(&mut self, absent: &Id<S>) {
        if self.records().find(absent.as_str()).is_none() {
            self.unknown.remove(absent.text());
            self.not_found.insert(absent.text().clone());
            self.absent.insert(absent.text().clone());
        }
    }

    /// Keeps that an object was asked for without an answer.
    pub fn leave_open(&mut self, id: &Id<S>) {
        if self.of(id.as_str()) == LookUp::NotAsked {
            self.not_found.insert(id.text().clone());
            self.unknown.insert(id.text().clone());
        }
    }

    /// Keeps that every object that has this value is among the records.
    pub fn prove_value(&mut self, slot: Slot, value: ValueRef<'_>) {
        self.values.insert(self.key(slot, value), LookUp::Answered);
    }

    /// Keeps that it was asked who has this value, and that there was no answer.
    pub fn leave_value_open(&mut self, slot: Slot, value: ValueRef<'_>) {
        self.values.entry(self.key(slot, value)).or_insert(LookUp::Unknown);
    }

    /// Tells what is known of an id.
    pub fn of(&self, id: &str) -> LookUp {
        if self.records().find(id).is_some() {
            LookUp::Answered
        } else if !self.not_found.contains(id) {
            LookUp::NotAsked
        } else if self.absent.contains(id) {
            LookUp::Answered
        } else if self.unknown.contains(id) {
            LookUp::Unknown
        } else {
            LookUp::NotAsked
        }
    }

    /// Tells what is known of who has a value.
    pub fn of_value(&self, slot: Slot, value: ValueRef<'_>) -> LookUp {
        self.values.get(&self.key(slot, value)).copied().unwrap_or(LookUp::NotAsked)
    }

    /// Proves that an object does not exist: only if it was asked for, and the answer was that there is none.
    pub fn prove_absent(&self, id: &Id<S>) -> Option<Absence<S>> {
        let absent = self.not_found.contains(id.as_str()) && self.absent.contains(id.as_str());
        absent.then(|| Absence::proved(self.layout().object_type().clone(), id.clone()))
    }

    /// Iterates over the ids that are proved absent, in their order.
    pub fn absent(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.absent.iter()
    }

    /// Iterates over the ids that were asked for without an answer, in their order.
    pub fn unknown(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.unknown.iter()
    }

    fn records(&self) -> &Records<S> {
        self.found.records()
    }

    fn key(&self, slot: Slot, value: ValueRef<'_>) -> (Slot, String) {
        (slot, CompareRule::of(self.layout().attribute(slot)).key(value))
    }
}

impl<S: Side> Deref for LookedUp<S> {
    type Target = Records<S>;

    fn deref(&self) -> &Records<S> {
        self.found.records()
    }
}

impl<S: Side> fmt::Debug for LookedUp<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found, absent, unknown, values, not_found: _ } = self;
        formatter
            .debug_struct("LookedUp")
            .field("found", found.records())
            .field("absent", absent)
            .field("unknown", unknown)
            .field("values", &values.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttributeSchema, TargetId, TargetSide};

    const MAIL: Slot = Slot(0);

    fn looked_up() -> LookedUp<TargetSide> {
        let mut looked_up = LookedUp::new(Layout::new("user", [AttributeSchema::text("mail")]));
        looked_up.find(&Object::new("user", "1").with("mail", "a@x.example")).expect("fits");
        looked_up.prove(&TargetId::new("2"));
        looked_up.leave_open(&TargetId::new("3"));
        looked_up
    }

    #[test]
    fn only_what_was_asked_and_answered_with_no_is_absent() {
        let looked_up = looked_up();
        let absent = |id| looked_up.prove_absent(&TargetId::new(id)).is_some();
        assert!(!absent("1"), "found");
        assert!(absent("2"), "proved absent");
        assert!(!absent("3"), "asked, without an answer");
        assert!(!absent("4"), "not asked");
        let known = ["1", "2", "3", "4"].map(|id| looked_up.of(id));
        assert_eq!(known, [LookUp::Answered, LookUp::Answered, LookUp::Unknown, LookUp::NotAsked]);
    }

    #[test]
    fn a_value_is_compared_as_the_schema_says() {
        let mut looked_up = looked_up();
        looked_up.prove_value(MAIL, ValueRef::Text("B@x.example"));
        looked_up.leave_value_open(MAIL, ValueRef::Text("c@x.example"));
        let known = |value| looked_up.of_value(MAIL, ValueRef::Text(value));
        assert_eq!(known("b@X.example"), LookUp::Answered);
        assert_eq!(known("c@x.example"), LookUp::Unknown);
        assert_eq!(known("a@x.example"), LookUp::NotAsked, "found by id, so others may have the value, too");
    }

    #[test]
    fn what_was_found_is_never_absent() {
        let mut looked_up = looked_up();
        looked_up.prove(&TargetId::new("1"));
        assert_eq!(looked_up.prove_absent(&TargetId::new("1")), None);
        looked_up.find(&Object::new("user", "2")).expect("fits");
        assert_eq!(looked_up.prove_absent(&TargetId::new("2")), None);
    }

    #[test]
    fn an_object_that_does_not_fit_has_no_answer() {
        let mut looked_up = looked_up();
        assert!(looked_up.find(&Object::new("user", "5").with("mail", true)).is_err());
        assert_eq!(looked_up.of("5"), LookUp::Unknown);
    }
}
