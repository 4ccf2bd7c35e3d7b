use provisio_model::{Diagnostic, Timestamp, Value};

use super::super::{
    Adoption, Apply, Clause, Deprovision, Limit, MappingSource, MappingSpec, NullFlow, Operator,
    TargetMissing,
};
use super::load;

const COMPLETE: &str = r#"
format = 1
name = "HR to directory"

[limits]
deletes = { free = 1_0, count = 50, percent = 12.5 }
disables = { percent = 5 }
member_removals = false

[[object]]
source = "worker"
target = "user"
name = "workers"
operations = ["create", "update"]
adoption = "report"
target_missing = "report"

[[object.scope]]
name = "employees"
all = [
  { attribute = "employeeType", operator = "NOT EQUALS", value = "Contractor" },
  { attribute = "department", operator = "is_not_null" },
]
[[object.scope]]
all = [{ attribute = "level", operator = "GREATER THAN", value = 3 }]

[object.deprovisioning]
out_of_scope = "disable"
source_deleted = "delete"
status = { attribute = "state", enabled = "on", disabled = "off", create_disabled = true }

[object.attributes]
externalId = { attribute = "workerId", matching = 1 }
userName = { expression = 'ToLower(Join(".", [firstName], [lastName]))', apply = "create", matching = 2 }
locale = { none = true, default = "en" }
title = { attribute = "title", null = "clear", default = "n/a", apply = "always" }
userType = { constant = "employee", null = "skip" }
'emails[type eq "work"].value' = { attribute = "mail" }
level = { constant = -3 }
share = { constant = 0.5 }
since = { constant = 2026-01-31 08:30:00+01:00 }
until = { constant = 2026-01-31T08:30Z }
active = { constant = true }

[[object]]
source = "team"
target = "group"
attributes.displayName.attribute = "name"
"#;

fn read(text: &str) -> MappingSpec {
    load(text).unwrap_or_else(|faults| panic!("{}", render(&faults, text)))
}

fn faults(text: &str) -> Vec<Diagnostic> {
    load(text).expect_err("the text has a fault")
}

fn render(faults: &[Diagnostic], text: &str) -> String {
    faults.iter().map(|fault| fault.render("mapping.toml", text)).collect()
}

/// Wraps the lines of one `[object.attributes]` table into a file.
fn with_attributes(lines: &str) -> String {
    format!("format = 1\n[[object]]\nsource = 'a'\ntarget = 'b'\n[object.attributes]\n{lines}\n")
}

