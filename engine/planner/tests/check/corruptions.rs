//! Plans that must not be carried out, each made from a fit one, and what the checker says of them.

use provisio_model::TargetId;
use provisio_planner::spec::{
    Adoption, AssignedGroups, Assignment, Clause, Deprovision, FilterGroup, Operator, Through,
};
use provisio_planner::{
    ActionKind as Kind, MappingId, OpId, Plan, PlannedValues, Reason, Situation, TargetRef, Violation, Why,
    check, plan,
};

use super::content::{ATTRIBUTES, HELD, LIMITS, MEMBERS};
use super::exchange::EXCHANGES;
use super::forge::*;
use super::leaving::LEAVING;
use super::limits;
use super::policies::POLICIES;
use super::protection::PROTECTION;
use super::universe::{GROUPS, GUESTS, USERS, Universe, worker};

/// A fit plan, made unfit by changing it or by judging it in a world that it was not made from.
pub(super) struct Corruption {
    name: &'static str,
    world: fn(&mut Universe),
    plan: fn(&mut Plan),
    expected: &'static [&'static str],
}

/// A changed plan.
pub(super) const fn forged(
    name: &'static str,
    plan: fn(&mut Plan),
    expected: &'static [&'static str],
) -> Corruption {
    Corruption { name, world: |_| (), plan, expected }
}

/// A plan that another world would need.
pub(super) const fn misplaced(
    name: &'static str,
    world: fn(&mut Universe),
    expected: &'static [&'static str],
) -> Corruption {
    Corruption { name, world, plan: |_| (), expected }
}

const HEADER: &[Corruption] = &[
    forged("made from another state", |plan| plan.parent.0 += 1, &["OtherGeneration"]),
    misplaced("made from another spec", |it| it.spec.name = "other".into(), &["OtherSpec"]),
    misplaced(
        "made for another time",
        |it| it.now = it.now.plus(std::time::Duration::from_secs(1)),
        &["OtherTime"],
    ),
    forged("another mapping name", |plan| plan.mappings[0].name = "other".into(), &["OtherMappings"]),
    forged("a mapping too few", |plan| plan.mappings.truncate(1), &["OtherMappings"]),
    forged(
        "an operation of no mapping",
        |plan| operation(plan, Kind::Disable, "login6").mapping = MappingId(9),
        &["RemembersWhatIsNot", "UnknownMapping"],
    ),
];

const SEQUENCE: &[Corruption] = &[
    forged(
        "a wrong number",
        |plan| operation(plan, Kind::Disable, "login6").id = OpId(99),
        &["IdNotPosition"],
    ),
    forged(
        "an operation waits for itself",
        |plan| {
            let at = operation(plan, Kind::Disable, "login6");
            at.after.push(after(at.id, Why::Created));
        },
        &["AfterNotEarlier"],
    ),
    forged(
        "an operation waits for nothing",
        |plan| operation(plan, Kind::Disable, "login6").after.push(after(OpId(999), Why::Created)),
        &["AfterNotEarlier"],
    ),
    forged(
        "a reference does not wait for its create",
        |plan| operation(plan, Kind::Update, "login3").after.clear(),
        &["DoesNotWait"],
    ),
    forged(
        "a reference stands before its create",
        |plan| {
            let at = of_kind(plan, Kind::Create, "login1");
            move_to_end(plan, at);
        },
        &["AfterNotEarlier", "DoesNotWait"],
    ),
    forged(
        "members of a new group do not wait for it",
        |plan| operation(plan, Kind::ChangeMembers, "t2").after.clear(),
        &["DoesNotWait"],
    ),
    forged(
        "a member is deleted before it leaves",
        |plan| {
            let delete = of_kind(plan, Kind::Delete, "login7");
            plan.operations[delete].after.clear();
        },
        &["DoesNotWait"],
    ),
    forged(
        "a deferred reference does not wait",
        |plan| operation(plan, Kind::Update, "login1").after.clear(),
        &["DoesNotWait"],
    ),
];

