//! Eight workers share forty jobs, and are killed at any moment.
//!
//! Each job has a directory in a file as its target and a journal beside it. A worker writes into the journal which lease
//! it holds before each write to the target; the order of lines is the order of time. So two workers at once would show
//! as an older lease after a younger one.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use provisio::connector::{
    CheckReport, Clock as _, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream, ReadEvent,
    ReadQuery, ReadStream, Result, Source, Target,
};
use provisio::model::{
    AttributeSchema, Capabilities, Completeness, ErrorKind, Object, ObjectSchema, Schema, Text, Write,
};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::store::{JobId, LeaseSettings, StateStore};
use provisio::{Event, Fleet, Job, MappingSpec, Observer, Released, TokioClock};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_postgres::PostgresStore;
use provisio_testkit::rig::StateSource;
use provisio_testkit::world::SystemState;

use crate::support::{describe, new_schema, run, settings};

const WORKERS: usize = 8;
const JOBS: usize = 40;
const OBJECTS: usize = 4;

/// How often each job must have been run to its end.
const RUNS: usize = 3;

const KILLS_MIN: usize = 30;

/// The lease of a worker that was killed ends after this time.
const TTL: Duration = Duration::from_secs(2);

const INTERVAL: Duration = Duration::from_millis(200);
const BETWEEN_KILLS: Duration = Duration::from_millis(100);

/// Longer than this nothing may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a process needs to know to be a worker: schema and folder.
const VARIABLE: &str = "PROVISIO_TEST_WORKER";

/// Where one job writes.
struct Place {
    directory: PathBuf,
    journal: PathBuf,
    fence: AtomicU64,
    source: StateSource,
}

impl Place {
    fn note(&self, what: &str) {
        let mut journal =
            OpenOptions::new().create(true).append(true).open(&self.journal).expect("a journal");
        let line = format!("{} {what}\n", self.fence.load(Ordering::SeqCst));
        journal.write_all(line.as_bytes()).expect("written");
    }

    /// Opens the directory for one call. It is locked meanwhile: that somebody has it open would be a second worker.
    fn open(&self) -> Result<MemoryDirectory> {
        MemoryDirectory::open(&self.directory, directory_schema()).map_err(|error| {
            self.note("overlap");
            ConnectorError::new(ErrorKind::Unexpected, "open", describe(&error))
        })
    }
}

fn people(title: &str) -> SystemState {
    let attributes = ["login", "title"].map(AttributeSchema::text);
    let people = (0..OBJECTS).map(|at| {
        Object::new("worker", at.to_string())
            .with("login", format!("user{at}"))
            .with("title", title.to_owned())
    });
    let mut state = SystemState::default();
    state.schema = Schema::new([ObjectSchema::new("worker", attributes)]);
    state.objects = people.collect();
    state
}

/// Gives the source something new in each run, and keeps the journal.
struct Witness(Arc<Place>);

impl Observer for Witness {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::LeaseTaken { fence, .. } => {
                self.0.fence.store(fence.0, Ordering::SeqCst);
                self.0.source.edit(|it| *it = people(&format!("run {fence}")));
            }
            Event::ApplyStarted { .. } => self.0.note("apply"),
            Event::ApplyFinished { .. } => self.0.note("end"),
            Event::LeaseLost { .. } => self.0.note("lost"),
            _ => {}
        }
    }
}

#[async_trait]
impl Connector for Place {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "test", system: Text::new("directory") }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = MemoryDirectory::new(directory_schema()).capabilities();
        capabilities.batch_max = 1;
        capabilities.concurrency_max = 1;
        capabilities
    }

    async fn schema(&self, _context: &Context) -> Result<Schema> {
        Ok(directory_schema())
    }

    async fn check(&self, _context: &Context) -> Result<CheckReport> {
        Ok(CheckReport::default())
    }
}

