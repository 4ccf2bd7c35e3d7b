//! A job made in code, between two directories: one that may refuse, and a clock that a test moves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::executor::block_on;
use provisio::connector::{
    CheckReport, Clock, Connector, ConnectorInfo, Context, OutcomeStream, ReadQuery, ReadStream, Result,
    Source, Target,
};
use provisio::log::{LogReader, LogSettings, ObjectRecord, ProvisioningLog, Query, Rotation};
use provisio::model::{
    AttributeSchema, Capabilities, Failure, Object, ObjectSchema, Outcome, Schema, Timestamp, Write,
};
use provisio::monitor::{AlertSink, Alerts, JobStatus, Notice, StatusFile};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::store::{JobId, MemoryStore};
use provisio::{CycleSettings, Initiator, Job, MappingSpec, Observer, Observers, Released};
use provisio_memory::{MemoryDirectory, directory_schema};

/// A clock that a test moves.
pub(super) struct HandClock(Mutex<Timestamp>);

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a time")
    }

    async fn sleep_until(&self, instant: Timestamp) {
        let mut now = self.0.lock().expect("a time");
        *now = instant.max(*now);
    }
}

impl HandClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-01-31T08:30:00Z".parse().expect("a time"))))
    }

    pub(super) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().expect("a time");
        *now = now.plus(by);
    }
}

/// A directory that refuses what it is told to refuse.
pub(super) struct Refusing {
    directory: MemoryDirectory,
    pub(super) failure: Mutex<Option<Failure>>,
}

#[async_trait]
impl Connector for Refusing {
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
impl Source for Refusing {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        self.directory.read(context, query).await
    }
}

#[async_trait]
impl Target for Refusing {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let failure = self.failure.lock().expect("a failure").clone();
        match failure {
            Some(failure) => {
                let refused = writes.into_iter().map(move |it| (it.id, Outcome::Rejected(failure.clone())));
                futures::stream::iter(refused.collect::<Vec<_>>()).boxed()
            }
            None => self.directory.apply(context, writes).await,
        }
    }
}

impl Refusing {
    /// Counts the objects that it holds.
    pub(super) fn written(&self) -> usize {
        self.directory.objects("user").len()
    }
}

/// Keeps what it is sent.
#[derive(Default)]
pub(super) struct Mailbox(pub(super) Mutex<Vec<Notice>>);

impl AlertSink for Mailbox {
    fn send(&self, notice: Notice) {
        self.0.lock().expect("notices").push(notice);
    }
}

pub(super) struct World {
    pub(super) source: Arc<MemoryDirectory>,
    pub(super) target: Arc<Refusing>,
    pub(super) clock: Arc<HandClock>,
    pub(super) notices: Arc<Mailbox>,
    pub(super) folder: tempfile::TempDir,
    pub(super) job: Job,
}

impl World {
    pub(super) fn new(rotation: Rotation) -> Self {
        let text = ["firstName", "department"].map(AttributeSchema::text);
        let source = Arc::new(MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", text)])));
        let directory = MemoryDirectory::new(directory_schema());
        let target = Arc::new(Refusing { directory, failure: Mutex::new(None) });
        let mut spec = MappingSpec::default();
        spec.objects.push(
            ObjectMapping::new("worker", "user")
                .with(AttributeMapping::direct("userName", "firstName").matching(1))
                .with(AttributeMapping::direct("department", "department")),
        );
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, notices) = (HandClock::new(), Arc::new(Mailbox::default()));
        let id = JobId::new("hr");
        let alerts: Arc<dyn Observer> = Arc::new(Alerts::new(id.clone(), notices.clone()));
        let settings = LogSettings { folder: folder.path().to_owned(), rotation, ..LogSettings::default() };
        let log = ProvisioningLog::new(settings).with_observer(alerts.clone());
        let status = StatusFile::new(folder.path().join("status.json"), Default::default());
        let observers = Observers::new([Arc::new(log) as Arc<dyn Observer>, Arc::new(status), alerts]);
        let job = Job::new(
            id,
            source.clone(),
            target.clone(),
            spec,
            Arc::new(MemoryStore::default()),
            clock.clone(),
        )
        .with_observer(Arc::new(observers))
        .with_initiator(Initiator::Application { name: "test".into() });
        let world = Self { source, target, clock, notices, folder, job };
        world.put("1", "adele", "Sales");
        world
    }

    /// Makes one whose cycles start from changes.
    pub(super) fn from_changes(rotation: Rotation) -> Self {
        let mut world = Self::new(rotation);
        world.job = world.job.with_cycles(CycleSettings::changes());
        world
    }

    pub(super) fn put(&self, id: &str, name: &str, department: &str) {
        let worker = Object::new("worker", id).with("firstName", name).with("department", department);
        self.source.insert(&worker).expect("inserted");
    }

    pub(super) fn run(&self) {
        self.clock.advance(Duration::from_secs(60));
        block_on(self.job.run(&self.job.context(), Released::NOTHING)).expect("a cycle");
    }

    pub(super) fn find(&self, query: &Query) -> Vec<ObjectRecord> {
        let found = LogReader::new(self.folder.path()).find(query).expect("a log");
        assert_eq!(found.damaged_count, 0);
        found.records
    }

    pub(super) fn status(&self) -> JobStatus {
        JobStatus::load(&self.folder.path().join("status.json")).expect("readable").expect("there")
    }
}
