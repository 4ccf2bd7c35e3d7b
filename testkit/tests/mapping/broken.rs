//! Mappings with one fault each: the law that names the fault catches it, in words that a stranger understands.

use provisio_testkit::mapping::{Law, Mapping};
use provisio_testkit::provisio::model::Values;
use provisio_testkit::rig::TargetForm;

use super::contoso::{SPEC, WRITEBACK, schemas, settings};

/// A fault: its name, the law that it breaks, and what is written instead of what.
struct Fault {
    name: &'static str,
    law: Law,
    instead_of: &'static str,
    write: &'static str,
    settings: fn(Mapping) -> Mapping,
}

const fn fault(name: &'static str, law: Law, instead_of: &'static str, write: &'static str) -> Fault {
    Fault { name, law, instead_of, write, settings }
}

const TITLE: &str = r#"title = { attribute = "title", null = "clear" }"#;
const PHONE: &str = r#"phone = { expression = 'Replace([phone], , "[^0-9+]", , "", , )', null = "clear" }"#;
const ROLE: &str = r#"role = { expression = 'IIF([department]="IT", "admin", "user")' }"#;
const START: &str = r#"startDate = { attribute = "hireDate", null = "clear" }"#;
const ANCHOR: &str = r#"externalId = { attribute = "workerId", matching = 1 }"#;
const DISPLAY: &str = r#"displayName = { expression = 'Mid(Join(" ", [firstName], [lastName]), 1, 64)' }"#;
const LOGIN: &str = r#"userName = { apply = "create", expression = '''
Append(Join(".",
    Mid(ToLower(Replace(NormalizeDiacritics([lastName]), , "[^A-Za-z]", , "", , )), 1, 20),
    [workerId]), "@contoso.example")
