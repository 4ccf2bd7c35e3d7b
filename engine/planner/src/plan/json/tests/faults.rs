//! What is wrong, and where.

use provisio_model::{Attributes, Secret, Value, Values};

use super::example;
use crate::plan::json::{COMPLEX_DEPTH_MAX, PlanJsonErrorKind, read, write};
use crate::plan::{Action, Plan, PlannedValues};

/// Replaces a piece of the manual's example and tells what the reader says.
fn fault(piece: &str, by: &str) -> String {
    let text = write(&example::small()).expect("sound");
    assert!(text.contains(piece), "no `{piece}` in {text}");
    let error = read(&text.replacen(piece, by, 1)).expect_err("a fault");
    if let PlanJsonErrorKind::Edited { .. } = error.kind() {
        return format!("{}: edited", error.path());
    }
    without_line(&error.to_string())
}

/// Lines are tested once: they move with every field of the document.
fn without_line(error: &str) -> String {
    error.rsplit_once(" (line ").map_or(error, |(before, _)| before).to_owned()
}

#[test]
fn a_fault_of_form_names_its_line() {
    let text = write(&example::small()).expect("sound").replacen("\"version\": 1", "\"version\": null", 1);
    let error = read(&text).expect_err("a fault").to_string();
    assert!(error.ends_with(" (line 2, column 17)"), "{error}");
}

