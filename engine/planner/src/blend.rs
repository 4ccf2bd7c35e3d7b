//! What a multi-valued attribute holds after values joined it: what the target holds and what a mapping gives in,
//! the values afterwards out. What the mapping does not own stays (R2).

use provisio_model::{CompareRule, ValueRef, Values, ValuesRef};

use crate::compiled::CompiledAttribute;
use crate::spec::FlowType;

/// Values afterwards, and whether that is a change.
#[derive(Debug, PartialEq)]
pub(crate) enum Blended {
    /// Nothing joins and nothing leaves.
    Same,
    /// This is left; nothing if the last value leaves.
    Changed(Option<Values>),
}

/// Blends what a mapping gives into what the target holds. `is_ours` tells which of the held values the mapping
/// owns.
pub(crate) fn blend(
    attribute: &CompiledAttribute,
    held: ValuesRef<'_>,
    given: &[ValueRef<'_>],
    is_ours: impl Fn(ValueRef<'_>) -> bool,
) -> Blended {
    let rule = attribute.rule;
    let known = Keys::of(rule, given.iter().copied());
    let leaves =
        |it: ValueRef<'_>| attribute.flow == FlowType::Merge && is_ours(it) && !known.has(rule, given, it);
    let stay: Vec<ValueRef<'_>> = held.iter().filter(|it| !leaves(*it)).collect();
    let there = Keys::of(rule, stay.iter().copied());
    let join: Vec<ValueRef<'_>> = given.iter().copied().filter(|it| !there.has(rule, &stay, *it)).collect();
    if join.is_empty() && stay.len() == held.iter().len() {
        return Blended::Same;
    }
    Blended::Changed(Values::from_many(stay.into_iter().chain(join).map(ValueRef::to_value)))
}

/// Tells whether a mapping owns a value because it matches the mapping's pattern.
pub(crate) fn matches_owned(attribute: &CompiledAttribute, value: ValueRef<'_>) -> bool {
    match (&attribute.owns, value) {
        (Some(pattern), ValueRef::Text(text)) => pattern.is_match(text) == Ok(true),
        _ => false,
    }
}

/// Tells whether a value is among a mapping's default.
pub(crate) fn is_default(attribute: &CompiledAttribute, value: ValueRef<'_>) -> bool {
    let default = attribute.default.as_ref().map(Values::as_slice).unwrap_or_default();
    default.iter().any(|it| attribute.rule.same(it.borrow(), value))
}

/// The keys of many values, sorted; nothing for few, which are compared.
struct Keys(Vec<String>);

impl Keys {
    const FEW: usize = 16;

    fn of<'v>(rule: CompareRule, values: impl ExactSizeIterator<Item = ValueRef<'v>>) -> Self {
        if values.len() <= Self::FEW {
            return Self(Vec::new());
        }
        let mut keys: Vec<String> = values.map(|it| rule.key(it)).collect();
        keys.sort_unstable();
        Self(keys)
    }

    fn has(&self, rule: CompareRule, values: &[ValueRef<'_>], value: ValueRef<'_>) -> bool {
        if self.0.is_empty() {
            return values.iter().any(|it| rule.same(*it, value));
        }
        self.0.binary_search(&rule.key(value)).is_ok()
    }
}
