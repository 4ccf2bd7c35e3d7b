//! What stands in a line of the provisioning log?
//!
//! Version 1 of the format; `docs/provisioning-log-format.md` describes it for readers in other languages. Fields are
//! only ever added, and a reader ignores those that it does not know.

use std::collections::BTreeMap;

use provisio_model::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cycle::Initiator;
use crate::report::CycleReport;

/// The version of the format that is written.
pub const FORMAT: u32 = 1;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The version of the format.
    pub format: u32,
    /// What it tells.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// What a cycle did with one object.
    Object(Box<ObjectRecord>),
    /// A cycle began.
    CycleStarted(CycleStart),
    /// A cycle ended: what it read, planned and did.
    Cycle(Box<CycleReport>),
    /// Records are missing here: the log could not be written.
    Gap(Gap),
    /// A line of a later version.
    #[serde(other)]
    Unknown,
}

/// The beginning of a cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CycleStart {
    /// When.
    pub at: Timestamp,
    /// The name of the job.
    pub job: Text,
    /// Which cycle.
    pub cycle: Text,
    /// Who began it.
    pub initiated_by: Initiator,
}

/// Records that could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// How many lines are missing.
    pub lost: u64,
    /// Why.
    pub why: Text,
}

/// What a cycle did with one object, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectRecord {
    /// Unique: the cycle and the change.
    pub id: Text,
    /// When the object was done with.
    pub at: Timestamp,
    /// Whose job it is, where several organisations write into one place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Text>,
    /// The name of the job.
    pub job: Text,
    /// Which cycle.
    pub cycle: Text,
    /// Which change in this cycle, from 1.
    pub change: u64,
    /// Who began the cycle.
    pub initiated_by: Initiator,
    /// `create`, `adopt`, `update`, `enable`, `disable`, `delete`, `members`, `unlink` and so on, as plans call it;
    /// `none` when nothing was to be done.
    pub action: Text,
    /// How it ended.
    pub status: Status,
    /// From the first write to the last answer, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The source object.
    pub source: Identity,
    /// The target object.
    pub target: Identity,
    /// The name of the object mapping.
    pub mapping: Text,
    /// What the object is, seen from both sides; one of the words of `Situation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub situation: Option<Text>,
    /// Why something was done: the word of a `Reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Why nothing was done: the word of a `SkipReason`, or `held_back`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_reason: Option<Text>,
    /// The reason for people.
    pub why: Text,
    /// The cycle that this one undoes; of several, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Text>,
    /// What identifies the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Text>,
    /// The operations of the plan on this object, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationNote>,
    /// What was done step by step.
    pub steps: Vec<StepNote>,
    /// What changed, or would have changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Property>,
    /// What is wrong with the object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingNote>,
    /// What failed; `None` when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorNote>,
    /// `pseudonymised` or `omitted`: what the log does with personal data; `None` when it tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<Text>,
}

/// How it ended for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// All of it was done.
    Success,
    /// Some of it was not done, and will not be without somebody's help or another try.
    Failure,
    /// It was left alone on purpose.
    Skipped,
    /// It was done but for something, or nobody knows yet.
    Warning,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Skipped, Self::Warning];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
        }
    }

    /// Finds a status by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The status of a whole whose parts have these.
    pub(crate) fn and(self, other: Self) -> Self {
        let weight = |it| match it {
            Self::Success => 0,
            Self::Skipped => 1,
            Self::Warning => 2,
            Self::Failure => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

/// An object in a system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// The system: the kind of connector and where it is, such as `csv workers.csv`.
    pub system: Text,
    /// The type of the object.
    #[serde(rename = "type")]
    pub object_type: Text,
    /// Its id there; `None` when it has none yet, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
}

/// One operation on the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperationNote {
    /// Its number in the plan.
    pub number: u32,
    /// What it does.
    pub action: Text,
    /// What became of it: `done`, `failed`, `unknown`, `blocked`, `not_sent`, `held_back`.
    pub fate: Text,
    /// How many writes were sent for it, repeated ones included.
    #[serde(default)]
    pub writes: u32,
}

/// A step on the way of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// It was read.
    Import,
    /// It was decided whether it is in scope.
    Scope,
    /// Its target object was looked for.
    Match,
    /// Its attributes were computed. Only noted when something is wrong.
    Flow,
    /// What it refers to was looked for. Only noted when something is missing.
    References,
    /// The target was written.
    Export,
}

impl Step {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Scope => "scope",
            Self::Match => "match",
            Self::Flow => "flow",
            Self::References => "references",
            Self::Export => "export",
        }
    }
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepNote {
    /// Which step.
    pub step: Step,
    /// How it went.
    pub status: Status,
    /// What came of it.
    pub details: Text,
}

impl StepNote {
    pub(crate) fn new(step: Step, status: Status, details: impl Into<Text>) -> Self {
        Self { step, status, details: details.into() }
    }
}

/// An attribute that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Property {
    /// The target attribute.
    pub attribute: Text,
    /// What it held; of members, who left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub old: Vec<LogValue>,
    /// What it holds now; of members, who joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<LogValue>,
    /// How many further values there are that are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// The number of the operation that wrote it; `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<u32>,
    /// Whether only single values were written, those that left and those that joined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_value: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A value in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum LogValue {
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Text; a pseudonym begins with `~`.
    Text(Text),
    /// An instant.
    Timestamp {
        /// The instant.
        timestamp: Timestamp,
    },
    /// Bytes.
    Binary {
        /// How many.
        bytes: usize,
        /// The bytes, in base64 with padding; `None` when they are too many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<Text>,
    },
    /// Named sub-attributes.
    Complex {
        /// As plans show them.
        complex: Text,
        /// Their values by name; `None` when they are too long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attributes: Option<BTreeMap<Text, Vec<Self>>>,
    },
    /// Something that is not shown: a secret, or personal data in a log without it.
    Withheld {
        /// `secret` or `personal`.
        withheld: Text,
    },
    // The last: it is the only one that asks for no key.
    /// A reference to another object.
    Reference {
        /// The id of the object; `None` when it did not exist yet.
        reference: Option<Text>,
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Text>,
    },
}

/// Something that is wrong with the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FindingNote {
    /// The word of the `FindingKind`; `unreadable` for an object that could not be read.
    pub kind: Text,
    /// The target attribute, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Text>,
    /// For people.
    pub text: Text,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorNote {
    /// A stable word: that of the `ErrorKind` or the `FindingKind`, `blocked`, `not_sent`, `held_back`.
    pub code: Text,
    /// Whose business it is.
    pub category: Category,
    /// What happened.
    pub reason: Text,
    /// What to do about it.
    pub recommended_action: Text,
}

/// Whose business an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Category {
    /// The data of the source.
    Data,
    /// Two objects claim the same thing.
    Conflict,
    /// Credentials and permissions.
    Access,
    /// The mapping or the job.
    Configuration,
    /// The system does not answer or asks for patience; another try may help.
    Transient,
    /// Another operation was not done.
    Dependency,
    /// A decision of this engine that waits for somebody or something.
    Safety,
    /// Anything else.
    Other,
}

impl Category {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Conflict => "conflict",
            Self::Access => "access",
            Self::Configuration => "configuration",
            Self::Transient => "transient",
            Self::Dependency => "dependency",
            Self::Safety => "safety",
            Self::Other => "other",
        }
    }
}
