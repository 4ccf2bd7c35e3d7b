//! What does the file look like? These structs are the format: field names, their order, what is optional.

use provisio_model::{AttrName, Text};
use serde::{Deserialize, Serialize};

use super::objects::{only_objects, present};
use super::value::{Named, ReferentDocument, TargetDocument, ValueDocument, Whole};

/// A plan in the form that is kept in files. It holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanDocument(pub(super) Content);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct Content {
    pub(super) version: Whole,
    pub(super) fingerprint: Text,
    pub(super) name: Text,
    pub(super) spec: Text,
    pub(super) parent: Whole,
    pub(super) at: Text,
    pub(super) counts: CountsDocument,
    pub(super) unchanged: Whole,
    pub(super) mappings: Vec<MappingDocument>,
    pub(super) operations: Vec<OperationDocument>,
    pub(super) held: Vec<HeldDocument>,
    pub(super) skipped: Vec<SkippedDocument>,
    /// Absent when nothing is to be remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) memory: Vec<FactDocument>,
    /// Absent when the target was listed.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) target_known_by: Option<Text>,
}

/// As much of a document as all versions have in common.
#[derive(Deserialize)]
pub(super) struct AnyVersion {
    pub(super) version: Whole,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct CountsDocument {
    pub(super) create: Whole,
    pub(super) adopt: Whole,
    pub(super) update: Whole,
    pub(super) enable: Whole,
    pub(super) disable: Whole,
    pub(super) soft_delete: Whole,
    pub(super) restore: Whole,
    pub(super) delete: Whole,
    pub(super) members: Whole,
    pub(super) unlink: Whole,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct MappingDocument {
    pub(super) name: Text,
    pub(super) source: Text,
    pub(super) target: Text,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct OperationDocument {
    /// Absent in what is held back, as is `after`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Whole>,
    pub(super) action: Text,
    pub(super) mapping: Whole,
    pub(super) label: Text,
    pub(super) source: Text,
    pub(super) target: TargetDocument,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) target_version: Option<Text>,
    pub(super) situation: Text,
    pub(super) reason: WhyDocument,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Vec<AfterDocument>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<Named<ValueDocument>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) changes: Option<Named<ChangeDocument>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attribute: Option<AttrName>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) add: Option<Vec<ReferentDocument>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) remove: Option<Vec<ReferentDocument>>,
    /// Only of a delete, and absent when the object held nothing.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) lost: Option<Named<ValueDocument>>,
    /// Only of an operation that is held back.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct ChangeDocument {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<ValueDocument>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<ValueDocument>,
    /// Absent when the attribute is written as a whole.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) write: Option<Text>,
}

/// An operation that comes before, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct AfterDocument {
    pub(super) op: Whole,
    pub(super) why: Text,
}

/// Why an operation is planned, or why an object is skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct WhyDocument {
    pub(super) kind: Text,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attribute: Option<AttrName>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) clause: Option<ClauseDocument>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) waits: Option<WaitsDocument>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) cycle: Option<Text>,
}

/// What happens next to the target object of a leaver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct WaitsDocument {
    pub(super) step: Text,
    pub(super) since: Text,
    pub(super) next: Text,
    pub(super) until: Text,
}

/// The clause of a filter that an object fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct ClauseDocument {
    pub(super) group: Whole,
    pub(super) position: Whole,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attribute: Option<Text>,
    pub(super) text: Text,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct HeldDocument {
    pub(super) limit: Text,
    pub(super) mapping: Whole,
    /// Absent for the limit on the plan alone.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<WindowDocument>,
    pub(super) number: Whole,
    pub(super) of: Whole,
    pub(super) operations: Vec<OperationDocument>,
}

/// A window of time that a limit is counted over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct WindowDocument {
    pub(super) seconds: Whole,
    pub(super) earlier: Whole,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct SkippedDocument {
    pub(super) mapping: Whole,
    pub(super) source: Text,
    pub(super) situation: Text,
    pub(super) why: WhyDocument,
}

/// Something to be remembered; `kind` says which of the optional fields are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FactDocument {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) once: Option<Whole>,
    pub(super) kind: Text,
    pub(super) mapping: Whole,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) trigger: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attribute: Option<AttrName>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) observed: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<Whole>,
}

only_objects! {
    Content: "a plan",
    CountsDocument: "a number for each action",
    MappingDocument: "an object mapping",
    OperationDocument: "an operation",
    AfterDocument: "an operation `op` that comes before, and `why`",
    ChangeDocument: "a change with `before` and `after`",
    WhyDocument: "a reason with its `kind`",
    ClauseDocument: "a clause with its `text`",
    HeldDocument: "what a limit holds back",
    WindowDocument: "a window of time with `seconds` and `earlier`",
    SkippedDocument: "a skipped object",
    WaitsDocument: "what waits, with `step`, `since`, `next` and `until`",
    FactDocument: "something to remember with its `kind`",
}
