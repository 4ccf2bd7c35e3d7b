//! Does the connector do what the engine relies on? The requirements of `docs/connector-spec.md`, against the service in
//! this process.

use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio_connector::Target;
use provisio_testkit::conformance::{Fixture, Hook, Prepared, TargetFixture, Trouble};

use crate::fake::{Bulk, Fake, Quirks, TOKEN, Total};
use crate::support::connect;

struct Service {
    fake: Fake,
    profile: &'static str,
    counts_nothing: bool,
}

impl Service {
    fn new(quirks: Quirks, profile: &'static str) -> Self {
        let counts_nothing = quirks.total == Total::Missing;
        Self { fake: Fake::with(quirks), profile, counts_nothing }
    }
}

#[async_trait]
impl Fixture for Service {
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        Ok(match trouble {
            Trouble::Over => {
                self.fake.cause(None);
                Hook::Done
            }
            Trouble::WatermarksForgotten => Hook::Absent,
            Trouble::CountIsWrong if self.counts_nothing => Hook::Absent,
            other => {
                self.fake.cause(Some(other));
                Hook::Done
            }
        })
    }
}

#[async_trait]
impl TargetFixture for Service {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(Arc::new(connect(&self.fake, self.profile)))
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(Arc::new(connect(&self.fake, self.profile))))
    }
}

/// A change feed is not offered; a write is a request of its own, so there are no batches; everything can be written.
macro_rules! conformance {
    ($name:ident, $quirks:expr, $profile:expr $(, $skipped:literal)*) => {
        mod $name {
            use super::*;

            provisio_testkit::target_conformance!(
                Service::new($quirks, $profile),
                block_on,
                skipping ["S-32", "S-33", "S-34", "S-35", "S-36", "S-37", "T-36", "T-37" $(, $skipped)*]
            );
        }
    };
}

conformance!(strict, Quirks::default(), "name = \"x\"\nattributes.User.title.length_max = 40", "T-32");

// No PATCH, no versions, no counts, and groups show their members one by one.
conformance!(
    frugal,
    Quirks {
        patch: false,
        etag: false,
        total: Total::Missing,
        members_in_list: false,
        excluded_attributes: false,
        patch_without_body: false,
        create_without_body: true,
        ..Quirks::default()
    },
    "name = \"x\"\nupdate = \"put\"\netag = \"off\"",
    "T-16",
    "T-29",
    "S-12",
    "S-16"
);

// Several writes go into one request.
mod bulk {
    use super::*;

    provisio_testkit::target_conformance!(
        Service::new(Quirks { bulk: Some(Bulk::default()), ..Quirks::default() }, "rfc"),
        block_on,
        skipping ["S-32", "S-33", "S-34", "S-35", "S-36", "S-37", "T-29", "T-32"]
    );
}

// Changes are read by `meta.lastModified`.
mod changes {
    use super::*;

    provisio_testkit::target_conformance!(
        Service::new(Quirks::default(), "name = \"x\"\n[changes]\nlast_modified = true"),
        block_on,
        skipping ["S-31", "T-29", "T-32", "T-36", "T-37"]
    );
}

conformance!(entra, Quirks::entra(), "entra", "T-16", "T-29", "S-12");
