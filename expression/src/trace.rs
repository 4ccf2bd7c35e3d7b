//! How did an expression come to its result? A [`Trace`]: every part that was evaluated, with its value.

use crate::ast::Span;
use crate::error::EvalError;
use crate::eval::Raised;
use crate::eval::tracer::Tracer;
use crate::op::{Op, OpKind};
use crate::value::{Flow, Value};
use std::fmt::{self, Write as _};

/// What a trace shows instead of a secret.
const REDACTED: &str = "<redacted>";
/// The most characters of a value that a trace shows.
const SHOWN_CHARACTERS: usize = 200;

/// The parts of an expression in the order their evaluation began; constants as written are left out.
///
/// Its text shows one part a line, indented by depth:
///
/// ```text
/// ToLower(Append([first], "!")) = "ann!"
///   Append([first], "!") = "Ann!"
///     [first] = "Ann"
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The parts.
    pub steps: Vec<TraceStep>,
}

/// One part and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// How many other parts it is inside.
    pub depth: usize,
    /// Where it stands in the expression.
    pub span: Span,
    /// Its text.
    pub text: String,
    /// Its value as text, a flow marker, or what went wrong; secrets are not shown.
    pub outcome: String,
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let text = step.text.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(formatter, "{:indent$}{text} = {}", "", step.outcome, indent = step.depth * 2)?;
        }
        Ok(())
    }
}

/// Records every part.
pub(crate) struct Recorder<'p> {
    text: &'p str,
    steps: Vec<TraceStep>,
    /// The parts being evaluated.
    open: Vec<Open>,
}

struct Open {
    /// Where it is shown, if it is.
    step: Option<usize>,
    /// What is inside it must not be shown.
    is_secret: bool,
}

impl<'p> Recorder<'p> {
    pub(crate) fn new(text: &'p str) -> Self {
        Self { text, steps: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn finish(self) -> Trace {
        Trace { steps: self.steps }
    }

    fn is_literal(&self, op: &Op) -> bool {
        let written = self.text.get(op.span.range()).unwrap_or_default();
        op.constant().is_some() && !written.contains('(')
    }
}

impl Tracer for Recorder<'_> {
    const ENABLED: bool = true;

    fn enter(&mut self, op: &Op) {
        let inside_secret = self.open.last().is_some_and(|open| open.is_secret);
        let step = (!self.is_literal(op)).then(|| {
            self.steps.push(TraceStep {
                depth: self.open.iter().filter(|open| open.step.is_some()).count(),
                span: op.span,
                text: self.text.get(op.span.range()).unwrap_or_default().to_owned(),
                outcome: if op.secret || inside_secret { REDACTED.to_owned() } else { String::new() },
            });
            self.steps.len() - 1
        });
        self.open.push(Open { step, is_secret: inside_secret || matches!(op.kind, OpKind::Redact(_)) });
    }

    fn leave(&mut self, outcome: &Result<Flow<'_>, Raised>) {
        let Some(Open { step: Some(step), .. }) = self.open.pop() else { return };
        let shown = &mut self.steps[step].outcome;
        if shown.is_empty() {
            *shown = describe(outcome);
        }
    }
}

fn describe(outcome: &Result<Flow<'_>, Raised>) -> String {
    match outcome {
        Ok(Flow::Value(value)) => shown(*value),
        Ok(Flow::IgnoreAttribute) => "IgnoreAttributeFlow".to_owned(),
        Ok(Flow::IgnoreObject) => "IgnoreObjectFlow".to_owned(),
        // The message of `Error(…)` may be made of values, so it is shown only by the part itself.
        Err(error) => match &**error {
            EvalError::UserError { .. } => "error user_error".to_owned(),
            other => format!("error {}: {other}", other.kind().name()),
        },
    }
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => {
            let mut quoted = format!("{:?}", text.chars().take(SHOWN_CHARACTERS).collect::<String>());
            if text.chars().nth(SHOWN_CHARACTERS).is_some() {
                quoted.push('…');
            }
            quoted
        }
        Value::Int(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Bool(value) => crate::value::bool_text(value).to_owned(),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|value| shown(*value)).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Binary(bytes) => bytes.iter().fold(String::from("0x"), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
        Value::Role(role) => format!("role {:?}", role.display_name),
    }
}
