//! Keeping pairs one to one: no two source objects for one target object, no two new objects alike.

use foldhash::fast::FixedState;
use provisio_model::{CompareRule, Row, SourceId, SourceSide, TargetSide, ValueRef};

use super::{Pair, Pairs};
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::plan::MappingId;

/// The first matching value of each unmatched source object: creating two with the same would make two objects
/// that no later match could tell apart (Entra's `DuplicateSourceEntries`).
#[derive(Default)]
pub(super) struct FirstValues {
    /// Hash of the value, precedence of the attribute, row. The values themselves would cost too much.
    entries: Vec<(u64, u16, Row<SourceSide>)>,
    state: FixedState,
}

impl FirstValues {
    pub(super) fn add(
        &mut self,
        row: Row<SourceSide>,
        precedence: usize,
        rule: CompareRule,
        value: ValueRef<'_>,
    ) {
        let precedence = u16::try_from(precedence).unwrap_or(u16::MAX);
        self.entries.push((rule.hash(value, &self.state), precedence, row));
    }

    /// Returns groups of rows whose values may be the same: their hashes are.
    pub(super) fn suspects(&mut self) -> Vec<(usize, Vec<Row<SourceSide>>)> {
        self.entries.sort_unstable();
        let same = |left: &(u64, u16, _), right: &(u64, u16, _)| (left.0, left.1) == (right.0, right.1);
        let groups = self.entries.chunk_by(same).filter(|it| it.len() > 1);
        groups.map(|it| (usize::from(it[0].1), it.iter().map(|entry| entry.2).collect())).collect()
    }
}

/// Blocks source objects that matched the same target object.
pub(super) fn keep_injective(input: &PlanInput<'_>, pairs: &mut [Pairs], findings: &mut Vec<Finding>) {
    let mut matched: Vec<(usize, Row<TargetSide>, SourceId, usize, usize)> = Vec::new();
    for (at, (mapping, pairs)) in input.spec.mappings.iter().zip(pairs.iter()).enumerate() {
        for (position, pair) in pairs.of_row.iter().enumerate() {
            if let Pair::Matched(row, _) = pair {
                let source = input.source[mapping.source].records().record(Row::at(position)).id();
                matched.push((mapping.target, *row, source, at, position));
            }
        }
    }
    matched.sort_unstable();
    for group in
        matched.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)).filter(|it| it.len() > 1)
    {
        for (index, (target, row, source, at, position)) in group.iter().enumerate() {
            pairs[*at].of_row[*position] = Pair::Blocked;
            let other = group[usize::from(index == 0)].2.clone();
            let target = input.target[*target].records().record(*row).id();
            let mapping = MappingId(u16::try_from(*at).unwrap_or(u16::MAX));
            let kind = FindingKind::AmbiguousSource { other, target };
            findings.push(Finding::about_object(mapping, source.clone(), kind));
        }
    }
}
