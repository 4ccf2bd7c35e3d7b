//! Plans from changes reach whom they have to, and nobody else.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use provisio::incremental::{Open, WhyFull};
use provisio::model::{
    AttributeSchema, Change, Link, LinkOrigin, Object, ObjectSchema, Schema, SourceId, TargetId, Text, Value,
};
use provisio::plan::Action;
use provisio::planner::FindingKind;
use provisio_testkit::incremental::{Recollection, changes_between};
use provisio_testkit::rig::Rig;
use provisio_testkit::strategies::{Edit, complete_universe, edits};
use provisio_testkit::world::{SystemState, World};

const CASES: usize = 200;

/// The cases in which a change reaches objects that did not change.
const CLOSURES: [&str; 6] = [
    "a new object reaches who refers to it",
    "a group gets a member that its own changes brought",
    "a deleted object reaches who refers to it",
    "who is open is planned again",
    "a limit holds back what changes bring",
    "who comes later is like somebody who is there",
];

#[test]
fn changes_really_reach_further() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<&str, usize> = CLOSURES.iter().map(|it| (*it, 0)).collect();
    let strategy = (complete_universe(), edits());
    for _ in 0..CASES {
        let (world, script) = strategy.new_tree(&mut runner).expect("universes are never refused").current();
        for case in closures(&world, &script) {
            *counts.entry(case).or_insert(0) += 1;
        }
    }
    assert_eq!(counts.len(), CLOSURES.len(), "a case that is not listed: {counts:?}");
    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).collect();
    assert!(rare.is_empty(), "never: {rare:?}\nof {counts:#?}");
}

fn closures(world: &World, script: &[Edit]) -> Vec<&'static str> {
    let rig = Rig::new(world).expect("a universe can be put in place");
    let last = rig.settle().expect("it comes to rest").pop().expect("at least one run");
    let (before, _) = rig.world().expect("the state can be read");
    let recollection = Recollection::after(&before, &last.planned).expect("it can be remembered");
    rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
    let (now, _) = rig.world().expect("the state can be read");
    let changes = changes_between(&before.source, &now.source);
    let incremental = now.plan_changes(&recollection, changes.clone()).expect("it can be planned");
    if incremental.outcome.as_ref().is_err_and(|it| *it == WhyFull::ScopeByMembership) {
        return Vec::new();
    }
    let planning = incremental.outcome.expect("no full plan is needed");
    let plan = &planning.planned.plan;
    let changed = |id: &str| {
        changes.iter().any(|it| match it {
            Change::Upsert(object) => *object.id == *id,
            Change::Deleted { id: deleted, .. } => deleted.as_str() == id,
            _ => false,
        })
    };
    let reached: Vec<_> = plan.operations.iter().filter(|it| !changed(it.source.as_str())).collect();
    let deletes = plan.operations.iter().any(|it| it.action == Action::Delete);
    let mut cases = Vec::new();
    if reached.iter().any(|it| !it.after.is_empty() && it.action != Action::Delete) {
        cases.push(CLOSURES[0]);
    }
    let members = |it: &&provisio::plan::Operation| matches!(it.action, Action::ChangeMembers { .. });
    if plan.operations.iter().filter(members).any(|it| changed(it.source.as_str()) && !it.after.is_empty()) {
        cases.push(CLOSURES[1]);
    }
    if deletes && !reached.is_empty() {
        cases.push(CLOSURES[2]);
    }
    if recollection.open != Open::Objects(Vec::new()) {
        cases.push(CLOSURES[3]);
    }
    if !plan.held.is_empty() {
        cases.push(CLOSURES[4]);
    }
    let alike = |it: &FindingKind| {
        matches!(it, FindingKind::SameMatchingValue { .. } | FindingKind::MatchIsLinked { .. })
    };
    if planning.planned.findings.iter().any(|it| alike(&it.kind)) {
        cases.push(CLOSURES[5]);
    }
    cases
}

/// Three changes of people whom nobody reports to: what is asked does not grow with the organisation.
#[test]
fn questions_do_not_grow_with_the_organisation() {
    let counts = [50, 400].map(|people| {
        let mut world = organisation(people);
        let planning = world.plan().expect("it can be planned");
        let recollection = Recollection::after(&world, &planning.planned).expect("it can be remembered");
        assert!(planning.planned.plan.is_empty(), "{}", planning.planned.plan.text());
        let before = world.source.clone();
        world.source.object_mut("worker", "w10").expect("is there").attributes.set("name", "Renamed");
        world.source.objects.retain(|it| *it.id != *"w45");
        let mut joiner = world.source.object("worker", "w30").expect("is there").clone();
        joiner.id = "new".into();
        joiner.attributes.set("number", "new");
        world.source.objects.push(joiner);
        let changes = changes_between(&before, &world.source);
        assert_eq!(changes.len(), 3);
        let incremental = world.plan_changes(&recollection, changes).expect("it can be planned");
        assert!(incremental.outcome.is_ok_and(|it| it.planned.plan.operations.len() >= 3));
        (incremental.counts, incremental.selected.len(), incremental.rounds)
    });
    assert_eq!(
        counts[0], counts[1],
        "what is asked for the same changes of a small and of a large organisation"
    );
    assert!(counts[0].0.total() < 60, "{:?}", counts[0]);
    assert!(counts[0].2 <= 8, "{} rounds: each is one more that a connector waits for", counts[0].2);
}

/// Workers whose accounts are as they should be.
fn organisation(people: usize) -> World {
    let mapping = r#"
format = 1
[[object]]
source = "worker"
target = "user"
[object.deprovisioning]
source_deleted = "delete"
[object.attributes]
externalId = { attribute = "number", matching = 1 }
displayName = { attribute = "name" }
manager = { attribute = "manager" }
"#;
    let schema = |object_type: &str, names: [&str; 2]| {
        let reference = AttributeSchema::reference("manager", [object_type]);
        let text = names.map(AttributeSchema::text);
        Schema::new([ObjectSchema::new(object_type, text.into_iter().chain([reference]))])
    };
    let mut source = SystemState::new(schema("worker", ["number", "name"]));
    let mut target = SystemState::new(schema("user", ["externalId", "displayName"]));
    let spec = provisio::spec::load(mapping).expect("the mapping is valid");
    let mut links = Vec::new();
    for at in 0..people {
        let manager = (at >= 10).then_some(at / 10);
        let mut worker = Object::new("worker", format!("w{at}"))
            .with("number", format!("{at}"))
            .with("name", format!("Name {at}"));
        let mut user = Object::new("user", format!("u{at}"))
            .with("externalId", format!("{at}"))
            .with("displayName", format!("Name {at}"));
        if let Some(manager) = manager {
            worker.attributes.set("manager", Value::Reference(format!("w{manager}").into()));
            user.attributes.set("manager", Value::Reference(format!("u{manager}").into()));
        }
        let link = Link {
            source: SourceId::new(&worker.id),
            target: TargetId::new(&user.id),
            origin: LinkOrigin::Created,
        };
        links.push((Text::new("worker -> user"), link));
        source.objects.push(worker);
        target.objects.push(user);
    }
    let mut world = World::new(source, target, spec);
    world.links = links;
    world
}