#[async_trait]
impl Source for Place {
    async fn read<'a>(&'a self, _context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let objects = self.open()?.objects(query.object_type().as_str());
        let mut events: Vec<Result<ReadEvent>> =
            objects.into_iter().map(|it| Ok(ReadEvent::Object(it))).collect();
        events.push(Ok(ReadEvent::Complete(Completeness::declared("everything"))));
        Ok(Box::pin(futures::stream::iter(events)))
    }
}

#[async_trait]
impl Target for Place {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        self.note("write");
        let Ok(directory) = self.open() else { return Box::pin(futures::stream::empty()) };
        let outcomes: Vec<_> = directory.apply(context, writes).await.collect().await;
        Box::pin(futures::stream::iter(outcomes))
    }
}

/// Only the part that is read of a [`Place`] as a source.
struct SourceOf(Arc<Place>);

#[async_trait]
impl Connector for SourceOf {
    fn info(&self) -> ConnectorInfo {
        self.0.source.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.source.capabilities()
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.0.source.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.0.source.check(context).await
    }
}

#[async_trait]
impl Source for SourceOf {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        self.0.source.read(context, query).await
    }
}

fn name_of(job: usize) -> String {
    format!("job{job:02}")
}

fn place(folder: &Path, job: usize) -> Arc<Place> {
    let at = |extension: &str| folder.join(format!("{}.{extension}", name_of(job)));
    let (directory, journal) = (at("jsonl"), at("journal"));
    Arc::new(Place { directory, journal, fence: AtomicU64::new(0), source: StateSource::new(people("")) })
}

fn job(place: &Arc<Place>, job: usize, store: &Arc<dyn StateStore>) -> Job {
    let mut spec = MappingSpec::default();
    spec.objects.push(
        ObjectMapping::new("worker", "user")
            .with(AttributeMapping::direct("userName", "login").matching(1))
            .with(AttributeMapping::direct("title", "title")),
    );
    let source = Arc::new(SourceOf(Arc::clone(place)));
    let target = Arc::clone(place);
    Job::new(JobId::new(name_of(job)), source, target, spec, Arc::clone(store), Arc::new(TokioClock))
        .with_observer(Arc::new(Witness(Arc::clone(place))))
        .with_lease(LeaseSettings::new(format!("process {}", std::process::id()), TTL))
}

/// Works until it is killed.
async fn work(schema: String, folder: PathBuf) {
    let store: Arc<dyn StateStore> = Arc::new(PostgresStore::open(settings(&schema)).await.expect("opened"));
    let mut fleet = Fleet::new(Arc::clone(&store));
    for number in 0..JOBS {
        fleet = fleet.with(job(&place(&folder, number), number, &store), INTERVAL);
    }
    fleet.work(&Context::new(Arc::new(TokioClock)), Released::NOTHING, |_, _| {}).await;
}

/// What the journal of a job tells.
struct Journal {
    ends: BTreeSet<u64>,
}

impl Journal {
    fn read(folder: &Path, job: usize) -> Self {
        let name = name_of(job);
        let text = fs::read_to_string(folder.join(format!("{name}.journal"))).unwrap_or_default();
        let mut latest = 0;
        let mut ends = BTreeSet::new();
        for line in text.lines() {
            let (fence, what) = line.split_once(' ').expect("a lease and what was done");
            let fence: u64 = fence.parse().expect("a number");
            assert_ne!(what, "overlap", "two workers on {name} at once:\n{text}");
            if what != "lost" {
                assert!(fence >= latest, "lease {fence} was used after lease {latest} of {name}:\n{text}");
                latest = fence;
            }
            if what == "end" {
                ends.insert(fence);
            }
        }
        Self { ends }
    }
}

/// A worker that can be killed.
trait Killable {
    fn start(schema: &str, folder: &Path) -> Self;
    fn kill(self);
}