''' }"#;
const STATUS: &str = r#"status = { attribute = "active" }
source_disabled_when = [{ attribute = "employed", operator = "IS FALSE" }]"#;
const SCOPE: &str = r#"[[object.scope]]
name = "staff"
all = [{ attribute = "employeeType", operator = "NOT EQUALS", value = "Contractor" }]"#;

const FAULTS: [Fault; 23] = [
    fault(
        "second_word_of_a_single_name",
        Law::RulesNeverFail,
        TITLE,
        r#"title = { expression = 'Item(Split([lastName], " "), 2)' }"#,
    ),
    fault(
        "date_computed_from_a_text",
        Law::RulesNeverFail,
        START,
        r#"startDate = { expression = 'DateAdd("d", 14, [title])' }"#,
    ),
    fault(
        "several_values_for_one",
        Law::RulesNeverFail,
        PHONE,
        r#"phone = { expression = 'Split([title], " ")' }"#,
    ),
    fault(
        "login_from_an_optional_attribute",
        Law::RequiredValuesAreGiven,
        LOGIN,
        r#"userName = { attribute = "login" }"#,
    ),
    fault(
        "matching_by_an_optional_attribute",
        Law::RequiredValuesAreGiven,
        ANCHOR,
        r#"externalId = { attribute = "login", matching = 1 }"#,
    ),
    fault(
        "login_from_names_alone",
        Law::UniqueValuesAreUnique,
        LOGIN,
        r#"userName = { expression = 'Coalesce(ToLower(Append([firstName], "@contoso.example")), [workerId])' }"#,
    ),
    fault(
        "login_from_the_end_of_a_number",
        Law::UniqueValuesAreUnique,
        LOGIN,
        r#"userName = { expression = 'Append(Mid([workerId], 1, 3), "@contoso.example")' }"#,
    ),
    fault(
        "matching_by_the_first_name",
        Law::UniqueValuesAreUnique,
        ANCHOR,
        r#"externalId = { attribute = "workerId", matching = 2 }
nickName = { attribute = "firstName", matching = 1 }"#,
    ),
    fault(
        "display_name_that_is_not_cut",
        Law::ValuesFitTheTarget,
        DISPLAY,
        r#"displayName = { expression = 'Join(" ", [firstName], [lastName])' }"#,
    ),
    fault(
        "login_with_the_letters_of_the_name",
        Law::ValuesFitTheTarget,
        LOGIN,
        r#"userName = { expression = 'Mid(Append(ToLower([lastName]), [workerId]), 1, 64)' }"#,
    ),
    fault(
        "value_of_today",
        Law::ValuesAreStable,
        TITLE,
        r#"title = { expression = 'FormatDateTime(Now(), , "M/d/yyyy h:mm:ss tt", "yyyy-MM-dd")' }"#,
    ),
    fault(
        "first_of_several_phones",
        Law::ValuesAreStable,
        PHONE,
        r#"phone = { expression = 'Item([phones], 1)' }"#,
    ),
    fault(
        "role_by_title",
        Law::ValuesAreStable,
        ROLE,
        r#"role = { expression = 'IIF([title]="Clerk", "clerk", "user")' }"#,
    ),
    fault(
        "national_id_in_the_department",
        Law::SecretsStaySecret,
        r#"department = { attribute = "department", null = "clear" }"#,
        r#"department = { expression = 'Join(" ", [department], [nationalId])' }"#,
    ),
    fault(
        "role_by_the_first_digit_of_the_national_id",
        Law::SecretsStaySecret,
        ROLE,
        r#"role = { expression = 'IIF(Mid([nationalId], 1, 1)="7", "guest", "user")' }"#,
    ),
    fault("leavers_are_left_alone", Law::LeaversLoseAccess, STATUS, r#"out_of_scope = "leave""#),
    fault(
        "updates_are_not_allowed",
        Law::LeaversLoseAccess,
        SCOPE,
        r#"operations = ["create"]
[[object.scope]]
all = [{ attribute = "employeeType", operator = "NOT EQUALS", value = "Contractor" }]"#,
    ),
    fault(
        "leavers_keep_a_week",
        Law::LeaversLoseAccess,
        r#"status = { attribute = "active" }"#,
        r#"status = { attribute = "active" }
out_of_scope = [{ action = "disable", after_days = 7 }]"#,
    ),
    fault("contractors_in_groups", Law::OnlyThoseMeantGetIn, SCOPE, ""),
    fault(
        "administrators_for_ever",
        Law::OnlyThoseMeantGetIn,
        ROLE,
        r#"role = { expression = 'IIF([department]="IT", "admin", IgnoreFlowIfNullOrEmpty([title]))' }"#,
    ),
    fault("clock_in_every_run", Law::RunsComeToRest, START, r#"startDate = { expression = 'Now()' }"#),
    Fault {
        name: "writeback_of_something_else",
        law: Law::WhatIsSentComesBack,
        instead_of: "",
        write: "",
        settings: |mapping| {
            mapping.writeback(format!("{WRITEBACK}lastName = {{ attribute = \"displayName\" }}\n"))
        },
    },
    fault(
        "no_limit_on_leavers",
        Law::LimitsHold,
        "name = \"contoso\"\n",
        "name = \"contoso\"\nlimits = { disables = false }\n",
    ),
];

fn mapping(fault: &Fault) -> Mapping {
    assert!(SPEC.contains(fault.instead_of), "{}: there is no `{}`", fault.name, fault.instead_of);
    Mapping::new(SPEC.replace(fault.instead_of, fault.write), schemas()).with(fault.settings)
}

/// In four parts, which run at the same time.
#[test]
fn each_fault_is_caught_by_its_law_1() {
    are_caught(0);
}

#[test]
fn each_fault_is_caught_by_its_law_2() {
    are_caught(1);
}

#[test]
fn each_fault_is_caught_by_its_law_3() {
    are_caught(2);
}

#[test]
fn each_fault_is_caught_by_its_law_4() {
    are_caught(3);
}

fn are_caught(part: usize) {
    let mut escaped = Vec::new();
    for fault in FAULTS.iter().skip(part).step_by(4) {
        match mapping(fault).check(fault.law) {
            Ok(()) => escaped.push(fault.name),
            Err(breach) => provisio_testkit::insta::assert_snapshot!(fault.name, breach.to_string()),
        }
    }
    assert!(escaped.is_empty(), "not caught: {escaped:?}");
}

/// What the target makes of a text is no fault of the spec alone.
#[test]
fn a_target_that_cuts_is_caught() {
    let mapping = Mapping::new(SPEC, schemas()).kept_as("displayName", TargetForm::CutTo(20));
    let breach = mapping.check(Law::WhatIsSentComesBack).expect_err("names are longer");
    provisio_testkit::insta::assert_snapshot!("target_that_cuts", breach.to_string());
}

/// A target that keeps something of its own makes every run send it again, until the engine gives up.
#[test]
fn a_target_that_keeps_something_else_is_caught() {
    let mapping = Mapping::new(SPEC, schemas()).kept_as("title", TargetForm::Replaced("Staff, all of them"));
    let breach = mapping.check(Law::RunsComeToRest).expect_err("it never keeps the title");
    provisio_testkit::insta::assert_snapshot!("target_that_keeps_something_else", breach.to_string());
}

/// A spec that cannot be read is told by every law, with its place.
#[test]
fn a_spec_that_is_refused_is_told_by_every_law() {
    let mapping = Mapping::new("format = 1\n[[object]]\nsource = \"worker\"\n", schemas());
    let breaches = mapping.check_all();
    assert_eq!(breaches.len(), Law::ALL.len());
    provisio_testkit::insta::assert_snapshot!("refused", breaches[0].to_string());
}

#[test]
fn who_breaks_a_law_is_the_smallest() {
    let fault = FAULTS.iter().find(|it| it.name == "display_name_that_is_not_cut").expect("it is listed");
    let breach = mapping(fault).check(fault.law).expect_err("the name is too long");
    let [person] = &breach.people[..] else { panic!("{breach}") };
    let mut long: Vec<&Values> = Vec::new();
    for (name, values) in person.attributes.iter() {
        match name.as_str() {
            // What the schema requires.
            "workerId" | "employeeType" => assert_eq!(values, &Values::one("a"), "{breach}"),
            _ => long.push(values),
        }
    }
    assert_eq!(long, [&Values::one("a".repeat(65))], "{breach}");
}
