//! Where do attribute values come from? A [`SourceSchema`] when compiling, a [`Record`] when evaluating.

use crate::value::Value;
use bumpalo::Bump;

/// The index of an attribute in the record that will be evaluated.
pub type Slot = u16;

/// One source object, as the evaluator sees it.
pub trait Record {
    /// Gives the value of an attribute; [`Value::Null`] when the object has none.
    ///
    /// A multi-valued attribute is a [`Value::List`]. What the record cannot lend it puts into `bump`.
    fn value<'a>(&'a self, slot: Slot, bump: &'a Bump) -> Value<'a>;
}

/// Values by slot: the simplest record.
impl Record for [Value<'_>] {
    fn value<'a>(&'a self, slot: Slot, _bump: &'a Bump) -> Value<'a> {
        self.get(usize::from(slot)).copied().unwrap_or(Value::Null)
    }
}

/// The attributes that expressions may name.
pub trait SourceSchema {
    /// Finds an attribute by its exact name.
    fn attribute(&self, name: &str) -> Option<SourceAttribute>;

    /// Gives all names, for "did you mean".
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;

    /// Says whether the attribute holds a secret, which a trace must not show.
    fn is_secret(&self, name: &str) -> bool {
        let _ = name;
        false
    }
}

/// What the compiler must know about an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAttribute {
    /// Where the record keeps it.
    pub slot: Slot,
    /// What its values are.
    pub kind: ValueKind,
    /// Whether it is a list.
    pub multi_valued: bool,
}

/// The kind of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Decimal,
    /// A boolean.
    Bool,
    /// A point in time, as text.
    Timestamp,
    /// Bytes.
    Binary,
    /// The id of another object, as text.
    Reference,
    /// An app role assignment.
    Role,
    /// Anything: nothing is known before the value is there, not even whether it is a list.
    Any,
}
