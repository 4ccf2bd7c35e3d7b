//! Each rule, where it fires and where it has nothing to say.

use provisio_expression::FunctionTable;
use provisio_model::{AttributeSchema, ObjectSchema, Schema, ValueKind};

use super::*;
use crate::spec::load;

/// Compiles a mapping of workers, with more lines for it and for its attributes, and returns what lints find.
fn lints(keys: &str, attributes: &str) -> Vec<Diagnostic> {
    let (file, keys) = keys.split_once("[file]\n").map_or(("", keys), |(keys, file)| (file, keys));
    // The last key of the object mapping, so that tables may precede it.
    let text = format!(
        "format = 1\n{file}\n[[object]]\nsource = \"worker\"\ntarget = \"user\"\n{keys}\n[object.attributes]\n\
         externalId = {{ attribute = \"id\", matching = 1 }}\n{attributes}"
    );
    lints_of(&text)
}

fn lints_of(text: &str) -> Vec<Diagnostic> {
    let spec = load(text).unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"));
    let worker = [
        AttributeSchema::text("id").required().unique(),
        AttributeSchema::text("mail"),
        AttributeSchema::text("site"),
        AttributeSchema::text("title").required(),
        AttributeSchema::new("level", ValueKind::Int),
        AttributeSchema::new("start", ValueKind::Timestamp),
        AttributeSchema::new("pin", ValueKind::Secret),
        AttributeSchema::reference("buddies", ["worker", "team"]).multi_valued(),
    ];
    let team =
        [AttributeSchema::text("name"), AttributeSchema::reference("members", ["worker"]).multi_valued()];
    let source = Schema::new([ObjectSchema::new("worker", worker), ObjectSchema::new("team", team)]);
    let user = [
        AttributeSchema::text("externalId").unique(),
        AttributeSchema::text("userName").unique(),
        AttributeSchema::text("displayName").length_max(10),
        AttributeSchema::text("apiKey"),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::new("level", ValueKind::Int),
        AttributeSchema::reference("friends", ["user", "group"]).multi_valued(),
    ];
    let group = [AttributeSchema::text("name")];
    let target = Schema::new([ObjectSchema::new("user", user), ObjectSchema::new("group", group)]);
    let compiled = crate::compile(&spec, &source, &target, &FunctionTable::standard());
    let (compiled, _) = compiled.unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"));
    lint(&spec, &compiled)
}

/// A scoping filter of one group with these clauses.
fn scope(clauses: &str) -> String {
    format!("[[object.scope]]\nall = [{clauses}]\n")
}

#[track_caller]
fn fires(code: &str, keys: &str, attributes: &str, message: &str) {
    let found = lints(keys, attributes);
    let ours: Vec<&str> = found.iter().filter(|it| it.code == code).map(|it| it.message.as_str()).collect();
    assert_eq!(ours, [message], "{code}: {found:#?}");
}

#[track_caller]
fn is_silent(code: &str, keys: &str, attributes: &str) {
    let found = lints(keys, attributes);
    assert!(!found.iter().any(|it| it.code == code), "{code}: {found:#?}");
}

#[test]
fn a_plain_mapping_has_nothing_to_be_said_about() {
    assert_eq!(lints("", "displayName = { attribute = \"title\" }\n"), []);
}

#[test]
fn a_destructive_policy_without_a_limit() {
    let delete = "[object.deprovisioning]\nout_of_scope = \"delete\"\n";
    let off = format!("{delete}[file]\n[limits]\ndeletes = false\n");
    fires("S0301", &off, "", "`worker -> user` takes objects away, and the limit `deletes` is off");
    is_silent("S0301", delete, "");
    is_silent("S0301", "[file]\n[limits]\ndeletes = false\n", "");
}

#[test]
fn removed_members_without_a_limit() {
    let friends = "friends = { attribute = \"buddies\" }\n";
    let message = "`worker -> user` takes members away, and the limit `member_removals` is off";
    fires("S0301", "[file]\n[limits]\nmember_removals = false\n", friends, message);
    is_silent("S0301", "", friends);
}

