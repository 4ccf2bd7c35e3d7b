//! Corruptions of what a plan writes: attributes, members, and what it holds back.

use provisio_model::{Secret, TargetId, Value, Values};
use provisio_planner::spec::Limit;
use provisio_planner::{
    ActionKind as Kind, ChangeWrite, Fact, Fingerprint, LimitKind, NoteChange, OpId, PlannedValues, Reason,
    TargetRef,
};

use super::corruptions::{Corruption, forged, misplaced};
use super::forge::*;
use super::universe::several;

pub(super) const ATTRIBUTES: &[Corruption] = &[
    forged(
        "an attribute that the target does not have",
        |plan| set(operation(plan, Kind::Create, "login9"), "shoeSize", value("43")),
        &["UnknownAttribute"],
    ),
    forged(
        "an attribute that no mapping writes",
        |plan| set(operation(plan, Kind::Create, "login9"), "nickname", value("Nine")),
        &["UnmappedAttribute"],
    ),
    forged(
        "a value of the wrong type",
        |plan| set(operation(plan, Kind::Create, "login9"), "displayName", value(9_i64)),
        &["WrongKind"],
    ),
    forged(
        "a reference as a text",
        |plan| set(operation(plan, Kind::Create, "login9"), "displayName", referring("u4")),
        &["WrongKind"],
    ),
    forged(
        "two values where one goes",
        |plan| {
            let two = PlannedValues::Values(several(["A", "B"]));
            set(operation(plan, Kind::Create, "login9"), "displayName", two);
        },
        &["WrongCount"],
    ),
    forged(
        "a text that is too long",
        |plan| set(operation(plan, Kind::Create, "login9"), "displayName", value("N".repeat(31))),
        &["TooLong"],
    ),
    forged(
        "a create without what is required",
        |plan| attributes(operation(plan, Kind::Create, "login9")).retain(|it| !it.0.is("userName")),
        &["RequiredMissing"],
    ),
    forged(
        "a change that clears what is required",
        |plan| {
            let clears = changed("userName", Some(Values::one("login3")), None);
            changes(operation(plan, Kind::Update, "login3")).push(clears);
        },
        &["RequiredMissing"],
    ),
    forged(
        "members inside a create",
        |plan| set(operation(plan, Kind::Create, "Field sales"), "members", referring("u3")),
        &["NotByMembers", "WrittenTwice"],
    ),
    forged(
        "what is only set at creation is changed",
        |plan| {
            let change = changed("badge", Some(Values::one("B3")), Some(value("B33")));
            changes(operation(plan, Kind::Update, "login3")).push(change);
        },
        &["CreateOnly", "NotFromSource"],
    ),
    forged(
        "another value before",
        |plan| {
            let change = change(operation(plan, Kind::Update, "login3"), "tags");
            change.before = Some(several(["a", "c"]));
        },
        &["BeforeDiffers", "RememberedWrongly"],
    ),
    forged(
        "a change that changes nothing",
        |plan| {
            let same = changed("displayName", Some(Values::one("NAME 3")), Some(value("name 3")));
            changes(operation(plan, Kind::Update, "login3")).push(same);
        },
        &["ChangesNothing"],
    ),
    forged(
        "an update without changes",
        |plan| changes(operation(plan, Kind::Update, "login3")).clear(),
        &["Empty", "NoReasonToWait", "RememberedWrongly"],
    ),
    forged(
        "a value that the source does not give",
        |plan| set(operation(plan, Kind::Create, "login9"), "badge", value("B0")),
        &["NotFromSource"],
    ),
    forged(
        "a change to what the source does not give",
        |plan| change(operation(plan, Kind::Update, "login3"), "tags").after = Some(value("z")),
        &["NotFromSource", "RememberedWrongly"],
    ),
    forged(
        "a value of others taken out of a merge",
        |plan| {
            let change = change(operation(plan, Kind::Update, "login3"), "proxies");
            change.after = Some(PlannedValues::Values(several(["smtp:3", "smtp:three"])));
        },
        &["RememberedWrongly", "TakenAway"],
    ),
    forged(
        "a value that is given left out of a merge",
        |plan| {
            let change = change(operation(plan, Kind::Update, "login3"), "proxies");
            change.after = Some(PlannedValues::Values(several(["smtp:3", "x500:3"])));
        },
        &["NotFromSource", "RememberedWrongly"],
    ),
    forged(
        "a merge written as a whole",
        |plan| change(operation(plan, Kind::Update, "login3"), "proxies").write = ChangeWrite::Whole,
        &["WrongWrite"],
    ),
    forged(
        "a whole attribute written value by value",
        |plan| change(operation(plan, Kind::Update, "login3"), "tags").write = ChangeWrite::ByValue,
        &["WrongWrite"],
    ),
    forged(
        "a fill of what is not empty",
        |plan| {
            let update = operation(plan, Kind::Update, "login3");
            changes(update).retain(|it| !it.attribute.is("mobile"));
            changes(update).push(changed("userName", Some(Values::one("login3")), Some(value("login3"))));
        },
        &["ChangesNothing", "RememberedWrongly"],
    ),
    forged(
        "a key repeated where nothing else changes",
        |plan| changes(operation(plan, Kind::Update, "login3")).retain(|it| it.attribute.is("externalId")),
        &["ChangesNothing", "NoReasonToWait", "RememberedWrongly"],
    ),
    forged(
        "a value that cannot be read back sent to an object that never got one",
        |plan| {
            changes(operation(plan, Kind::Update, "login3")).push(changed("pin", None, Some(value("33"))));
        },
        &["SentAgain"],
    ),
    forged(
        "another value remembered than is sent",
        |plan| {
            let update = operation(plan, Kind::Update, "login3").id;
            let sent = plan.memory.iter_mut().filter(|it| it.once == Some(update));
            let sent = sent.map(|it| &mut it.fact).find_map(|it| match it {
                Fact::Note { change: NoteChange::Sent { sent, .. }, .. } => Some(sent),
                _ => None,
            });
            sent.expect("something is sent").sent = Fingerprint::of("another");
        },
        &["RememberedWrongly"],
    ),
    forged(
        "a value remembered as sent that is not",
        |plan| plan.memory.iter_mut().for_each(|it| it.once = it.once.map(|_| OpId(0))),
        &["NotRemembered", "RememberedWrongly", "RemembersWhatIsNot"],
    ),
    forged(
        "a secret in an attribute that is not",
        |plan| {
            let secret = value(Value::Secret(Secret::new("hunter2")));
            set(operation(plan, Kind::Create, "login9"), "displayName", secret);
        },
        &["SecretShown"],
    ),
    forged(
        "a secret that is not redacted",
        |plan| set(operation(plan, Kind::Create, "login9"), "password", value("hunter2")),
        &["SecretShown"],
    ),
    forged(
        "a disable that enables",
        |plan| change(operation(plan, Kind::Disable, "login6"), "active").after = Some(value(true)),
        &["ChangesNothing", "StatusDiffers"],
    ),
    forged(
        "a disable that goes by the name of update",
        |plan| {
            let disable = changed("active", Some(Values::one(true)), Some(value(false)));
            changes(operation(plan, Kind::Update, "login3")).push(disable);
        },
        &["StatusDiffers"],
    ),
    forged(
        "a disable that changes more",
        |plan| {
            let more = changed("displayName", Some(Values::one("NAME 6")), Some(value("GONE")));
            changes(operation(plan, Kind::Disable, "login6")).push(more);
        },
        &["NotFromSource"],
    ),
    forged(
        "an attribute written twice",
        |plan| {
            append(plan, Kind::Update, "login3", |copy| changes(copy).retain(|it| it.attribute.is("tags")));
        },
        &["NoReasonToWait", "WrittenTwice"],
    ),
    forged(
        "a change of what is deleted",
        |plan| {
            append(plan, Kind::Disable, "login6", |copy| {
                copy.target = TargetRef::Existing(TargetId::new("u7"));
                copy.source = provisio_model::SourceId::new("w7");
                copy.reason = Reason::SourceDeleted;
            });
        },
        &["DeletedToo", "NotRemembered", "RevokesTooLate", "TooEarly"],
    ),
    forged(
        "a unique value for two new objects",
        |plan| {
            let twice = value("LOGIN1");
            set(operation(plan, Kind::Create, "login9"), "userName", twice);
        },
        &["NotFromSource", "NotUnique"],
    ),
    forged(
        "a unique value that somebody holds",
        |plan| set(operation(plan, Kind::Create, "login9"), "userName", value("X2")),
        &["NotFromSource", "NotUnique"],
    ),
    forged(
        "two new objects alike",
        |plan| {
            append(plan, Kind::Create, "login2", |copy| {
                copy.source = provisio_model::SourceId::new("w9");
                copy.target = TargetRef::Created(copy.id);
                attributes(copy).retain(|it| it.0.is("externalId"));
                set(copy, "userName", value("login9"));
            });
            let at = of_kind(plan, Kind::Create, "login9");
            remove(plan, at);
        },
        &["CreatedAlike", "NotFromSource", "SourceIsLinked"],
    ),
];

