//! Do the expressions of a file give the expected results?

mod expected;

use super::attributes::{attributes, to_json};
use super::{EvalCommandError, ProfileName, Verdict, compile, static_fault};
use bumpalo::Bump;
use expected::Expected;
use provisio_expression::{EvalContext, EvalError, Flow, Instant};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// One expression with its inputs and its expected result.
#[derive(Deserialize)]
struct Vector {
    id: String,
    expression: String,
    #[serde(default)]
    attributes: Map<String, Json>,
    expected: Json,
    #[serde(default)]
    profile: VectorProfile,
    /// What `Now()` says.
    now: Option<String>,
    /// Values that the target uses already.
    #[serde(default)]
    taken: Vec<String>,
    /// Values of `%Name%`.
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// What logs must show.
    log: Option<String>,
    /// The message of an expected `user_error`.
    message: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VectorProfile {
    #[default]
    App,
    Cloudsync,
    Connect,
}

/// What an expression came to.
#[derive(Debug)]
pub(super) enum Actual {
    Value(Json),
    IgnoreAttribute,
    IgnoreObject,
    Error { kind: &'static str, message: String },
}

pub(super) fn run(path: &Path, out: &mut dyn Write) -> Result<Verdict, EvalCommandError> {
    let vectors: Vec<Vector> = super::read_json(path)?;
    let mut failed = 0;
    for vector in &vectors {
        if let Err(reason) = check(vector) {
            failed += 1;
            writeln!(out, "FAILED {}: {reason}\n  expression: {}", vector.id, vector.expression)?;
        }
    }
    writeln!(out, "{} passed, {failed} failed", vectors.len() - failed)?;
    Ok(if failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

fn check(vector: &Vector) -> Result<(), String> {
    let expected = Expected::read(&vector.expected)?;
    let (actual, redacted) = evaluate(vector)?;
    if !expected.is_met_by(&actual) {
        return Err(format!("expected {}, got {actual}", vector.expected));
    }
    if let (Some(wanted), Actual::Error { message, .. }) = (&vector.message, &actual)
        && wanted != message
    {
        return Err(format!("expected the message `{wanted}`, got `{message}`"));
    }
    match vector.log.as_deref() {
        Some("[Redact]") if !redacted => Err("logs would show the value, expected `[Redact]`".to_owned()),
        _ => Ok(()),
    }
}

/// Evaluates; says also whether logs must not show the result.
fn evaluate(vector: &Vector) -> Result<(Actual, bool), String> {
    let bump = Bump::new();
    let attributes = attributes(&vector.attributes, &bump)?;
    let profile = match vector.profile {
        VectorProfile::App => ProfileName::App,
        VectorProfile::Cloudsync => ProfileName::Cloudsync,
        VectorProfile::Connect => ProfileName::Connect,
    };
    let program = match compile(&vector.expression, &attributes.names, profile.into()) {
        Ok((program, _)) => program,
        Err(faults) => {
            let (kind, message) = match static_fault(&faults) {
                Some((kind, fault)) => (kind.name(), fault.message.clone()),
                None => ("unknown", String::new()),
            };
            return Ok((Actual::Error { kind, message }, false));
        }
    };
    let now = match &vector.now {
        None => Instant::default(),
        Some(time) => time.parse().map_err(|_| format!("`now` is not a readable time: {time}"))?,
    };
    // Targets compare without regard to letter case, as Active Directory does.
    let taken: Vec<String> = vector.taken.iter().map(|value| value.to_lowercase()).collect();
    let is_taken = |candidate: &str| taken.contains(&candidate.to_lowercase());
    let mut context = EvalContext::at(now);
    context.variables = &vector.variables;
    context.unique = &is_taken;
    let actual = match program.evaluate(&attributes.values[..], &context, &bump) {
        Ok(Flow::Value(value)) => Actual::Value(to_json(value)),
        Ok(Flow::IgnoreAttribute) => Actual::IgnoreAttribute,
        Ok(Flow::IgnoreObject) => Actual::IgnoreObject,
        Err(error) => Actual::of_error(&error),
    };
    Ok((actual, program.is_redacted()))
}

impl Actual {
    fn of_error(error: &EvalError) -> Self {
        Self::Error { kind: error.kind().name(), message: error.to_string() }
    }
}

impl std::fmt::Display for Actual {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(json) => write!(formatter, "{json}"),
            Self::IgnoreAttribute => formatter.write_str("IgnoreAttributeFlow"),
            Self::IgnoreObject => formatter.write_str("IgnoreObjectFlow"),
            Self::Error { kind, message } => write!(formatter, "error {kind}: {message}"),
        }
    }
}
