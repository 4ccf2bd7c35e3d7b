//! `docs/expression-reference.md` is made from the descriptors and is current.

use provisio_expression::FunctionTable;
use std::path::Path;

#[test]
fn the_reference_page_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/expression-reference.md");
    let expected = FunctionTable::standard().reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&page, &expected).expect("the page can be written");
    }
    let current = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(
        current == expected,
        "docs/expression-reference.md is stale; run with UPDATE_REFERENCE=1 to make it anew"
    );
}
