//! Does the scope say what its author meant?

use std::cmp::Ordering;

use provisio_model::{Timestamp, ValueKind, ValueRef};

use super::{Findings, Subject};
use crate::compiled::{CompiledClause, CompiledFilter, Moment, Number, Test, Tested, ValueClause};
use crate::scope::{Answer, of_value};
use crate::spec::{FilterGroup, Quantifier};

/// The groups of both filters: as they were written, and compiled.
fn groups<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a FilterGroup, &'a [CompiledClause])> {
    let (object, scope) = (subject.object, &subject.mapping.scope);
    let input = object.input.groups.iter().zip(&scope.input.groups);
    let filter = object.scope.groups.iter().zip(&scope.filter.groups);
    input.chain(filter).map(|(group, clauses)| (group, clauses.as_slice()))
}

/// S0302: two clauses of a group that no object can pass together.
pub(super) fn contradiction(subject: &Subject<'_>, findings: &mut Findings) {
    for (group, clauses) in groups(subject) {
        for (at, right) in clauses.iter().enumerate() {
            let Some(left) = clauses[..at].iter().find(|it| contradict(it, right)) else { continue };
            let message = format!("nothing passes both {} and {}", left.text, right.text);
            let help = "remove one of them, or put it into a group of its own: groups are alternatives";
            findings.add(&group.clauses[at].span, message, help);
        }
    }
}

fn contradict(left: &CompiledClause, right: &CompiledClause) -> bool {
    if left.slot().is_none() || left.slot() != right.slot() {
        return false;
    }
    match (&left.tested, &right.tested) {
        (Tested::Null { is_null: left, .. }, Tested::Null { is_null: right, .. }) => left != right,
        (Tested::Null { is_null, .. }, Tested::Values(clause))
        | (Tested::Values(clause), Tested::Null { is_null, .. }) => *is_null && !clause.absent_passes,
        (Tested::Values(left), Tested::Values(right)) => {
            let each = [left, right].iter().all(|it| it.quantifier == Quantifier::Every);
            each && (excludes(left, right) || excludes(right, left) || are_apart(left, right))
        }
        _ => false,
    }
}

/// Tells whether a clause names the values that pass it, and none of them passes the other.
fn excludes(names: &ValueClause, other: &ValueClause) -> bool {
    if names.negated {
        return false;
    }
    let fails = |text: &str| {
        let answer = of_value(&other.test, ValueRef::Text(text), Timestamp::from_second(0));
        answer == if other.negated { Answer::Yes } else { Answer::No }
    };
    // Instants may depend on the time of the plan.
    if matches!(other.test, Test::Before(Moment::Now(_)) | Test::After(Moment::Now(_))) {
        return false;
    }
    match &names.test {
        Test::Equals { text, ignore_case: false } => fails(text),
        Test::OneOf { texts, ignore_case: false } => texts.iter().all(|it| fails(it)),
        Test::Bool(bool) => {
            fails(if *bool { "True" } else { "False" }) && matches!(other.test, Test::Bool(_))
        }
        _ => false,
    }
}

/// Tells whether one clause ends where the other has not begun.
fn are_apart(left: &ValueClause, right: &ValueClause) -> bool {
    let (Some(left), Some(right)) = (Bound::of(left), Bound::of(right)) else { return false };
    let (lower, upper) = match (left.is_lower, right.is_lower) {
        (true, false) => (left, right),
        (false, true) => (right, left),
        _ => return false,
    };
    match lower.end.compare(upper.end) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => !(lower.is_inclusive && upper.is_inclusive),
        _ => false,
    }
}

/// One end of what a clause lets pass.
#[derive(Clone, Copy)]
struct Bound {
    end: End,
    is_lower: bool,
    is_inclusive: bool,
}

#[derive(Clone, Copy)]
enum End {
    Number(Number),
    Moment(Moment),
}

impl End {
    /// Compares what can be compared whatever the time of the plan.
    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Some(left.compare(right)),
            (Self::Moment(Moment::At(left)), Self::Moment(Moment::At(right))) => Some(left.cmp(&right)),
            (Self::Moment(Moment::Now(left)), Self::Moment(Moment::Now(right))) => Some(left.cmp(&right)),
            _ => None,
        }
    }
}

