//! One way in for all tests: an expression and attributes in, a line of text out.

use bumpalo::Bump;
use provisio_expression::{
    AttributeNames, CompileSettings, ErrorKind, EvalContext, Flow, FunctionTable, Instant, Names, Profile,
    Program, Value,
};
use provisio_model::Severity;

/// What `Now()` says in tests: 2025-07-30T18:00:00Z.
pub(crate) const NOW: Instant = Instant::from_unix(1_753_898_400);

pub(crate) type Attributes<'a> = &'a [(&'a str, Value<'a>)];

/// Evaluates and shows the outcome: a value as [`show`] does, a marker by its name, `error <kind>`.
pub(crate) fn outcome(expression: &str, attributes: Attributes<'_>) -> String {
    let taken = |candidate: &str| candidate.starts_with("taken");
    let mut context = EvalContext::at(NOW);
    context.variables = &[("Domain", "contoso.com")];
    context.unique = &taken;
    context.default_domain = Some("contoso.onmicrosoft.com");
    outcome_in(expression, attributes, &context)
}

pub(crate) fn outcome_in(expression: &str, attributes: Attributes<'_>, context: &EvalContext<'_>) -> String {
    let names = Names::new(attributes.iter().map(|(name, _)| *name));
    let values: Vec<Value<'_>> = attributes.iter().map(|(_, value)| *value).collect();
    let settings = CompileSettings::new(Profile::CloudSync, AttributeNames::Lenient, None);
    let program = match Program::compile(expression, &names, &FunctionTable::standard(), &settings) {
        Ok((program, _)) => program,
        Err(faults) => {
            let error = faults.iter().find(|fault| fault.severity == Severity::Error).expect("an error");
            let kind = ErrorKind::of_code(error.code).expect("a code of an error");
            return format!("refused {}", kind.name());
        }
    };
    let bump = Bump::new();
    match program.evaluate(&values[..], context, &bump) {
        Ok(Flow::Value(value)) => show(value),
        Ok(Flow::IgnoreAttribute) => "IgnoreAttributeFlow".to_owned(),
        Ok(Flow::IgnoreObject) => "IgnoreObjectFlow".to_owned(),
        Err(error) => format!("error {}", error.kind().name()),
    }
}

/// Shows a value: text in quotes, everything else bare, a list in brackets.
pub(crate) fn show(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(values) => {
            format!("[{}]", values.iter().map(|value| show(*value)).collect::<Vec<_>>().join(", "))
        }
        Value::Binary(bytes) => format!("{bytes:02x?}"),
        Value::Role(role) => format!("role {}", role.display_name),
    }
}

/// Asserts the outcome of an expression.
#[track_caller]
pub(crate) fn check(expression: &str, attributes: Attributes<'_>, expected: &str) {
    assert_eq!(outcome(expression, attributes), expected, "{expression}");
}
