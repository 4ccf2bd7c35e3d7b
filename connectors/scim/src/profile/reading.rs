//! How lists are asked for, and what they are good for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

/// Whether what changed since a read can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Changes {
    /// Whether every change of an object, a group's members among them, moves its `meta.lastModified`, and lists can be
    /// filtered by it and by `meta.created` with `ge` and `le`.
    pub last_modified: bool,
    /// How many seconds a change may take to show under its time, on clocks that may differ by as much.
    pub overlap_seconds: u32,
}

impl Default for Changes {
    fn default() -> Self {
        Self { last_modified: false, overlap_seconds: 60 }
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
