//! The directory in memory, under all that a target has to do.

use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::Target;
use provisio::model::{AttributeSchema, Mutability, ObjectSchema, Schema, ValueKind};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture, target};

/// A directory with a schema.
pub(super) struct Directory {
    directory: Arc<MemoryDirectory>,
}

impl Directory {
    fn new(schema: Schema) -> Self {
        Self { directory: Arc::new(MemoryDirectory::new(schema)) }
    }
}

impl Fixture for Directory {}

#[async_trait]
impl TargetFixture for Directory {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(self.directory.clone())
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(self.directory.clone()))
    }
}

/// One attribute of each sort.
pub(super) fn varied_schema() -> Schema {
    let (new, text) = (AttributeSchema::new, AttributeSchema::text);
    let address = [text("street"), text("city").length_max(64), new("floor", ValueKind::Int)];
    let email = [text("value").required(), text("kind")];
    let user = [
        text("userName").required().unique().length_max(64),
        text("code").case_exact().unique(),
        text("title"),
        text("tags").multi_valued().length_max(64),
        new("active", ValueKind::Bool),
        new("age", ValueKind::Int),
        new("ratio", ValueKind::Decimal),
        new("photo", ValueKind::Binary),
        new("hired", ValueKind::Timestamp),
        text("created").mutability(Mutability::ReadOnly),
        text("badge").mutability(Mutability::Immutable),
        text("pin").mutability(Mutability::WriteOnly),
        new("password", ValueKind::Secret).required().mutability(Mutability::WriteOnly),
        new("address", ValueKind::Complex).sub_attributes(address),
        new("emails", ValueKind::Complex).multi_valued().sub_attributes(email),
        AttributeSchema::reference("manager", ["user"]),
    ];
    let group = [
        text("displayName").required(),
        AttributeSchema::reference("owner", ["user"]).required(),
        AttributeSchema::reference("members", ["user", "group"]).multi_valued(),
    ];
    Schema::new([ObjectSchema::new("user", user), ObjectSchema::new("group", group)])
}

mod flat {
    use super::*;

    provisio_testkit::target_conformance!(
        Directory::new(directory_schema()),
        block_on,
        skipping [
            // No trouble reaches a directory in memory; `crate::faults` causes it.
            "S-15", "S-16", "S-17", "S-18", "S-19", "S-20", "S-21", "S-37", "T-39", "T-40", "T-41", "T-42",
            // Users have plain single values.
            "S-13", "T-11", "T-30",
            // It offers everything, one call at a time.
            "S-31", "T-32", "T-45",
        ]
    );
}

mod varied {
    use super::*;

    provisio_testkit::target_conformance!(
        Directory::new(varied_schema()),
        block_on,
        skipping [
            "S-15", "S-16", "S-17", "S-18", "S-19", "S-20", "S-21", "S-37", "T-39", "T-40", "T-41", "T-42",
            "S-31", "T-32", "T-45",
        ]
    );
}

#[test]
fn a_report_names_each_requirement() {
    let report = block_on(target::report(|| Directory::new(varied_schema())));
    assert!(report.is_clean(), "{report}");
    let text = report.to_string();
    assert!(text.starts_with("S-01 ok      the schema is sound\n"), "{text}");
    assert!(text.contains("\nS-16 skipped a wrong count is not complete\n             the fixture cannot cause `Trouble::CountIsWrong`\n"), "{text}");
    assert!(text.ends_with("67 hold, 0 broken, 15 skipped\n"), "{text}");
}
