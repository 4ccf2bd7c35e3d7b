//! What did an earlier cycle do?

use provisio_model::{AttrName, SourceId, TargetId, Text, Value};

use crate::plan::ActionKind;

/// One operation that was carried out.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "whoever reads a log has to fill all of it")]
pub struct Deed {
    /// In which cycle. Later cycles have greater ids.
    pub cycle: Text,
    /// Its position in the plan of that cycle.
    pub number: u32,
    /// The name of the object mapping.
    pub mapping: Text,
    /// The source object.
    pub source: SourceId,
    /// The target object.
    pub target: TargetId,
    /// What people called it.
    pub label: Text,
    /// What was done.
    pub action: ActionKind,
    /// What changed; of a create what it was given, of a delete what was lost.
    pub changes: Vec<DeedChange>,
}

impl Deed {
    /// Orders deeds by time.
    pub(super) fn when(&self) -> (&Text, u32) {
        (&self.cycle, self.number)
    }
}

/// How one attribute changed.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "whoever reads a log has to fill all of it")]
pub struct DeedChange {
    /// Which attribute.
    pub attribute: AttrName,
    /// What it held; of members, who left.
    pub old: Noted,
    /// What it held then; of members, who joined.
    pub new: Noted,
    /// Whether only the difference between the two was written, value by value.
    pub by_value: bool,
}

/// Values as far as they were noted.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "they were noted, or they were not")]
pub enum Noted {
    /// All of them; none when the attribute was absent.
    Values(Vec<Value>),
    /// Not, or not all of them.
    Not(NotNoted),
}

/// Why values were not noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads a log has to say which it is")]
pub enum NotNoted {
    /// They are secrets.
    Secret,
    /// The log holds no personal data, or pseudonyms instead.
    Personal,
    /// They are too long, or too many.
    TooLarge,
    /// The log is of a version that did not note them.
    Unknown,
}

/// What becomes of objects that were created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Created {
    /// What the mapping does with objects whose source object is gone, but for deleting them: then they are disabled.
    #[default]
    Deprovision,
    /// They are deleted, if nobody changed them since.
    Delete,
}
