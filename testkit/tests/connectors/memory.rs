//! The directory in memory, under all that a target has to do.

use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::Target;
use provisio::model::{AttributeSchema, Mutability, ObjectSchema, Schema, ValueKind};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_testkit::conformance::{Fixture, Hook, Prepared, TargetFixture, Trouble, target};
use provisio_testkit::fault::{Faulty, Mishap};

/// A directory with a schema, to which trouble may happen.
pub(super) struct Directory {
    directory: Arc<MemoryDirectory>,
    faulty: Arc<Faulty<Arc<MemoryDirectory>>>,
}

impl Directory {
    pub(super) fn new(schema: Schema) -> Self {
        let directory = Arc::new(MemoryDirectory::new(schema));
        Self { faulty: Arc::new(Faulty::new(Arc::clone(&directory), 1)), directory }
    }

    pub(super) fn faulty(&self) -> Arc<Faulty<Arc<MemoryDirectory>>> {
        Arc::clone(&self.faulty)
    }
}

#[async_trait]
impl Fixture for Directory {
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        self.faulty.calm();
        let mishap = match trouble {
            Trouble::Over => return Ok(Hook::Done),
            Trouble::ReadsBreakOff { after } => Mishap::BreaksOff { after, with_error: after % 2 == 1 },
            Trouble::CountIsWrong => Mishap::WrongCount(0),
            Trouble::Unreadable { id, .. } => Mishap::UnreadableId(id),
            Trouble::Unreachable => Mishap::unreachable(),
            Trouble::CredentialsRefused => Mishap::credentials_refused(),
            Trouble::Throttled { retry_after } => Mishap::throttled(retry_after),
            Trouble::AnswersLost => Mishap::LostAfter,
            _ => return Ok(Hook::Absent),
        };
        self.faulty.always(mishap);
        Ok(Hook::Done)
    }
}

#[async_trait]
impl TargetFixture for Directory {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(self.faulty())
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(self.directory.clone()))
    }
}

/// What no answer may hold. The directory needs no such thing.
pub(super) const TOKEN: &str = "kit-token-7f3a";

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
        // Miri would take hours.
        with [#[cfg_attr(miri, ignore)]]
        Directory::new(varied_schema()),
        block_on,
        skipping ["S-31", "T-32", "T-45"]
    );
}

/// Without anything between the kit and the directory.
struct Bare(Arc<MemoryDirectory>);

impl Fixture for Bare {}

#[async_trait]
impl TargetFixture for Bare {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_report_names_each_requirement() {
    let report = block_on(target::report(|| Bare(Arc::new(MemoryDirectory::new(varied_schema())))));
    assert!(report.is_clean(), "{report}");
    let text = report.to_string();
    assert!(text.starts_with("S-01 ok      the schema is sound\n"), "{text}");
    let skipped = "\nS-16 skipped a wrong count is not complete\n             the fixture cannot cause `Trouble::CountIsWrong`\n";
    assert!(text.contains(skipped), "{text}");
    assert!(text.ends_with("66 hold, 0 broken, 16 skipped\n"), "{text}");
}
