//! A job that runs for years: what it keeps stays bounded, and a cycle costs what changed.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use provisio::connector::Clock as _;
use provisio::model::{
    AttributeDelta, AttributeSchema, Object, ObjectSchema, Schema, TargetId, Value, ValueKind, Values,
    ValuesChange, WriteAction,
};
use provisio::spec::{AttributeMapping, Deprovision, ObjectMapping};
use provisio::store::{JobId, RedbStore};
use provisio::{CycleSettings, Job, MappingSpec, Released};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_testkit::rig::VirtualClock;

const HOUR: Duration = Duration::from_secs(60 * 60);
const WORKERS: u64 = 1_000;
const CHANGES: u64 = 5;
/// How many objects one changed worker may have looked at: themselves, their account, their manager, and, when they leave,
/// all of that of each of their reports.
const READS_PER_CHANGE: usize = 150;

struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn schema() -> Schema {
    let mut manager = AttributeSchema::new("manager", ValueKind::Reference);
    manager.references = vec!["worker".into()];
    let text = ["login", "department"].map(AttributeSchema::text);
    Schema::new([ObjectSchema::new("worker", text.into_iter().chain([manager]))])
}

fn worker(id: u64, manager: Option<u64>) -> Object {
    let worker =
        Object::new("worker", id.to_string()).with("login", format!("login{id}")).with("department", "Sales");
    match manager {
        Some(manager) => worker.with("manager", Value::Reference(manager.to_string().into())),
        None => worker,
    }
}

/// Changes a few workers: some move, some leave, some join.
fn change(source: &MemoryDirectory, random: &mut Random, next: &mut u64) {
    for _ in 0..CHANGES {
        // The first one stays, and has whoever joins.
        let some = (1 + random.below(WORKERS - 1)).to_string();
        match random.below(10) {
            0 => drop(
                source.write("worker", WriteAction::Delete { target: TargetId::new(&some), version: None }),
            ),
            1 => {
                source.insert(&worker(*next, Some(0))).expect("fits");
                *next += 1;
            }
            _ => {
                let department = Values::one(format!("D{}", random.below(50)).as_str());
                let deltas = vec![AttributeDelta::new("department", ValuesChange::Set(department))];
                let update = WriteAction::Update { target: TargetId::new(&some), version: None, deltas };
                drop(source.write("worker", update));
            }
        }
    }
}

/// How many kilobytes of memory this process holds; nothing where that is not told.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn what_is_kept_stays_bounded_and_a_cycle_costs_what_changed() {
    let cycles = if std::env::var_os("PROVISIO_MANY_CASES").is_some() { 1_000 } else { 120 };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.redb");
    let clock = Arc::new(VirtualClock::default());
    let source = Arc::new(MemoryDirectory::new(schema()));
    for id in 0..WORKERS {
        source.insert(&worker(id, (id > 0).then_some(id / 10))).expect("fits");
    }
    let target = Arc::new(MemoryDirectory::new(directory_schema()));
    let mut users = ObjectMapping::new("worker", "user")
        .with(AttributeMapping::direct("userName", "login").matching(1))
        .with(AttributeMapping::direct("department", "department"))
        .with(AttributeMapping::direct("manager", "manager"));
    users.deprovisioning.source_deleted = Some(Deprovision::Delete.into());
    let mut spec = MappingSpec::default();
    spec.objects.push(users);
    let store = Arc::new(RedbStore::open(&file).expect("made"));
    let job = Job::new(JobId::new("soak"), source.clone(), target.clone(), spec, store, clock.clone())
        .with_cycles(CycleSettings::changes().with_full_every(Duration::from_secs(1 << 40)));
    let run = |most: usize| {
        let mut read = 0;
        let cycle = block_on(job.run_showing(&job.context(), Released::NOTHING, |prepared| {
            read = prepared.reads.iter().map(|it| it.objects).sum();
        }));
        let cycle = cycle.expect("a cycle");
        assert!(cycle.summary.failed.is_empty(), "{:?}", cycle.summary.failed);
        assert!(read <= most, "{read} objects were read for {CHANGES} changes");
        cycle
    };
    run(usize::MAX);
    let (mut random, mut next) = (Random(7), WORKERS);
    let mut early = None;
    for at in 0..cycles {
        // Limits count what was deleted in a day.
        block_on(clock.sleep_until(clock.now().plus(HOUR)));
        change(&source, &mut random, &mut next);
        let cycle = run(CHANGES as usize * READS_PER_CHANGE);
        assert_eq!((cycle.why_everything, &cycle.planned.plan.held[..]), (None, &[][..]), "cycle {at}");
        if at == cycles / 10 {
            early = Some((std::fs::metadata(&file).expect("there").len(), resident()));
        }
    }
    let (bytes, memory) = early.expect("measured");
    let now = std::fs::metadata(&file).expect("there").len();
    assert!(now <= bytes * 2, "the state grew from {bytes} to {now} bytes");
    if let (Some(before), Some(now)) = (memory, resident()) {
        assert!(now <= before + before / 2 + 20_000, "memory grew from {before} to {now} kB");
    }
    // And all of it was right: a plan from everything has nothing to do.
    let view = block_on(job.read(&job.context())).expect("read");
    let planned = view.plan(job.context().now(), Released::NOTHING).expect("planned");
    assert!(planned.plan.operations.is_empty(), "{}", planned.plan.text());
    assert_eq!(target.count("user"), source.count("worker"));
}
