//! Does an operation name the situation that its object is in?
//!
//! Worked out from what was read, from the links and from the plan's own creates and adoptions, not from what the
//! operation says of itself.

use super::facts::{Facts, Subject};
use super::leaving;
use super::report::Report;
use super::scope::Standing;
use super::violation::ViolationKind;
use crate::plan::TargetRef;
use crate::situation::Situation;

pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) {
    let expected = situation(facts, subject);
    if subject.operation.situation != expected {
        report.add(Some(subject.at), ViolationKind::OtherSituation { expected });
    }
}

fn situation(facts: &Facts<'_>, subject: &Subject<'_>) -> Situation {
    let source = subject.operation.source.as_str();
    let is_linked = facts.links(subject.mapping_at).is_some_and(|it| it.of_source(source).is_some());
    let target = match &subject.operation.target {
        TargetRef::Existing(id) => Some(id.as_str()),
        TargetRef::Created(_) => None,
    };
    let adopted = target.and_then(|id| facts.adopted.get(&(subject.mapping.target, id)));
    let is_adopted = adopted.is_some_and(|it| (it.1, it.2) == (subject.mapping_at, source));
    let is_unassigned = subject.standing.as_ref().is_some_and(Standing::is_unassigned);
    match (subject.source.is_some(), subject.is_in_scope()) {
        (true, true) if target.is_none() && is_linked => Situation::LinkedGone,
        (true, true) if target.is_none() && leaving::buried(facts, subject).is_some() => Situation::Rehired,
        (true, true) if target.is_none() => Situation::Unmatched,
        (true, true) if is_adopted => Situation::Matched,
        (true, true) => Situation::Linked,
        (true, false) if subject.is_disabled() => Situation::SourceDisabled,
        (true, false) if is_unassigned => Situation::LostAssignment,
        (true, false) => Situation::LeftScope,
        (false, _) if subject.target.is_some() => Situation::SourceDeleted,
        (false, _) => Situation::SourceDeletedGone,
    }
}