impl Bound {
    fn of(clause: &ValueClause) -> Option<Self> {
        let (end, is_lower, is_inclusive) = match &clause.test {
            Test::Above { number, or_equal } => (End::Number(*number), true, *or_equal),
            Test::After(moment) => (End::Moment(*moment), true, false),
            Test::Before(moment) => (End::Moment(*moment), false, false),
            _ => return None,
        };
        // What fails the test begins where it ends.
        Some(Self { end, is_lower: is_lower != clause.negated, is_inclusive: is_inclusive != clause.negated })
    }
}

/// S0303: a group that asks for everything that another asks for, and more.
pub(super) fn implied_group(subject: &Subject<'_>, findings: &mut Findings) {
    let (object, scope) = (subject.object, &subject.mapping.scope);
    let filters: [(_, &CompiledFilter); 2] = [(&object.input, &scope.input), (&object.scope, &scope.filter)];
    for (written, compiled) in filters {
        for (at, group) in compiled.groups.iter().enumerate() {
            let asks = |clause: &CompiledClause| group.iter().any(|it| it.text == clause.text);
            let weaker = compiled.groups.iter().enumerate().find(|(other, clauses)| {
                // Of two that are the same, the later does nothing.
                *other != at && clauses.iter().all(asks) && (clauses.len() < group.len() || *other < at)
            });
            let (Some((other, _)), Some(first)) = (weaker, written.groups[at].clauses.first()) else {
                continue;
            };
            let message =
                format!("group {} does nothing: group {} passes whenever it does", at + 1, other + 1);
            findings.add(&first.span, message, "remove the group, or a clause of the other that it lacks");
        }
    }
}

/// S0304: a clause that stands twice in a group.
pub(super) fn duplicate_clause(subject: &Subject<'_>, findings: &mut Findings) {
    for (group, clauses) in groups(subject) {
        for (at, clause) in clauses.iter().enumerate() {
            if clauses[..at].iter().any(|it| it.text == clause.text) {
                let message = format!("{} stands there already", clause.text);
                findings.add(&group.clauses[at].span, message, "remove one of them");
            }
        }
    }
}

/// S0314: a negative clause on an attribute that the source does not promise, without a word on its absence.
pub(super) fn absent_excluded(subject: &Subject<'_>, findings: &mut Findings) {
    let filter = &subject.mapping.scope.filter;
    let asks_for_null = |slot| {
        let mut clauses = filter.groups.iter().flatten();
        clauses.any(|it| matches!(it.tested, Tested::Null { slot: tested, .. } if tested == slot))
    };
    for (group, clauses) in subject.object.scope.groups.iter().zip(&filter.groups) {
        for (written, clause) in group.clauses.iter().zip(clauses) {
            let Tested::Values(tested) = &clause.tested else { continue };
            let is_text = matches!(
                tested.test,
                Test::Equals { .. }
                    | Test::OneOf { .. }
                    | Test::Part { .. }
                    | Test::Pattern(_)
                    | Test::Bits(_)
            );
            let is_negative = tested.negated || tested.quantifier == Quantifier::None;
            let attribute = subject.source().attribute(tested.slot);
            let is_silent = is_text && is_negative && !tested.absent_passes;
            if is_silent && !attribute.required && !asks_for_null(tested.slot) {
                let message = format!("{} excludes whoever has no `{}`", clause.text, attribute.name);
                let help = "if they are meant to be in scope, add a group with `IS NULL`; \
                            if not, say so with `IS NOT NULL`";
                findings.add(&written.span, message, help);
            }
        }
    }
}

/// S0315: `IS TRUE` or `IS FALSE` of an attribute that holds neither booleans nor text.
pub(super) fn never_true(subject: &Subject<'_>, findings: &mut Findings) {
    for (group, clauses) in groups(subject) {
        for (written, clause) in group.clauses.iter().zip(clauses) {
            let Tested::Values(ValueClause { slot, test: Test::Bool(_), .. }) = &clause.tested else {
                continue;
            };
            let attribute = subject.source().attribute(*slot);
            if !matches!(attribute.kind, ValueKind::Bool | ValueKind::Text) {
                let message = format!("{} is never true: it holds {}", clause.text, attribute.kind);
                findings.add(&written.span, message, "compare it with a value, such as `EQUALS` 1");
            }
        }
    }
}
