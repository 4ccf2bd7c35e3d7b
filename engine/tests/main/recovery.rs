//! Creates whose answers were lost, in cycles from changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::executor::block_on;
use provisio::connector::{
    CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream, ReadQuery, ReadStream,
    Result, Source, Target, Wanted,
};
use provisio::model::{
    AttributeDelta, AttributeSchema, Capabilities, ErrorKind, Failure, Object, ObjectSchema, Outcome, Schema,
    Value, Values, ValuesChange, Write, WriteAction,
};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::store::{JobId, MemoryStore};
use provisio::{Cycle, CycleSettings, Job, MappingSpec, Released};
use provisio_memory::{MemoryDirectory, directory_schema};

use super::support::HandClock;

/// A directory that writes and does not answer, or does not search.
struct Unreliable {
    directory: MemoryDirectory,
    loses_answers: AtomicBool,
    refuses_search: AtomicBool,
}

#[async_trait]
impl Connector for Unreliable {
    fn info(&self) -> ConnectorInfo {
        self.directory.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.directory.capabilities()
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.directory.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.directory.check(context).await
    }
}

#[async_trait]
impl Source for Unreliable {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let is_search = matches!(query.wanted, Wanted::WithValues { .. });
        if is_search && self.refuses_search.load(Ordering::Relaxed) {
            return Err(ConnectorError::new(ErrorKind::Unreachable, "search", "no answer"));
        }
        self.directory.read(context, query).await
    }
}

#[async_trait]
impl Target for Unreliable {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let outcomes = self.directory.apply(context, writes).await;
        if !self.loses_answers.load(Ordering::Relaxed) {
            return outcomes;
        }
        let lost = |(id, _)| (id, Outcome::Unknown(Failure::new(ErrorKind::Timeout, "no answer")));
        outcomes.map(lost).boxed()
    }
}

struct World {
    source: Arc<MemoryDirectory>,
    target: Arc<Unreliable>,
    clock: Arc<HandClock>,
    job: Job,
}

impl World {
    fn new() -> Self {
        let attributes = [AttributeSchema::text("name"), AttributeSchema::reference("manager", ["worker"])];
        let source = Arc::new(MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", attributes)])));
        let target = Arc::new(Unreliable {
            directory: MemoryDirectory::new(directory_schema()),
            loses_answers: AtomicBool::new(false),
            refuses_search: AtomicBool::new(false),
        });
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
    world.target.loses_answers.store(true, Ordering::Relaxed);
    world.source.insert(&Object::new("worker", "2").with("name", "bianca")).expect("inserted");
    let manager =
        AttributeDelta::new("manager", ValuesChange::Set(Values::one(Value::Reference("2".into()))));
    let update = WriteAction::Update { target: adele, version: None, deltas: vec![manager] };
    world.source.write("worker", update);
    let cycle = world.run();
    assert_eq!(cycle.summary.failed.len(), 1, "{:?}", cycle.summary);
    world.target.loses_answers.store(false, Ordering::Relaxed);

    // Whether it is there cannot be seen, so the reference waits with it.
    world.target.refuses_search.store(true, Ordering::Relaxed);
    let cycle = world.run();
    assert_eq!(cycle.why_everything, None, "a cycle from changes");
    assert_eq!(cycle.planned.plan.operations.len(), 0, "{}", cycle.planned.plan.text());
    world.target.refuses_search.store(false, Ordering::Relaxed);

    let cycle = world.run();
    assert_eq!(cycle.why_everything, None, "a cycle from changes");
    assert_eq!(cycle.summary.done.total(), 1, "{}", cycle.planned.plan.text());
    let users = world.target.directory.objects("user");
    assert_eq!(users.iter().filter(|it| it.attributes.get("manager").is_some()).count(), 1, "{users:?}");
    assert_eq!(world.run().planned.plan.operations.len(), 0);
}