/// A process, killed by SIGKILL.
impl Killable for Child {
    fn start(schema: &str, folder: &Path) -> Self {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "workers::a_worker_of_its_own", "--nocapture"])
            .env(VARIABLE, format!("{schema}|{}", folder.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started")
    }

    fn kill(mut self) {
        Child::kill(&mut self).expect("killed");
        let status = self.wait().expect("ended");
        assert!(!status.success() && status.code().is_none(), "a worker ended by itself: {status}");
    }
}

/// A task, dropped where it stands.
impl Killable for tokio::task::JoinHandle<()> {
    fn start(schema: &str, folder: &Path) -> Self {
        tokio::spawn(work(schema.to_owned(), folder.to_owned()))
    }

    fn kill(self) {
        assert!(!self.is_finished(), "a worker ended by itself");
        self.abort();
    }
}

/// Lets workers work, and kills one after the other, until every job was run often enough.
async fn share<W: Killable>() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, schema) = (folder.path(), new_schema());
    let store: Arc<dyn StateStore> = Arc::new(PostgresStore::open(settings(&schema)).await.expect("opened"));
    let mut workers: Vec<Option<W>> = (0..WORKERS).map(|_| Some(W::start(&schema, folder))).collect();
    let begun = TokioClock.now();
    let (mut kills, mut random) = (0, 0x2545_f491_4f6c_dd1d_u64);
    loop {
        let runs: Vec<usize> = (0..JOBS).map(|it| Journal::read(folder, it).ends.len()).collect();
        if kills >= KILLS_MIN && runs.iter().all(|it| *it >= RUNS) {
            break;
        }
        assert!(TokioClock.now().since(begun) < PATIENCE, "after {kills} kills: {runs:?}");
        tokio::time::sleep(BETWEEN_KILLS).await;
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Others come to some work between two kills.
        if (random >> 40).is_multiple_of(3) {
            let worker = &mut workers[(random >> 33) as usize % WORKERS];
            if let Some(killed) = worker.replace(W::start(&schema, folder)) {
                killed.kill();
                kills += 1;
            }
        }
    }
    workers.into_iter().flatten().for_each(W::kill);
    // What the dead hold ends. Then each job goes on where it was left.
    for number in 0..JOBS {
        let place = place(folder, number);
        let job = job(&place, number, &store);
        let context = job.context();
        loop {
            match job.run(&context, Released::NOTHING).await {
                Ok(_) => break,
                Err(provisio::RunError::Leased { remaining, .. }) => {
                    TokioClock.sleep_until(TokioClock.now().plus(remaining)).await;
                }
                Err(error) => panic!("{}", describe(&error)),
            }
        }
        let title = format!("run {}", place.fence.load(Ordering::SeqCst));
        let mut users: Vec<(String, String)> = Vec::new();
        for user in place.open().expect("opened").objects("user") {
            let text =
                |name: &str| user.attributes.get(name).map(|it| it.iter().map(|it| it.to_string()).collect());
            users.push((text("userName").unwrap_or_default(), text("title").unwrap_or_default()));
        }
        users.sort();
        assert_eq!(users.len(), OBJECTS, "{}: {users:?}", name_of(number));
        for (at, (login, found)) in users.iter().enumerate() {
            assert!(login.contains(&format!("user{at}")) && found.contains(&title), "{title}: {users:?}");
        }
        assert_eq!(store.load(job.id()).await.expect("loaded").links.len(), OBJECTS);
        let _ = Journal::read(folder, number);
    }
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn processes_that_are_killed_share_jobs_and_no_job_is_run_twice_at_once() {
    run(share::<Child>());
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn tasks_that_are_dropped_share_jobs_and_no_job_is_run_twice_at_once() {
    run(share::<tokio::task::JoinHandle<()>>());
}

/// What a process of [`processes_that_are_killed_share_jobs_and_no_job_is_run_twice_at_once`] does.
#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_worker_of_its_own() {
    let Ok(order) = std::env::var(VARIABLE) else { return };
    let (schema, folder) = order.split_once('|').expect("schema and folder");
    run(work(schema.to_owned(), PathBuf::from(folder)));
}
