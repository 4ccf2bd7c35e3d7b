//! How members join and leave, and where they can be seen.

use serde::{Deserialize, Serialize};

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
    /// Nowhere, but lists of groups can be filtered by `members.value`: each user is asked for. One request for each user,
    /// and the list of users has to be whole.
    ByUser,
    /// Nowhere, so memberships cannot be provisioned: groups have no `members`.
    Never,
}
