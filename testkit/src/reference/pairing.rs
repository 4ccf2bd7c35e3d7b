//! Whose object is whose: a link decides alone, else the matching attributes do, and nothing is guessed.

use std::collections::BTreeMap;

use provisio::model::{Attributes, Object, Text, Value};
use provisio::spec::{Adoption, TargetMissing};
use provisio::store::Trigger;

use super::given::{Given, given};
use super::place;
use super::protection::is_protected;
use super::rules::{AttributeRules, ObjectRules, Rules};
use super::scope::{Scope, scope};
use super::state::State;

/// How a source object stands with the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    /// Out of scope, and never linked.
    Outside,
    /// Not looked at, or not to be judged: the target object that it is linked to is this, if it is there.
    Aside(Option<Text>),
    /// Out of scope or disabled, and linked to this, which may be gone.
    Left(Text, Trigger),
    /// In scope and linked to this, which is there.
    Linked(Text),
    /// In scope; this is not linked to anything and matches by the attribute of this rank.
    Matched(Text, usize),
    /// In scope; nothing matches.
    New,
    /// In scope; somebody has to decide.
    Blocked,
}

/// How every source object stands, by the position of the mapping and the source id.
pub(super) type Pairs = BTreeMap<(usize, Text), Pair>;

pub(super) fn pair(rules: &Rules<'_>, state: &State) -> Pairs {
    let mut pairs = Pairs::new();
    for (at, mapping) in rules.mappings.iter().enumerate() {
        for source in rules.sources(at) {
            pairs.insert((at, source.id.clone()), of_source(rules, state, at, mapping, source));
        }
    }
    let rivals = rivals(rules, &pairs);
    let twins = twins(rules, &pairs);
    for blocked in rivals.into_iter().chain(twins) {
        pairs.insert(blocked, Pair::Blocked);
    }
    pairs
}

fn of_source(
    rules: &Rules<'_>,
    state: &State,
    at: usize,
    mapping: &ObjectRules<'_>,
    source: &Object,
) -> Pair {
    let link = state.link(at, &source.id);
    let is_there = |it: &Text| state.object(&mapping.spec.target, it).is_some();
    match (scope(rules, mapping, source), link) {
        (Scope::Aside, link) => Pair::Aside(link.filter(|it| is_there(it)).cloned()),
        (Scope::Out | Scope::Disabled, None) => Pair::Outside,
        (Scope::Out, Some(target)) => Pair::Left(target.clone(), Trigger::OutOfScope),
        (Scope::Disabled, Some(target)) => Pair::Left(target.clone(), Trigger::SourceDisabled),
        (Scope::In, Some(target)) if is_there(target) => Pair::Linked(target.clone()),
        (Scope::In, Some(_)) if mapping.spec.target_missing == TargetMissing::Report => Pair::Blocked,
        // One whose target object is gone may find it again: somebody may have restored it.
        (Scope::In, _) => matched(rules, state, mapping, source),
    }
}

/// The first matching attribute that finds something decides.
fn matched(rules: &Rules<'_>, state: &State, mapping: &ObjectRules<'_>, source: &Object) -> Pair {
    let mut has_value = false;
    for (rank, rule) in mapping.matching().into_iter().enumerate() {
        let given: Vec<Given> = rule.iter().map(|it| given(mapping, it, source, rules.world.now)).collect();
        if given.contains(&Given::Fault) {
            return Pair::Blocked;
        }
        let Some(values) = given.iter().map(matching_value).collect::<Option<Vec<_>>>() else { continue };
        has_value = true;
        let holds = |it: &Attributes| {
            rule.iter()
                .zip(&values)
                .all(|(attribute, value)| attribute.has(&place::read(&attribute.target, it), value))
        };
        let of_type = state.of_type(&mapping.spec.target);
        let found: Vec<&Text> = of_type.filter(|(_, it)| holds(it)).map(|(id, _)| id).collect();
        match found.as_slice() {
            [] => {}
            [target] if is_taken(rules, state, mapping, target) => return Pair::Blocked,
            [target] if is_protected(rules, state, &mapping.spec.target, target) => return Pair::Blocked,
            [_] if mapping.spec.adoption == Adoption::Report => return Pair::Blocked,
            [target] => return Pair::Matched((*target).clone(), rank),
            _ => return Pair::Blocked,
        }
    }
    if has_value { Pair::New } else { Pair::Blocked }
}

