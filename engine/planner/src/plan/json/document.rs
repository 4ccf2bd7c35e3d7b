//! What does the file look like? These structs are the format: field names, their order, what is optional.

use std::fmt;

use provisio_model::{AttrName, Text};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::PlanJsonError;
use super::value::{Named, ReferentDocument, TargetDocument, ValueDocument, Whole};
use super::{BYTES_MAX, VERSION, decode, encode, escape, structure};
use crate::plan::Plan;

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
}

impl PlanDocument {
    /// Converts a plan.
    ///
    /// # Errors
    /// When the plan holds a secret, or is not sound in itself.
    pub fn of(plan: &Plan) -> Result<Self, PlanJsonError> {
        structure::check(plan)?;
        Ok(encode::document(plan))
    }

    /// Converts back.
    ///
    /// # Errors
    /// When the document contradicts itself, or was changed after it was made.
    pub fn into_plan(self) -> Result<Plan, PlanJsonError> {
        decode::plan(self)
    }

    /// Writes the document as indented JSON with a line end at its end.
    ///
    /// # Errors
    /// When the text would be longer than [`BYTES_MAX`].
    pub fn to_json(&self) -> Result<String, PlanJsonError> {
        let text = escape::to_json(self)?;
        if text.len() > BYTES_MAX { Err(PlanJsonError::too_large(text.len())) } else { Ok(text) }
    }

    /// Reads a document, without judging what it says.
    ///
    /// # Errors
    /// When the text is too long, is not JSON, or does not have the form of a version 1 document.
    pub fn parse(text: &str) -> Result<Self, PlanJsonError> {
        if text.len() > BYTES_MAX {
            return Err(PlanJsonError::too_large(text.len()));
        }
        let parsed = serde_json::from_str(text).map_err(|error| PlanJsonError::malformed(text, &error));
        // A document of another version fails in some odd place: the version explains more.
        let version = match &parsed {
            Ok(Self(content)) => Some(content.version.0),
            Err(_) => serde_json::from_str::<AnyVersion>(text).ok().map(|it| it.version.0),
        };
        match version {
            Some(found) if found != VERSION => Err(PlanJsonError::version(found)),
            _ => parsed,
        }
    }
}

/// As much of a document as all versions have in common.
#[derive(Deserialize)]
struct AnyVersion {
    version: Whole,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct CountsDocument {
    pub(super) create: Whole,
    pub(super) adopt: Whole,
    pub(super) update: Whole,
    pub(super) enable: Whole,
    pub(super) disable: Whole,
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
    pub(super) reason: WhyDocument,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Vec<Whole>>,
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
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct ChangeDocument {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<ValueDocument>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<ValueDocument>,
}

/// Why an operation is planned, or why an object is skipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct WhyDocument {
    pub(super) kind: Text,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) attribute: Option<AttrName>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) because: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct HeldDocument {
    pub(super) limit: Text,
    pub(super) mapping: Whole,
    pub(super) number: Whole,
    pub(super) of: Whole,
    pub(super) operations: Vec<OperationDocument>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct SkippedDocument {
    pub(super) mapping: Whole,
    pub(super) source: Text,
    pub(super) why: WhyDocument,
}

/// Reads a field that may be absent but is never `null`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Makes structs that are written as they are declared and read from an object only: by itself, serde also takes
/// a list of the fields in their order.
macro_rules! only_objects {
    ($($type:ty: $what:literal,)*) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$type>::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str($what)
                    }

                    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<$type, A::Error> {
                        <$type>::deserialize(MapAccessDeserializer::new(object))
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    )* };
}
pub(super) use only_objects;

only_objects! {
    Content: "a plan",
    CountsDocument: "a number for each action",
    MappingDocument: "an object mapping",
    OperationDocument: "an operation",
    ChangeDocument: "a change with `before` and `after`",
    WhyDocument: "a reason with its `kind`",
    HeldDocument: "what a limit holds back",
    SkippedDocument: "a skipped object",
}
