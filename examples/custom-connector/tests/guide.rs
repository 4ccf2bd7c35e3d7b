//! The guide shows this connector, and nothing that is not compiled and checked.

#![expect(clippy::expect_used, reason = "a test that cannot begin fails")]

use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The code blocks of the guide that are Rust.
fn blocks(guide: &str) -> Vec<&str> {
    let parts = guide.split("```rust\n").skip(1);
    parts.map(|it| it.split("```").next().unwrap_or_default().trim_end()).collect()
}

#[test]
fn every_block_of_the_guide_is_part_of_the_connector_or_its_test() {
    let guide = read("../../docs/writing-a-connector.md");
    let code = [read("src/lib.rs"), read("tests/conformance.rs")].concat();
    let blocks = blocks(&guide);
    assert!(blocks.len() >= 8, "{} blocks", blocks.len());
    for block in blocks {
        assert!(code.contains(block), "the guide shows what is not in the example:\n{block}");
    }
}

#[test]
fn the_connector_is_short() {
    let text = read("src/lib.rs");
    let is_code = |it: &&str| !it.trim().is_empty() && !it.trim_start().starts_with("//");
    let lines = text.lines().filter(is_code).count();
    assert!(lines < 250, "{lines} lines of code");
}
