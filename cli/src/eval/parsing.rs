//! Can the expressions of a file be read, and are those refused that should be?

use super::{EvalCommandError, Verdict, static_fault};
use provisio_expression::{
    AttributeNames, CompileSettings, FunctionTable, Profile, Program, SourceAttribute, SourceSchema,
    ValueKind, parse,
};
use serde::Deserialize;
use std::io::Write;
use std::path::Path;

#[derive(Deserialize)]
struct Entry {
    id: String,
    expression: String,
    /// False where the expression can be read and must be refused by the static checks.
    #[serde(default = "yes")]
    static_ok: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn run(path: &Path, out: &mut dyn Write) -> Result<Verdict, EvalCommandError> {
    let entries: Vec<Entry> = super::read_json(path)?;
    let mut failed = 0;
    for entry in &entries {
        if let Err(reason) = check(entry) {
            failed += 1;
            writeln!(out, "FAILED {}: {reason}\n  expression: {}", entry.id, entry.expression)?;
        }
    }
    writeln!(out, "{} passed, {failed} failed", entries.len() - failed)?;
    Ok(if failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

fn check(entry: &Entry) -> Result<(), String> {
    let (expression, faults) = parse(&entry.expression);
    if let Some(fault) = faults.first() {
        return Err(format!("cannot be read: {}", fault.render(&entry.id, &entry.expression).trim_end()));
    }
    let normal = expression.to_string();
    if parse(&normal).0 != expression {
        return Err(format!("its normal form is another expression: {normal}"));
    }
    let settings = CompileSettings::new(Profile::CloudSync, AttributeNames::Strict, None);
    let compiled = Program::compile(&entry.expression, &EveryName, &FunctionTable::standard(), &settings);
    match (compiled, entry.static_ok) {
        (Ok(_), true) | (Err(_), false) => Ok(()),
        (Ok(_), false) => Err("expected the static checks to refuse it, and they do not".to_owned()),
        (Err(faults), true) => {
            let shown = match static_fault(&faults) {
                Some((_, fault)) => fault.render(&entry.id, &entry.expression),
                None => String::new(),
            };
            Err(format!("refused by the static checks: {}", shown.trim_end()))
        }
    }
}

/// A schema that has every attribute, since the file says nothing about them.
struct EveryName;

impl SourceSchema for EveryName {
    fn attribute(&self, _name: &str) -> Option<SourceAttribute> {
        Some(SourceAttribute { slot: 0, kind: ValueKind::Any, multi_valued: false })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }
}