const REFERENCES: &[Corruption] = &[
    forged(
        "a reference to what an update creates",
        |plan| {
            let update = plan.operations[of_kind(plan, Kind::Update, "login3")].id;
            let (add, _) = members(joining(plan, "Sales"));
            add[0].target = TargetRef::Created(update);
        },
        &["NoReasonToWait", "NotACreate"],
    ),
    forged(
        "a manager that is a new group",
        |plan| {
            let group = plan.operations[of_kind(plan, Kind::Create, "Field sales")].id;
            let update = operation(plan, Kind::Update, "login3");
            update.after.push(after(group, Why::Created));
            let mut referent = existing("");
            referent.target = TargetRef::Created(group);
            change(update, "manager").after = Some(PlannedValues::References(vec![referent]));
        },
        &["NoReasonToWait", "WrongReferent"],
    ),
    forged(
        "a manager that is a group",
        |plan| change(operation(plan, Kind::Update, "login3"), "manager").after = Some(referring("g3")),
        &["NoReasonToWait", "WrongReferent"],
    ),
    forged(
        "a manager who does not exist",
        |plan| change(operation(plan, Kind::Update, "login3"), "manager").after = Some(referring("u99")),
        &["NoReasonToWait", "UnknownReferent"],
    ),
    forged(
        "a manager who is not managed here",
        |plan| change(operation(plan, Kind::Update, "login3"), "manager").after = Some(referring("x1")),
        &["NoReasonToWait", "UnmanagedReferent"],
    ),
    forged(
        "another manager than the source has",
        |plan| change(operation(plan, Kind::Update, "login3"), "manager").after = Some(referring("u12")),
        &["NoReasonToWait", "NotFromSource"],
    ),
    forged(
        "a manager who is deleted",
        |plan| change(operation(plan, Kind::Update, "login3"), "manager").after = Some(referring("u7")),
        &["DeletedReferent", "NoReasonToWait", "NotFromSource"],
    ),
];