/// Puts another value in the place of `active` of the first operation.
fn check_values(faults: &[(&str, &str)]) {
    for (value, expected) in faults {
        let found = fault(r#""active": true"#, &format!(r#""active": {value}"#));
        assert_eq!(found.strip_prefix("operations[0].attributes.active"), Some(*expected), "{value}");
    }
}

fn check(faults: &[(&str, &str, &str)]) {
    for (piece, by, expected) in faults {
        assert_eq!(fault(piece, by), *expected, "`{piece}` replaced by `{by}`");
    }
}

#[test]
fn the_head_says_what_it_is() {
    check(&[
        (
            r#""version": 1"#,
            r#""version": 2"#,
            "version: the plan file has version 2, and this release reads version 1",
        ),
        (
            r#""version": 1,"#,
            r#""version": 2, "new": 1,"#,
            "version: the plan file has version 2, and this release reads version 1",
        ),
        (
            r#""version": 1"#,
            r#""version": "1""#,
            r#"version: invalid type: string "1", expected a whole number, 0 or more"#,
        ),
        (r#""version": 1,"#, "", "missing field `version`"),
        (r#""version": 1,"#, r#""version": 1, "version": 1,"#, "version: duplicate field `version`"),
        (
            r#""name": "hr to directory""#,
            r#""name": "\u001b[2Jx", "a\nb": 1"#,
            r#"["a\nb"]: unknown field `a\u{a}b`, expected one of `version`, `fingerprint`, `name`, `spec`, `parent`, `at`, `counts`, `unchanged`, `mappings`, `operations`, `held`, `skipped`, `memory`, `target_known_by`"#,
        ),
        (
            r#""name": "hr to directory""#,
            r#""name": 5"#,
            "name: invalid type: integer `5`, expected a string",
        ),
        (r#""name": "hr to directory""#, r#""name": null"#, "name: invalid type: null, expected a string"),
        (r#""parent": 4"#, r#""parent": 5"#, "fingerprint: edited"),
        (
            r#""parent": 4"#,
            r#""parent": -4"#,
            "parent: invalid type: integer `-4`, expected a whole number, 0 or more",
        ),
        (
            r#""parent": 4"#,
            r#""parent": 4.0"#,
            "parent: invalid type: floating point `4.0`, expected a whole number, 0 or more",
        ),
        (
            "2026-01-31T08:30:00Z",
            "yesterday",
            "at: `yesterday` is not a date and time such as `2026-01-31T08:30:00Z`",
        ),
        (r#""create": 1"#, r#""create": 0"#, "counts: they do not count the operations"),
        (
            r#""users""#,
            r#""\u202eusers""#,
            "mappings[0].name: it has control characters or turns the reading direction",
        ),
    ]);
}

#[test]
fn an_operation_is_what_its_action_says() {
    check(&[
        (r#""id": 1"#, r#""id": 7"#, "operations[1].id: operation #7 stands in place 1"),
        (r#""id": 1,"#, "", "operations[1]: `id` is missing"),
        (
            r#""action": "update""#,
            r#""action": "explode""#,
            "operations[1].action: `explode` is not an action",
        ),
        (
            r#""action": "update""#,
            r#""action": "delete""#,
            "operations[1].changes: `delete` has no `changes`",
        ),
        (r#""action": "update""#, r#""action": "create""#, "operations[1]: `attributes` is missing"),
        (
            r#""mapping": 0"#,
            r#""mapping": 2"#,
            "operations[0].mapping: there is no object mapping 2: the plan has 2, counted from 0",
        ),
        (r#""mapping": 0"#, r#""mapping": 65536"#, "operations[0].mapping: there is no object mapping 65536"),
        (
            r#""situation": "unmatched""#,
            r#""situation": "unlucky""#,
            "operations[0].situation: `unlucky` is not a situation",
        ),
        (
            r#""kind": "no_match""#,
            r#""kind": "odd""#,
            "operations[0].reason: `odd` is not a reason that is known, or has other data than it should",
        ),
        (
            r#""kind": "no_match""#,
            r#""kind": "matched""#,
            "operations[0].reason: `matched` is not a reason that is known, or has other data than it should",
        ),
        (
            r#""kind": "no_match""#,
            r#""kind": "no_match", "clause": {"group": 0, "position": 0, "text": "x"}"#,
            "operations[0].reason: `no_match` is not a reason that is known, or has other data than it should",
        ),
        (
            r#""active": true"#,
            r#""ACTIVE": true, "active": true"#,
            "operations[0].attributes.active: the attribute stands there twice",
        ),
        (
            r#""before": "Engineer","#,
            r#""before": {"existing": "u", "label": ""},"#,
            r#"operations[1].changes.title.before: a value is written as `{"reference": "id"}` here"#,
        ),
        (
            r#""before": "+47 555 0100""#,
            r#""before": "+47 555 0100", "write": "all""#,
            "operations[1].changes.phone.write: the words here are `values` and `temporary`",
        ),
        (r#""before": "+47 555 0100""#, "", "operations[1].changes.phone: it was absent and stays absent"),
        (
            r#""before": "+47 555 0100""#,
            r#""then": 1"#,
            "operations[1].changes.phone.then: unknown field `then`, expected one of `before`, `after`, `write`",
        ),
        (r#""attribute": "members","#, "", "operations[2]: `attribute` is missing"),
        (
            r#""attribute": "members","#,
            r#""attribute": "members", "changes": {},"#,
            "operations[2].changes: `members` has no `changes`",
        ),
    ]);
}

#[test]
fn an_operation_names_what_is_there_and_comes_before() {
    check(&[
        (
            r#""created": 0"#,
            r#""created": 1"#,
            "operations[0].target: the target object of a create is what it creates itself",
        ),
        (
            r#""existing": "u-17""#,
            r#""created": 1"#,
            "operations[1].target.created: operation #1 creates nothing",
        ),
        (
            r#""existing": "u-17""#,
            r#""created": 2"#,
            "operations[1].target.created: operation #2 creates nothing",
        ),
        (
            r#""existing": "u-17""#,
            r#""created": 99"#,
            "operations[1].target.created: there is no operation #99: the plan has 3, counted from #0",
        ),
        (
            r#""existing": "u-17""#,
            r#""created": 99999999999"#,
            "operations[1].target.created: there is no operation #99999999999",
        ),
        (
            r#""existing": "u-17""#,
            r#""existing": "u-17", "created": 0"#,
            "operations[1].target: either `existing` or `created` says which object",
        ),
        (
            r#""existing": "u-17""#,
            "",
            "operations[1].target: either `existing` or `created` says which object",
        ),
        ("\"op\": 0,", "\"op\": 2,", "operations[2].after[0].op: operation #2 does not come before"),
        (
            "\"why\": \"created\"",
            "\"why\": \"because\"",
            "operations[2].after[0].why: `because` is not a reason to wait",
        ),
        (
            "\"op\": 0,",
            "\"op\": 3,",
            "operations[2].after[0].op: there is no operation #3: the plan has 3, counted from #0",
        ),
        (
            "\"why\": \"created\"\n        }",
            "\"why\": \"created\"\n        }, { \"op\": 0, \"why\": \"adopted\" }",
            "operations[2].after[1].op: the list is not in ascending order",
        ),
    ]);
}

#[test]
fn a_value_has_one_form() {
    check_values(&[
        (
            "1.5",
            r#": a number with a fraction, or too large for 64 bits, is written as `{"decimal": "1.5"}`"#,
        ),
        ("18446744073709551615", ": 18446744073709551615 does not fit in 64 bits with a sign"),
        (
            "null",
            ": invalid type: null, expected a value: text, a boolean, an integer, or an object that names its kind",
        ),
        ("{}", ": an empty object is not a value"),
        ("[]", ": a list has two values or more; one value stands without a list"),
        ("[true]", ": a list has two values or more; one value stands without a list"),
        ("[1, 2, 1]", ": a value stands there twice"),
        ("[1, [2, 3]]", "[1]: a list stands in a list"),
        (r#"{"int": 1}"#, ".int: `int` is not a kind of value"),
        (r#"{"secret": "x"}"#, ".secret: a plan file holds no secret"),
        (r#"{"decimal": "1", "x": 1}"#, ".x: `x` stands beside `decimal`"),
        (r#"{"decimal": "NaN"}"#, ": a decimal is finite"),
        (r#"{"decimal": "one"}"#, ".decimal: `one` is not a number"),
        (r#"{"binary": "_w=="}"#, ".binary: `_w==` is not base64 with padding"),
        (
            r#"{"timestamp": "2026-02-30"}"#,
            ".timestamp: `2026-02-30` is not a date and time such as `2026-01-31T08:30:00Z`",
        ),
        (
            r#"{"complex": {"a b": [1]}}"#,
            r#".complex["a b"]: a list has two values or more; one value stands without a list"#,
        ),
        (r#"{"complex": {"a": 1, "A": 2}}"#, ".complex.A: the attribute stands there twice"),
        (r#"{"created": 0, "label": "x"}"#, ".created: operation #0 creates the object too late"),
        (r#"{"existing": "u"}"#, ": missing field `label`"),
        (
            r#"[1, {"existing": "u", "label": ""}]"#,
            r#"[1]: a value is written as `{"reference": "id"}` here"#,
        ),
        (r#"[{"existing": "u", "label": ""}, 1]"#, "[1]: a value stands among references to target objects"),
    ]);
}

#[test]
fn what_is_held_back_has_no_place_in_the_order() {
    check(&[
        (
            r#""held": []"#,
            r#""held": [{"limit": "creates", "mapping": 0, "number": 1, "of": 1, "operations": []}]"#,
            "held[0].limit: `creates` is not a limit",
        ),
        (
            r#""held": []"#,
            r#""held": [{"limit": "deletes", "mapping": 0, "number": 1, "of": 1, "operations": [{"id": 0, "action": "delete", "mapping": 0, "label": "", "source": "", "target": {"existing": ""}, "situation": "left_scope", "reason": {"kind": "in_scope"}}]}]"#,
            "held[0].operations[0].id: what is held back has no `id`",
        ),
        (
            r#""held": []"#,
            r#""held": [{"limit": "deletes", "mapping": 0, "number": 1, "of": 1, "operations": [{"action": "delete", "mapping": 0, "label": "", "source": "", "target": {"created": 0}, "situation": "left_scope", "reason": {"kind": "in_scope"}}]}]"#,
            "held[0].operations[0].target.created: what is held back cannot name an object that this plan creates",
        ),
    ]);
}

#[test]
fn an_edited_plan_is_refused() {
    check(&[
        (r#""parent": 4"#, r#""parent": 5"#, "fingerprint: edited"),
        ("country EQUALS", "country IS", "fingerprint: edited"),
        ("Senior Engineer", "Engineer II", "fingerprint: edited"),
    ]);
}

#[test]
fn a_name_or_reason_cannot_forge_a_line() {
    check(&[
        (
            "country EQUALS",
            r#"\n#9 - user"#,
            "skipped[0].why.clause.text: it has control characters or turns the reading direction",
        ),
        (
            r#""users""#,
            r#""\u202eusers""#,
            "mappings[0].name: it has control characters or turns the reading direction",
        ),
        (
            r#""active""#,
            r#""active\r""#,
            r#"operations[0].attributes["active\r"]: it has control characters or turns the reading direction"#,
        ),
    ]);
}

#[test]
fn a_form_that_is_not_a_plan_is_placed() {
    check(&[
        (
            r#""title": {"#,
            r#""title": [{"#,
            "operations[1].changes.title: invalid type: sequence, expected a change with `before` and `after`",
        ),
        (r#""skipped": ["#, r#""skipped": [,"#, "skipped[0]: expected value"),
        (r#""skipped""#, "skipped", "key must be a string"),
    ]);
}

#[test]
fn a_text_that_is_no_plan_is_refused() {
    let text = write(&example::small()).expect("sound");
    let said = |text: &str| without_line(&read(text).expect_err("no plan").to_string());
    assert_eq!(said(""), "EOF while parsing a value");
    assert_eq!(said("null"), "invalid type: null, expected a plan");
    assert_eq!(said("[]"), "invalid type: sequence, expected a plan");
    assert_eq!(said("\u{feff}{}"), "expected value");
    assert_eq!(said(&format!("{text}x")), "trailing characters");
    let half = text.find(r#""situation": "linked""#).expect("an update");
    assert!(said(&text[..half]).starts_with("operations[1]: EOF while parsing"));
    let deep = format!(r#""active": {}"#, "[".repeat(200));
    assert!(fault(r#""active": true"#, &deep).contains("recursion limit exceeded"));
}

fn with_value(value: impl Into<Value>) -> Plan {
    let mut plan = example::small();
    if let Action::Create { attributes } = &mut plan.operations[0].action {
        attributes[0].1 = PlannedValues::Values(Values::one(value));
    }
    plan
}

#[test]
fn a_secret_is_refused_with_its_operation_and_what_to_do_instead() {
    let error = write(&with_value(Value::Secret(Secret::new("hunter2")))).expect_err("a secret");
    assert_eq!(
        error.to_string(),
        "operations[0].attributes.active: `active` of user `adele@contoso.example` (operation #0) is secret, \
         and a plan file holds no secret"
    );
    assert_eq!(error.help(), Some("carry the plan out at once with `provisio run`"));
}

#[test]
fn complex_values_stand_only_so_deep_in_each_other() {
    let nested = |deep: usize| {
        let wrap = |inner: Values, _| {
            Values::one(Value::Complex([("a", inner)].into_iter().collect::<Attributes>()))
        };
        let values = (0..deep).fold(Values::one(1), wrap);
        with_value(values.single().cloned().expect("one"))
    };
    let deepest = nested(COMPLEX_DEPTH_MAX);
    assert_eq!(read(&write(&deepest).expect("sound")), Ok(deepest));
    let error = write(&nested(COMPLEX_DEPTH_MAX + 1)).expect_err("too deep");
    assert!(error.to_string().ends_with("complex values stand more than 16 deep in each other"), "{error}");
}

#[test]
fn plans_that_look_the_same_and_do_something_else_have_different_fingerprints() {
    let plan = example::small();
    let other = Plan {
        operations: plan
            .operations
            .iter()
            .cloned()
            .map(|mut it| {
                it.source = provisio_model::SourceId::new(format!("{}0", it.source));
                it
            })
            .collect(),
        ..plan.clone()
    };
    assert_ne!(plan.fingerprint(), other.fingerprint());
    let tail = |plan: &Plan| plan.text().to_string().split_once(':').map(|(_, tail)| tail.to_owned());
    assert_eq!(tail(&plan), tail(&other));
    let later = Plan { at: "2027-01-01".parse().unwrap(), ..plan.clone() };
    assert_eq!(plan.fingerprint(), later.fingerprint());
}