pub(super) const MEMBERS: &[Corruption] = &[
    forged(
        "who joins is a member",
        |plan| members(joining(plan, "Sales")).0.push(existing("u4")),
        &["AlreadyMember"],
    ),
    forged(
        "who joins is not in the source's group",
        |plan| members(joining(plan, "Sales")).0.push(existing("u12")),
        &["NotFromSource"],
    ),
    forged(
        "who leaves is no member",
        |plan| members(operation(plan, Kind::ChangeMembers, "Sales")).1.push(existing("u12")),
        &["NotAMember", "RemembersWhatIsNot"],
    ),
    forged(
        "who leaves is not managed",
        |plan| members(operation(plan, Kind::ChangeMembers, "Sales")).1.push(existing("x1")),
        &["RemembersWhatIsNot", "UnmanagedMember"],
    ),
    forged(
        "who leaves is a member in the source",
        |plan| members(operation(plan, Kind::ChangeMembers, "Sales")).1.push(existing("u4")),
        &["RemembersWhatIsNot", "StillMember"],
    ),
    forged(
        "somebody leaves twice",
        |plan| members(operation(plan, Kind::ChangeMembers, "Sales")).1.push(existing("u6")),
        &["MemberTwice", "RemembersWhatIsNot"],
    ),
    forged(
        "nobody joins or leaves",
        |plan| {
            let operation = operation(plan, Kind::ChangeMembers, "t2");
            members(operation).0.clear();
        },
        &["Empty", "NoReasonToWait"],
    ),
];

