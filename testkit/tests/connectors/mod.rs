//! The connectors that the kit itself knows, and the kit, under the requirements of `docs/connector-spec.md`.

mod broken;
mod faults;
mod memory;
mod profile;

use std::path::Path;

use async_trait::async_trait;
use provisio::connector::Clock;
use provisio::model::Timestamp;
use provisio_testkit::conformance::{Requirement, source, target};

/// The rows of the document that begin with a letter: number, requirement, check.
#[expect(clippy::expect_used, reason = "a test stops at what it does not expect")]
fn documented(letter: &str) -> Vec<[String; 3]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/connector-spec.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let prefix = format!("| {letter}-");
    let rows = text.lines().filter(|line| line.starts_with(&prefix));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|it| it.trim().trim_matches('`').to_owned());
        let row = [cells.next(), cells.next(), cells.next()].map(Option::unwrap_or_default);
        assert_eq!(cells.next(), None, "{row:?}");
        row
    })
    .collect()
}

fn checked(requirements: impl Iterator<Item = &'static Requirement>) -> Vec<[String; 3]> {
    // A backtick at the end of a sentence is part of it.
    requirements.map(|it| [it.number, it.text.trim_matches('`'), it.name].map(str::to_owned)).collect()
}

#[test]
fn the_document_and_the_checks_say_the_same() {
    assert_eq!(documented("S"), checked(source::requirements()));
    assert_eq!(documented("T"), checked(target::requirements()));
}

/// A clock that stands.
struct Still(Timestamp);

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep_until(&self, _instant: Timestamp) {}
}
