//! One clause of a filter: what it tests, how, and against what.

use provisio_model::{Diagnostic, ObjectType, Text, Value};

use super::code;
use super::context::Context;
use super::table::{Entry, Table};
use crate::spec::{Clause, Operator, Quantifier, Through};

const KEYS: &[&str] = &[
    "attribute",
    "any_of",
    "none_of",
    "operator",
    "value",
    "ignore_case",
    "whole",
    "groups",
    "members",
    "nested",
];
/// The keys that say what is tested; a clause has exactly one of them.
const SUBJECTS: [&str; 4] = ["attribute", "any_of", "none_of", "groups"];
/// The most values of one list.
const VALUES_MAX: usize = 10_000;
/// The attribute that lists members unless another is named.
pub(super) const MEMBERS: &str = "members";

pub(super) fn read_clause<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Clause> {
    const HELP: &str = "write `{ attribute = \"department\", operator = \"EQUALS\", value = \"Sales\" }`";
    let mut table = entry.table(context, "the clause", HELP)?;
    table.expect_keys(context, KEYS);
    let operator = table
        .required(context, "operator", "operator = \"EQUALS\"")
        .and_then(|entry| read_operator(context, &entry));
    let subject = read_subject(context, &table);
    let values = read_values(context, &table, operator);
    let (ignore_case, whole) = (flag(context, &table, "ignore_case"), flag(context, &table, "whole"));
    let nested = flag(context, &table, "nested");
    let members = table.get("members").and_then(|it| it.name(context)).map(|it| it.text);
    let operator = operator?;
    check_modifiers(context, &table, operator);
    let mut clause = Clause::list("", operator, values);
    match subject? {
        Subject::Attribute(name, quantifier) => {
            clause.attribute = name;
            clause.quantifier = quantifier;
        }
        Subject::Groups(groups) => {
            let through = Through::new(groups, members.unwrap_or(MEMBERS));
            clause.through = Some(Through { nested, ..through });
        }
    }
    clause.ignore_case = ignore_case;
    clause.whole = whole;
    clause.span = table.span;
    Some(clause)
}

/// What a clause tests.
enum Subject {
    Attribute(Text, Quantifier),
    Groups(ObjectType),
}

fn read_subject<'t>(context: &mut Context<'t>, table: &Table<'t>) -> Option<Subject> {
    let mut given: Vec<Entry<'t>> = SUBJECTS.iter().filter_map(|key| table.get(key)).collect();
    given.sort_by_key(|entry| entry.key_span.start);
    let Some((first, others)) = given.split_first() else {
        if !SUBJECTS.iter().any(|key| table.is_misspelt(key)) {
            context.report(
                Diagnostic::error(
                    code::MISSING_KEY,
                    table.span.clone(),
                    "the clause does not say what it tests",
                )
                .with_help("add `attribute = \"department\"`, or `groups` to ask for a membership"),
            );
        }
        return None;
    };
    for other in others {
        let message = format!("the clause has {} and also {}", first.label, other.label);
        context.report(
            Diagnostic::error(code::CLAUSE, other.key_span.clone(), message)
                .with_help("a clause tests one thing; write another clause for the other"),
        );
    }
    let name = first.name(context)?.text;
    Some(match first.key {
        "attribute" => Subject::Attribute(Text::new(name), Quantifier::Every),
        "any_of" => Subject::Attribute(Text::new(name), Quantifier::Any),
        "none_of" => Subject::Attribute(Text::new(name), Quantifier::None),
        _ => Subject::Groups(ObjectType::new(name)),
    })
}

fn read_values<'t>(context: &mut Context<'t>, table: &Table<'t>, operator: Option<Operator>) -> Vec<Value> {
    let Some(entry) = table.get("value") else {
        if let Some(operator) = operator.filter(|it| it.takes_value() && !table.is_misspelt("value")) {
            let message = format!("`{operator}` needs a value");
            context.report(
                Diagnostic::error(code::OPERAND, table.span.clone(), message).with_help("add `value = ...`"),
            );
        }
        return Vec::new();
    };
    match operator {
        Some(operator) if !operator.takes_value() => {
            let message = format!("`{operator}` takes no value");
            context.report(
                Diagnostic::error(code::OPERAND, entry.key_span.clone(), message).with_help("remove `value`"),
            );
            Vec::new()
        }
        Some(operator) if operator.takes_list() && entry.is_list() => {
            let items = entry.items(context, VALUES_MAX, "add a value: nothing is one of none");
            items.unwrap_or_default().iter().filter_map(|it| it.value(context)).collect()
        }
        _ => entry.value(context).into_iter().collect(),
    }
}

/// Reports modifiers that mean nothing to the operator.
fn check_modifiers<'t>(context: &mut Context<'t>, table: &Table<'t>, operator: Operator) {
    let in_groups = table.has("groups");
    let quantified = ["any_of", "none_of"];
    let unary = !operator.takes_value();
    let rules = [
        ("ignore_case", operator.regards_case(), "the operators that compare text"),
        ("whole", operator.is_pattern(), "`REGEX MATCH` and `NOT REGEX MATCH`"),
        ("groups", operator.is_membership(), "`MEMBER OF` and `NOT MEMBER OF`"),
        ("members", in_groups, "a clause with `groups`"),
        ("nested", in_groups, "a clause with `groups`"),
        (quantified[0], !unary && !operator.is_membership(), "the operators that test each value"),
        (quantified[1], !unary && !operator.is_membership(), "the operators that test each value"),
    ];
    for (key, _, owners) in rules.into_iter().filter(|(_, fits, _)| !fits) {
        let Some(entry) = table.get(key) else { continue };
        let message = format!("{} means nothing to `{operator}` here", entry.label);
        context.report(
            Diagnostic::error(code::CLAUSE, entry.key_span.clone(), message)
                .with_help(format!("it belongs to {owners}")),
        );
    }
}

fn flag<'t>(context: &mut Context<'t>, table: &Table<'t>, key: &str) -> bool {
    table.get(key).and_then(|entry| entry.bool(context)).unwrap_or_default()
}

fn read_operator<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Operator> {
    let quoted = entry.quoted(context)?;
    let operator = Operator::parse(quoted.text.trim());
    if operator.is_none() {
        let known: Vec<&str> = Operator::ALL.into_iter().map(Operator::name).collect();
        let allowed = format!("the operators are {}", super::suggest::choices(&known, "and"));
        entry.report_word(context, quoted.text, known, &allowed);
    }
    operator
}
