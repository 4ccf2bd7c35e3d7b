//! The switches of a profile, by what they are about. Each has the value of the RFCs as its default.

use std::collections::BTreeMap;
use std::time::Duration;

use provisio_model::Rate;
use serde::{Deserialize, Serialize};

use super::{
    AttributeOverride, Bulk, Changes, Create, Deactivation, Delete, EtagUse, Filter, Manager, Members, Page,
    Patch, UpdateVerb,
};

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
    /// The paths of resource types, and of `ServiceProviderConfig`, `ResourceTypes`, `Schemas` and `Bulk`, where they are not
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
    /// Whether what changed can be asked for.
    pub changes: Changes,
    /// What new objects look like.
    pub create: Create,
    /// Whether several writes go into one request.
    pub bulk: Bulk,
    /// What can be deleted.
    pub delete: Delete,
    /// What happens to somebody who becomes inactive.
    pub deactivate: Deactivation,
    /// Whether versions are compared.
    pub etag: EtagUse,
    /// How many seconds after a write a read may still show what was before.
    pub read_lag_seconds: u32,
    /// Whether an object is read once after the first write of each attribute, to see whether the service keeps it. Not done
    /// where `read_lag_seconds` is set.
    pub read_back: bool,
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
            changes: Changes::default(),
            create: Create::default(),
            bulk: Bulk::default(),
            delete: Delete::default(),
            deactivate: Deactivation::default(),
            etag: EtagUse::default(),
            read_lag_seconds: 0,
            read_back: true,
            attributes: BTreeMap::new(),
        }
    }
}

impl Profile {
    /// Finds what cannot be meant.
    pub(super) fn faults(&self) -> Option<String> {
        let positive = [
            ("bulk.operations_max", Some(self.bulk.operations_max)),
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