const IDENTITY: &[Corruption] = &[
    forged(
        "an update of an object that was not read",
        |plan| operation(plan, Kind::Update, "login3").target = TargetRef::Existing(TargetId::new("u99")),
        &["UnknownTarget"],
    ),
    forged(
        "an update of an unmanaged object",
        |plan| operation(plan, Kind::Update, "login3").target = TargetRef::Existing(TargetId::new("x2")),
        &["NotLinked"],
    ),
    forged(
        "a delete of an unmanaged object",
        |plan| operation(plan, Kind::Delete, "login7").target = TargetRef::Existing(TargetId::new("x2")),
        &["BeforeDiffers", "NoReasonToWait", "NotLinked"],
    ),
    forged(
        "a delete that says nothing of what is lost",
        |plan| operation(plan, Kind::Delete, "login7").lost.clear(),
        &["BeforeDiffers"],
    ),
    forged(
        "a loss where nothing is deleted",
        |plan| {
            let lost = operation(plan, Kind::Delete, "login7").lost.clone();
            operation(plan, Kind::Disable, "login6").lost = lost;
        },
        &["BeforeDiffers"],
    ),
    misplaced(
        "a link that is gone",
        |it| it.links.retain(|link| link.1 != "w3"),
        &["NotLinked", "UnmanagedReferent"],
    ),
    forged(
        "a create that stands for another object",
        |plan| operation(plan, Kind::Create, "login9").target = TargetRef::Existing(TargetId::new("x2")),
        &["NotItsOwnObject"],
    ),
    forged(
        "two creates for one source object",
        |plan| {
            append(plan, Kind::Create, "login9", |copy| {
                copy.target = TargetRef::Created(copy.id);
                set(copy, "userName", value("free"));
            });
        },
        &["CreatedAlike", "CreatedTwice", "NotFromSource"],
    ),
    misplaced(
        "a create for a linked source object",
        |it| it.link(USERS, "w1", "x1"),
        &["OtherSituation", "SourceIsLinked"],
    ),
    misplaced(
        "a create again of what is there",
        |it| it.user(provisio_model::Object::new("user", "u9")),
        &["SourceIsLinked"],
    ),
    forged(
        "two operations adopt one object",
        |plan| append(plan, Kind::Adopt, "eight", |copy| changes(copy).clear()),
        &["AdoptedTwice"],
    ),
    misplaced(
        "an adopted object that belongs to another",
        |it| it.link(USERS, "w99", "u8"),
        &["TargetIsLinked"],
    ),
    misplaced("an object that belongs to two", |it| it.link(GUESTS, "guest", "u3"), &["TargetIsLinked"]),
    misplaced(
        "an adopted object without the matching value",
        |it| {
            it.target("u8").attributes.remove("externalId");
        },
        &["BeforeDiffers", "DoesNotMatch"],
    ),
    forged(
        "an adoption by what does not match",
        |plan| {
            operation(plan, Kind::Adopt, "eight").reason = Reason::Matched { attribute: "userName".into() };
        },
        &["DoesNotMatch"],
    ),
    misplaced(
        "a create of what matches",
        |it| it.target("x2").attributes.set("externalId", "1").map_or((), |_| ()),
        &["MatchExists"],
    ),
    forged(
        "an update of a source object that was not read",
        |plan| operation(plan, Kind::Create, "login9").source = provisio_model::SourceId::new("w99"),
        &["ReasonDoesNotFit", "UnknownSource"],
    ),
    misplaced(
        "an object out of scope is created",
        |it| {
            it.source("w9").attributes.set("country", "SE");
        },
        &["NotInScope"],
    ),
    misplaced(
        "an object in scope is disabled",
        |it| {
            it.source("w6").attributes.set("country", "DE");
        },
        &["StillInScope"],
    ),
    misplaced(
        "an object that is not looked at is disabled",
        |it| {
            let clause = Clause::new("country", Operator::NotEquals, Some("SE".into()));
            it.spec.objects[0].input.groups.push(FilterGroup::of([clause]));
        },
        &["OtherSpec", "OutOfScopeNotProved"],
    ),
    misplaced(
        "an object is disabled that may be a member of a group that was not read",
        |it| {
            it.spec.objects[0].assignment = Some(Assignment::through(AssignedGroups::new(
                Through::new("team", "members"),
                ["not read".into()],
            )));
            it.spec.objects[0].scope.groups.clear();
            it.source_complete = false;
        },
        &["NotInScope", "OtherSpec", "OutOfScopeNotProved", "SourceAbsenceNotProved"],
    ),
    forged(
        "another clause than the one that fails",
        |plan| {
            if let Reason::OutOfScope(failed) = &mut operation(plan, Kind::Disable, "login6").reason {
                failed.clause = 9;
            }
        },
        &["ReasonDoesNotFit"],
    ),
    forged(
        "no longer assigned where nobody has to be",
        |plan| operation(plan, Kind::Disable, "login6").reason = Reason::Unassigned,
        &["ReasonDoesNotFit"],
    ),
    misplaced(
        "a source object that is there is deleted",
        |it| it.worker(worker("w7", "SE")),
        &["SourceAbsenceNotProved"],
    ),
    misplaced("an incomplete source read", |it| it.source_complete = false, &["SourceAbsenceNotProved"]),
    misplaced(
        "a create whose like was not answered",
        |it| it.unanswered.push("w9".into()),
        &["CreateUnanswered"],
    ),
    misplaced("an incomplete target read", |it| it.target_complete = false, &["TargetAbsenceNotProved"]),
    misplaced(
        "an unreadable target object",
        |it| it.unreadable.push("u77".into()),
        &["TargetAbsenceNotProved"],
    ),
    misplaced(
        "what is created again is only unreadable",
        |it| it.unreadable.push("u9".into()),
        &["TargetAbsenceNotProved"],
    ),
    forged(
        "a delete for no reason",
        |plan| operation(plan, Kind::Delete, "login7").reason = Reason::AttributesDiffer,
        &["ReasonDoesNotFit"],
    ),
    forged(
        "a leaver whose source object is said to be gone",
        |plan| operation(plan, Kind::Disable, "login6").situation = Situation::SourceDeleted,
        &["OtherSituation"],
    ),
    forged(
        "a new object that is said to be linked",
        |plan| operation(plan, Kind::Create, "login1").situation = Situation::LinkedGone,
        &["OtherSituation"],
    ),
    misplaced(
        "another version was read",
        |it| it.target("u3").version = Some("v2".into()),
        &["OtherVersion"],
    ),
];