pub(super) const LIMITS: &[Corruption] = &[
    misplaced(
        "a limit on deletes",
        |it| it.spec.limits.deletes = Limit::new(0, Some(0), None),
        &["LimitExceeded", "OtherSpec"],
    ),
    misplaced(
        "a limit on disables",
        |it| it.spec.limits.disables = Limit::new(0, Some(0), None),
        &["LimitExceeded", "OtherSpec"],
    ),
    misplaced(
        "a limit on members who leave",
        |it| it.spec.limits.member_removals = Limit::new(0, Some(1), None),
        &["LimitExceeded", "OtherSpec"],
    ),
];

/// Corruptions of a plan that holds something back.
pub(super) const HELD: &[Corruption] = &[
    forged(
        "a held delete is done",
        |plan| {
            let held = plan.held.iter().find(|it| it.limit == LimitKind::Deletes).expect("held");
            let mut done = held.operations[0].operation.clone();
            done.id = OpId(u32::try_from(plan.operations.len()).expect("small"));
            plan.operations.push(done);
        },
        &["HeldAndDone", "HeldMiscounted", "LimitExceeded", "NotRemembered", "RevokesTooLate"],
    ),
    forged(
        "part of what is held is done",
        |plan| {
            let held = plan.held.iter_mut().find(|it| it.limit == LimitKind::Disables).expect("held");
            let mut done = held.operations.remove(0).operation;
            held.number -= 1;
            done.id = OpId(u32::try_from(plan.operations.len()).expect("small"));
            plan.operations.push(done);
        },
        &["HeldMiscounted", "LimitExceeded", "NotRemembered", "RemembersWhatIsNot", "RevokesTooLate"],
    ),
    forged("held operations miscounted", |plan| plan.held[0].number += 1, &["HeldMiscounted"]),
    misplaced(
        "held although released",
        |it| it.released = it.released.and(LimitKind::Deletes),
        &["HeldWithoutNeed"],
    ),
    misplaced(
        "held although nothing is exceeded",
        |it| it.spec.limits.disables = Limit::OFF,
        &["HeldWithoutNeed", "OtherSpec"],
    ),
];
