//! Keeping pairs one to one: no two source objects for one target object, no two new objects alike.

use std::collections::BTreeMap;

use bumpalo::Bump;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use provisio_expression::EvalContext;
use provisio_model::{Row, Slot, SourceId, SourceSide, TargetSide, ValueRef};

use super::index::{hash_all, is_empty};
use super::{Pair, Pairs};
use crate::compiled::{AttributeSource, CompiledObject, MatchRule};
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind};
use crate::flow::flow;
use crate::input::PlanInput;
use crate::parallel::Threads;
use crate::plan::MappingId;
use crate::planning::evaluation;
use crate::situation::Situation;
use crate::sketch::Sketch;

/// Blocks objects without a link that share their first matching value with another object in scope: no match
/// could tell the two apart (Entra's `DuplicateSourceEntries`), and who comes first would depend on when a run was
/// interrupted. A linked object keeps what it has.
pub(super) fn block_same_values(
    (input, context, threads): (&PlanInput<'_>, &EvalContext<'_>, Threads),
    at: usize,
    mapping: &CompiledObject,
    pairs: &mut Pairs,
    findings: &mut Vec<Finding>,
) {
    if !pairs.of_row.iter().any(is_new) {
        return;
    }
    let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
    let first = FirstValues { input, mapping, threads };
    for (precedence, rows) in first.suspects(pairs) {
        let rule = &mapping.matching[precedence];
        let mut by_keys: BTreeMap<Vec<String>, Vec<(SourceId, Row<SourceSide>)>> = BTreeMap::new();
        let bump = Bump::new();
        for row in rows {
            let record = first.record(row);
            if let Some((_, values)) = first.of(&record, context, &bump) {
                let keys = mapping.attributes_of(rule).zip(values).map(|(it, value)| it.rule.key(*value));
                by_keys.entry(keys.collect::<Vec<String>>()).or_default().push((record.0.id(), row));
            }
        }
        for (keys, mut same) in by_keys.into_iter().filter(|(_, same)| same.len() > 1) {
            same.sort_unstable();
            for (index, (source, row)) in same.iter().enumerate() {
                let pair = &mut pairs.of_row[row.position()];
                if is_new(pair) {
                    *pair = Pair::Blocked(Situation::SameMatchingValue);
                    let other = same[usize::from(index == 0)].0.clone();
                    let kind = FindingKind::SameMatchingValue { other, value: keys.join(", ").into() };
                    findings.push(Finding::about_attribute(id, source.clone(), &rule.name, kind));
                }
            }
        }
    }
}

/// Tells whether an object is without a link.
fn is_new(pair: &Pair) -> bool {
    matches!(pair, Pair::Missing | Pair::Gone | Pair::Waiting | Pair::Matched(..))
}

/// Tells whether an object is in scope, and linked.
fn is_settled(pair: &Pair) -> bool {
    matches!(pair, Pair::Linked(_) | Pair::Unseen | Pair::Blocked(_))
}

/// Returns the attribute that the first match rule copies, if it does nothing else.
pub(super) fn first_copied(mapping: &CompiledObject) -> Option<Slot> {
    copied(mapping, mapping.matching.first()?)
}

/// Returns the attribute that a match rule of one attribute copies, if nothing has to be done to it.
fn copied(mapping: &CompiledObject, rule: &MatchRule) -> Option<Slot> {
    let [at] = rule.attributes.as_slice() else { return None };
    let attribute = &mapping.attributes[*at];
    match attribute.source {
        AttributeSource::Direct(slot) if attribute.length_max.is_none() => Some(slot),
        _ => None,
    }
}

/// The first matching value of each source object in scope.
struct FirstValues<'a> {
    input: &'a PlanInput<'a>,
    mapping: &'a CompiledObject,
    threads: Threads,
}

