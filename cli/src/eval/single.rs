//! What does this one expression give for these attributes?

use super::attributes::{attributes, to_json};
use super::{EvalArguments, EvalCommandError, Verdict, compile};
use bumpalo::Bump;
use provisio_expression::{EvalContext, Flow, Instant};
use provisio_model::Diagnostic;
use std::io::Write;

/// The name of the expression in diagnostics.
const SHOWN_AS: &str = "expression";

pub(super) fn run(arguments: &EvalArguments, out: &mut dyn Write) -> Result<Verdict, EvalCommandError> {
    let text = arguments.expression.as_deref().unwrap_or_default();
    let json = match arguments.attributes.as_deref() {
        None => serde_json::Map::new(),
        Some(given) => match given.strip_prefix('@') {
            Some(path) => super::read_json(path.as_ref())?,
            None => serde_json::from_str(given)
                .map_err(|source| EvalCommandError::Json { what: "--attributes".to_owned(), source })?,
        },
    };
    let now = match &arguments.now {
        None => Instant::default(),
        Some(time) => time
            .parse()
            .map_err(|_| EvalCommandError::Argument(format!("--now: `{time}` is not a readable time")))?,
    };
    let bump = Bump::new();
    let attributes = attributes(&json, &bump).map_err(EvalCommandError::Argument)?;
    let program = match compile(text, &attributes.names, arguments.profile.into()) {
        Ok((program, warnings)) => {
            show(&warnings, text, out)?;
            program
        }
        Err(faults) => {
            show(&faults, text, out)?;
            return Ok(Verdict::Failed);
        }
    };
    let context = EvalContext::at(now);
    if arguments.trace {
        write!(out, "{}", program.trace(&attributes.values[..], &context, &bump))?;
    }
    match program.evaluate(&attributes.values[..], &context, &bump) {
        Ok(Flow::Value(value)) => writeln!(out, "{}", to_json(value))?,
        Ok(Flow::IgnoreAttribute) => writeln!(out, "IgnoreAttributeFlow")?,
        Ok(Flow::IgnoreObject) => writeln!(out, "IgnoreObjectFlow")?,
        Err(error) => {
            let diagnostic = Diagnostic::error(error.kind().name(), error.span().range(), error.to_string());
            show(&[diagnostic], text, out)?;
            return Ok(Verdict::Failed);
        }
    }
    Ok(Verdict::Passed)
}

fn show(diagnostics: &[Diagnostic], text: &str, out: &mut dyn Write) -> Result<(), EvalCommandError> {
    for diagnostic in diagnostics {
        writeln!(out, "{}", diagnostic.render(SHOWN_AS, text))?;
    }
    Ok(())
}
