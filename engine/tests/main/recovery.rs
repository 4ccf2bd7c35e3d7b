//! Creates whose answers were lost, in cycles from changes.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use provisio::model::{
    AttributeDelta, AttributeSchema, Object, ObjectSchema, Schema, Value, Values, ValuesChange, WriteAction,
};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::store::{JobId, MemoryStore};
use provisio::{Cycle, CycleSettings, Job, MappingSpec, Released};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_testkit::fault::{Faulty, Mishap};

use super::support::HandClock;

struct World {
    source: Arc<MemoryDirectory>,
    target: Arc<Faulty<Arc<MemoryDirectory>>>,
    clock: Arc<HandClock>,
    job: Job,
}

impl World {
    fn new() -> Self {
        let attributes = [AttributeSchema::text("name"), AttributeSchema::reference("manager", ["worker"])];
        let source = Arc::new(MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", attributes)])));
        let target = Arc::new(Faulty::new(Arc::new(MemoryDirectory::new(directory_schema())), 0));
        let mut spec = MappingSpec::default();
        spec.objects.push(
            ObjectMapping::new("worker", "user")
                .with(AttributeMapping::direct("userName", "name").matching(1))
                .with(AttributeMapping::direct("manager", "manager")),
        );
        let (clock, store) = (HandClock::new(), Arc::new(MemoryStore::default()));
        let job = Job::new(JobId::new("hr"), source.clone(), target.clone(), spec, store, clock.clone())
            .with_cycles(CycleSettings::changes());
        Self { source, target, clock, job }
    }

    fn run(&self) -> Cycle {
        self.clock.advance(Duration::from_secs(60));
        block_on(self.job.run(&self.job.context(), Released::NOTHING)).expect("a cycle")
    }
}

#[test]
fn who_refers_to_an_object_that_is_found_again_is_looked_at() {
    let world = World::new();
    let adele = world.source.insert(&Object::new("worker", "1").with("name", "adele")).expect("inserted");
    assert_eq!(world.run().summary.done.total(), 1);

    // Her manager is new, and the answer to the create is lost.
    world.target.always(Mishap::LostAfter);
    world.source.insert(&Object::new("worker", "2").with("name", "bianca")).expect("inserted");
    let manager =
        AttributeDelta::new("manager", ValuesChange::Set(Values::one(Value::Reference("2".into()))));
    let update = WriteAction::Update { target: adele, version: None, deltas: vec![manager] };
    world.source.write("worker", update);
    let cycle = world.run();
    assert_eq!(cycle.summary.failed.len(), 1, "{:?}", cycle.summary);
    world.target.calm();

    // Whether it is there cannot be seen, so the reference waits with it.
    world.target.next(Mishap::BreaksOff { after: 0, with_error: true });
    let cycle = world.run();
    assert_eq!(cycle.why_everything, None, "a cycle from changes");
    assert_eq!(cycle.planned.plan.operations.len(), 0, "{}", cycle.planned.plan.text());

    let cycle = world.run();
    assert_eq!(cycle.why_everything, None, "a cycle from changes");
    assert_eq!(cycle.summary.done.total(), 1, "{}", cycle.planned.plan.text());
    let users = world.target.inner().objects("user");
    assert_eq!(users.iter().filter(|it| it.attributes.get("manager").is_some()).count(), 1, "{users:?}");
    assert_eq!(world.run().planned.plan.operations.len(), 0);
}