/// The value that is looked for; empty text is none.
fn matching_value(given: &Given) -> Option<&Value> {
    given.values().first().filter(|it| it.as_text() != Some(""))
}

/// Tells whether a target object is linked, under any mapping of its type.
fn is_taken(rules: &Rules<'_>, state: &State, mapping: &ObjectRules<'_>, target: &Text) -> bool {
    let of_type = |it: &usize| rules.mappings[*it].spec.target == mapping.spec.target;
    (0..rules.mappings.len()).filter(of_type).any(|it| state.is_linked(it, target))
}

/// Those who match the same target object as somebody else, but for the one of them, of the same mapping, who matches
/// by a stronger attribute than all the others.
fn rivals(rules: &Rules<'_>, pairs: &Pairs) -> Vec<(usize, Text)> {
    let matched = pairs.iter().filter_map(|(who, pair)| match pair {
        Pair::Matched(target, rank) => Some((who, &rules.mappings[who.0].spec.target, target, *rank)),
        _ => None,
    });
    let matched: Vec<_> = matched.collect();
    let loses = |&&(who, object_type, target, rank): &&(&(usize, Text), _, &Text, usize)| {
        matched.iter().any(|&(other, other_type, other_target, other_rank)| {
            let same_target = (other_type, other_target) == (object_type, target);
            other != who && same_target && (other.0 != who.0 || other_rank <= rank)
        })
    };
    matched.iter().filter(loses).map(|it| it.0.clone()).collect()
}

/// Those without a link who share their first matching value with somebody else in scope.
fn twins(rules: &Rules<'_>, pairs: &Pairs) -> Vec<(usize, Text)> {
    let mut twins = Vec::new();
    for (at, mapping) in rules.mappings.iter().enumerate() {
        let in_scope = rules.sources(at).into_iter().filter_map(|source| {
            let pair = &pairs[&(at, source.id.clone())];
            let is_in_scope = !matches!(pair, Pair::Aside(_) | Pair::Outside | Pair::Left(..));
            let value = first_value(rules, mapping, source).filter(|_| is_in_scope)?;
            Some((source, pair, value))
        });
        let in_scope: Vec<_> = in_scope.collect();
        let is_unlinked = |pair: &Pair| matches!(pair, Pair::New | Pair::Matched(..));
        for (source, _, (rank, values)) in in_scope.iter().filter(|it| is_unlinked(it.1)) {
            let is_twin = |(other, _, (other_rank, others)): &(&Object, _, (usize, Values<'_, '_>))| {
                let same =
                    |((attribute, value), (_, other)): (&(&AttributeRules<'_>, Value), &(_, Value))| {
                        attribute.same(other, value)
                    };
                other.id != source.id && other_rank == rank && values.iter().zip(others).all(same)
            };
            if in_scope.iter().any(is_twin) {
                twins.push((at, source.id.clone()));
            }
        }
    }
    twins
}

/// The attributes that match together, each with its value.
type Values<'r, 'w> = Vec<(&'r AttributeRules<'w>, Value)>;

/// The rank of what matches first and has all its values, and the values.
fn first_value<'r, 'w>(
    rules: &Rules<'w>,
    mapping: &'r ObjectRules<'w>,
    source: &Object,
) -> Option<(usize, Values<'r, 'w>)> {
    mapping.matching().into_iter().enumerate().find_map(|(rank, rule)| {
        let values = rule.into_iter().map(|attribute| {
            let given = given(mapping, attribute, source, rules.world.now);
            Some((attribute, matching_value(&given)?.clone()))
        });
        Some((rank, values.collect::<Option<_>>()?))
    })
}
