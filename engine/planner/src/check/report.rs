//! What was found so far, and what has to come before what.

use super::violation::{Violation, ViolationKind};
use crate::plan::OpId;

/// Collects violations and dependencies.
#[derive(Default)]
pub(super) struct Report {
    violations: Vec<Violation>,
    /// The second operation depends on the first, as (second, first).
    pub(super) dependencies: Vec<(OpId, OpId)>,
}

impl Report {
    pub(super) fn add(&mut self, operation: Option<OpId>, kind: ViolationKind) {
        self.violations.push(Violation::new(operation, kind));
    }

    pub(super) fn len(&self) -> usize {
        self.violations.len()
    }

    /// Notes that `second` has to wait for `first`.
    pub(super) fn depends(&mut self, second: OpId, first: OpId) {
        self.dependencies.push((second, first));
    }

    pub(super) fn finish(mut self) -> Vec<Violation> {
        self.violations.sort_unstable();
        self.violations.dedup();
        self.violations
    }
}
