//! The mapping of the quickstart keeps the laws.

use provisio_testkit::mapping::Law;
use provisio_testkit::mapping_laws;
use provisio_testkit::provisio::model::{AttributeSchema, ObjectSchema, Schema, ValueKind};

const SPEC: &str = include_str!("../../../examples/quickstart/mapping.toml");

/// What the job file of the quickstart says of its source, and the embedded directory.
fn schemas() -> (Schema, Schema) {
    let text = AttributeSchema::text;
    let mut worker: Vec<AttributeSchema> = vec![text("workerId").required().unique().case_exact()];
    let texts = [
        "firstName",
        "lastName",
        "preferredName",
        "department",
        "title",
        "city",
        "countryCode",
        "terminationDate",
        "costCentre",
        "phone",
        "mobile",
        "locationId",
        "employeeType",
        "company",
    ];
    worker.extend(texts.map(text));
    worker.push(AttributeSchema::new("hireDate", ValueKind::Timestamp));
    worker.push(AttributeSchema::reference("managerId", ["worker"]));
    let members = AttributeSchema::reference("members", ["worker", "team"]).multi_valued();
    // That groups have names, and no two the same, is what HR promises.
    let team = [
        text("groupId").required().unique().case_exact(),
        text("name").required().unique(),
        text("kind"),
        text("description"),
        members,
    ];
    let source = Schema::new([ObjectSchema::new("worker", worker), ObjectSchema::new("team", team)]);
    (source, provisio_memory::directory_schema())
}

mapping_laws!(SPEC, schemas());

#[test]
fn laws_have_the_names_of_their_tests() {
    let names: Vec<&str> = Law::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), 11);
    assert!(names.contains(&"rules_never_fail"));
}