impl<'a> FirstValues<'a> {
    fn record(&self, row: Row<SourceSide>) -> ExpressionRecord<'a, SourceSide> {
        ExpressionRecord(self.input.source[self.mapping.source].records().record(row))
    }

    /// The values, and the precedence of their rule.
    fn of<'v>(
        &self,
        record: &'v ExpressionRecord<'v, SourceSide>,
        context: &'v EvalContext<'v>,
        bump: &'v Bump,
    ) -> Option<(usize, &'v [ValueRef<'v>])>
    where
        'a: 'v,
    {
        self.mapping.matching.iter().enumerate().find_map(|(precedence, rule)| {
            if let Some(value) = self.copied(rule, record) {
                return Some((precedence, std::slice::from_ref(bump.alloc(value)) as &[_]));
            }
            let mut values = bumpalo::collections::Vec::with_capacity_in(rule.attributes.len(), bump);
            for attribute in self.mapping.attributes_of(rule) {
                let flowed = flow(attribute, record, context, bump).ok()?;
                values.extend(flowed.values().first().filter(|it| !is_empty(**it)));
            }
            (values.len() == rule.attributes.len()).then(|| (precedence, values.into_bump_slice() as &[_]))
        })
    }

    /// The value of a rule of one attribute, if it is what the source has, and nothing has to be done to it.
    fn copied<'v>(
        &self,
        rule: &MatchRule,
        record: &ExpressionRecord<'v, SourceSide>,
    ) -> Option<ValueRef<'v>> {
        let value = record.0.single(copied(self.mapping, rule)?)?;
        let attribute = self.mapping.attributes_of(rule).next()?;
        (value.kind() == attribute.kind && !is_empty(value)).then_some(value)
    }

    /// Returns groups of rows whose values may be the same, each with an object without a link: their hashes are. The
    /// values themselves would cost too much.
    fn suspects(&self, pairs: &Pairs) -> Vec<(usize, Vec<Row<SourceSide>>)> {
        let mut entries = self.hashes(pairs, is_new, &Sketch::default(), |_| true);
        let hashes: HashSet<u64, FixedState> = entries.iter().map(|it| it.0).collect();
        let sketch = self.sketch(&entries);
        entries.append(&mut self.hashes(pairs, is_settled, &sketch, |hash| hashes.contains(&hash)));
        entries.sort_unstable();
        let groups = entries.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1));
        let several = groups.filter(|it| it.len() > 1);
        several.map(|it| (it[0].1, it.iter().map(|entry| entry.2).collect())).collect()
    }

    /// Says of which single values nothing of these entries can be.
    fn sketch(&self, entries: &[(u64, usize, Row<SourceSide>)]) -> Sketch {
        let mut sketch = Sketch::of(entries.len());
        for (_, precedence, row) in entries {
            let rule = &self.mapping.matching[*precedence];
            match (rule.attributes.as_slice(), self.copied(rule, &self.record(*row))) {
                ([at], Some(value)) => sketch.add(value, self.mapping.attributes[*at].rule),
                _ => return Sketch::default(),
            }
        }
        sketch
    }

    /// Hashes the values of some objects, each with the precedence of its rule, but for those of which a sketch says that
    /// they are not wanted.
    fn hashes(
        &self,
        pairs: &Pairs,
        of: impl Fn(&Pair) -> bool + Sync,
        sketch: &Sketch,
        is_wanted: impl Fn(u64) -> bool + Sync,
    ) -> Vec<(u64, usize, Row<SourceSide>)> {
        let parts = self.threads.share(pairs.of_row.len(), |range| {
            let (state, context) = (FixedState::default(), evaluation(self.input));
            let mut bump = Bump::new();
            let mut entries = Vec::new();
            let may_be_wanted = |it: &usize| pairs.marks.get(*it).is_none_or(|mark| sketch.may_have(*mark));
            for position in range.filter(|&it| of(&pairs.of_row[it])).filter(may_be_wanted) {
                let record = self.record(Row::at(position));
                if let Some((precedence, values)) = self.of(&record, &context, &bump) {
                    let hash = hash_all(self.mapping, &self.mapping.matching[precedence], values, &state);
                    if is_wanted(hash) {
                        entries.push((hash, precedence, Row::at(position)));
                    }
                }
                bump.reset();
            }
            entries
        });
        parts.into_iter().flatten().collect()
    }
}

/// Blocks source objects that matched the same target object, but for one that matched by an earlier attribute than
/// all others of its mapping: an employee number tells more than a mail address. So it is also told whose object it
/// is that an interrupted run created.
pub(super) fn keep_injective(input: &PlanInput<'_>, pairs: &mut [Pairs], findings: &mut Vec<Finding>) {
    let mut matched: Vec<Claim> = Vec::new();
    for (at, (mapping, pairs)) in input.spec.mappings.iter().zip(pairs.iter()).enumerate() {
        for (position, pair) in pairs.of_row.iter().enumerate() {
            if let Pair::Matched(target, by) = *pair {
                let source = input.source[mapping.source].records().record(Row::at(position)).id();
                let precedence = usize::from(by);
                matched.push(Claim { type_at: mapping.target, target, at, precedence, source, position });
            }
        }
    }
    matched.sort_unstable();
    let same = |left: &Claim, right: &Claim| (left.type_at, left.target) == (right.type_at, right.target);
    for group in matched.chunk_by(same).filter(|it| it.len() > 1) {
        let of_one_mapping = group.iter().all(|it| it.at == group[0].at);
        let winner = of_one_mapping && group[0].precedence < group[1].precedence;
        for (index, claim) in group.iter().enumerate().skip(usize::from(winner)) {
            pairs[claim.at].of_row[claim.position] = Pair::Blocked(Situation::AmbiguousSource);
            let other = group[usize::from(index == 0)].source.clone();
            let target = input.target[claim.type_at].records().record(claim.target).id();
            let mapping = MappingId(u16::try_from(claim.at).unwrap_or(u16::MAX));
            let kind = FindingKind::AmbiguousSource { other, target };
            findings.push(Finding::about_object(mapping, claim.source.clone(), kind));
        }
    }
}

/// A source object that matched a target object; of several, the strongest is the first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    /// The position of the target's object type.
    type_at: usize,
    target: Row<TargetSide>,
    /// The position of the object mapping.
    at: usize,
    precedence: usize,
    source: SourceId,
    position: usize,
}
