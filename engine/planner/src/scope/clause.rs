//! Does an object pass one clause: yes, no, or nobody can tell?

use std::borrow::Cow;
use std::cmp::Ordering;

use provisio_model::{CompareRule, Record, Side, SourceSide, Timestamp, ValueRef, ValuesRef};

use super::members::{Members, Membership};
use crate::compiled::{CompiledClause, CompiledFilter, Number, Place, Test, Tested, ValueClause};
use crate::finding::Undecided;
use crate::spec::Quantifier;

/// What a clause says of an object, or a test of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Unknown(Undecided),
}

impl Answer {
    fn of(passes: bool) -> Self {
        if passes { Self::Yes } else { Self::No }
    }

    fn negated_if(self, negated: bool) -> Self {
        match self {
            Self::Yes if negated => Self::No,
            Self::No if negated => Self::Yes,
            answer => answer,
        }
    }
}

pub(super) fn answer(
    clause: &CompiledClause,
    record: Record<'_, SourceSide>,
    members: &[Members],
    now: Timestamp,
) -> Answer {
    match &clause.tested {
        Tested::Member { of, negated } => match members[*of].of(record.row()) {
            Membership::Member { .. } => Answer::Yes.negated_if(*negated),
            Membership::No => Answer::No.negated_if(*negated),
            Membership::Unknown(why) => Answer::Unknown(why),
        },
        Tested::Null { .. } | Tested::Values(_) => answer_alone(clause, record, now),
    }
}

/// Asks a filter that asks for no memberships, of an object of either side.
pub(crate) fn of_filter<S: Side>(filter: &CompiledFilter, record: Record<'_, S>, now: Timestamp) -> Answer {
    let mut unknown = None;
    for clauses in &filter.groups {
        let mut answer = Answer::Yes;
        for clause in clauses {
            match answer_alone(clause, record, now) {
                Answer::Yes => {}
                Answer::No => {
                    answer = Answer::No;
                    break;
                }
                doubt => answer = doubt,
            }
        }
        match answer {
            Answer::Yes => return Answer::Yes,
            Answer::No => {}
            doubt => unknown = unknown.or(Some(doubt)),
        }
    }
    unknown.unwrap_or(Answer::No)
}

/// Asks whether one text is another, which takes less than remembering what was said of it.
#[inline]
pub(super) fn at_a_glance(clause: &CompiledClause, record: Record<'_, SourceSide>) -> Option<Answer> {
    let Tested::Values(clause) = &clause.tested else { return None };
    let Test::Equals { text, ignore_case: false } = &clause.test else { return None };
    if clause.quantifier == Quantifier::None || record.text_length(clause.slot) == 0 {
        return None;
    }
    let is_it = record.is_text(clause.slot, text)?;
    Some(Answer::of(is_it != clause.negated))
}

/// Asks a clause that needs nothing but the object.
pub(crate) fn answer_alone<S: Side>(
    clause: &CompiledClause,
    record: Record<'_, S>,
    now: Timestamp,
) -> Answer {
    match &clause.tested {
        Tested::Null { slot, is_null } => Answer::of(has_value(record.values(*slot)) != *is_null),
        Tested::Values(clause) => of_values(clause, record.values(clause.slot), now),
        // Nothing is known of it here.
        Tested::Member { .. } => Answer::Unknown(Undecided::GroupsUnread),
    }
}

fn has_value(values: ValuesRef<'_>) -> bool {
    values.iter().any(|it| !is_empty(it))
}

fn is_empty(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(""))
}

/// Nothing passes on an absent or empty attribute, unless the clause says so. An empty value among others passes
/// nothing.
fn of_values(clause: &ValueClause, values: ValuesRef<'_>, now: Timestamp) -> Answer {
    if !has_value(values) {
        return Answer::of(clause.absent_passes);
    }
    // One value of this kind decides.
    let decisive = if clause.quantifier == Quantifier::Every { Answer::No } else { Answer::Yes };
    let mut unknown = None;
    for value in values.iter() {
        let answer = if is_empty(value) {
            Answer::No
        } else {
            of_value(&clause.test, value, now).negated_if(clause.negated)
        };
        match answer {
            Answer::Unknown(_) => unknown = unknown.or(Some(answer)),
            answer if answer == decisive => return Answer::of(clause.quantifier == Quantifier::Any),
            _ => {}
        }
    }
    unknown.unwrap_or(Answer::of(clause.quantifier != Quantifier::Any))
}

pub(crate) fn of_value(test: &Test, value: ValueRef<'_>, now: Timestamp) -> Answer {
    Answer::of(match test {
        Test::Bool(wanted) => is_bool(value, *wanted),
        Test::Equals { text, ignore_case: false } => *text_form(value) == **text,
        Test::Equals { text, ignore_case: true } => {
            CompareRule::CaseIgnore.same_text(&text_form(value), text)
        }
        Test::OneOf { texts, ignore_case } => {
            let form = text_form(value);
            let form = if *ignore_case { Cow::Owned(folded(&form)) } else { form };
            texts.binary_search_by(|it| it.as_str().cmp(&form)).is_ok()
        }
        Test::Part { place, text, ignore_case } => {
            let form = text_form(value);
            let form = if *ignore_case { Cow::Owned(folded(&form)) } else { form };
            match place {
                Place::Anywhere => form.contains(&**text),
                Place::Start => form.starts_with(&**text),
                Place::End => form.ends_with(&**text),
            }
        }
        Test::Pattern(pattern) => match pattern.is_match(&text_form(value)) {
            Ok(matches) => matches,
            Err(_) => return Answer::Unknown(Undecided::PatternTooCostly),
        },
        Test::Above { number, or_equal } => match number_of(value) {
            Some(value) => match value.compare(*number) {
                Ordering::Greater => true,
                Ordering::Equal => *or_equal,
                Ordering::Less => false,
            },
            None => return Answer::Unknown(Undecided::NotANumber),
        },
        Test::Before(moment) | Test::After(moment) => {
            let Some(instant) = instant_of(value) else {
                return Answer::Unknown(Undecided::NotAnInstant);
            };
            let wanted = if matches!(test, Test::Before(_)) { Ordering::Less } else { Ordering::Greater };
            instant.cmp(&moment.at(now)) == wanted
        }
        Test::Bits(mask) => match number_of(value) {
            Some(Number::Int(int)) => int & mask == *mask,
            _ => return Answer::Unknown(Undecided::NotANumber),
        },
    })
}

pub(super) fn is_bool(value: ValueRef<'_>, wanted: bool) -> bool {
    match value {
        ValueRef::Bool(bool) => bool == wanted,
        ValueRef::Text(text) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
        _ => false,
    }
}

fn number_of(value: ValueRef<'_>) -> Option<Number> {
    match value {
        ValueRef::Int(int) => Some(Number::Int(int)),
        ValueRef::Decimal(decimal) => Some(Number::Decimal(decimal)),
        ValueRef::Text(text) => Number::parse(text),
        _ => None,
    }
}

fn instant_of(value: ValueRef<'_>) -> Option<Timestamp> {
    match value {
        ValueRef::Timestamp(instant) => Some(instant),
        ValueRef::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The text that operators on text see: booleans are `True` and `False`, as in expressions.
pub(crate) fn text_form(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => Cow::Borrowed(text),
        ValueRef::Bool(bool) => Cow::Borrowed(if bool { "True" } else { "False" }),
        other => Cow::Owned(other.to_string()),
    }
}

/// A text in which upper and lower case are the same.
pub(crate) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
