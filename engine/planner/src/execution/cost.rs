//! What does it cost to carry a plan out?

use std::time::Duration;

use provisio_model::{Capabilities, Timestamp};

use super::budget::Budget;
use super::writes;
use crate::plan::{OpId, Plan};

/// What carrying a plan out costs at least: nothing fails, and every request is as full as it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// How many writes there are: one for each operation that writes, more where a change has more values than fit.
    pub writes: u64,
    /// How many requests carry them.
    pub requests: u64,
    /// How long the target's rate makes it take.
    pub time: Duration,
}

impl Cost {
    /// Estimates a plan for a target that can do this.
    pub fn of(plan: &Plan, capabilities: &Capabilities) -> Self {
        let writes = Left::of(plan, capabilities).writes();
        let requests = writes.div_ceil(capabilities.batch_max.max(1) as u64);
        let time = Budget::of(capabilities).at_least(requests, Timestamp::from_second(0));
        Self { writes, requests, time }
    }
}

/// How much was done to carry a plan out, and how much is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effort {
    /// How many requests were answered, those that were refused included.
    pub requests: u64,
    /// How many are left, those under way included, if they are as full as those before.
    pub requests_left: u64,
    /// How long what is left takes at least: the target's rate, and what it asked for when it refused.
    pub at_least: Duration,
}

impl Effort {
    /// Returns an effort of this many requests, of which this many are left.
    pub fn new(requests: u64, requests_left: u64, at_least: Duration) -> Self {
        Self { requests, requests_left, at_least }
    }
}

/// How many writes have not been answered for good, by operation.
pub(super) struct Left {
    by_operation: Vec<u32>,
    writes: u64,
}

impl Left {
    pub(super) fn of(plan: &Plan, capabilities: &Capabilities) -> Self {
        let most = capabilities.values_per_change_max;
        let count = |operation| u32::try_from(writes::count(operation, most)).unwrap_or(u32::MAX);
        let by_operation: Vec<u32> = plan.operations.iter().map(count).collect();
        let writes = by_operation.iter().copied().map(u64::from).sum();
        Self { by_operation, writes }
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    /// A write of an operation is done.
    pub(super) fn write_done(&mut self, id: OpId) {
        if let Some(left) = self.by_operation[id.position()].checked_sub(1) {
            self.by_operation[id.position()] = left;
            self.writes -= 1;
        }
    }

    /// An operation has its fate: nothing of it is left.
    pub(super) fn settled(&mut self, id: OpId) {
        self.writes -= u64::from(std::mem::take(&mut self.by_operation[id.position()]));
    }
}