#[test]
fn clauses_that_contradict_each_other() {
    let contradictions = [
        r#"{ attribute = "site", operator = "IS NULL" }, { attribute = "site", operator = "NOT EQUALS", value = "x" }"#,
        r#"{ attribute = "site", operator = "IS NULL" }, { attribute = "site", operator = "IS NOT NULL" }"#,
        r#"{ attribute = "site", operator = "EQUALS", value = "a" }, { attribute = "site", operator = "EQUALS", value = "b" }"#,
        r#"{ attribute = "site", operator = "STARTS WITH", value = "x" }, { attribute = "site", operator = "IN", value = ["a", "b"] }"#,
        r#"{ attribute = "site", operator = "EQUALS", value = "a" }, { attribute = "site", operator = "NOT IN", value = ["a"] }"#,
        r#"{ attribute = "site", operator = "IS TRUE" }, { attribute = "site", operator = "IS FALSE" }"#,
        r#"{ attribute = "level", operator = "GREATER THAN", value = 5 }, { attribute = "level", operator = "LESS THAN OR EQUALS", value = 5 }"#,
        r#"{ attribute = "start", operator = "AFTER", value = "now" }, { attribute = "start", operator = "BEFORE", value = "now - 1 days" }"#,
    ];
    for clauses in contradictions {
        let found = lints(&scope(clauses), "");
        assert_eq!(found.iter().filter(|it| it.code == "S0302").count(), 1, "{clauses}: {found:#?}");
    }
    let fine = [
        r#"{ attribute = "level", operator = "NOT EQUALS", value = 5 }, { attribute = "level", operator = "LESS THAN OR EQUALS", value = 5 }"#,
        r#"{ attribute = "level", operator = "GREATER THAN OR EQUALS", value = 5 }, { attribute = "level", operator = "LESS THAN OR EQUALS", value = 5 }"#,
        r#"{ attribute = "site", operator = "EQUALS", value = "a" }, { attribute = "mail", operator = "EQUALS", value = "b" }"#,
        r#"{ attribute = "site", operator = "IN", value = ["a", "xy"] }, { attribute = "site", operator = "STARTS WITH", value = "x" }"#,
        r#"{ any_of = "site", operator = "EQUALS", value = "a" }, { any_of = "site", operator = "EQUALS", value = "b" }"#,
        r#"{ attribute = "site", operator = "IS NULL" }, { attribute = "site", operator = "NOT MEMBER OF", value = "b" }"#,
        r#"{ attribute = "start", operator = "AFTER", value = "now" }, { attribute = "start", operator = "BEFORE", value = "2026-01-01" }"#,
    ];
    for clauses in fine {
        is_silent("S0302", &scope(clauses), "");
    }
}

