//! What holds for every expression and every record.

use crate::check::{NOW, show};
use crate::strategy::{ATTRIBUTES, FUNCTIONS, Record, Schema, expression, record};
use bumpalo::Bump;
use proptest::prelude::*;
use provisio_expression::{
    AttributeNames, Call, CompileSettings, EvalContext, EvalError, Expression, Flow, Node, NodeKind, Number,
    Profile, Program, SourceAttribute, SourceSchema, StoredNode, Value, ValueKind, code, parse,
};
use provisio_model::{Diagnostic, Severity};

fn compile(text: &str) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
    let settings = CompileSettings::new(Profile::CloudSync, AttributeNames::Strict, None);
    Program::compile(text, &Schema, &FUNCTIONS, &settings)
}

fn evaluated(program: &Program, values: &[Value<'_>]) -> Result<String, EvalError> {
    let taken = |candidate: &str| candidate.len().is_multiple_of(2);
    let mut context = EvalContext::at(NOW);
    context.variables = &[("Domain", "contoso.com")];
    context.unique = &taken;
    let bump = Bump::new();
    Ok(match program.evaluate(values, &context, &bump)? {
        Flow::Value(value) => show(value),
        Flow::IgnoreAttribute => "IgnoreAttributeFlow".to_owned(),
        Flow::IgnoreObject => "IgnoreObjectFlow".to_owned(),
    })
}

fn outcome(program: &Program, record: &Record) -> Result<String, EvalError> {
    record.with_values(|values| evaluated(program, values))
}

/// The same with the kind of error only, for programs whose parts stand at different places.
fn outcome_kind(program: &Program, record: &Record) -> String {
    outcome(program, record).unwrap_or_else(|error| format!("error {}", error.kind().name()))
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn what_is_printed_reads_as_the_same_expression(expression in expression()) {
        let text = expression.to_string();
        let (read, faults) = parse(&text);
        prop_assert_eq!(faults, vec![], "{}", text);
        prop_assert_eq!(&read, &expression, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}") {
        let _ = compile(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_read_without_panic(tokens in prop::collection::vec(prop::sample::select(&[
        "(", ")", ",", "[name]", "[", "]", "\"a\"", "\"", "\\", "&", "&H", "&HFF", "=", "<>", "<", "%Domain%", "%", "Join", "Replace",
        "IIF", "Switch", "Now", "True", "1", "-2.5", " ", "\n", "'", "é", "SelectUniqueValue",
    ][..]), 0..40), record in record()) {
        let text: String = tokens.concat();
        let (expression, faults) = parse(&text);
        for fault in &faults {
            prop_assert!(text.get(fault.span.clone()).is_some(), "{}: {:?}", text, fault);
            let _ = fault.render("e", &text);
        }
        if faults.is_empty() {
            prop_assert_eq!(parse(&expression.to_string()).0, expression);
        }
        if let Ok((program, _)) = compile(&text) {
            let _ = outcome(&program, &record);
        }
    }

    #[test]
    fn what_is_checked_without_a_doubt_has_no_type_error(expression in expression(), record in record()) {
        let Ok((program, warnings)) = compile(&expression.to_string()) else { return Ok(()) };
        if warnings.iter().any(|warning| warning.code == code::MAYBE_TYPE) {
            return Ok(());
        }
        if let Err(EvalError::Type { message, .. }) = outcome(&program, &record) {
            // Which interval a value names is known when it is there.
            prop_assert!(message.starts_with("expected the interval"), "{}: {}", program.text(), message);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_outcome_traced_or_not(expression in expression(), record in record()) {
        let Ok((program, _)) = compile(&expression.to_string()) else { return Ok(()) };
        let first = outcome(&program, &record);
        prop_assert_eq!(&first, &outcome(&compile(program.text()).expect("compiled before").0, &record));
        let shown = record.with_values(|values| {
            let taken = |candidate: &str| candidate.len().is_multiple_of(2);
            let mut context = EvalContext::at(NOW);
            context.variables = &[("Domain", "contoso.com")];
            context.unique = &taken;
            let bump = Bump::new();
            program.trace(values, &context, &bump).steps.first().map(|step| step.outcome.clone())
        });
        let Some(shown) = shown else { return Ok(()) };
        match first {
            _ if program.is_redacted() => prop_assert_eq!(shown, "<redacted>"),
            Ok(value) if value.starts_with(['"', 'n', '-', 'I']) || value.bytes().all(|byte| byte.is_ascii_digit()) => prop_assert_eq!(shown, value),
            Ok(_) => {}
            Err(error) => prop_assert!(shown.starts_with(&format!("error {}", error.kind().name())), "{}", shown),
        }
    }

    #[test]
    fn the_stored_form_evaluates_to_the_same(expression in expression(), record in record()) {
        let functions = &*FUNCTIONS;
        let text = expression.to_string();
        let typed = compile(&text);
        let stored = StoredNode::of_expression(&expression, functions).to_expression(functions);
        let stored = stored.expect("a stored expression is one");
        let settings = CompileSettings::new(Profile::CloudSync, AttributeNames::Strict, None);
        let back = Program::compile_expression(&stored, &Schema, functions, &settings);
        match (typed, back) {
            (Ok((typed, _)), Ok((back, _))) => {
                prop_assert_eq!(outcome_kind(&typed, &record), outcome_kind(&back, &record), "{} and {}", text, back.text());
            }
            (Err(_), Err(_)) => {}
            (typed, back) => prop_assert!(false, "{}: {:?} and {:?}", text, typed.err(), back.err()),
        }
    }

    #[test]
    fn a_constant_is_the_same_as_an_attribute_that_holds_it(expression in expression(), record in record()) {
        let text = expression.to_string();
        let Ok((prepared, _)) = compile(&text) else { return Ok(()) };
        let mut constants = Vec::new();
        let general = Expression { root: without_constants(&expression.root, &mut constants) };
        let settings = CompileSettings::new(Profile::CloudSync, AttributeNames::Strict, None);
        let schema = WithConstants(constants.len());
        let general = Program::compile_expression(&general, &schema, &FUNCTIONS, &settings);
        // Without constants less is known, so nothing can be refused that was not refused with them.
        let general = match general {
            Ok((general, _)) => general,
            Err(faults) => {
                let errors: Vec<_> = faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
                return Err(TestCaseError::fail(format!("{text}: {errors:?}")));
            }
        };
        let found = record.with_values(|values| {
            let mut values = values.to_vec();
            values.extend(constants.iter().map(|constant| Value::Text(constant)));
            evaluated(&general, &values).unwrap_or_else(|error| format!("error {}", error.kind().name()))
        });
        prop_assert_eq!(found, outcome_kind(&prepared, &record), "{} and {}", text, general.text());
    }
}

/// The attributes of [`Schema`] and so many more that hold the constants of an expression.
struct WithConstants(usize);

impl SourceSchema for WithConstants {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        if let Some(known) = Schema.attribute(name) {
            return Some(known);
        }
        let index: usize = name.strip_prefix("constant")?.parse().ok()?;
        let slot = u16::try_from(ATTRIBUTES.len() + index).ok()?;
        (index < self.0).then_some(SourceAttribute { slot, kind: ValueKind::Any, multi_valued: false })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Schema.names()
    }
}

/// Puts an attribute in the place of every text and number.
fn without_constants(node: &Node, constants: &mut Vec<String>) -> Node {
    let mut inside = |node: &Node| without_constants(node, constants);
    let kind = match &node.kind {
        NodeKind::Text(text) => {
            constants.push(text.clone());
            NodeKind::Attribute(format!("constant{}", constants.len() - 1))
        }
        NodeKind::Number(number @ (Number::Decimal(_) | Number::Hex(_))) => {
            constants.push(number.text());
            NodeKind::Attribute(format!("constant{}", constants.len() - 1))
        }
        NodeKind::Call(call) => {
            let arguments =
                call.arguments.iter().map(|argument| argument.as_ref().map(&mut inside)).collect();
            NodeKind::Call(Call { name: call.name.clone(), name_span: call.name_span, arguments })
        }
        NodeKind::Compare(comparison) => {
            let mut comparison = comparison.clone();
            comparison.left = inside(&comparison.left);
            comparison.right = inside(&comparison.right);
            NodeKind::Compare(comparison)
        }
        NodeKind::Concat(operands) => NodeKind::Concat(operands.iter().map(inside).collect()),
        other => other.clone(),
    };
    Node { span: node.span, kind }
}

/// The random expressions are worth something: many compile, and many of those give a value.
#[test]
fn random_expressions_are_often_correct() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut compiled, mut valued) = (0, 0);
    for _ in 0..500 {
        let tree = (expression(), record()).new_tree(&mut runner).expect("a value");
        let (expression, record) = proptest::strategy::ValueTree::current(&tree);
        if let Ok((program, _)) = compile(&expression.to_string()) {
            compiled += 1;
            valued += usize::from(outcome(&program, &record).is_ok());
        }
    }
    assert!(compiled > 150 && valued > 100, "{compiled} compiled, {valued} with a value");
}
