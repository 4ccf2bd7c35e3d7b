//! The scoping filter.

use provisio_model::{Diagnostic, Layout, ObjectSchema, Text, Value};
use regex::RegexBuilder;

use super::paths::unresolved;
use crate::compiled::{CompiledClause, CompiledFilter, Test};
use crate::spec::{Clause, Operator, ScopingFilter};

/// The largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

pub(super) fn compile(
    filter: &ScopingFilter,
    layout: &Layout,
    schema: &ObjectSchema,
    faults: &mut Vec<Diagnostic>,
) -> CompiledFilter {
    let groups = filter.groups.iter().map(|group| {
        group.clauses.iter().filter_map(|clause| compile_clause(clause, layout, schema, faults)).collect()
    });
    CompiledFilter { groups: groups.collect() }
}

fn compile_clause(
    clause: &Clause,
    layout: &Layout,
    schema: &ObjectSchema,
    faults: &mut Vec<Diagnostic>,
) -> Option<CompiledClause> {
    if !layout.schemas().iter().any(|it| it.name.as_str() == clause.attribute.as_str()) {
        faults.push(unresolved("source", &clause.attribute, schema, clause.span.clone()));
        return None;
    }
    match compile_test(clause) {
        Ok(test) => Some(CompiledClause {
            slot: layout.slot(&clause.attribute)?,
            test,
            text: Text::new(clause.to_string()),
        }),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn compile_test(clause: &Clause) -> Result<Test, Diagnostic> {
    let text = || match &clause.value {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(Value::Bool(bool)) => Ok(Text::new(if *bool { "True" } else { "False" })),
        Some(Value::Int(int)) => Ok(Text::new(int.to_string())),
        Some(other) => {
            let message = format!("{} takes text, not {other}", clause.operator);
            Err(Diagnostic::error("S0215", clause.span.clone(), message))
        }
        None => {
            let message = format!("{} needs a value", clause.operator);
            Err(Diagnostic::error("S0215", clause.span.clone(), message).with_help("add `value = …`"))
        }
    };
    let integer = || {
        let text = text()?;
        text.trim().parse::<i64>().map_err(|_| {
            let message = format!("{} compares integers, and `{text}` is none", clause.operator);
            Diagnostic::error("S0216", clause.span.clone(), message)
        })
    };
    let pattern = || {
        let text = text()?;
        RegexBuilder::new(&text).size_limit(PATTERN_BYTES_MAX).build().map_err(|error| {
            let message = format!("`{text}` is not a pattern: {}", last_line(&error.to_string()));
            let help = "scoping patterns have no look-around and no back-references";
            Diagnostic::error("S0217", clause.span.clone(), message).with_help(help)
        })
    };
    Ok(match clause.operator {
        Operator::Equals => Test::Equals(text()?),
        Operator::NotEquals => Test::NotEquals(text()?),
        Operator::IsTrue => Test::IsTrue,
        Operator::IsFalse => Test::IsFalse,
        Operator::IsNull => Test::IsNull,
        Operator::IsNotNull => Test::IsNotNull,
        Operator::RegexMatch => Test::Regex(pattern()?),
        Operator::NotRegexMatch => Test::NotRegex(pattern()?),
        Operator::GreaterThan => Test::Greater(integer()?),
        Operator::GreaterThanOrEquals => Test::GreaterOrEqual(integer()?),
        Operator::Includes => Test::Includes(text()?),
        Operator::StartsWith => Test::StartsWith(text()?),
        Operator::EndsWith => Test::EndsWith(text()?),
    })
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}
