//! The switches of a profile. Each has the value of the RFCs as its default.

use std::collections::BTreeMap;
use std::time::Duration;

use provisio_model::Rate;
use serde::{Deserialize, Serialize};

use super::AttributeOverride;

/// How a server is talked to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Where its facts are from: addresses of pages.
    pub sources: Vec<String>,
    /// What is particular to the transport.
    pub http: Http,
    /// The paths of resource types, and of `ServiceProviderConfig`, `ResourceTypes` and `Schemas`, where they are not
    /// what the server says or the RFC has.
    pub paths: BTreeMap<String, String>,
    /// How an object is changed.
    pub update: UpdateVerb,
    /// What a PATCH looks like.
    pub patch: Patch,
    /// How the manager is written.
    pub manager: Manager,
    /// How members are written and read.
    pub members: Members,
    /// What can be asked for.
    pub filter: Filter,
    /// How lists are read.
    pub page: Page,
    /// What new objects look like.
    pub create: Create,
    /// What can be deleted.
    pub delete: Delete,
    /// What happens to somebody who becomes inactive.
    pub deactivate: Deactivation,
    /// Whether versions are compared.
    pub etag: EtagUse,
    /// How many seconds after a write a read may still show what was before.
    pub read_lag_seconds: u32,
    /// What is known better than the server's schema says: by object type, then by attribute or path.
    pub attributes: BTreeMap<String, BTreeMap<String, AttributeOverride>>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "rfc".to_owned(),
            sources: Vec::new(),
            http: Http::default(),
            paths: BTreeMap::new(),
            update: UpdateVerb::default(),
            patch: Patch::default(),
            manager: Manager::default(),
            members: Members::default(),
            filter: Filter::default(),
            page: Page::default(),
            create: Create::default(),
            delete: Delete::default(),
            deactivate: Deactivation::default(),
            etag: EtagUse::default(),
            read_lag_seconds: 0,
            attributes: BTreeMap::new(),
        }
    }
}

impl Profile {
    /// Finds what cannot be meant.
    pub(super) fn faults(&self) -> Option<String> {
        let positive = [
            ("http.concurrency", Some(self.http.concurrency)),
            ("members.per_patch_max", self.members.per_patch_max),
            ("members.values_per_operation_max", self.members.values_per_operation_max),
            ("patch.operations_max", self.patch.operations_max),
            ("page.size", Some(self.page.size)),
            ("filter.values_max", Some(self.filter.values_max)),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == Some(0)) {
            return Some(format!("`{name}` is 1 or more"));
        }
        if self.http.rate.is_some_and(|it| it.requests == 0 || it.per_seconds == 0) {
            return Some("`http.rate` has `requests` and `per_seconds` of 1 or more".to_owned());
        }
        None
    }

    /// Returns the path of a resource type or a discovery document, where the profile says it.
    pub(crate) fn path(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }
}

/// What is particular to the transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Http {
    /// The media type of requests.
    pub content_type: String,
    /// How many requests are under way at once.
    pub concurrency: usize,
    /// How many writes the server bears.
    pub rate: Option<RateLimit>,
}

impl Default for Http {
    fn default() -> Self {
        Self { content_type: "application/scim+json".to_owned(), concurrency: 8, rate: None }
    }
}

/// So many requests in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many.
    pub requests: u32,
    /// In how many seconds.
    #[serde(default = "one")]
    pub per_seconds: u32,
    /// How many at once after a pause.
    #[serde(default = "one")]
    pub burst: u32,
}

fn one() -> u32 {
    1
}

impl RateLimit {
    /// Returns it as capabilities have it.
    pub(crate) fn rate(self) -> Rate {
        let mut rate = Rate::per_second(self.requests).with_burst(self.burst.max(1));
        rate.per = Duration::from_secs(u64::from(self.per_seconds));
        rate
    }
}

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
    /// How many operations one request takes.
    pub operations_max: Option<usize>,
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
    /// In `value`, one operation for all that are set; parts have dotted names.
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

/// How members are written and read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Members {
    /// How single members are removed.
    pub remove: MemberRemoval,
    /// Whether each member has a `$ref` that is null, as Entra writes it.
    pub null_ref: bool,
    /// Whether a group can be created with its members; otherwise they join afterwards.
    pub on_create: bool,
    /// Whether all members can be replaced at once.
    pub replace: bool,
    /// How many members may join or leave in one request.
    pub per_patch_max: Option<usize>,
    /// How many members one operation may hold.
    pub values_per_operation_max: Option<usize>,
    /// Where members can be read.
    pub read: MemberRead,
}

impl Default for Members {
    fn default() -> Self {
        Self {
            remove: MemberRemoval::default(),
            null_ref: false,
            on_create: true,
            replace: true,
            per_patch_max: Some(1_000),
            values_per_operation_max: None,
            read: MemberRead::default(),
        }
    }
}

/// How single members are removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MemberRemoval {
    /// `"path": "members[value eq \"id\"]"`, one operation for each (RFC 7644 section 3.5.2.2).
    #[default]
    FilterPath,
    /// `"path": "members", "value": [{"value": id}]`.
    ValueArray,
}

/// Where members can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MemberRead {
    /// In the list of groups if it has them; otherwise in each group. Which it is, is found out.
    #[default]
    Auto,
    /// In the list of groups.
    List,
    /// In each group alone.
    Each,
    /// Nowhere, so memberships cannot be provisioned: groups have no `members`.
    Never,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Filter {
    /// Whether a list can be filtered at all.
    pub supported: bool,
    /// Whether conditions can be joined by `or`.
    pub or: bool,
    /// How many values are asked for at once.
    pub values_max: usize,
    /// Which attributes can be asked for, by object type; any if the type is not there.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Whether `excludedAttributes` is understood.
    pub excluded_attributes: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            supported: true,
            or: true,
            values_max: 40,
            attributes: BTreeMap::new(),
            excluded_attributes: true,
        }
    }
}

/// How lists are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Page {
    /// How pages follow each other.
    pub mode: PageMode,
    /// How many objects a page has, unless the server says that it gives fewer.
    pub size: usize,
    /// What a list is good for.
    pub list_trust: ListTrust,
}

impl Default for Page {
    fn default() -> Self {
        Self { mode: PageMode::default(), size: 200, list_trust: ListTrust::default() }
    }
}

/// How pages follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PageMode {
    /// By cursor if the server says that it has them, else by index.
    #[default]
    Auto,
    /// By `startIndex` (RFC 7644 section 3.4.2.4).
    Index,
    /// By `cursor` (RFC 9865).
    Cursor,
    /// There is one page.
    Single,
}

/// What a list of all objects is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ListTrust {
    /// What is not in it does not exist.
    #[default]
    Full,
    /// It shows only what was provisioned by this client; nothing is concluded from what is not in it.
    ManagedOnly,
    /// Nothing is concluded from what is not in it.
    None,
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
