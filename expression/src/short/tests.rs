use crate::eval::Evaluator;
use crate::eval::tracer::Untraced;
use crate::{CompileSettings, EvalContext, EvalError, Flow, FunctionTable, Instant, Names, Program, Value};
use bumpalo::Bump;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;

static FUNCTIONS: LazyLock<FunctionTable> = LazyLock::new(FunctionTable::standard);

fn compile(text: &str) -> Option<Program> {
    let names = Names::new(["a", "b", "c"]);
    Program::compile(text, &names, &FUNCTIONS, &CompileSettings::default()).ok().map(|it| it.0)
}

/// What the evaluator alone gives.
fn in_full<'a>(
    program: &'a Program,
    record: &'a [Value<'a>],
    context: &'a EvalContext<'a>,
    bump: &'a Bump,
) -> Result<Flow<'a>, EvalError> {
    Evaluator::new(record, context, bump, Untraced).flow(&program.root).map_err(|raised| *raised)
}

fn short<'a>(
    program: &'a Program,
    record: &'a [Value<'a>],
    context: &EvalContext<'_>,
    bump: &'a Bump,
) -> Option<Flow<'a>> {
    program.short.as_ref()?.flow(record, &context.limits, bump)
}

#[test]
fn what_is_usual_has_a_short_form() {
    let bump = Bump::new();
    let context = EvalContext::at(Instant::default());
    let record = [Value::Text("Zoë Ann"), Value::Null, Value::Text("2024-02-29")];
    let check = |text: &str, expected: Option<Flow<'_>>| {
        let program = compile(text).expect("a correct expression");
        assert_eq!(short(&program, &record, &context, &bump), expected, "{text}");
        if let Some(expected) = expected {
            assert_eq!(in_full(&program, &record, &context, &bump), Ok(expected), "{text}");
        }
    };
    let gives = |value| Some(Flow::Value(value));
    check("[a]", gives(Value::Text("Zoë Ann")));
    check(
        r#"Append(ToLower(Join(".", NormalizeDiacritics([a]), [b])), Mid([c], 2, 3))"#,
        gives(Value::Text("zoe ann024")),
    );
    check(r#"Join("-", [b], [a], "", [c])"#, gives(Value::Text("Zoë Ann-2024-02-29")));
    check(
        r#"ToUpper(Join(" x ", StripSpaces("  "), StripSpaces([c]), Join("/", "a", [b], "b")))"#,
        gives(Value::Text("2024-02-29 X A/B")),
    );
    check(r#"StripSpaces(Join("-", " ", [a], " "))"#, gives(Value::Text("-ZoëAnn-")));
    check(r#"Append([b], "x")"#, gives(Value::Null));
    check(r#"Join(",", Append([b], "x"), "y")"#, gives(Value::Text("y")));
    check(r#"[b] & "x""#, gives(Value::Text("x")));
    check(r#"IIF(IsNullOrEmpty([b]), Left([a], 3), "no")"#, gives(Value::Text("Zoë")));
    check(r#"IIF([c] > "2024-01-01", "yes", Error([a]))"#, gives(Value::Text("yes")));
    check(r#"Switch([b], "other", "", "none")"#, gives(Value::Text("none")));
    check(r#"Coalesce([b], Mid([b], 1, 2), [a])"#, gives(Value::Text("Zoë Ann")));
    check(r#"FormatDateTime([c], , "yyyy-MM-dd", "dd/MM/yyyy")"#, gives(Value::Text("29/02/2024")));
    check(r#"FormatDateTime([b], , "yyyy-MM-dd", "dd/MM/yyyy")"#, gives(Value::Null));
    check(r#"Replace([c], , "[^0-9]", , "", , )"#, gives(Value::Text("20240229")));
    check(r#"IgnoreFlowIfNullOrEmpty([b])"#, Some(Flow::IgnoreAttribute));
    check(r#"Left([b], 2)"#, gives(Value::Text("")));
    check(r#"IsPresent([a])"#, gives(Value::Bool(true)));
    // What takes more is left to the evaluator.
    check(r#"ToUpper([a])"#, None);
    check(r#"PCase([a])"#, None);
    check(r#"IIF([c] < "2024-01-01", "yes", Error([a]))"#, None);
    check(r#"FormatDateTime([a], , "yyyy-MM-dd", "dd/MM/yyyy")"#, None);
    check(r#"Join("", [a], [a], [a], [a], [a], [a], [a], [a], [a], [a])"#, None);
}

#[test]
fn a_limit_that_may_be_reached_is_left_to_the_evaluator() {
    let (bump, record) = (Bump::new(), [Value::Text("a"), Value::Text("b"), Value::Null]);
    let program = compile(r#"Join("", [a], [b])"#).expect("a correct expression");
    let mut context = EvalContext::at(Instant::default());
    assert!(short(&program, &record, &context, &bump).is_some());
    context.limits.text_bytes = 1;
    assert!(short(&program, &record, &context, &bump).is_none());
    assert!(matches!(program.evaluate(&record[..], &context, &bump), Err(EvalError::Limit { .. })));
    context = EvalContext::at(Instant::default());
    context.limits.fuel = 3;
    assert!(short(&program, &record, &context, &bump).is_none());
}

const TEXTS: [&str; 12] = [
    "",
    " ",
    "a",
    "Ann Lee",
    ".",
    "É",
    "Ægir ß",
    "2024-02-29",
    "+49 (30) 12-3",
    "MAXIMILIANA ",
    "한국",
    "17",
];

/// Expressions that have a short form mostly.
fn expression() -> impl Strategy<Value = String> {
    let constant = || select(&TEXTS[..]).prop_map(|text| format!("\"{text}\""));
    let leaf = prop_oneof![3 => select(&["[a]", "[b]", "[c]"][..]).prop_map(str::to_owned), 1 => constant()];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(", "));
        let number = || 0..12_i32;
        let transform =
            select(&["ToLower", "ToUpper", "NormalizeDiacritics", "StripSpaces", "IgnoreFlowIfNullOrEmpty"][..]);
        prop_oneof![
            4 => (transform, inner.clone()).prop_map(|(name, inner)| format!("{name}({inner})")),
            3 => (constant(), several()).prop_map(|(separator, parts)| format!("Join({separator}, {parts})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("Append({left}, {right})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} & {right})")),
            2 => (inner.clone(), 1..9_i32, number()).prop_map(|(text, start, length)| format!("Mid({text}, {start}, {length})")),
            1 => (inner.clone(), -1..9_i32).prop_map(|(text, count)| format!("Left({text}, {count})")),
            1 => several().prop_map(|parts| format!("Coalesce({parts})")),
            2 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(test, yes, no)| format!("IIF(IsNullOrEmpty({test}), {yes}, {no})")),
            1 => (select(&["=", "<>", "<", ">="][..]), inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(operator, left, right, yes)| format!("IIF({left} {operator} {right}, {yes}, IgnoreAttributeFlow)")),
            1 => (inner.clone(), constant(), inner.clone(), inner.clone())
                .prop_map(|(text, key, value, other)| format!("Switch({text}, {other}, {key}, {value}, \"17\", \"x\")")),
            1 => inner.clone().prop_map(|text| format!("FormatDateTime({text}, , \"yyyy-MM-dd\", \"dd/MM/yyyy HH:mm\")")),
            2 => (inner, select(&["[^0-9]", "[ .A-Z]+", "\\\\d"][..]))
                .prop_map(|(text, pattern)| format!("Replace({text}, , \"{pattern}\", , \"\", , )")),
        ]
    })
}

/// A value of an attribute, as text where it is one.
fn value() -> impl Strategy<Value = Result<String, Value<'static>>> {
    const LIST: &[Value<'_>] = &[Value::Text("x"), Value::Null];
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(|text| Ok(text.to_owned())),
        6 => "[A-Za-zÀ-ʯ .]{0,12}|[ -~]{0,20}|\\PC{0,8}|[A-Za-z ]{50,70}|[0-9]{4}-[0-9]{2}-[0-9]{2}".prop_map(Ok),
        4 => select(&[Value::Null, Value::Int(17), Value::Bool(true), Value::List(LIST)][..]).prop_map(Err),
    ]
}

fn cases() -> u32 {
    if std::env::var_os("PROVISIO_MANY_CASES").is_some() { 150_000 } else { 2_000 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_form_gives_what_the_evaluator_gives(text in expression(), values in [value(), value(), value()]) {
        let Some(program) = compile(&text) else { return Ok(()) };
        let record = values.each_ref().map(|value| match value {
            Ok(text) => Value::Text(text),
            Err(value) => *value,
        });
        let (bump, context) = (Bump::new(), EvalContext::at(Instant::default()));
        let expected = in_full(&program, &record, &context, &bump);
        if let Some(flow) = short(&program, &record, &context, &bump) {
            prop_assert_eq!(Ok(flow), expected.clone(), "{}", text);
        }
        if let Ok(Flow::Value(Value::Text(given))) = expected {
            let others = [format!("{given}\0"), format!("{given}x"), given.to_uppercase(), given.chars().skip(1).collect()];
            for other in others.iter().filter(|it| it.as_str() != given) {
                prop_assert!(!program.is_seen_to_give(other, &record[..], &context, &bump), "{} {:?}", text, other);
            }
        }
        for other in ["", "a", "2024-02-29"].into_iter().filter(|it| Ok(Flow::Value(Value::Text(it))) != expected) {
            prop_assert!(!program.is_seen_to_give(other, &record[..], &context, &bump), "{} {:?}", text, other);
        }
        prop_assert_eq!(program.evaluate(&record[..], &context, &bump), expected, "{}", text);
    }
}

/// What is usual is seen without making it: as often as a text has a short form, or nearly.
#[test]
fn a_text_is_seen_to_be_given() {
    let (bump, context) = (Bump::new(), EvalContext::at(Instant::default()));
    let record = [Value::Text("Zoë Ann"), Value::Null, Value::Text("2024-02-29")];
    let texts = [
        ("[a]", "Zoë Ann"),
        (r#"Join(" ", [a], [b], [c])"#, "Zoë Ann 2024-02-29"),
        (r#"ToLower(Join(".", NormalizeDiacritics([a]), [c]))"#, "zoe ann.2024-02-29"),
        (r#"FormatDateTime([c], , "yyyy-MM-dd", "dd/MM/yyyy")"#, "29/02/2024"),
        (r#"Replace([c], , "[^0-9]", , "", , )"#, "20240229"),
        (r#"Mid([c], 1, 4)"#, "2024"),
    ];
    for (text, given) in texts {
        let program = compile(text).expect("a correct expression");
        assert!(program.is_seen_to_give(given, &record[..], &context, &bump), "{text}");
        for other in [
            "",
            "2",
            given.get(1..).unwrap_or_default(),
            &format!("{given}1"),
            &given.replace('2', "3").replace('n', "m"),
        ] {
            if other != given {
                assert!(!program.is_seen_to_give(other, &record[..], &context, &bump), "{text} {other}");
            }
        }
    }
}

/// The random expressions are worth something: many go the short way, and many do not.
#[test]
fn many_random_expressions_have_a_short_form() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut compiled, mut shortened) = (0, 0);
    for _ in 0..500 {
        let tree = (expression(), "[A-Za-zÀ-ʯ ]{0,9}").new_tree(&mut runner).expect("a value");
        let (text, name) = proptest::strategy::ValueTree::current(&tree);
        let Some(program) = compile(&text) else { continue };
        let (bump, context) = (Bump::new(), EvalContext::at(Instant::default()));
        let record = [Value::Text(&name), Value::Null, Value::Text("2024-02-29")];
        compiled += 1;
        shortened += usize::from(short(&program, &record, &context, &bump).is_some());
    }
    assert!(compiled > 250 && (150..compiled).contains(&shortened), "{shortened} of {compiled}");
}