const RIGHTS: &[Corruption] = &[
    misplaced(
        "no creates allowed",
        |it| it.mapping(GROUPS).operations.create = false,
        &["NotAllowed", "OtherSpec"],
    ),
    misplaced(
        "no updates allowed",
        |it| it.mapping(USERS).operations.update = false,
        &["NotAllowed", "OtherSpec"],
    ),
    misplaced(
        "no deletes allowed",
        |it| it.mapping(USERS).operations.delete = false,
        &["NotAllowed", "OtherSpec"],
    ),
    misplaced(
        "no adoption allowed",
        |it| it.mapping(USERS).adoption = Adoption::Report,
        &["NotAllowed", "OtherSpec"],
    ),
    misplaced(
        "another deprovisioning policy",
        |it| it.mapping(USERS).deprovisioning.out_of_scope = Some(Deprovision::Delete.into()),
        &["OtherSpec", "TooEarly"],
    ),
];

/// Returns the names of the kinds of violation, each once.
pub(super) fn names(violations: &[Violation]) -> Vec<String> {
    let name = |it: &Violation| {
        let text = format!("{:?}", it.kind);
        text.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    let mut names: Vec<String> = violations.iter().map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns what the checker says that is not what is expected.
fn failures(make: fn() -> Universe, corruptions: &[Corruption]) -> Vec<String> {
    let fit = make().with(|input| plan(input).expect("can be planned").plan);
    let failure = |corruption: &Corruption| {
        let mut plan = fit.clone();
        (corruption.plan)(&mut plan);
        let mut world = make();
        (corruption.world)(&mut world);
        let found = world.with(|input| check(input, &plan));
        let lines: String = found.iter().map(|it| format!("\n    {it}")).collect();
        let Corruption { name, expected, .. } = corruption;
        (names(&found) != *expected)
            .then(|| format!("{name}: expected {expected:?}, found {:?}{lines}", names(&found)))
    };
    corruptions.iter().filter_map(failure).collect()
}

/// A world, and the corruptions of its plan.
type Corruptions = (fn() -> Universe, &'static [Corruption]);

const ALL: [Corruptions; 15] = [
    (Universe::new, HEADER),
    (Universe::new, SEQUENCE),
    (Universe::new, REFERENCES),
    (Universe::new, IDENTITY),
    (Universe::new, RIGHTS),
    (Universe::new, ATTRIBUTES),
    (Universe::new, MEMBERS),
    (Universe::new, LIMITS),
    (Universe::with_leavers, HELD),
    (Universe::new, limits::LIMITS),
    (Universe::with_leavers, limits::HELD),
    (Universe::exchanging, EXCHANGES),
    (Universe::with_policies, POLICIES),
    (Universe::new, PROTECTION),
    (Universe::with_attributes_of_leavers, LEAVING),
];

#[test]
fn every_corruption_is_found_and_named() {
    let wrong: Vec<String> =
        ALL.iter().flat_map(|(make, corruptions)| failures(*make, corruptions)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_corruption_has_the_name_of_another() {
    let mut names: Vec<&str> = ALL.iter().flat_map(|(_, it)| it.iter().map(|it| it.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 60, "{count} corruptions");
}

/// A new rule of the checker needs a plan that breaks it.
#[test]
fn every_kind_of_violation_is_found_in_some_corruption() {
    const KINDS: &str = include_str!("../../src/check/violation.rs");
    // What is wrong with the input, or with plans from changes, is tested there.
    const ELSEWHERE: [&str; 2] = [include_str!("mod.rs"), include_str!("incremental.rs")];
    let (_, kinds) = KINDS.split_once("pub enum ViolationKind {").expect("the kinds");
    let kinds = kinds.lines().filter_map(|it| it.strip_prefix("    ")).filter_map(|it| {
        let kind = it.strip_suffix(" {").or(it.strip_suffix(','))?;
        kind.chars().all(char::is_alphanumeric).then_some(kind)
    });
    let kinds: Vec<&str> = kinds.collect();
    assert!(kinds.len() > 60, "{kinds:?}");
    let is_expected = |kind: &str| {
        ALL.iter().flat_map(|(_, it)| it.iter()).any(|it| it.expected.contains(&kind))
            || ELSEWHERE.iter().any(|it| it.contains(&format!("\"{kind}\"")))
    };
    let missing: Vec<&str> = kinds.into_iter().filter(|it| !is_expected(it)).collect();
    assert!(missing.is_empty(), "no corruption is found as {missing:?}");
}
