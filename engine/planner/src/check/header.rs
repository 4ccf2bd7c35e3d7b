//! Was the plan made from this spec and this state?

use super::report::Report;
use super::violation::ViolationKind;
use crate::input::PlanInput;
use crate::plan::{Plan, TargetKnowledge};

pub(super) fn check(input: &PlanInput<'_>, plan: &Plan, report: &mut Report) {
    if plan.spec != input.spec.fingerprint || plan.name != input.spec.name {
        report.add(None, ViolationKind::OtherSpec);
    }
    if plan.parent != input.parent {
        let kind = ViolationKind::OtherGeneration { plan: plan.parent, input: input.parent };
        report.add(None, kind);
    }
    if plan.at != input.now {
        report.add(None, ViolationKind::OtherTime);
    }
    if plan.target_known_by != input.evidence.map_or(TargetKnowledge::Listing, |it| it.known_by()) {
        report.add(None, ViolationKind::OtherKnowledge);
    }
    let same = plan.mappings.len() == input.spec.mappings.len()
        && plan.mappings.iter().zip(&input.spec.mappings).all(|(planned, mapping)| {
            planned.name == mapping.name
                && planned.source == *input.spec.sources[mapping.source].object_type()
                && planned.target == *input.spec.targets[mapping.target].object_type()
        });
    if !same {
        report.add(None, ViolationKind::OtherMappings);
    }
}