#[test]
fn every_key_of_a_complete_file_is_read() {
    let spec = read(COMPLETE);
    let at = |span: &std::ops::Range<usize>| &COMPLETE[span.clone()];
    assert_eq!(spec.name.as_str(), "HR to directory");
    assert_eq!(spec.limits.deletes, Limit::new(10, Some(50), Some(12.5)));
    assert_eq!(spec.limits.disables, Limit::new(5, None, Some(5.0)));
    assert_eq!(spec.limits.member_removals, Limit::OFF);
    assert_eq!(spec.objects.len(), 2);

    let workers = &spec.objects[0];
    assert_eq!(workers.name.as_str(), "workers");
    assert_eq!((workers.source.as_str(), workers.target.as_str()), ("worker", "user"));
    assert_eq!(at(&workers.span), "[[object]]");
    let operations = workers.operations;
    assert_eq!((operations.create, operations.update, operations.delete), (true, true, false));
    assert_eq!((workers.adoption, workers.target_missing), (Adoption::Report, TargetMissing::Report));

    let [employees, leaders] = workers.scope.groups.as_slice() else { panic!("two groups") };
    assert_eq!((employees.name.as_str(), leaders.name.as_str()), ("employees", ""));
    let clause =
        |clause: &Clause| (clause.attribute.to_string(), clause.operator, clause.values.first().cloned());
    assert_eq!(
        clause(&employees.clauses[0]),
        ("employeeType".to_owned(), Operator::NotEquals, Some(Value::from("Contractor")))
    );
    assert_eq!(clause(&employees.clauses[1]), ("department".to_owned(), Operator::IsNotNull, None));
    assert_eq!(clause(&leaders.clauses[0]), ("level".to_owned(), Operator::GreaterThan, Some(Value::Int(3))));
    assert_eq!(at(&employees.clauses[1].span), r#"{ attribute = "department", operator = "is_not_null" }"#);

    let leaving = &workers.deprovisioning;
    assert_eq!(leaving.out_of_scope, Some(Deprovision::Disable.into()));
    assert_eq!(leaving.source_deleted, Some(Deprovision::Delete.into()));
    let status = leaving.status.as_ref().expect("a status attribute");
    assert_eq!(status.attribute.as_str(), "state");
    assert_eq!((&status.enabled, &status.disabled), (&Value::from("on"), &Value::from("off")));
    assert!(status.create_disabled);
    assert_eq!(at(&status.span), "status");

    let names: Vec<&str> = workers.attributes.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(
        names,
        [
            "externalId",
            "userName",
            "locale",
            "title",
            "userType",
            "emails[type eq \"work\"].value",
            "level",
            "share",
            "since",
            "until",
            "active"
        ],
        "in the order of the file"
    );
    let MappingSource::Attribute { name, span } = &workers.attributes[0].source else { panic!("direct") };
    assert_eq!((name.as_str(), at(span)), ("workerId", "workerId"));
    assert_eq!(at(&workers.attributes[0].span), "externalId");
    assert_eq!((workers.attributes[0].matching, workers.attributes[1].matching), (Some(1), Some(2)));
    let MappingSource::Expression { text, span } = &workers.attributes[1].source else {
        panic!("expression")
    };
    assert_eq!(text.as_str(), "ToLower(Join(\".\", [firstName], [lastName]))");
    assert_eq!(at(span), text.as_str());
    assert_eq!((workers.attributes[1].apply, workers.attributes[0].apply), (Apply::OnCreate, Apply::Always));
    assert_eq!(workers.attributes[2].source, MappingSource::None);
    assert_eq!(workers.attributes[2].default, Some(Value::from("en")));
    assert_eq!((workers.attributes[3].null, workers.attributes[4].null), (NullFlow::Clear, NullFlow::Skip));
    assert_eq!(workers.attributes[3].default, Some(Value::from("n/a")));
    assert_eq!(at(&workers.attributes[5].span), r#"'emails[type eq "work"].value'"#);
    let instant = |text: &str| Value::Timestamp(text.parse::<Timestamp>().expect("valid"));
    for (position, value) in [
        (4, Value::from("employee")),
        (6, Value::Int(-3)),
        (7, Value::Decimal(0.5)),
        (8, instant("2026-01-31T07:30:00Z")),
        (9, instant("2026-01-31T08:30:00Z")),
        (10, Value::Bool(true)),
    ] {
        assert_eq!(workers.attributes[position].source, MappingSource::Constant(value));
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let spec =
        read("format = 1\nobject = [{ source = 'team', target = 'group', attributes.n.constant = 1 }]");
    let teams = &spec.objects[0];
    assert_eq!(spec.name.as_str(), "mapping");
    assert_eq!(spec.limits, super::super::Limits::default());
    assert_eq!(teams.name.as_str(), "team -> group");
    assert!(teams.operations.create && teams.operations.update && teams.operations.delete);
    assert_eq!((teams.adoption, teams.target_missing), (Adoption::Link, TargetMissing::Recreate));
    assert!(teams.scope.groups.is_empty());
    assert_eq!(teams.deprovisioning, super::super::Deprovisioning::default());
    assert_eq!((teams.attributes[0].apply, teams.attributes[0].null), (Apply::Always, NullFlow::Skip));
}

#[test]
fn a_bound_of_a_limit_that_is_not_given_keeps_its_default() {
    let limit = |text: &str| {
        let text = format!("limits.deletes = {{ {text} }}\n{}", with_attributes("a.attribute = 'a'"));
        read(&text).limits.deletes
    };
    assert_eq!(limit("count = 50"), Limit::new(5, Some(50), Some(10.0)));
    assert_eq!(limit("count = 50, percent = false"), Limit::new(5, Some(50), None));
    assert_eq!(limit("free = 0"), Limit::new(0, None, Some(10.0)));
    assert_eq!(limit("free = 0, percent = 0"), Limit::new(0, None, Some(0.0)));
}

#[test]
fn the_span_of_a_text_is_inside_its_quotes() {
    for (written, inside) in [
        (r#""[a]""#, "[a]"),
        ("'[a]'", "[a]"),
        ("'''[a]'''", "[a]"),
        ("'''\n[a]\n'''", "[a]\n"),
        ("\"\"\"\r\n[a]\"\"\"", "[a]"),
        (r#"'''Join("'", [a])'''"#, r#"Join("'", [a])"#),
        (r#""""["a"]""""#, r#"["a"]"#),
        (r#""\"x\"""#, r#"\"x\""#),
    ] {
        let text = with_attributes(&format!("x = {{ expression = {written} }}"));
        let spec = read(&text);
        let MappingSource::Expression { span, .. } = &spec.objects[0].attributes[0].source else {
            panic!("expression")
        };
        assert_eq!(&text[span.clone()], inside, "{written}");
    }
}

#[test]
fn each_fault_is_shown_with_its_place_and_its_cure() {
    let cases = include_str!("tests/faults.md");
    let mut failed = String::new();
    for case in cases.split("\n## ").skip(1) {
        let (title, rest) = case.split_once("\n\n```toml\n").expect("a title and a file");
        let (text, rest) = rest.split_once("```\n\n```text\n").expect("a file and its faults");
        let expected = rest.trim_end().strip_suffix("```").expect("the end of the faults");
        let found = render(&faults(text), text);
        if found != expected {
            failed += &format!("## {title}\n{found}\n");
        }
    }
    assert_eq!(failed, "", "these cases give other faults than the file says");
}

#[test]
fn the_documented_example_is_valid_and_every_code_is_documented_and_shown() {
    let document = include_str!("../../../../../docs/mapping-format.md");
    let (_, example) = document.split_once("```toml\n").expect("an example");
    let (example, _) = example.split_once("```\n").expect("its end");
    assert_eq!(read(example).objects.len(), 2);
    let codes = include_str!("code.rs").split('"').filter(|it| it.starts_with("S01"));
    for code in codes {
        assert!(document.contains(&format!("| `{code}` |")), "{code} is not documented");
        // Its texts are too large for a page and have a test of their own.
        let shown = include_str!("tests/faults.md").contains(&format!("[{code}]"));
        assert!(shown || code == super::code::TOO_LARGE, "{code} is not shown");
    }
}

#[test]
fn seven_faults_are_seven_reports_in_the_order_of_the_file() {
    let text = r#"format = 1
[limits]
deletes = { percent = -1 }
[[object]]
source = "worker"
adoption = "take"
[[object.scope]]
all = [{ attribute = "a", operator = "EQUALS" }]
[object.attributes]
userName = { attribute = "a", matching = 0 }
mail = { atribute = "mail" }
locale = { none = true }
"#;
    let found = faults(text);
    let lines: Vec<(&str, usize)> =
        found.iter().map(|it| (it.code, text[..it.span.start].matches('\n').count() + 1)).collect();
    assert_eq!(
        lines,
        [("S0108", 3), ("S0105", 4), ("S0107", 6), ("S0111", 8), ("S0108", 10), ("S0104", 11), ("S0113", 12)]
    );
}

#[test]
fn what_is_too_large_is_refused() {
    let refused = |text: &str| {
        let found = faults(text);
        assert_eq!((found.len(), found[0].code), (1, "S0102"));
        found[0].message.clone()
    };
    let object = "[[object]]\nsource = 'a'\ntarget = 'b'\nattributes.a.attribute = 'a'\n";
    let attributes: String = (0..10_001).map(|it| format!("a{it}.attribute = 'a'\n")).collect();
    let clauses = "{ attribute = 'a', operator = 'IS TRUE' },".repeat(1_001);
    let scope = format!("scope = [{{ all = [{clauses}] }}]\n");
    assert_eq!(
        refused(&format!("format = 1\n#{}", "x".repeat(1024 * 1024))),
        "the text has 1048588 bytes, more than 1048576"
    );
    assert_eq!(
        refused(&format!("format = 1\n{}", object.repeat(1_001))),
        "`object` has 1001 entries, more than 1000"
    );
    assert_eq!(refused(&with_attributes(&attributes)), "`attributes` has 10001 entries, more than 10000");
    assert_eq!(refused(&format!("format = 1\n{object}{scope}")), "`all` has 1001 entries, more than 1000");
}

#[test]
fn many_faults_are_counted_and_not_all_kept() {
    let lines: String = (0..600).map(|it| format!("a{it} = {{}}\n")).collect();
    let found = faults(&with_attributes(&lines));
    assert_eq!(found.len(), 501);
    assert_eq!(found[500].message, "100 more faults are not shown");
}

#[test]
fn deep_nesting_is_a_fault_and_not_a_crash() {
    for text in [format!("a = {}", "[".repeat(100_000)), format!("a = {}", "{a=".repeat(100_000))] {
        assert_eq!(faults(&text)[0].code, "S0101");
    }
    let dotted = format!("{}a = 1", "a.".repeat(100_000));
    assert_eq!(faults(&dotted)[0].message, "not valid TOML: recursion limit");
    // TOML's own limit is 80.
    let names = format!("{}constant = 1", "a.".repeat(70));
    assert_eq!(faults(&with_attributes(&names))[0].code, "S0104");
}

#[test]
fn a_damaged_file_never_panics_and_each_fault_has_a_place_and_a_cure() {
    let check = |text: &str| {
        let Err(found) = load(text) else { return };
        assert!(!found.is_empty(), "{text}");
        assert!(found.is_sorted_by_key(|it| it.span.start), "{text}");
        for fault in &found {
            assert!(fault.help.is_some() && text.get(fault.span.clone()).is_some(), "{fault:?}\n{text}");
            assert!(!fault.render("mapping.toml", text).is_empty());
        }
    };
    for end in 0..COMPLETE.len() {
        check(&COMPLETE[..end]);
        check(&COMPLETE[end..]);
    }
    const DAMAGE: &[u8] = b"\0\n\r\"'[]{}=.,#-+_ 0e\\\xc3\xa9u";
    let mut random = Random(0x5eed);
    let pieces: Vec<&str> =
        COMPLETE.split_inclusive([' ', '\n', '.', '"', '\'', '[', ']', '{', '}', ',']).collect();
    for _ in 0..3_000 {
        let mut bytes = COMPLETE.as_bytes().to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = DAMAGE[random.below(DAMAGE.len())];
        }
        check(&String::from_utf8_lossy(&bytes));
        let mut shuffled = pieces.clone();
        for _ in 0..=random.below(6) {
            let (left, right) = (random.below(pieces.len()), random.below(pieces.len()));
            shuffled[left] = pieces[right];
        }
        check(&shuffled.concat());
    }
}

/// A seeded generator of small numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}
