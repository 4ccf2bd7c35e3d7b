//! What is done with a few is done with many in a time that grows with their number.

use std::time::{Duration, Instant};

use provisio::model::{
    AttributeSchema, Link, LinkOrigin, Object, ObjectSchema, Schema, SourceId, TargetId, Text, Value,
};
use provisio::plan::{Action, Why};
use provisio::spec::{AttributeMapping, Deprovision, Limit, ObjectMapping};
use provisio::{MappingSpec, Plan};
use provisio_testkit::world::{SystemState, World};

const PEOPLE: usize = 10_000;

/// Far more than it takes without optimisation, and far less than anything quadratic takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everybody has an account, and `mail` says what is wanted and what is held.
fn world(mail: impl Fn(usize) -> (Option<String>, String)) -> World {
    let source = ObjectSchema::new(
        "worker",
        [
            AttributeSchema::text("number"),
            AttributeSchema::text("mail"),
            AttributeSchema::reference("manager", ["worker"]),
        ],
    );
    let target = ObjectSchema::new(
        "user",
        [
            AttributeSchema::text("externalId"),
            AttributeSchema::text("userName").required().unique(),
            AttributeSchema::reference("manager", ["user"]),
        ],
    );
    let mut users = ObjectMapping::new("worker", "user")
        .with(AttributeMapping::direct("externalId", "number").matching(1))
        .with(AttributeMapping::direct("userName", "mail"))
        .with(AttributeMapping::direct("manager", "manager"));
    users.deprovisioning.source_deleted = Some(Deprovision::Delete.into());
    let mut spec = MappingSpec::default();
    spec.limits.deletes = Limit::OFF;
    spec.objects = vec![users];
    let mut world =
        World::new(SystemState::new(Schema::new([source])), SystemState::new(Schema::new([target])), spec);
    for at in 0..PEOPLE {
        let (wanted, held) = mail(at);
        if let Some(wanted) = wanted {
            let worker = Object::new("worker", format!("w{at}"));
            world.source.objects.push(worker.with("number", at.to_string()).with("mail", wanted));
        }
        let user = Object::new("user", format!("u{at}")).with("externalId", at.to_string());
        world.target.objects.push(user.with("userName", held));
        let (source, target) = (SourceId::new(format!("w{at}")), TargetId::new(format!("u{at}")));
        world.links.push((Text::new("worker -> user"), Link { source, target, origin: LinkOrigin::Created }));
    }
    world
}

#[expect(clippy::expect_used, reason = "a test stops at what it does not expect")]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn fit_plan(world: &World) -> Plan {
    let start = Instant::now();
    let planning = world.plan().expect("can be planned");
    assert!(planning.violations.is_empty(), "{:?}", planning.violations.first());
    assert!(planning.planned.findings.is_empty(), "{:?}", planning.planned.findings.first());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    planning.planned.plan
}

fn mail(at: usize) -> String {
    format!("mail{at}@contoso.example")
}

#[test]
fn a_large_ring_rotates_by_one_temporary_value() {
    let plan = fit_plan(&world(|at| (Some(mail((at + 1) % PEOPLE)), mail(at))));
    assert_eq!(plan.operations.len(), PEOPLE + 1);
}

#[test]
fn many_swaps_take_a_temporary_value_each() {
    let plan = fit_plan(&world(|at| (Some(mail(at ^ 1)), mail(at))));
    assert_eq!(plan.operations.len(), PEOPLE + PEOPLE / 2);
}

#[test]
fn a_long_chain_needs_no_temporary_value() {
    let plan = fit_plan(&world(|at| (Some(mail(at + 1)), mail(at))));
    assert_eq!(plan.operations.len(), PEOPLE);
    let chained = plan.operations.iter().filter(|it| it.after.iter().any(|it| it.why == Why::ValueReleased));
    assert_eq!(chained.count(), PEOPLE - 1);
}

#[test]
fn a_long_line_of_leavers_is_deleted_from_its_end() {
    let mut world = world(|at| (None, mail(at)));
    for (at, user) in world.target.objects.iter_mut().enumerate().skip(1) {
        user.attributes.set("manager", Value::Reference(Text::new(format!("u{}", at - 1))));
    }
    let plan = fit_plan(&world);
    assert!(plan.operations.iter().all(|it| it.action == Action::Delete));
    assert_eq!(plan.operations.first().map(|it| it.source.as_str()), Some(&*format!("w{}", PEOPLE - 1)));
}
