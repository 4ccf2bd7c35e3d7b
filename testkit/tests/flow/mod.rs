//! What becomes of values that the target does not tell, keeps in a form of its own, or loses again.

#![expect(clippy::expect_used, reason = "a test that cannot set its world up fails")]

use provisio::model::{
    AttributeSchema, Link, LinkOrigin, Object, ObjectSchema, Outcome, Schema, Secret, SourceId, TargetId,
    Text, Value, ValueKind, ValuesChange, WriteAction,
};
use provisio::planner::{CORRECTIONS_REPORTED, SENDS_MAX};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::{Cycle, MappingSpec};
use provisio_testkit::rig::{Rig, TargetForm};
use provisio_testkit::world::{SystemState, World};

const MAPPING: &str = "worker -> user";

fn world() -> World {
    let secret = || AttributeSchema::new("password", ValueKind::Secret);
    let worker = [AttributeSchema::text("mail"), AttributeSchema::text("title"), secret()];
    let user = [
        AttributeSchema::text("userName").required().unique(),
        AttributeSchema::text("title").case_exact(),
        secret(),
    ];
    let mut source = SystemState::new(Schema::new([ObjectSchema::new("worker", worker)]));
    source.objects.push(
        Object::new("worker", "1")
            .with("mail", "adele@contoso.example")
            .with("title", " Senior Engineer ")
            .with("password", Value::Secret(Secret::new("first"))),
    );
    let target = SystemState::new(Schema::new([ObjectSchema::new("user", user)]));
    let mut spec = MappingSpec::default();
    spec.objects = vec![
        ObjectMapping::new("worker", "user")
            .with(AttributeMapping::direct("userName", "mail").matching(1))
            .with(AttributeMapping::direct("title", "title"))
            .with(AttributeMapping::direct("password", "password")),
    ];
    World::new(source, target, spec)
}

fn rig(world: &World) -> Rig {
    Rig::new(world).expect("the world is sound")
}

/// How many operations a run had, and what it found.
fn ran(rig: &Rig) -> (usize, Vec<String>) {
    let Cycle { planned, summary, .. } = rig.run().expect("runs");
    assert!(summary.failed.is_empty(), "{summary:?}");
    (planned.plan.operations.len(), planned.findings.iter().map(|it| it.kind.to_string()).collect())
}

fn quiet(operations: usize) -> (usize, Vec<String>) {
    (operations, Vec::new())
}

fn set_source(rig: &Rig, attribute: &str, value: Value) {
    rig.source.edit(|it| it.objects[0].attributes.set(attribute, value));
}

/// Somebody else changes the title of the one user.
fn set_target_title(rig: &Rig, title: &str) {
    let user = rig.objects().remove(0);
    let delta = provisio::model::AttributeDelta::new("title", ValuesChange::Set(title.into()));
    let update = WriteAction::Update { target: TargetId::new(user.id), version: None, deltas: vec![delta] };
    assert!(matches!(rig.target.write("user", update), Outcome::Applied(_)));
}

fn title(rig: &Rig) -> String {
    rig.objects()[0].attributes.get("title").expect("has one").single().expect("one").to_string()
}

#[test]
fn a_secret_is_sent_when_it_is_new_and_when_it_changes() {
    let rig = rig(&world());
    assert_eq!(ran(&rig), quiet(1), "created");
    assert_eq!(ran(&rig), quiet(0), "sent once");
    set_source(&rig, "password", Value::Secret(Secret::new("second")));
    assert_eq!(ran(&rig), quiet(1), "changed");
    assert_eq!(ran(&rig), quiet(0), "and sent once");
    set_source(&rig, "title", "Director".into());
    let cycle = rig.run().expect("runs");
    assert_eq!(cycle.planned.plan.operations[0].action.changes().len(), 1, "the password did not change");
}

#[test]
fn a_secret_is_not_sent_to_an_object_that_has_its_own() {
    let mut world = world();
    let user = Object::new("user", "u1").with("userName", "adele@contoso.example");
    world.target.objects.push(user.with("title", " Senior Engineer "));
    let link = Link { source: SourceId::new("1"), target: TargetId::new("u1"), origin: LinkOrigin::Adopted };
    world.links.push((Text::new(MAPPING), link));
    let rig = rig(&world);
    assert_eq!(ran(&rig), quiet(0), "what it has is not known, and stays");
    set_source(&rig, "password", Value::Secret(Secret::new("second")));
    assert_eq!(ran(&rig), quiet(1), "from then on a new one is sent");
    assert!(rig.run().expect("runs").planned.plan.is_empty());
}

#[test]
fn what_the_target_keeps_in_its_own_form_is_not_sent_for_ever() {
    for form in [TargetForm::Trimmed, TargetForm::LowerCase, TargetForm::CutTo(8)] {
        let mut rig = rig(&world());
        rig.target_form = (form, vec!["title".into()]);
        let cycles = rig.settle().unwrap_or_else(|story| panic!("{form:?}: {story}"));
        let kept = title(&rig);
        assert!(cycles.len() <= 3, "{form:?}: {} runs", cycles.len());
        assert!(cycles.iter().all(|it| it.planned.findings.is_empty()), "{form:?}");

        // Drift is corrected all the same, and so is a change of the source.
        set_target_title(&rig, "Somebody");
        rig.settle().unwrap_or_else(|story| panic!("{form:?}: {story}"));
        assert_eq!(title(&rig), kept, "{form:?}");
        set_source(&rig, "title", " Director Of Things".into());
        rig.settle().unwrap_or_else(|story| panic!("{form:?}: {story}"));
        assert_eq!(title(&rig), Value::from(form.keep(" Director Of Things")).to_string(), "{form:?}");
    }
}

#[test]
fn what_the_target_replaces_is_sent_a_few_times_and_reported() {
    let mut rig = rig(&world());
    rig.target_form = (TargetForm::Replaced("Staff"), vec!["title".into()]);
    assert_eq!(ran(&rig), quiet(1), "created");
    for _ in 0..SENDS_MAX {
        assert_eq!(ran(&rig), quiet(1), "sent again");
    }
    let (operations, findings) = ran(&rig);
    assert_eq!(operations, 0);
    assert_eq!(findings, ["it was sent 3 times and the target holds another value, so it is left as it is"]);
    set_source(&rig, "title", "Director".into());
    assert_eq!(ran(&rig), quiet(1), "another value is sent again");
}

#[test]
fn what_is_changed_back_again_and_again_is_reported_and_corrected() {
    let rig = rig(&world());
    ran(&rig);
    for round in 0..CORRECTIONS_REPORTED {
        set_target_title(&rig, &format!("Somebody {round}"));
        assert_eq!(ran(&rig), quiet(1), "round {round}");
        assert_eq!(ran(&rig), quiet(0), "round {round}");
    }
    set_target_title(&rig, "Somebody else");
    let (operations, findings) = ran(&rig);
    assert_eq!(operations, 1, "it is corrected all the same");
    assert_eq!(
        findings,
        ["it was sent 5 times and changed in the target each time: something else writes it, too"]
    );
}
