//! The scope of an object mapping, compiled.

use std::cmp::Ordering;

use provisio_expression::Pattern;
use provisio_model::{Slot, Text, Timestamp};

use crate::spec::Quantifier;

/// Everything that decides whether a source object is in scope.
#[derive(Debug, Default)]
pub(crate) struct CompiledScope {
    /// What fails is as if it had not been read.
    pub(crate) input: CompiledFilter,
    pub(crate) assignment: Option<CompiledAssignment>,
    pub(crate) filter: CompiledFilter,
    /// Who is in scope and passes is disabled in the source; without groups nobody is.
    pub(crate) disabled: CompiledFilter,
    /// The memberships that clauses and the assignment ask for.
    pub(crate) memberships: Vec<CompiledMembership>,
}

impl CompiledScope {
    /// Tells whether everything is in scope.
    pub(crate) fn is_everything(&self) -> bool {
        self.input.groups.is_empty()
            && self.assignment.is_none()
            && self.filter.groups.is_empty()
            && self.disabled.groups.is_empty()
    }
}

/// A filter: one of its groups must pass, if there are any; of a group all clauses must.
#[derive(Debug, Default)]
pub(crate) struct CompiledFilter {
    /// The names of the groups; empty for one without.
    pub(crate) names: Vec<Text>,
    pub(crate) groups: Vec<Vec<CompiledClause>>,
}

/// One clause.
#[derive(Debug)]
pub(crate) struct CompiledClause {
    pub(crate) tested: Tested,
    /// The clause as people read it.
    pub(crate) text: Text,
}

impl CompiledClause {
    /// Returns the attribute that is tested.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match &self.tested {
            Tested::Null { slot, .. } => Some(*slot),
            Tested::Values(clause) => Some(clause.slot),
            Tested::Member { .. } => None,
        }
    }
}

/// What a clause asks.
#[derive(Debug)]
pub(crate) enum Tested {
    /// Whether the attribute is absent or empty.
    Null { slot: Slot, is_null: bool },
    /// How its values are.
    Values(ValueClause),
    /// Whether the object is in the membership with this position.
    Member { of: usize, negated: bool },
}

/// A test of the values of an attribute.
#[derive(Debug)]
pub(crate) struct ValueClause {
    pub(crate) slot: Slot,
    pub(crate) quantifier: Quantifier,
    pub(crate) test: Test,
    /// Whether a value passes that fails the test.
    pub(crate) negated: bool,
    /// Whether an absent attribute passes.
    pub(crate) absent_passes: bool,
}

/// A test of one value.
#[derive(Debug)]
pub(crate) enum Test {
    Bool(bool),
    Equals {
        text: Text,
        ignore_case: bool,
    },
    /// Sorted; folded if case is ignored.
    OneOf {
        texts: Vec<Text>,
        ignore_case: bool,
    },
    /// Folded if case is ignored.
    Part {
        place: Place,
        text: Text,
        ignore_case: bool,
    },
    Pattern(Box<Pattern>),
    Above {
        number: Number,
        or_equal: bool,
    },
    Before(Moment),
    After(Moment),
    Bits(i64),
}

/// Where a part of a text has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Start,
    End,
}

/// An instant that is known, or that depends on the time of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    /// So many seconds after the time of the plan, or before it.
    Now(i64),
}

impl Moment {
    pub(crate) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Now(seconds) => {
                Timestamp::from_parts(now.second().saturating_add(seconds), now.nanosecond())
            }
        }
    }
}

/// A number, compared without loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    /// Finite.
    Decimal(f64),
}

impl Number {
    /// Reads a number as text holds it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.parse() {
            Ok(int) => Some(Self::Int(int)),
            Err(_) => text.parse::<f64>().ok().filter(|it| it.is_finite()).map(Self::Decimal),
        }
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left.cmp(&right),
            (Self::Decimal(left), Self::Decimal(right)) => (left + 0.0).total_cmp(&(right + 0.0)),
            (Self::Int(left), Self::Decimal(right)) => compare_mixed(left, right),
            (Self::Decimal(left), Self::Int(right)) => compare_mixed(right, left).reverse(),
        }
    }
}

/// Compares exactly: an integer of 64 bits does not fit into a decimal without loss.
fn compare_mixed(int: i64, decimal: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if decimal >= BEYOND {
        return Ordering::Less;
    }
    if decimal < -BEYOND {
        return Ordering::Greater;
    }
    // INVARIANT: the whole part is within the range of i64 now.
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let whole = decimal.trunc() as i64;
    int.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(decimal.fract() + 0.0)))
}

/// Who is assigned: directly, or through a membership.
#[derive(Debug)]
pub(crate) struct CompiledAssignment {
    pub(crate) attribute: Option<Slot>,
    /// Sorted.
    pub(crate) ids: Vec<Text>,
    /// The position of the membership.
    pub(crate) groups: Option<usize>,
}

/// Who is a member of some groups.
#[derive(Debug)]
pub(crate) struct CompiledMembership {
    /// The position of the source layout of the groups.
    pub(crate) groups: usize,
    pub(crate) members: Slot,
    /// The groups that are meant, by id.
    pub(crate) ids: Vec<Text>,
    /// And those of which this is true.
    pub(crate) attribute: Option<Slot>,
    pub(crate) nested: bool,
    /// Whether a member can be a group, or an object of another type with the same id.
    pub(crate) is_ambiguous: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_without_loss() {
        let compare = |left: &str, right: &str| {
            let number = |text| Number::parse(text).expect("a number");
            number(left).compare(number(right))
        };
        assert_eq!(compare("9007199254740993", "9007199254740992.0"), Ordering::Greater);
        assert_eq!(compare("3", "3.0"), Ordering::Equal);
        assert_eq!(compare("-3", "-3.5"), Ordering::Greater);
        assert_eq!(compare("-3.5", "-4"), Ordering::Greater);
        assert_eq!(compare("9223372036854775807", "1e19"), Ordering::Less);
        assert_eq!(compare("-0.0", "0.0"), Ordering::Equal);
        assert_eq!(compare("0", "-0.0"), Ordering::Equal);
        assert!(Number::parse("inf").is_none() && Number::parse("1e999").is_none());
    }
}
