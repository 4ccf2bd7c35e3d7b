//! Source objects that are there and could not be read, in cycles from changes.

use provisio::model::{AttributeSchema, Object, ObjectSchema, Schema, Text, Value, ValueKind, Values};
use provisio::spec::{AttributeMapping, Clause, FilterGroup, ObjectMapping, Operator};
use provisio::{CycleSettings, MappingSpec};
use provisio_testkit::rig::Rig;
use provisio_testkit::world::{SystemState, World};

fn worker(employed: bool) -> Object {
    Object::new("worker", "w1").with("name", "adele").with("employed", Value::Bool(employed))
}

fn team(name: &str) -> Object {
    let members = Values::one(Value::Reference("w1".into()));
    Object::new("team", "t1").with("name", name).with("members", members)
}

/// A team whose only member is in scope as long as she is employed.
fn rig() -> Rig {
    let name = || AttributeSchema::text("name");
    let members = |of| AttributeSchema::reference("members", [of]).multi_valued();
    let mut source = SystemState::new(Schema::new([
        ObjectSchema::new("worker", [name(), AttributeSchema::new("employed", ValueKind::Bool)]),
        ObjectSchema::new("team", [name(), members("worker")]),
    ]));
    source.objects = vec![worker(true), team("red")];
    let target = SystemState::new(Schema::new([
        ObjectSchema::new("user", [name()]),
        ObjectSchema::new("group", [name(), members("user")]),
    ]));
    let mut workers =
        ObjectMapping::new("worker", "user").with(AttributeMapping::direct("name", "name").matching(1));
    workers.scope.groups = vec![FilterGroup::of([Clause::new("employed", Operator::IsTrue, None)])];
    let mut spec = MappingSpec::default();
    spec.objects.push(workers);
    spec.objects.push(
        ObjectMapping::new("team", "group")
            .with(AttributeMapping::direct("name", "name").matching(1))
            .with(AttributeMapping::direct("members", "members")),
    );
    let mut rig = Rig::new(&World::new(source, target, spec)).expect("a world");
    rig.cycles = CycleSettings::changes();
    rig
}

/// How many members the group has after a cycle from changes.
fn members_after(rig: &Rig, change: impl FnOnce(&mut SystemState)) -> usize {
    rig.source.edit(change);
    let cycle = rig.run().expect("a cycle");
    assert_eq!(cycle.why_everything, None, "a cycle from changes");
    members(rig)
}

fn members(rig: &Rig) -> usize {
    let group = rig.target.objects("group").pop().expect("the group");
    group.attributes.get("members").map_or(0, Values::len)
}

#[test]
fn who_refers_to_an_object_is_looked_at_when_it_can_be_read_again() {
    let rig = rig();
    rig.run().expect("the first cycle");
    assert_eq!(members(&rig), 1);
    assert_eq!(members_after(&rig, |it| it.objects[0] = worker(false)), 0, "out of scope");

    // Who cannot be read twice was asked for, and her link alone counts.
    members_after(&rig, |it| it.unreadable = [("worker".into(), Text::new("w1"))].into());
    members_after(&rig, |it| it.objects[1] = team("blue"));

    assert_eq!(members_after(&rig, |it| it.unreadable.clear()), 0, "out of scope, as before");
}
