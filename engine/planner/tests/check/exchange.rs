//! Corruptions of a plan in which values and places change hands.

use provisio_planner::{ActionKind as Kind, ChangeWrite, OpId, Operation, Plan, Reason, Why};

use super::corruptions::{Corruption, forged, misplaced};
use super::forge::*;
use super::universe::{GROUPS, USERS, group};

/// Returns the operation that waits for another one for a reason.
fn waiting<'p>(plan: &'p mut Plan, label: &str, why: Why) -> &'p mut Operation {
    let waits = |it: &&mut Operation| &*it.label == label && it.after.iter().any(|it| it.why == why);
    plan.operations.iter_mut().find(waits).expect("waits")
}

fn release(operation: &mut Operation, why: Why) {
    operation.after.retain(|it| it.why != why);
}

/// Moves the last operation of a kind with this label to the end.
fn last(plan: &mut Plan, kind: Kind, label: &str) {
    let at = of_kind(plan, kind, label);
    move_to_end(plan, at);
}

pub(super) const EXCHANGES: &[Corruption] = &[
    forged(
        "a value taken before it is given up",
        |plan| last(plan, Kind::Update, "login3"),
        &["AfterNotEarlier", "DoesNotWait"],
    ),
    forged(
        "a value taken without waiting for who gives it up",
        |plan| release(waiting(plan, "three", Why::ValueReleased), Why::ValueReleased),
        &["DoesNotWait"],
    ),
    forged(
        "a value of somebody who is deleted taken without waiting",
        |plan| release(waiting(plan, "five", Why::ValueReleased), Why::ValueReleased),
        &["DoesNotWait"],
    ),
    forged(
        "a wrong reason to wait",
        |plan| waiting(plan, "five", Why::ValueReleased).after[0].why = Why::ReferenceRemoved,
        &["NoReasonToWait"],
    ),
    forged(
        "a needless wait",
        |plan| operation(plan, Kind::Create, "login9").after.push(after(OpId(0), Why::Created)),
        &["NoReasonToWait"],
    ),
    forged(
        "a temporary value that stays",
        |plan| {
            let at =
                plan.operations.iter().position(|it| it.reason == Reason::ValueDeferred).expect("deferred");
            remove(plan, at);
        },
        &["TemporaryStays"],
    ),
    forged(
        "a value that is called temporary and is not",
        |plan| {
            change(operation(plan, Kind::Update, "five"), "userName").write = ChangeWrite::Temporary;
        },
        &["TemporaryStays", "TemporaryWithoutNeed"],
    ),
    forged(
        "a temporary value written as one to stay",
        |plan| change(operation(plan, Kind::Update, "login2"), "userName").write = ChangeWrite::Whole,
        &["BeforeDiffers", "NoReasonToWait", "NotFromSource", "WrittenTwice"],
    ),
    forged(
        "a temporary value that somebody holds",
        |plan| {
            let temporary = value("three");
            change(operation(plan, Kind::Update, "login2"), "userName").after = Some(temporary);
        },
        &["BeforeDiffers", "DoesNotWait"],
    ),
    misplaced(
        "a temporary value where the mapping wants none",
        |it| it.mapping(USERS).temporary = false,
        &["OtherSpec", "TemporaryWithoutNeed"],
    ),
    forged(
        "members leave after others join",
        |plan| last(plan, Kind::ChangeMembers, "Sales"),
        &["RevokesTooLate"],
    ),
    forged(
        "a delete after a create that it does not need",
        |plan| last(plan, Kind::Delete, "Outer"),
        &["RevokesTooLate"],
    ),
    forged(
        "an object put into a container that is not there yet",
        |plan| last(plan, Kind::Create, "Field"),
        &["AfterNotEarlier", "DoesNotWait"],
    ),
    forged(
        "a container that is deleted before what is in it",
        |plan| release(waiting(plan, "Outer", Why::ContainerEmptied), Why::ContainerEmptied),
        &["DoesNotWait"],
    ),
    misplaced(
        "a container that is deleted with something in it",
        |it| it.target.push(group("8", "Forgotten", []).with("parent", super::universe::reference("g6"))),
        &["ContainerNotEmpty"],
    ),
    forged(
        "a container moved into what is in it",
        |plan| release(waiting(plan, "North", Why::ContainerMoved), Why::ContainerMoved),
        &["DoesNotWait"],
    ),
    forged(
        "a container moved into itself",
        |plan| change(operation(plan, Kind::Update, "South"), "parent").after = Some(referring("g4")),
        &["ContainerCircle", "NotFromSource"],
    ),
    forged(
        "containers that contain each other",
        |plan| change(operation(plan, Kind::Update, "South"), "parent").after = Some(referring("g3")),
        &["ChangesNothing", "ContainerCircle", "DoesNotWait"],
    ),
    misplaced(
        "a container deleted of which it is not known what is in it",
        |it| it.unreadable.push("g99".into()),
        &["TargetAbsenceNotProved"],
    ),
    misplaced(
        "no deletes of groups",
        |it| it.mapping(GROUPS).operations.delete = false,
        &["NotAllowed", "OtherSpec"],
    ),
];
