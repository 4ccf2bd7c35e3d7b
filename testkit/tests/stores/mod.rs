//! The stores of the engine, under the requirements of `docs/connector-spec.md`.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::Clock;
use provisio::store::{RedbStore, StateStore, StoreError};
use provisio_testkit::conformance::store::{MemoryPlace, StorePlace, report, requirements};
use provisio_testkit::rig::VirtualClock;

mod memory {
    use super::*;

    provisio_testkit::store_conformance!(MemoryPlace::default(), block_on);
}

mod redb {
    use super::*;

    provisio_testkit::store_conformance!(RedbPlace::new(), block_on);
}

struct RedbPlace {
    folder: tempfile::TempDir,
    clock: VirtualClock,
}

impl RedbPlace {
    #[expect(clippy::expect_used, reason = "a test stops at what it does not expect")]
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), clock: VirtualClock::default() }
    }
}

#[async_trait]
impl StorePlace for RedbPlace {
    async fn open(&self) -> Result<Arc<dyn StateStore>, StoreError> {
        Ok(Arc::new(RedbStore::open(self.folder.path().join("state"))?))
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }
}

#[test]
fn a_report_names_each_requirement() {
    let report = block_on(report(MemoryPlace::default));
    assert!(report.is_clean(), "{report}");
    assert!(
        report.to_string().starts_with("R-01 ok    a job that was never committed is empty\n"),
        "{report}"
    );
}

/// A store that forgets: what it says of itself is not what it holds.
#[derive(Default)]
struct Forgetful(MemoryPlace);

#[async_trait]
impl StorePlace for Forgetful {
    async fn open(&self) -> Result<Arc<dyn StateStore>, StoreError> {
        MemoryPlace::default().open().await
    }

    fn clock(&self) -> &dyn Clock {
        self.0.clock()
    }
}

#[test]
fn a_store_that_forgets_is_found_out() {
    let report = block_on(report(Forgetful::default));
    let faults: Vec<&str> =
        report.findings.iter().filter(|(_, fault)| fault.is_some()).map(|(it, _)| it.number).collect();
    assert_eq!(faults, ["R-15", "R-16"], "{report}");
}

#[test]
fn the_document_and_the_checks_have_the_same_numbers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/connector-spec.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| R-"));
    let documented: Vec<(String, String)> = rows
        .filter_map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let number = format!("R-{}", cells.next()?);
            let check = cells.next_back().filter(|it| !it.is_empty()).or_else(|| cells.next_back())?;
            Some((number, check.trim_matches('`').to_owned()))
        })
        .collect();
    let checked: Vec<(String, String)> =
        requirements().iter().map(|it| (it.number.to_owned(), it.name.to_owned())).collect();
    assert_eq!(documented, checked);
}
