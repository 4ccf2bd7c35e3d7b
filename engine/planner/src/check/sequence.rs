//! Is everything in its place, does it wait for what it depends on and for nothing else, and is access taken away
//! before it is given?

use std::collections::BTreeSet;

use super::facts::{Facts, positions};
use super::report::{Report, Wait};
use super::violation::ViolationKind;
use crate::plan::{Action, Change, ChangeWrite, OpId, Operation, Why};

/// Checks the numbers and the dependencies that the other rules noted.
pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, operation) in positions(facts.plan) {
        if operation.id != at {
            report.add(Some(at), ViolationKind::IdNotPosition { id: operation.id });
        }
        for after in operation.after.iter().map(|it| it.operation).filter(|it| *it >= at) {
            report.add(Some(at), ViolationKind::AfterNotEarlier { after });
        }
    }
    let needed = sorted(std::mem::take(&mut report.needed));
    let mut justified = std::mem::take(&mut report.allowed);
    for of_one in needed.chunk_by(|left, right| left.0 == right.0) {
        let Some(second) = of_one.first().and_then(|it| facts.operation(it.0)) else { continue };
        let after: BTreeSet<OpId> = second.after.iter().map(|it| it.operation).collect();
        for &(at, on, why) in of_one {
            let is_relaxed = || why == Why::ReferenceRemoved && comes_after(facts, on, at);
            if (on >= at || !after.contains(&on)) && !is_relaxed() {
                report.add(Some(at), ViolationKind::DoesNotWait { on });
            }
        }
    }
    justified.extend(needed);
    let justified = sorted(justified);
    for (at, operation) in positions(facts.plan) {
        for after in operation.after.iter().filter(|it| it.operation < at) {
            if justified.binary_search(&(at, after.operation, after.why)).is_err() {
                let (on, why) = (after.operation, after.why);
                report.add(Some(at), ViolationKind::NoReasonToWait { on, why });
            }
        }
    }
    check_urgency(facts, report);
}

fn sorted(mut waits: Vec<Wait>) -> Vec<Wait> {
    waits.sort_unstable();
    waits.dedup();
    waits
}

/// Tells whether an operation waits for another one, directly or not: then that cannot wait for it, though it should.
fn comes_after(facts: &Facts<'_>, second: OpId, first: OpId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![second];
    while let Some(at) = open.pop() {
        let after = facts.operation(at).map(|it| it.after.as_slice()).unwrap_or_default();
        for on in after.iter().map(|it| it.operation).filter(|it| *it >= first && *it < at) {
            if on == first {
                return true;
            }
            if seen.insert(on) {
                open.push(on);
            }
        }
    }
    false
}

/// How urgent an operation is by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// It takes access away, and nothing else.
    Takes,
    /// It takes access away and gives some, in one group.
    Both,
    /// It gives access, or neither gives nor takes.
    Rest,
}

fn urgency(operation: &Operation) -> Urgency {
    let takes = |it: &Change| match it.write {
        _ if it.after.is_none() => true,
        ChangeWrite::ByValue => it.by_value().1.is_empty(),
        ChangeWrite::Whole | ChangeWrite::Temporary => false,
    };
    match &operation.action {
        Action::Disable { .. } | Action::SoftDelete { .. } | Action::Delete => Urgency::Takes,
        Action::ChangeMembers { remove, .. } if remove.is_empty() => Urgency::Rest,
        Action::ChangeMembers { add, .. } if add.is_empty() => Urgency::Takes,
        Action::ChangeMembers { .. } => Urgency::Both,
        Action::Update { changes }
            if changes.iter().any(takes) && changes.iter().all(|it| takes(it) || it.repeats()) =>
        {
            Urgency::Takes
        }
        _ => Urgency::Rest,
    }
}

/// An operation is as urgent as what waits for it. Nothing less urgent comes before.
fn check_urgency(facts: &Facts<'_>, report: &mut Report) {
    let operations = &facts.plan.operations;
    let own: Vec<Urgency> = operations.iter().map(urgency).collect();
    let mut urgent = own.clone();
    for (at, operation) in operations.iter().enumerate().rev() {
        for first in operation.after.iter().map(|it| it.operation.position()).filter(|it| *it < at) {
            urgent[first] = urgent[first].min(urgent[at]);
        }
    }
    let mut first_rest: Option<OpId> = None;
    let mut first_both: Option<OpId> = None;
    // The last operation that takes no access away by itself.
    let mut last_rest: Option<OpId> = None;
    for (at, operation) in positions(facts.plan) {
        let earlier = match own[at.position()] {
            Urgency::Takes => first_both.into_iter().chain(first_rest).min(),
            Urgency::Both => first_rest,
            Urgency::Rest => None,
        };
        if let Some(after) = earlier {
            report.add(Some(at), ViolationKind::RevokesTooLate { after });
        }
        // Since what it waits for was done, it had to wait for nothing else.
        let ready = operation.after.iter().map(|it| it.operation).max();
        if own[at.position()] == Urgency::Takes
            && let Some(after) = last_rest.filter(|it| earlier.is_none() && Some(*it) > ready)
        {
            report.add(Some(at), ViolationKind::RevokesTooLate { after });
        }
        if own[at.position()] != Urgency::Takes && operation.action != Action::Unlink {
            last_rest = Some(at);
        }
        match urgent[at.position()] {
            // Only a link goes.
            Urgency::Rest if operation.action != Action::Unlink => _ = first_rest.get_or_insert(at),
            Urgency::Both => _ = first_both.get_or_insert(at),
            Urgency::Rest | Urgency::Takes => {}
        }
    }
}
