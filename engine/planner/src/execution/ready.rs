//! Which operations may be sent, in the order of the plan?

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use provisio_model::Timestamp;

use super::positions::Positions;
use crate::plan::{OpId, Plan};

/// Operations that have no fate yet, by what they wait for. The first of the plan goes first, so that what revokes
/// goes before what grants.
pub(super) struct Ready {
    /// How many operations each one still waits for.
    waits_for: Vec<u32>,
    /// Who waits for an operation: `dependents[starts[n]..starts[n + 1]]`.
    dependents: Vec<u32>,
    starts: Vec<u32>,
    /// Those that were never prepared.
    fresh: Positions,
    /// Those with a write that is kept to be sent: again, or after the one before it.
    again: BinaryHeap<Reverse<u32>>,
    /// Those that wait for an instant before they are sent again.
    later: BTreeSet<(Timestamp, u32)>,
    /// Those whose object is being written, and whether a write of theirs is kept.
    parked: Vec<(u32, bool)>,
}

impl Ready {
    pub(super) fn of(plan: &Plan) -> Self {
        let count = plan.operations.len();
        let mut starts = vec![0_u32; count + 1];
        for first in plan.operations.iter().flat_map(|it| &it.after) {
            starts[first.operation.position() + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut fill = starts.clone();
        let mut dependents = vec![0; starts[count] as usize];
        let mut waits_for = vec![0; count];
        let mut fresh = Positions::below(count);
        for operation in &plan.operations {
            waits_for[operation.id.position()] = u32::try_from(operation.after.len()).unwrap_or(u32::MAX);
            for first in &operation.after {
                let place = &mut fill[first.operation.position()];
                dependents[*place as usize] = operation.id.0;
                *place += 1;
            }
            if operation.after.is_empty() {
                fresh.insert(operation.id.0);
            }
        }
        let (again, later, parked) = (BinaryHeap::new(), BTreeSet::new(), Vec::new());
        Self { waits_for, dependents, starts, fresh, again, later, parked }
    }

    /// Takes the first operation that may be sent; `only_again` leaves alone those that were never prepared.
    pub(super) fn pop(&mut self, only_again: bool) -> Option<u32> {
        let again = self.again.peek().map(|it| it.0);
        let fresh = self.fresh.first().filter(|it| !only_again && again.is_none_or(|again| *it < again));
        match fresh {
            Some(at) => self.fresh.remove(at),
            None => drop(self.again.pop()),
        }
        fresh.or(again)
    }

    /// Puts an operation back that has a write to be sent.
    pub(super) fn push_again(&mut self, at: u32) {
        self.again.push(Reverse(at));
    }

    /// Lets an operation wait until an instant.
    pub(super) fn wait(&mut self, at: u32, until: Timestamp) {
        self.later.insert((until, at));
    }

    /// Lets operations go on whose instant has come.
    pub(super) fn wake(&mut self, now: Timestamp) {
        while let Some(next) = self.later.first().copied()
            && next.0 <= now
        {
            self.later.remove(&next);
            self.push_again(next.1);
        }
    }

    /// Lets an operation wait until no write of its object is under way.
    pub(super) fn park(&mut self, at: u32, is_kept: bool) {
        self.parked.push((at, is_kept));
    }

    /// An object is free again.
    pub(super) fn unpark(&mut self) {
        for (at, is_kept) in self.parked.drain(..) {
            if is_kept {
                self.again.push(Reverse(at));
            } else {
                self.fresh.insert(at);
            }
        }
    }

    /// An operation has its fate: those that waited for it may go.
    pub(super) fn settled(&mut self, id: OpId) {
        let (start, end) = (self.starts[id.position()] as usize, self.starts[id.position() + 1] as usize);
        for place in start..end {
            let dependent = self.dependents[place];
            let waits = &mut self.waits_for[dependent as usize];
            *waits -= 1;
            if *waits == 0 {
                self.fresh.insert(dependent);
            }
        }
    }

    /// Returns from when on something may be sent without another outcome, at the earliest `now`.
    pub(super) fn next(&self, only_again: bool, now: Timestamp) -> Option<Timestamp> {
        if !self.again.is_empty() || (!only_again && !self.fresh.is_empty()) {
            return Some(now);
        }
        self.later.first().map(|it| it.0)
    }
}
