//! Examples, then laws.

pub(in crate::plan) mod example;
mod faults;
mod laws;
mod random;

use super::{read, write};

/// What the first release writes. From then on, the format is kept when this file is never edited.
const VERSION_1: &str = include_str!("tests/version-1.json");

#[test]
fn a_plan_written_by_the_first_release_is_written_and_read_the_same() {
    let plan = example::every_form();
    assert_eq!(write(&plan).as_deref(), Ok(VERSION_1));
    assert_eq!(read(VERSION_1), Ok(plan));
}

#[test]
fn the_manual_shows_what_is_written() {
    let manual = include_str!("../../../../../docs/plan-format.md");
    let written = write(&example::small()).expect("sound");
    assert!(manual.contains(&written), "docs/plan-format.md should show:\n{written}");
}

#[test]
fn text_that_would_mislead_a_reader_is_escaped() {
    let mut plan = example::small();
    plan.skipped[0].source = provisio_model::SourceId::new("a\u{202e}b\u{85}c\u{7f}d\u{2028}e\u{1f600}é");
    let text = write(&plan).expect("sound");
    assert!(text.contains(r#""source": "a\u202eb\u0085c\u007fd\u2028e😀é""#), "{text}");
    assert_eq!(read(&text), Ok(plan));
}
