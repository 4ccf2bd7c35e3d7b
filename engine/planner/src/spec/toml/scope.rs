//! The `[[object.scope]]` groups and their clauses.

use provisio_model::{Diagnostic, Text};

use super::code;
use super::context::Context;
use super::table::{Entry, Table};
use crate::spec::{Clause, FilterGroup, Operator, ScopingFilter};

/// The most groups of one scoping filter.
const GROUPS_MAX: usize = 1_000;
/// The most clauses of one group.
const CLAUSES_MAX: usize = 1_000;

pub(super) fn read_scope<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> ScopingFilter {
    let mut groups = entry.tables(context, "[[object.scope]]", GROUPS_MAX).unwrap_or_default();
    ScopingFilter { groups: groups.iter_mut().map(|group| read_group(context, group)).collect() }
}

fn read_group<'t>(context: &mut Context<'t>, table: &mut Table<'t>) -> FilterGroup {
    const EMPTY_HELP: &str = "add a clause: a group without clauses would let everything pass";
    table.expect_keys(context, &["name", "all"]);
    let name = table.get("name").and_then(|entry| entry.name(context));
    let clauses = table
        .required(context, "all", "all = [{ attribute = \"department\", operator = \"IS NOT NULL\" }]")
        .and_then(|entry| entry.items(context, CLAUSES_MAX, EMPTY_HELP))
        .unwrap_or_default();
    FilterGroup {
        name: name.map_or_else(Text::default, |it| Text::new(it.text)),
        clauses: clauses.iter().filter_map(|entry| read_clause(context, entry)).collect(),
    }
}

fn read_clause<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Clause> {
    const HELP: &str = "write `{ attribute = \"department\", operator = \"EQUALS\", value = \"Sales\" }`";
    let mut table = entry.table(context, "the clause", HELP)?;
    table.expect_keys(context, &["attribute", "operator", "value"]);
    let attribute = table
        .required(context, "attribute", "attribute = \"department\"")
        .and_then(|entry| entry.name(context));
    let operator = table
        .required(context, "operator", "operator = \"EQUALS\"")
        .and_then(|entry| read_operator(context, &entry));
    let value = table.get("value").map(|entry| (entry.value(context), entry));
    if let Some(operator) = operator {
        match &value {
            Some((_, entry)) if !operator.takes_value() => context.report(
                Diagnostic::error(
                    code::OPERAND,
                    entry.key_span.clone(),
                    format!("`{operator}` takes no value"),
                )
                .with_help("remove `value`"),
            ),
            None if operator.takes_value() && !table.is_misspelt("value") => context.report(
                Diagnostic::error(code::OPERAND, table.span.clone(), format!("`{operator}` needs a value"))
                    .with_help("add `value = ...`"),
            ),
            _ => {}
        }
    }
    let mut clause = Clause::new(attribute?.text, operator?, value.and_then(|(value, _)| value));
    clause.span = table.span;
    Some(clause)
}

fn read_operator<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Operator> {
    let quoted = entry.quoted(context)?;
    let operator = Operator::parse(quoted.text.trim());
    if operator.is_none() {
        let known: Vec<&str> = Operator::ALL.into_iter().map(Operator::name).collect();
        let allowed = match quoted.text.trim() {
            "&" | "!&" => {
                "Entra's `&` and `!&` are not supported; say the same with `REGEX MATCH`".to_owned()
            }
            _ => format!("the operators are {}", super::suggest::choices(&known, "and")),
        };
        entry.report_word(context, quoted.text, known, &allowed);
    }
    operator
}
