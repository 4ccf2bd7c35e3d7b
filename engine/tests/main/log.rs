//! The provisioning log, status and alerts of a job made in code.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use provisio::connector::Connector as _;
use provisio::log::{LogReader, LogSettings, ProvisioningLog, Query, Rotation, Status};
use provisio::model::{ErrorKind, Failure};
use provisio::monitor::Notice;
use provisio::plan::OpId;
use provisio::{Course, CycleEnd, CycleId, Event, Initiator, Observer as _, Released};

use super::support::World;

#[test]
fn a_refused_write_is_recorded_with_its_kind_and_its_cure() {
    let world = World::new(Rotation::default());
    *world.target.failure.lock().expect("a failure") =
        Some(Failure::new(ErrorKind::PermissionDenied, "this account may only read"));
    world.run();
    let found = world.find(&Query { statuses: vec![Status::Failure], ..Query::default() });
    let [record] = &found[..] else { panic!("one record: {found:?}") };
    let error = record.error.as_ref().expect("an error");
    assert_eq!(
        (&*record.action, &*error.code, error.category.name()),
        ("create", "permission_denied", "access")
    );
    assert_eq!(&*error.reason, "this account may only read");
    assert_eq!(record.steps.last().map(|it| it.status), Some(Status::Failure));
    assert_eq!(&*record.operations[0].fate, "failed");
    assert_eq!(record.initiated_by, Initiator::Application { name: "test".into() });
    assert_eq!(record.target.id, None, "it was not created");
    let status = world.status();
    assert_eq!(status.last_successful, None);
    assert_eq!(status.last.as_ref().map(|it| (it.count_fate("failed"), it.is_steady)), Some((1, false)));

    *world.target.failure.lock().expect("a failure") = None;
    world.run();
    let latest = world.find(&Query { objects: vec!["1".into()], limit: Some(1), ..Query::default() });
    assert_eq!((latest[0].status, &*latest[0].action), (Status::Success, "create"));
    assert!(world.status().steady_first.is_some());
}

#[test]
fn files_are_set_aside_by_size_and_age_and_deleted_when_they_are_old() {
    let day = Duration::from_secs(24 * 60 * 60);
    let rotation = Rotation { file_bytes: 1 << 20, file_age: day, keep_age: day * 3, keep_bytes: 1 << 30 };
    let world = World::new(rotation);
    let files = || {
        let entries = std::fs::read_dir(world.folder.path()).expect("a folder");
        let names = entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|it| it.starts_with("provisioning-")).count()
    };
    world.run();
    assert_eq!(files(), 0);
    for cycle in 0..3 {
        world.clock.advance(day);
        world.put(&format!("day {cycle}"), &format!("user{cycle}"), "Sales");
        world.run();
    }
    assert_eq!(files(), 3, "one a day");
    assert_eq!(world.find(&Query::default()).len(), 4, "found in all files");
    world.clock.advance(day * 2);
    world.put("last", "zoe", "Sales");
    world.run();
    assert_eq!(files(), 2, "those of more than three days ago are gone");
    assert_eq!(world.find(&Query::default()).len(), 3);

    let small = World::new(Rotation { file_bytes: 1, keep_bytes: 4_000, ..rotation });
    for cycle in 0..10 {
        small.put(&format!("day {cycle}"), &format!("user{cycle}"), "Sales");
        small.run();
    }
    let bytes: u64 = std::fs::read_dir(small.folder.path())
        .expect("a folder")
        .map(|it| it.expect("an entry"))
        .filter(|it| it.file_name().to_string_lossy().starts_with("provisioning"))
        .map(|it| it.metadata().expect("a file").len())
        .sum();
    assert!(bytes < 8_000, "{bytes} bytes are kept");
    let last = small.find(&Query { limit: Some(1), ..Query::default() });
    assert_eq!(last[0].changes[0].new.len(), 1);
}

#[test]
fn a_cycle_that_fails_is_told_and_one_that_is_given_up_too() {
    let world = World::new(Rotation::default());
    let context = world.job.context();
    drop(world.job.begin(&context, &Initiator::System));
    let stage =
        |notice: &Notice| serde_json::to_value(notice).expect("JSON")["stage"].as_str().map(str::to_owned);
    assert_eq!(
        world.notices.0.lock().expect("notices").first().and_then(stage).as_deref(),
        Some("abandoned")
    );
    assert_eq!(world.status().failures_in_a_row, 1);
    world.run();
    assert_eq!(world.status().failures_in_a_row, 0);
    // A plan that was carried out already.
    let view = block_on(world.job.read(&context)).expect("a view");
    world.put("2", "ben", "Sales");
    let view_of_two = block_on(world.job.read(&context)).expect("a view");
    drop(view);
    world.clock.advance(Duration::from_secs(1));
    let cycle = world.job.begin(&context, &Initiator::System);
    let planned = cycle.plan(&view_of_two, Released::NOTHING).expect("a plan");
    block_on(cycle.apply(&planned.plan)).expect("carried out");
    assert!(block_on(cycle.apply(&planned.plan)).is_err());
    cycle.end();
    let status = world.status();
    let last = status.last.expect("a cycle");
    assert_eq!((&*last.end, last.stage.as_deref()), ("failed", Some("plan")));
    let cycles = LogReader::new(world.folder.path()).cycles(10).expect("a log");
    assert_eq!(cycles.iter().map(|it| &*it.end).collect::<Vec<_>>(), ["failed", "finished", "abandoned"]);
}

/// Cheap enough not to be felt: what it costs is bounded here, generously, for a build without optimisation.
#[test]
fn records_are_written_quickly() {
    const RECORDS: u32 = 20_000;
    let world = World::new(Rotation::default());
    let context = world.job.context();
    let view = block_on(world.job.read(&context)).expect("a view");
    let mut planned = view.plan(context.now(), Released::NOTHING).expect("a plan");
    let one = planned.plan.operations.pop().expect("an operation");
    planned.plan.operations = (0..RECORDS)
        .map(|number| {
            let mut operation = one.clone();
            operation.id = OpId(number);
            operation.source = provisio::model::SourceId::new(format!("worker-{number}"));
            operation
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = LogSettings { folder: folder.path().to_owned(), ..LogSettings::default() };
    let log = ProvisioningLog::new(settings);
    let (at, id) = (context.now(), CycleId::beginning(context.now()));
    let info = world.target.info();
    #[expect(clippy::disallowed_methods, reason = "this measures")]
    let began = Instant::now();
    log.event(&Event::CycleStarted {
        cycle: &id,
        job: world.job.id(),
        at,
        initiator: &Initiator::System,
        source: &info,
        target: &info,
    });
    log.event(&Event::PlanReady { plan: &planned.plan, findings: &[], at });
    for operation in &planned.plan.operations {
        let course = Course::new(at, at.plus(Duration::from_millis(3)), 1);
        log.event(&Event::OperationFinished { operation, fate: None, course });
    }
    log.event(&Event::CycleFinished { cycle: &id, at, end: CycleEnd::Finished });
    let took = began.elapsed();
    let found =
        LogReader::new(folder.path()).find(&Query { limit: Some(1), ..Query::default() }).expect("a log");
    assert_eq!(found.records[0].change, u64::from(RECORDS));
    assert!(took < Duration::from_secs(60), "{RECORDS} records took {took:?}");
}
