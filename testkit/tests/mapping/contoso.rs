//! A sound mapping: workers become users, teams become groups.

use provisio_testkit::mapping::{Characters, Grant, Mapping, text_of};
use provisio_testkit::provisio::model::{
    AttributeSchema, Mutability, ObjectSchema, Schema, Value, ValueKind, Values,
};

pub(super) const SPEC: &str = r#"format = 1
name = "contoso"

[[object]]
source = "worker"
target = "user"

[[object.scope]]
name = "staff"
all = [{ attribute = "employeeType", operator = "NOT EQUALS", value = "Contractor" }]

[object.deprovisioning]
status = { attribute = "active" }
source_disabled_when = [{ attribute = "employed", operator = "IS FALSE" }]

[object.attributes]
externalId = { attribute = "workerId", matching = 1 }
userName = { apply = "create", expression = '''
Append(Join(".",
    Mid(ToLower(Replace(NormalizeDiacritics([lastName]), , "[^A-Za-z]", , "", , )), 1, 20),
    [workerId]), "@contoso.example")
''' }
displayName = { expression = 'Mid(Join(" ", [firstName], [lastName]), 1, 64)' }
title = { attribute = "title", null = "clear" }
department = { attribute = "department", null = "clear" }
phone = { expression = 'Replace([phone], , "[^0-9+]", , "", , )', null = "clear" }
role = { expression = 'IIF([department]="IT", "admin", "user")' }
startDate = { attribute = "hireDate", null = "clear" }
manager = { attribute = "manager", null = "clear" }
password = { attribute = "initialPassword" }

[[object]]
source = "team"
target = "group"

[object.attributes]
displayName = { attribute = "name", matching = 1 }
members = { attribute = "members" }
"#;

/// The way back: HR learns which login somebody got.
pub(super) const WRITEBACK: &str = r#"format = 1
[[object]]
source = "user"
target = "worker"
operations = ["update"]
[object.attributes]
workerId = { attribute = "externalId", matching = 1 }
login = { attribute = "userName" }
"#;

pub(super) fn schemas() -> (Schema, Schema) {
    (source(), target())
}

fn source() -> Schema {
    let text = AttributeSchema::text;
    let worker = [
        text("workerId").required().unique().length_max(20),
        text("firstName"),
        text("lastName"),
        text("employeeType").required(),
        AttributeSchema::new("employed", ValueKind::Bool),
        text("title"),
        text("department"),
        text("phone"),
        text("phones").multi_valued(),
        text("nationalId"),
        AttributeSchema::new("initialPassword", ValueKind::Secret),
        text("login"),
        AttributeSchema::new("hireDate", ValueKind::Timestamp),
        AttributeSchema::reference("manager", ["worker"]),
    ];
    let members = AttributeSchema::reference("members", ["worker", "team"]).multi_valued();
    Schema::new([
        ObjectSchema::new("worker", worker),
        ObjectSchema::new("team", [text("name").required().unique(), members]),
    ])
}

fn target() -> Schema {
    let text = AttributeSchema::text;
    let user = [
        text("externalId").unique(),
        text("userName").required().unique().length_max(64),
        text("displayName").length_max(64),
        text("title"),
        text("department"),
        text("phone"),
        text("role"),
        text("nickName"),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::new("startDate", ValueKind::Timestamp),
        AttributeSchema::reference("manager", ["user"]),
        AttributeSchema::new("password", ValueKind::Secret).mutability(Mutability::WriteOnly),
    ];
    let members = AttributeSchema::reference("members", ["user", "group"]).multi_valued();
    Schema::new([
        ObjectSchema::new("user", user),
        ObjectSchema::new("group", [text("displayName").required().unique(), members]),
    ])
}

/// What the schemas do not say.
pub(super) fn settings(mapping: Mapping) -> Mapping {
    mapping
        .words("employeeType", ["Employee", "Contractor"])
        .characters("userName", Characters::principal_name())
        .secret("nationalId")
        .irrelevant("role", ["title", "phone", "employed"])
        .leaving(|person| {
            person.attributes.set("employed", Values::one(Value::Bool(false)));
        })
        .only(Grant::member_of("group"), "people who are no contractors", |person| {
            text_of(person, "employeeType") != Some("Contractor")
        })
        .only(Grant::value("role", "admin"), "people of IT", |person| {
            text_of(person, "department") == Some("IT")
        })
        .writeback(WRITEBACK)
}
