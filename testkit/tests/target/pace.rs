//! A job is as fast as its target bears, and no faster.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use provisio::connector::Clock as _;
use provisio::model::{AttributeSchema, Object, ObjectSchema, Rate, Schema, Timestamp};
use provisio::spec::{AttributeMapping, ObjectMapping};
use provisio::store::{JobId, MemoryStore};
use provisio::{Cycle, Job, MappingSpec, Released};
use provisio_memory::MemoryDirectory;
use provisio_testkit::rig::VirtualClock;

use super::Watched;

const WORKERS: usize = 25;

/// Creates accounts for all workers, and returns when requests were made.
fn run(shape: impl FnOnce(&mut Watched)) -> (Cycle, Timestamp, Vec<(Timestamp, usize)>) {
    let clock = Arc::new(VirtualClock::default());
    let source =
        MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", [AttributeSchema::text("login")])]));
    for id in 0..WORKERS {
        let worker = Object::new("worker", id.to_string()).with("login", format!("login{id}").as_str());
        source.insert(&worker).expect("fits");
    }
    let user = AttributeSchema::text("userName").required().unique();
    let mut target = Watched::new(Schema::new([ObjectSchema::new("user", [user])]), &clock);
    shape(&mut target);
    let target = Arc::new(target);
    let mut spec = MappingSpec::default();
    spec.objects.push(
        ObjectMapping::new("worker", "user").with(AttributeMapping::direct("userName", "login").matching(1)),
    );
    let (store, began) = (Arc::new(MemoryStore::new()), clock.now());
    let job = Job::new(JobId::new("pace"), Arc::new(source), Arc::clone(&target) as _, spec, store, clock);
    let cycle = block_on(job.run(&job.context(), Released::NOTHING)).expect("a cycle");
    assert!(cycle.summary.is_complete(), "{:?}", cycle.summary);
    assert_eq!(target.inner.count("user"), WORKERS);
    (cycle, began, target.calls())
}

/// When each request was made, in milliseconds from the beginning.
fn instants(began: Timestamp, calls: &[(Timestamp, usize)]) -> Vec<u128> {
    calls.iter().map(|(at, _)| at.since(began).as_millis()).collect()
}

#[test]
fn without_a_rate_nothing_waits() {
    let (_, began, calls) = run(|_| {});
    assert_eq!(instants(began, &calls), vec![0; WORKERS]);
}

#[test]
fn writes_take_the_time_that_the_bucket_says() {
    let (_, began, calls) = run(|target| target.rate = Some(Rate::per_second(2)));
    let expected: Vec<u128> = (0..WORKERS as u128).map(|at| at * 500).collect();
    assert_eq!(instants(began, &calls), expected);
}

#[test]
fn what_may_be_sent_at_once_is_sent_at_once() {
    let (_, began, calls) = run(|target| {
        target.rate = Some(Rate::per_minute(60).with_burst(5));
        target.concurrency_max = 8;
    });
    let expected: Vec<u128> = (0..WORKERS as u128).map(|at| at.saturating_sub(4) * 1_000).collect();
    assert_eq!(instants(began, &calls), expected);
}

#[test]
fn a_batch_is_one_request() {
    let (_, began, calls) = run(|target| {
        target.rate = Some(Rate::per_second(1));
        target.batch_max = 10;
    });
    assert_eq!(instants(began, &calls), [0, 1_000, 2_000]);
    assert_eq!(calls.iter().map(|it| it.1).collect::<Vec<_>>(), [10, 10, 5]);
}

#[test]
fn what_the_target_asks_for_counts_for_more_than_its_rate() {
    let (_, began, calls) = run(|target| {
        target.rate = Some(Rate::per_second(2));
        target.refuse(3, Some(Duration::from_secs(30)));
    });
    let instants = instants(began, &calls);
    assert_eq!(instants[..4], [0, 30_000, 60_000, 90_000], "three times 429 with Retry-After: 30");
    let pairs = instants[3..].windows(2);
    assert!(pairs.clone().all(|it| it[1] - it[0] == 500), "{instants:?}");
    assert_eq!(instants.len(), WORKERS + 3);
}
