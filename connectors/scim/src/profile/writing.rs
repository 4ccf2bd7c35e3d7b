//! What writes look like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How an object is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateVerb {
    /// By PATCH (RFC 7644 section 3.5.2).
    #[default]
    Patch,
    /// By PUT: the object is read, changed and written whole, under its version where it has one.
    Put,
}

/// What a PATCH looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Patch {
    /// `replace` or `Replace`.
    pub op_case: Case,
    /// Where attributes are named.
    pub shape: PatchShape,
    /// How a part of a complex attribute is named.
    pub sub_attribute: SubAttributeForm,
    /// Whether paths may choose elements, such as `emails[type eq "work"].value`. Without, the whole attribute is read
    /// and replaced.
    pub no_value_paths: bool,
    /// What is sent when a path chooses an element that is not there.
    pub no_target: NoTarget,
    /// How an attribute is taken away.
    pub clear: ClearForm,
    /// How booleans are written.
    pub booleans: BooleanForm,
    /// How attributes of an extension are named.
    pub extension: ExtensionForm,
    /// How the primary role is written.
    pub roles: RoleForm,
    /// How many operations one request takes.
    pub operations_max: Option<usize>,
}

/// How a PATCH writes the primary role: `roles[primary eq true].value`, `.display` and `.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RoleForm {
    /// As an element that a path chooses, like any other.
    #[default]
    Element,
    /// `add` of an object: `{"primary": true, "value": ..}`.
    AddObject,
    /// `add` of JSON in a text: `{"value": "{\"value\":..,\"displayName\":..}"}`.
    AddText,
}

/// How `op` is spelt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Case {
    /// `replace`.
    #[default]
    Lower,
    /// `Replace`.
    Pascal,
}

/// Where the attributes of a PATCH are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PatchShape {
    /// In `path`, one operation for each.
    #[default]
    Path,
    /// In `value`, one operation for all that are set as a whole; parts are nested.
    Pathless,
    /// In `value`, one operation for all single values that are set; parts have dotted names. One alone is named in `path`.
    PathlessDotted,
}

/// How a part of a single complex attribute is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubAttributeForm {
    /// `"path": "name.givenName"`.
    #[default]
    Dotted,
    /// `"path": "name", "value": {"givenName": ..}`.
    Nested,
}

/// What is sent when a path chooses an element that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoTarget {
    /// After the server said so, the element as a whole.
    #[default]
    AddElement,
    /// After the server said so, `add` with the same path.
    AddPath,
}

/// How an attribute is taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClearForm {
    /// By `remove`.
    #[default]
    Remove,
    /// By `replace` with `null`.
    Null,
    /// By `replace` with an empty text.
    Empty,
}

/// How booleans are written in a PATCH.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BooleanForm {
    /// `true`.
    #[default]
    Bare,
    /// `"True"`.
    Text,
}

/// How attributes of an extension are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExtensionForm {
    /// `"path": "urn:..:User:department"`.
    #[default]
    Path,
    /// `"path": "urn:..:User", "value": {"department": ..}`.
    Object,
}

/// How the manager is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Manager {
    /// The form of its value.
    pub form: ManagerForm,
    /// Whether the path of a PATCH is `manager` without the URN of its schema.
    pub short_path: bool,
    /// Whether a PATCH sets it by `add`.
    pub by_add: bool,
}

/// The form of a single-valued reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ManagerForm {
    /// `{"value": id}` (RFC 7643 section 4.3).
    #[default]
    Object,
    /// The id.
    Text,
    /// `{"value": id, "$ref": address}`.
    ObjectWithRef,
    /// `[{"value": id, "$ref": address}]`.
    Array,
}

/// What new objects look like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Create {
    /// Whether `schemas` lists every extension of the type, with values or without.
    pub all_schemas: bool,
    /// Further URIs in `schemas`, by object type.
    pub schemas: BTreeMap<String, Vec<String>>,
    /// Whether `meta.resourceType` is sent.
    pub meta: bool,
    /// Attributes that are sent as an empty list if they have no value, by object type.
    pub empty_lists: BTreeMap<String, Vec<String>>,
    /// The statuses of an answer that mean that a unique value is taken, besides 409.
    pub duplicate_status: Vec<u16>,
}

/// Whether several writes go into one request (RFC 7644 section 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Bulk {
    /// Whether they do, where the service says that it takes that. Never where `http.rate` is set: services with limits
    /// count every write of a request.
    pub supported: bool,
    /// How many at most; where the service says fewer, fewer.
    pub operations_max: usize,
}

impl Default for Bulk {
    fn default() -> Self {
        Self { supported: true, operations_max: 100 }
    }
}

/// What can be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Delete {
    /// How objects are deleted, by object type; by DELETE if the type is not there.
    pub forms: BTreeMap<String, DeleteForm>,
}

/// How objects of a type are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeleteForm {
    /// By DELETE.
    #[default]
    Delete,
    /// Not at all: deletes are refused, also of other types, since the engine knows no difference.
    Refuse,
}

/// What happens to somebody who becomes inactive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deactivation {
    /// `active` becomes false.
    #[default]
    Update,
    /// A DELETE makes them inactive.
    Delete,
}

/// Whether versions are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EtagUse {
    /// Where the server gives a version.
    #[default]
    Use,
    /// Never.
    Off,
}
