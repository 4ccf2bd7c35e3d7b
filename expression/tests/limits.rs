//! Every evaluation is bounded, and the limits have names.

use crate::check::{NOW, outcome, outcome_in};
use bumpalo::Bump;
use provisio_expression::{
    CompileSettings, EvalContext, EvalError, FunctionTable, Limit, Limits, MAX_DEPTH, Names, Program, Value,
};

fn limit(expression: &str, value: Value<'_>, limits: Limits) -> Option<Limit> {
    let functions = FunctionTable::standard();
    let (program, _) =
        Program::compile(expression, &Names::new(["a"]), &functions, &CompileSettings::default())
            .expect("correct");
    let mut context = EvalContext::at(NOW);
    context.limits = limits;
    let bump = Bump::new();
    match program.evaluate(&[value][..], &context, &bump) {
        Err(EvalError::Limit { limit, .. }) => Some(limit),
        _ => None,
    }
}

#[test]
fn growing_text_is_stopped() {
    let doubled = (0..40).fold("[a]".to_owned(), |inner, _| format!("Replace({inner}, \"a\", , , \"aa\")"));
    assert_eq!(limit(&doubled, Value::Text("a"), Limits::STANDARD), Some(Limit::TextBytes));
    let joined =
        (0..40).fold("[a]".to_owned(), |inner, _| format!("Join(\"\", {inner}, [a], \"0123456789\")"));
    let mut small = Limits::STANDARD;
    small.text_bytes = 100;
    assert_eq!(limit(&joined, Value::Text("a"), small), Some(Limit::TextBytes));
    assert_eq!(limit(&joined, Value::Text("a"), Limits::STANDARD), None);
}

#[test]
fn fuel_runs_out() {
    let mut little = Limits::STANDARD;
    little.fuel = 3;
    assert_eq!(
        limit("ToLower(ToUpper(StripSpaces(PCase([a]))))", Value::Text("a"), little),
        Some(Limit::Fuel)
    );
}

#[test]
fn regular_expressions_are_bounded_in_text_and_steps() {
    let long = "a".repeat(70_000);
    assert_eq!(
        limit("Replace([a], , \"x\", , \"\")", Value::Text(&long), Limits::STANDARD),
        Some(Limit::RegexInputBytes)
    );
    let text = "a".repeat(5_000);
    assert_eq!(
        limit("Replace([a], , \"(a+)+\\\\1b\", , \"\")", Value::Text(&text), Limits::STANDARD),
        Some(Limit::RegexSteps)
    );
}

#[test]
fn a_limit_is_an_error_of_its_own_kind() {
    let mut context = EvalContext::at(NOW);
    context.limits.fuel = 0;
    assert_eq!(outcome_in("ToLower([a])", &[("a", Value::Text("x"))], &context), "error limit");
}

#[test]
fn the_deepest_nesting_is_evaluated_and_one_deeper_is_refused() {
    let nested =
        |begin: &str, end: &str, depth: usize| format!("{}[a]{}", begin.repeat(depth), end.repeat(depth));
    let text = &[("a", Value::Text("x"))];
    let deepest = MAX_DEPTH - 1;
    for (begin, end) in [
        ("ToLower(", ")"),
        ("IIF(\"1\" = \"1\", ", ", \"\")"),
        ("Join(\"\", ", ")"),
        ("Replace(", ", \"y\", , , \"z\")"),
        ("Switch([a], ", ", \"k\", \"v\")"),
        ("Trim(", ")"),
        ("(", " & \"\")"),
    ] {
        assert_eq!(outcome(&nested(begin, end, deepest), text), "\"x\"", "{begin}");
        assert_eq!(outcome(&nested(begin, end, deepest + 1), text), "refused parse", "{begin}");
    }
    let lookups = format!("Replace([a], , \"{}x{}\", , \"y\")", "(?=".repeat(99), ")".repeat(99));
    assert_eq!(outcome(&lookups, text), "\"yx\"");
}
