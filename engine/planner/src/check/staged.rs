//! Is it remembered what limits have to know: how much is done, and what is held back?

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, positions};
use super::limits::acts;
use super::report::Report;
use super::violation::ViolationKind;
use crate::memory::{Fact, Remember, Staged};
use crate::plan::{Held, LimitKind, MappingId, OpId, Operation};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    check_acts(facts, report);
    check_held(facts, report);
    check_gone(facts, report);
}

/// What a window of time counts is to be remembered once it is done, as often as it is.
pub(super) fn check_acts(facts: &Facts<'_>, report: &mut Report) {
    let mut wanted: BTreeMap<(OpId, MappingId, LimitKind), u64> = BTreeMap::new();
    for (at, operation) in positions(facts.plan) {
        let Some(mapping) = facts.input.spec.mappings.get(usize::from(operation.mapping.0)) else { continue };
        for kind in LimitKind::ALL.into_iter().filter(|it| mapping.limits.over_time(*it).is_some()) {
            let number = acts(facts, mapping, kind, operation);
            if number > 0 {
                wanted.insert((at, operation.mapping, kind), number);
            }
        }
    }
    for Remember { once, fact } in &facts.plan.memory {
        let Fact::Acts { mapping, limit, number } = fact else { continue };
        let known = once.and_then(|at| wanted.remove(&(at, *mapping, *limit)));
        if known != Some(*number) {
            report.add(*once, ViolationKind::RemembersWhatIsNot);
        }
    }
    for (at, ..) in wanted.into_keys() {
        report.add(Some(at), ViolationKind::NotRemembered);
    }
}

/// What is held back for the first time is to be remembered at once.
fn check_held(facts: &Facts<'_>, report: &mut Report) {
    let known: BTreeSet<&Staged> = facts.input.memory.staged().map(|it| it.0).collect();
    let mut wanted: BTreeSet<Staged> = held(facts).into_iter().filter(|it| !known.contains(it)).collect();
    for Remember { once, fact } in &facts.plan.memory {
        let Fact::Staged { .. } = fact else { continue };
        if once.is_some() || named(facts, fact).is_none_or(|it| !wanted.remove(&it)) {
            report.add(*once, ViolationKind::RemembersWhatIsNot);
        }
    }
    if !wanted.is_empty() {
        report.add(None, ViolationKind::NotRemembered);
    }
}

/// What was held back and is not any more is to be forgotten: once it is done, or at once when nobody wants it.
fn check_gone(facts: &Facts<'_>, report: &mut Report) {
    let still = held(facts);
    let gone: Vec<&Staged> =
        facts.input.memory.staged().map(|it| it.0).filter(|it| !still.contains(it)).collect();
    let mut counted: BTreeMap<Staged, OpId> = BTreeMap::new();
    if !gone.is_empty() {
        let done = positions(facts.plan).filter(|(_, it)| is_counted(facts, it));
        counted.extend(done.filter_map(|(at, it)| Some((name(facts, it)?, at))));
    }
    let mut wanted: BTreeMap<Staged, Option<OpId>> = BTreeMap::new();
    for staged in gone {
        let done = counted.get(staged).copied();
        if done.is_some() || is_seen(facts, staged) {
            wanted.insert(staged.clone(), done);
        }
    }
    for Remember { once, fact } in &facts.plan.memory {
        let Fact::Unstaged { .. } = fact else { continue };
        let known = named(facts, fact).and_then(|it| wanted.remove(&it));
        if known != Some(*once) {
            report.add(*once, ViolationKind::RemembersWhatIsNot);
        }
    }
    if let Some(once) = wanted.into_values().next() {
        report.add(once, ViolationKind::NotRemembered);
    }
}

fn held(facts: &Facts<'_>) -> BTreeSet<Staged> {
    facts.plan.held.iter().flat_map(Held::each).filter_map(|it| name(facts, it)).collect()
}

fn name(facts: &Facts<'_>, operation: &Operation) -> Option<Staged> {
    let mapping = facts.input.spec.mappings.get(usize::from(operation.mapping.0))?;
    Some(Staged::of(&mapping.name, operation))
}

fn named(facts: &Facts<'_>, fact: &Fact) -> Option<Staged> {
    let (Fact::Staged { mapping, source, action, attribute }
    | Fact::Unstaged { mapping, source, action, attribute }) = fact
    else {
        return None;
    };
    let mapping = facts.input.spec.mappings.get(usize::from(mapping.0))?.name.clone();
    Some(Staged { mapping, source: source.clone(), action: *action, attribute: attribute.clone() })
}

fn is_counted(facts: &Facts<'_>, operation: &Operation) -> bool {
    let mapping = facts.input.spec.mappings.get(usize::from(operation.mapping.0));
    mapping.is_some_and(|it| LimitKind::ALL.into_iter().any(|kind| acts(facts, it, kind, operation) > 0))
}

/// Tells whether source and target show, or prove, what became of an object that something was held back for.
fn is_seen(facts: &Facts<'_>, staged: &Staged) -> bool {
    let at = facts.input.spec.mappings.iter().position(|it| it.name == staged.mapping);
    let Some((at, mapping)) = at.map(|at| (at, facts.mapping(at))) else { return false };
    let source = facts.source(at, staged.source.as_str()).is_some()
        || facts.input.source[mapping.source].prove_absent(&staged.source).is_some();
    let link = facts.links(at).and_then(|it| it.of_source(staged.source.as_str()));
    let target = link.is_none_or(|it| {
        facts.target(mapping.target, it.target.as_str()).is_some()
            || facts.input.target[mapping.target].prove_absent(&it.target).is_some()
    });
    source && target
}