#[test]
fn a_group_that_another_implies() {
    let weak = scope(r#"{ attribute = "site", operator = "EQUALS", value = "a" }"#);
    let strong = scope(
        r#"{ attribute = "level", operator = "GREATER THAN", value = 5 }, { attribute = "site", operator = "EQUALS", value = "a" }"#,
    );
    let message = "group 1 does nothing: group 2 passes whenever it does";
    fires("S0303", &format!("{strong}{weak}"), "", message);
    fires("S0303", &format!("{weak}{weak}"), "", "group 2 does nothing: group 1 passes whenever it does");
    let other = scope(r#"{ attribute = "site", operator = "EQUALS", value = "b" }"#);
    is_silent("S0303", &format!("{strong}{other}"), "");
}

#[test]
fn a_clause_that_stands_twice() {
    let clause = r#"{ attribute = "site", operator = "EQUALS", value = "a" }"#;
    fires("S0304", &scope(&format!("{clause}, {clause}")), "", "site EQUALS \"a\" stands there already");
    let other = r#"{ attribute = "site", operator = "EQUALS", value = "a", ignore_case = true }"#;
    is_silent("S0304", &scope(&format!("{clause}, {other}")), "");
}

#[test]
fn a_value_that_never_comes_to_rest() {
    let random = "displayName = { expression = 'RandomString(8, 0, 0, 0, 0, \"\")' }\n";
    let message = "the value of `displayName` draws random numbers, so each run may change it";
    fires("S0305", "", random, message);
    let clock = "displayName = { expression = 'Now()' }\n";
    fires("S0305", "", clock, "the value of `displayName` depends on the time, so each run may change it");
    is_silent("S0305", "", "displayName = { expression = 'Now()', apply = \"create\" }\n");
    is_silent("S0305", "", "displayName = { expression = 'ToLower([mail])' }\n");
}

#[test]
fn a_value_that_is_always_refused() {
    let long = "displayName = { expression = 'ToUpper(\"much too long\")' }\n";
    let message = "`displayName` never gets a value: the value has 13 characters, and it takes 10";
    fires("S0306", "", long, message);
    let wrong = "level = { expression = 'ToUpper(\"x\")' }\n";
    fires("S0306", "", wrong, "`level` never gets a value: the value is text, not int");
    is_silent("S0306", "", "displayName = { expression = 'ToUpper(\"short\")' }\n");
    is_silent("S0306", "", "displayName = { expression = 'ToUpper([mail])' }\n");
}

#[test]
fn a_unique_attribute_that_nothing_keeps_unique() {
    let message = "two objects may get the same `userName`, which must be unique";
    fires("S0307", "", "userName = { attribute = \"mail\" }\n", message);
    is_silent("S0307", "", "userName = { attribute = \"mail\", matching = 2 }\n");
    is_silent("S0307", "", "userName = { attribute = \"id\" }\n");
    let chosen = "userName = { expression = 'SelectUniqueValue([mail], Join(\".\", [mail], \"2\"))', apply = \"create\" }\n";
    is_silent("S0307", "", chosen);
}

#[test]
fn a_constant_for_what_tells_objects_apart() {
    let message = "all objects get the same `userName`, and it must be unique";
    fires("S0308", "", "userName = { constant = \"x\" }\n", message);
    let message = "all objects get the same `displayName`, and all match the same object";
    fires("S0308", "", "displayName = { constant = \"x\", matching = 2 }\n", message);
    is_silent("S0308", "", "displayName = { constant = \"x\" }\n");
}

#[test]
fn matching_by_what_can_change() {
    let text = |attributes: &str| {
        let head = "format = 1\n[[object]]\nsource = \"worker\"\ntarget = \"user\"\n[object.attributes]\n";
        lints_of(&format!("{head}{attributes}"))
    };
    let by_mail = text("userName = { attribute = \"mail\", matching = 1 }\n");
    assert_eq!(by_mail[0].code, "S0309");
    assert_eq!(by_mail[0].message, "objects are matched by `userName`, and what it comes from can change");
    is_silent("S0309", "", "userName = { attribute = \"mail\", matching = 2 }\n");
}

#[test]
fn a_reference_that_may_lead_nowhere() {
    let friends = "friends = { attribute = \"buddies\" }\n";
    let message = "`buddies` can refer to `team`, which no object mapping reads for `friends`";
    fires("S0310", "", friends, message);
    let teams = "[[object]]\nsource = \"team\"\ntarget = \"group\"\n[object.attributes]\nname = { attribute = \"name\", matching = 1 }\n";
    is_silent("S0310", "", &format!("{friends}{teams}"));
}

#[test]
fn a_secret_that_leaks() {
    let message = "`pin` is secret, and `displayName` is not";
    fires("S0311", "", "displayName = { expression = 'ToUpper([pin])' }\n", message);
    is_silent("S0311", "", "displayName = { expression = 'ToUpper([mail])' }\n");
}

#[test]
fn a_secret_in_the_file() {
    let message = "`apiKey` gets a text that stands in the mapping file";
    fires("S0312", "", "apiKey = { constant = \"hunter2\" }\n", message);
    fires("S0312", "", "apiKey = { attribute = \"mail\", default = \"hunter2\" }\n", message);
    is_silent("S0312", "", "apiKey = { attribute = \"mail\" }\n");
}

#[test]
fn adoption_by_what_is_not_unique() {
    let text = |adoption: &str| {
        let head = "format = 1\n[[object]]\nsource = \"worker\"\ntarget = \"user\"\n";
        let tail = "[object.attributes]\ndisplayName = { attribute = \"id\", matching = 1 }\n";
        lints_of(&format!("{head}{adoption}{tail}"))
    };
    let found = text("");
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["S0313"]);
    assert_eq!(text("adoption = \"report\"\n"), []);
    is_silent("S0313", "", "");
}

#[test]
fn a_negative_clause_on_what_may_be_absent() {
    let clause = r#"{ attribute = "site", operator = "NOT EQUALS", value = "a" }"#;
    fires("S0314", &scope(clause), "", "site NOT EQUALS \"a\" excludes whoever has no `site`");
    let none = r#"{ none_of = "site", operator = "EQUALS", value = "a" }"#;
    fires("S0314", &scope(none), "", "none of site EQUALS \"a\" excludes whoever has no `site`");
    is_silent("S0314", &scope(&clause.replace("site", "title")), "");
    is_silent("S0314", &scope(&clause.replace("NOT ", "")), "");
    let with_null = format!("{}{}", scope(clause), scope(r#"{ attribute = "site", operator = "IS NULL" }"#));
    is_silent("S0314", &with_null, "");
}

#[test]
fn a_clause_that_is_never_true() {
    let clause = scope(r#"{ attribute = "level", operator = "IS TRUE" }"#);
    fires("S0315", &clause, "", "level IS TRUE is never true: it holds int");
    is_silent("S0315", &scope(r#"{ attribute = "site", operator = "IS TRUE" }"#), "");
}

#[test]
fn what_is_allowed_is_not_found() {
    let attributes = "userName = { attribute = \"mail\" }\n";
    is_silent("S0307", "allow = [\"S0307\"]\n", attributes);
    is_silent("S0307", "[file]\nallow = [\"S0301\", \"S0307\"]\n", attributes);
    let message = "two objects may get the same `userName`, which must be unique";
    fires("S0307", "allow = [\"S0301\"]\n", attributes, message);
}

#[test]
fn every_rule_is_documented_with_its_severity_and_has_its_place_in_order() {
    let manual = include_str!("../../../../docs/mapping-format.md");
    for rule in RULES {
        let row = format!("| `{}` | {} |", rule.code, rule.severity);
        assert!(manual.contains(&row), "{row} is missing in docs/mapping-format.md");
    }
    assert!(RULES.is_sorted_by_key(|it| it.code));
}
