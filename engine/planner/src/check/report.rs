//! What was found so far, and what has to come before what.

use super::violation::{Violation, ViolationKind};
use crate::plan::{OpId, Why};

/// One operation waits for another, as (second, first, reason).
pub(super) type Wait = (OpId, OpId, Why);

/// Collects violations and dependencies.
#[derive(Default)]
pub(super) struct Report {
    violations: Vec<Violation>,
    /// The second operation must wait for the first, as (second, first, reason).
    pub(super) needed: Vec<Wait>,
    /// The second operation may wait for the first.
    pub(super) allowed: Vec<Wait>,
}

impl Report {
    pub(super) fn add(&mut self, operation: Option<OpId>, kind: ViolationKind) {
        self.violations.push(Violation::new(operation, kind));
    }

    pub(super) fn len(&self) -> usize {
        self.violations.len()
    }

    /// Notes that `second` has to wait for `first`.
    pub(super) fn depends(&mut self, second: OpId, first: OpId, why: Why) {
        self.needed.push((second, first, why));
    }

    /// Notes that `second` may have to wait for `first`.
    pub(super) fn may_depend(&mut self, second: OpId, first: OpId, why: Why) {
        self.allowed.push((second, first, why));
    }

    pub(super) fn finish(mut self) -> Vec<Violation> {
        self.violations.sort_unstable();
        self.violations.dedup();
        self.violations
    }
}
