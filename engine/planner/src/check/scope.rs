//! Where does a source object stand with the scope?
//!
//! Groups are alternatives, the clauses of a group must all be true, and without groups everything passes. An absent
//! or empty attribute passes `IS NULL` and `NOT MEMBER OF` only; of several values each must pass, unless the clause
//! says otherwise. `None` is a clause of which nobody knows.

use std::cmp::Ordering;

use provisio_model::{Record, Side, SourceSide, Timestamp, ValueRef};

use super::memberships::{Membership, is_true};
use crate::compiled::{
    CompiledClause, CompiledFilter, CompiledScope, Number, Place, Test, Tested, ValueClause,
};
use crate::plan::FailedClause;
use crate::spec::Quantifier;

/// Where a source object stands.
pub(super) enum Standing<'a> {
    InScope,
    /// In scope, and disabled in the source.
    Disabled,
    Filtered,
    Unassigned,
    /// With what each clause says.
    OutOfScope(Vec<Vec<(&'a CompiledClause, Option<bool>)>>),
    Unknown,
}

impl Standing<'_> {
    pub(super) fn is_in_scope(&self) -> bool {
        matches!(self, Self::InScope)
    }

    pub(super) fn is_disabled(&self) -> bool {
        matches!(self, Self::Disabled)
    }

    /// Tells whether it is proved to be out of scope or unassigned.
    pub(super) fn is_out(&self) -> bool {
        matches!(self, Self::OutOfScope(_) | Self::Unassigned)
    }

    pub(super) fn is_unassigned(&self) -> bool {
        matches!(self, Self::Unassigned)
    }

    /// Tells whether it fails this clause.
    pub(super) fn fails(&self, failed: &FailedClause) -> bool {
        let Self::OutOfScope(groups) = self else { return false };
        let clause = groups.get(failed.group as usize).and_then(|it| it.get(failed.clause as usize));
        clause.is_some_and(|(clause, passes)| *passes == Some(false) && clause.text == failed.text)
    }
}

pub(super) fn standing<'a>(
    scope: &'a CompiledScope,
    memberships: &[Membership<'_>],
    now: Timestamp,
    record: Record<'_, SourceSide>,
) -> Standing<'a> {
    let asked = |filter: &'a CompiledFilter| {
        let groups = filter.groups.iter().map(|group| {
            group.iter().map(|it| (it, is_true_of(it, memberships, now, record))).collect::<Vec<_>>()
        });
        groups.collect::<Vec<_>>()
    };
    match any_group(&asked(&scope.input)) {
        Some(true) => {}
        Some(false) => return Standing::Filtered,
        None => return Standing::Unknown,
    }
    let assigned = match &scope.assignment {
        None => Some(true),
        Some(it) if it.attribute.is_some_and(|slot| is_true(record, slot)) => Some(true),
        Some(it) if it.ids.iter().any(|id| id.as_str() == record.id_str()) => Some(true),
        Some(it) => match it.groups {
            Some(of) => memberships[of].has(record.id_str()),
            None => Some(false),
        },
    };
    if assigned == Some(false) {
        return Standing::Unassigned;
    }
    let groups = asked(&scope.filter);
    match (any_group(&groups), assigned) {
        (Some(false), _) => Standing::OutOfScope(groups),
        (Some(true), Some(_)) if scope.disabled.groups.is_empty() => Standing::InScope,
        (Some(true), Some(_)) => match any_group(&asked(&scope.disabled)) {
            Some(true) => Standing::Disabled,
            Some(false) => Standing::InScope,
            None => Standing::Unknown,
        },
        _ => Standing::Unknown,
    }
}

/// Tells whether an object passes one of the groups of a filter, of which there is one.
pub(super) fn passes<S: Side>(
    filter: &CompiledFilter,
    now: Timestamp,
    record: Record<'_, S>,
) -> Option<bool> {
    any(filter.groups.iter().map(|group| all(group.iter().map(|it| is_true_of(it, &[], now, record)))))
}

/// What a filter says, given what its clauses say.
fn any_group(groups: &[Vec<(&CompiledClause, Option<bool>)>]) -> Option<bool> {
    let each = groups.iter().map(|group| all(group.iter().map(|it| it.1)));
    if groups.is_empty() { Some(true) } else { any(each) }
}

fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(answers.map(|it| it.map(|it| !it))).map(|it| !it)
}

fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<Option<bool>> = answers.collect();
    if answers.contains(&Some(true)) {
        Some(true)
    } else if answers.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn is_true_of<S: Side>(
    clause: &CompiledClause,
    memberships: &[Membership<'_>],
    now: Timestamp,
    record: Record<'_, S>,
) -> Option<bool> {
    match &clause.tested {
        Tested::Member { of, negated } => memberships.get(*of)?.has(record.id_str()).map(|it| it != *negated),
        Tested::Null { slot, is_null } => {
            let texts = texts(record.values(*slot).iter());
            Some(texts.iter().all(String::is_empty) == *is_null)
        }
        Tested::Values(clause) => of_values(clause, &texts(record.values(clause.slot).iter()), now),
    }
}

fn of_values(clause: &ValueClause, texts: &[String], now: Timestamp) -> Option<bool> {
    if texts.iter().all(String::is_empty) {
        return Some(clause.absent_passes);
    }
    let passes = |text: &String| match text.as_str() {
        "" => Some(false),
        text => of_text(&clause.test, text, now).map(|it| it != clause.negated),
    };
    let answers = texts.iter().map(passes);
    match clause.quantifier {
        Quantifier::Every => all(answers),
        Quantifier::Any => any(answers),
        Quantifier::None => any(answers).map(|it| !it),
    }
}

fn of_text(test: &Test, text: &str, now: Timestamp) -> Option<bool> {
    let fold = |text: &str, ignore: bool| match ignore {
        true => text.chars().flat_map(char::to_lowercase).collect(),
        false => text.to_owned(),
    };
    Some(match test {
        Test::Bool(wanted) => text.eq_ignore_ascii_case(&wanted.to_string()),
        Test::Equals { text: wanted, ignore_case } => fold(text, *ignore_case) == fold(wanted, *ignore_case),
        Test::OneOf { texts, ignore_case } => texts.iter().any(|it| it.as_str() == fold(text, *ignore_case)),
        Test::Part { place, text: part, ignore_case } => {
            let text = fold(text, *ignore_case);
            match place {
                Place::Anywhere => text.contains(part.as_str()),
                Place::Start => text.starts_with(part.as_str()),
                Place::End => text.ends_with(part.as_str()),
            }
        }
        Test::Pattern(pattern) => pattern.is_match(text).ok()?,
        Test::Above { number, or_equal } => match Number::parse(text)?.compare(*number) {
            Ordering::Equal => *or_equal,
            ordering => ordering == Ordering::Greater,
        },
        Test::Before(moment) => text.trim().parse::<Timestamp>().ok()? < moment.at(now),
        Test::After(moment) => text.trim().parse::<Timestamp>().ok()? > moment.at(now),
        Test::Bits(mask) => text.trim().parse::<i64>().ok()? & mask == *mask,
    })
}

/// What a filter sees of values; booleans are `True` and `False`.
fn texts<'v>(values: impl Iterator<Item = ValueRef<'v>>) -> Vec<String> {
    let text = |value| match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => text.to_owned(),
        ValueRef::Bool(true) => "True".to_owned(),
        ValueRef::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    values.map(text).collect()
}
