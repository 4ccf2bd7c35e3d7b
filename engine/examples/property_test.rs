//! A bug in a mapping that nobody thought of, found by the laws of the test kit.
//!
//! ```text
//! cargo run -p provisio --example property_test
//! ```
//!
//! In a test, `provisio_testkit::mapping_laws!(SPEC, schemas());` makes one test of each law.

use std::io::{Result, Write as _, stdout};

use provisio::model::{AttributeSchema, ObjectSchema, Schema};
use provisio_testkit::mapping::Mapping;

/// Everybody gets a login of the family name and the day they were born. What can go wrong?
const SPEC: &str = r#"
format = 1
[[object]]
source = "worker"
target = "user"
[object.deprovisioning]
status = { attribute = "active" }
[object.attributes]
externalId = { attribute = "number", matching = 1 }
userName = { expression = 'Append(ToLower([lastName]), Mid([birthDate], 1, 10))' }
"#;

fn main() -> Result<()> {
    let mut out = stdout().lock();
    for breach in Mapping::new(SPEC, schemas()).check_all() {
        writeln!(out, "{breach}")?;
    }
    Ok(())
}

/// What the HR export may hold, and what the directory takes.
fn schemas() -> (Schema, Schema) {
    let number = AttributeSchema::text("number").required().unique();
    let worker = [number, AttributeSchema::text("lastName").required(), AttributeSchema::text("birthDate")];
    let user = [
        AttributeSchema::text("externalId").unique(),
        AttributeSchema::text("userName").required().unique().length_max(64),
        AttributeSchema::new("active", provisio::model::ValueKind::Bool),
    ];
    (Schema::new([ObjectSchema::new("worker", worker)]), Schema::new([ObjectSchema::new("user", user)]))
}
