//! What the guide says in TOML is true as well.

use provisio_testkit::mapping::table::{check_table, report, run_table};
use provisio_testkit::mapping::{Law, Mapping};
use provisio_testkit::provisio::model::{AttributeSchema, ObjectSchema, Schema, ValueKind};

const GUIDE: &str = include_str!("../../../docs/testing-mappings.md");

fn blocks() -> Vec<&'static str> {
    let blocks = GUIDE.split("```toml\n").skip(1);
    blocks.map(|it| it.split("```").next().unwrap_or_default()).collect()
}

fn mapping() -> Mapping {
    let text = AttributeSchema::text;
    let worker = [
        text("workerId").required().unique(),
        text("firstName"),
        text("lastName"),
        text("employeeType").required(),
        AttributeSchema::reference("managerId", ["worker"]),
    ];
    let user = [
        text("externalId").unique(),
        text("userName").required().unique(),
        text("displayName").length_max(64),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::reference("manager", ["user"]),
    ];
    let schemas =
        (Schema::new([ObjectSchema::new("worker", worker)]), Schema::new([ObjectSchema::new("user", user)]));
    Mapping::new(blocks()[0], schemas)
}

#[test]
fn the_mapping_of_the_guide_keeps_the_laws() {
    let breaches = mapping().check_all();
    assert!(breaches.is_empty(), "{}", breaches[0]);
}

#[test]
fn the_table_of_the_guide_comes_out_as_it_says() {
    let failures = run_table(&mapping(), blocks()[1]).expect("it is a table");
    assert!(failures.is_empty(), "{}", report(&failures));
}

#[test]
fn the_guide_lists_every_law() {
    for law in Law::ALL {
        assert!(GUIDE.contains(&format!("| `{}` |", law.name())), "{} is missing", law.name());
    }
}

#[test]
fn a_case_that_does_not_come_out_says_what_is_wrong() {
    let table = r#"
        [[case]]
        name = "three things are wrong"
        given = { workerId = "1", firstName = "Adele", employeeType = "Employee" }
        expect = { userName = "adele@contoso.example", displayName = "Adele Vance" }
        absent = ["externalId"]

        [[case]]
        name = "an account that nobody gets"
        given = { workerId = "2", employeeType = "Contractor" }

        [[case]]
        name = "an account that was not expected"
        given = { workerId = "3", employeeType = "Employee" }
        account = false
    "#;
    let failures = run_table(&mapping(), table).expect("it is a table");
    provisio_testkit::insta::assert_snapshot!(report(&failures), @r#"
    case "three things are wrong"
      displayName: expected "Adele Vance", found "Adele"   (worker -> user: displayName = Mid(Join(" ", [firstName], [lastName]), 1, 64))
      userName: expected "adele@contoso.example", found "1@contoso.example"   (worker -> user: userName = Append([workerId], "@contoso.example"))
      externalId: expected nothing, found "1"
    case "an account that nobody gets"
      no account: out of scope: employeeType is "Contractor", wanted employeeType NOT EQUALS "Contractor"
    case "an account that was not expected"
      there is an account, and none was expected
    "#);
}

#[test]
fn a_table_that_cannot_be_read_says_why() {
    let error = |table: &str| run_table(&mapping(), table).expect_err("it is no table");
    assert_eq!(error("[[cases]]\n"), "`cases` means nothing here: a table has [[case]] alone");
    assert_eq!(error("[[case]]\ngiven = {}\n"), "case 1 has no `name`");
    let case = |rest: &str| format!("[[case]]\nname = \"x\"\n{rest}\n");
    assert_eq!(error(&case("")), "case \"x\": `given` is missing");
    assert_eq!(error(&case("given = { nick = \"a\" }")), "case \"x\": worker person has no attribute `nick`");
    assert_eq!(
        error(&case("given = { workerId = \"1\", employeeType = \"a\" }\nexpect = { nick = \"a\" }")),
        "case \"x\": the target has no attribute `nick`"
    );
}

#[test]
fn a_table_may_be_a_file() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("people.toml");
    std::fs::write(&file, blocks()[1]).expect("it can be written");
    check_table(&mapping(), &file);
}
