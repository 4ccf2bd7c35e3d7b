//! Corruptions of a plan in which some are disabled in the source, what is noted of leavers, and several attributes match
//! together.

use provisio_model::TargetId;
use provisio_planner::{ActionKind as Kind, Fact, LeavingStep, NoteChange, OpId, Plan, Reason, Remember};

use super::corruptions::{Corruption, forged, misplaced};
use super::forge::*;
use super::universe::user;

/// Returns what is to be noted of a leaver.
fn noted<'p>(plan: &'p mut Plan, worker: &str) -> &'p mut Remember {
    let is_it = |it: &&mut Remember| matches!(&it.fact, Fact::Note { source, change: NoteChange::Leaves { .. }, .. } if source.as_str() == worker);
    plan.memory.iter_mut().find(is_it).expect("noted")
}

fn leaves(remember: &mut Remember) -> (&mut LeavingStep, &mut TargetId) {
    match &mut remember.fact {
        Fact::Note { change: NoteChange::Leaves { step, target, .. }, .. } => (step, target),
        other => panic!("nobody leaves by {other:?}"),
    }
}

pub(super) const POLICIES: &[Corruption] = &[
    forged(
        "an object that is created disabled",
        |plan| set(operation(plan, Kind::Create, "login1"), "active", value(false)),
        &["CreatedDisabled"],
    ),
    misplaced(
        "an update of who is disabled in the source",
        |it| {
            it.source("w4").attributes.set("country", "GONE");
        },
        &["DisabledDiffers"],
    ),
    misplaced(
        "a create of who is disabled in the source",
        |it| {
            it.source("w1").attributes.set("country", "GONE");
        },
        &["DisabledDiffers"],
    ),
    misplaced(
        "a disable of who is not disabled in the source",
        |it| {
            it.source("w2").attributes.set("country", "DE");
        },
        &["DisabledDiffers"],
    ),
    forged(
        "disabled in the source as a reason for who is out of scope",
        |plan| operation(plan, Kind::Disable, "login6").reason = Reason::SourceDisabled,
        &["DisabledDiffers"],
    ),
    forged(
        "out of scope as a reason for who is disabled in the source",
        |plan| {
            let reason = operation(plan, Kind::Disable, "login6").reason.clone();
            operation(plan, Kind::Disable, "login2").reason = reason;
        },
        &["OutOfScopeNotProved"],
    ),
    forged(
        "a leaver noted to be further than the operation takes them",
        |plan| *leaves(noted(plan, "w2")).0 = LeavingStep::Deleted,
        &["RemembersWhatIsNot"],
    ),
    forged(
        "a leaver noted with the account of another",
        |plan| *leaves(noted(plan, "w2")).1 = TargetId::new("u6"),
        &["RemembersWhatIsNot"],
    ),
    forged(
        "a leaver noted once something else is done",
        |plan| {
            let other = operation(plan, Kind::Disable, "login6").id;
            noted(plan, "w2").once = Some(other);
        },
        &["RemembersWhatIsNot"],
    ),
    forged(
        "a leaver noted once nothing is done",
        |plan| noted(plan, "w2").once = Some(OpId(99)),
        &["RemembersWhatIsNot"],
    ),
    forged(
        "a leaver noted as disabled at once",
        |plan| noted(plan, "w2").once = None,
        &["RemembersWhatIsNot"],
    ),
    misplaced(
        "a leaver noted as disabled who is not",
        |it| {
            it.target("u5").attributes.set("active", true);
        },
        &["RemembersWhatIsNot"],
    ),
    misplaced(
        "a leaver noted as disabled who is gone",
        |it| it.target.retain(|it| *it.id != *"u5"),
        &["RemembersWhatIsNot"],
    ),
    misplaced(
        "a match by several attributes of which one differs",
        |it| {
            it.target("u3").attributes.set("mobile", "999");
        },
        &["DoesNotMatch"],
    ),
    forged(
        "a match by one of several attributes that match together",
        |plan| {
            operation(plan, Kind::Adopt, "login3").reason = Reason::Matched { attribute: "badge".into() };
        },
        &["DoesNotMatch"],
    ),
    misplaced(
        "a create of what matches by several attributes",
        |it| {
            let other = user("7").with("badge", "B1").with("mobile", "111");
            it.user(other);
        },
        &["MatchExists"],
    ),
    forged(
        "two new objects alike in all of several attributes",
        |plan| {
            let create = operation(plan, Kind::Create, "login8");
            set(create, "badge", value("B1"));
            set(create, "mobile", value("111"));
        },
        &["CreatedAlike", "NotFromSource"],
    ),
    forged(
        "two new objects alike in one of several attributes",
        |plan| set(operation(plan, Kind::Create, "login8"), "mobile", value("111")),
        &["NotFromSource"],
    ),
];
