//! Is everything in its place, and does it wait for what it depends on?

use std::collections::BTreeSet;

use super::facts::{Facts, positions};
use super::report::Report;
use super::violation::ViolationKind;
use crate::plan::OpId;

/// Checks the numbers and the dependencies that the other rules noted.
pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, operation) in positions(facts.plan) {
        if operation.id != at {
            report.add(Some(at), ViolationKind::IdNotPosition { id: operation.id });
        }
        for &after in operation.after.iter().filter(|it| **it >= at) {
            report.add(Some(at), ViolationKind::AfterNotEarlier { after });
        }
    }
    let mut dependencies = std::mem::take(&mut report.dependencies);
    dependencies.sort_unstable();
    dependencies.dedup();
    for of_one in dependencies.chunk_by(|left, right| left.0 == right.0) {
        let Some(second) = of_one.first().and_then(|it| facts.operation(it.0)) else { continue };
        let after: BTreeSet<OpId> = second.after.iter().copied().collect();
        for &(at, on) in of_one {
            if on >= at || !after.contains(&on) {
                report.add(Some(at), ViolationKind::DoesNotWait { on });
            }
        }
    }
}
