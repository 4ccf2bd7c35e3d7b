//! Mishaps, and what they do.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio::connector::{
    Clock as _, ConnectorError, Context, ReadEvent, ReadQuery, Source as _, Target as _,
};
use provisio::model::{Attributes, ErrorKind, Layout, Outcome, Retry, Write, WriteAction, WriteId};
use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_testkit::fault::{Call, Faulty, Kind, Mishap};
use provisio_testkit::rig::VirtualClock;

type Target = Faulty<Arc<MemoryDirectory>>;

fn target(seed: u64) -> Target {
    Faulty::new(Arc::new(MemoryDirectory::new(directory_schema())), seed)
}

fn creates(names: &[&str]) -> Vec<Write> {
    let create = |(at, name): (u32, &&str)| {
        let attributes: Attributes = [("userName", *name)].into_iter().collect();
        Write::new(WriteId(at), "user".into(), WriteAction::Create { attributes })
    };
    (0..).zip(names).map(create).collect()
}

fn apply(target: &Target, context: &Context, names: &[&str]) -> Vec<(WriteId, Outcome)> {
    block_on(async { target.apply(context, creates(names)).await.collect().await })
}

/// The ids that a read gives, `?` before one that cannot be read, then how it ends.
fn read(target: &Target, context: &Context) -> String {
    let query = ReadQuery::all(Layout::new("user", []));
    let events = block_on(async {
        match target.read(context, query).await {
            Ok(stream) => stream.collect::<Vec<_>>().await,
            Err(error) => vec![Err(error)],
        }
    });
    let word = |event: Result<ReadEvent, ConnectorError>| match event {
        Ok(ReadEvent::Object(object)) => object.id.trim_start_matches("user-00000").to_owned(),
        Ok(ReadEvent::Unreadable { id, .. }) => {
            format!("?{}", id.unwrap_or_default().trim_start_matches("user-00000"))
        }
        Ok(ReadEvent::Complete(_)) => "complete".to_owned(),
        Ok(ReadEvent::Incomplete(why)) => format!("incomplete: {why}"),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    };
    events.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn with_clock() -> (Arc<VirtualClock>, Context) {
    let clock = Arc::new(VirtualClock::default());
    (Arc::clone(&clock), Context::new(clock))
}

#[test]
fn each_mishap_does_what_it_says_to_a_read() {
    let (_, context) = with_clock();
    let target = target(1);
    apply(&target, &context, &["a", "b", "c"]);
    let after = |mishap| {
        target.next(mishap);
        read(&target, &context)
    };
    assert_eq!(read(&target, &context), "1 2 3 complete");
    assert_eq!(after(Mishap::BreaksOff { after: 2, with_error: false }), "1 2");
    let broken = "1 read: timed out: nothing more comes";
    assert_eq!(after(Mishap::BreaksOff { after: 1, with_error: true }), broken);
    assert_eq!(after(Mishap::Overlaps(1)), "1 2 3 2 3 complete");
    assert_eq!(after(Mishap::WrongCount(0)), "2 3 incomplete: the system counts one object more");
    assert_eq!(after(Mishap::Unreadable(1)), "1 ?2 3 complete");
    assert_eq!(after(Mishap::UnreadableId("user-000003".into())), "1 2 ?3 complete");
    assert_eq!(after(Mishap::unreachable()), "read: unreachable: the line is down");
    assert_eq!(read(&target, &context), "1 2 3 complete", "it is over");
    assert_eq!(target.story().len(), 7);
}

#[test]
fn each_mishap_does_what_it_says_to_writes() {
    let (clock, context) = with_clock();
    let target = target(1);
    let after = |mishap, names: &[&str]| {
        target.next(mishap);
        apply(&target, &context, names)
    };
    let count = || target.inner().count("user");
    assert!(after(Mishap::LostBefore, &["a"]).is_empty());
    assert_eq!(count(), 0, "nothing is done");
    assert!(after(Mishap::LostAfter, &["a"]).is_empty());
    assert_eq!(count(), 1, "it is done");
    let twice = after(Mishap::Twice, &["b"]);
    assert_eq!(count(), 2);
    let is_taken = |failure: &provisio::model::Failure| failure.kind == ErrorKind::UniquenessViolated;
    assert!(matches!(&twice[..], [(_, Outcome::Conflict(failure))] if is_taken(failure)), "{twice:?}");
    let some = after(Mishap::PartOfBatch(2), &["c", "d", "e"]);
    assert_eq!((some.len(), count()), (2, 4));
    let turned: Vec<u32> = after(Mishap::Reordered, &["f", "g"]).iter().map(|it| it.0.0).collect();
    assert_eq!(turned, [1, 0]);
    let wait = Duration::from_secs(9);
    let refused = after(Mishap::throttled(Some(wait)), &["h"]);
    let later = Retry::Later { after: Some(wait) };
    assert!(matches!(&refused[..], [(_, Outcome::Rejected(failure))] if failure.retry == later));
    let before = clock.now();
    after(Mishap::Slow(wait), &["h"]);
    assert_eq!(clock.now().since(before), wait);
}

#[test]
fn a_stale_read_shows_what_was_within_the_lag() {
    let (clock, context) = with_clock();
    let target = target(3).with_lag(30).often(Kind::Stale, 100);
    apply(&target, &context, &["a"]);
    block_on(clock.sleep_until(clock.now().plus(Duration::from_secs(5))));
    apply(&target, &context, &["b"]);
    assert_eq!(read(&target, &context), "1 complete", "what was a moment ago");
    block_on(clock.sleep_until(clock.now().plus(Duration::from_secs(31))));
    assert_eq!(read(&target, &context), "1 2 complete", "the lag is over");
}

#[test]
fn what_happens_follows_from_the_seed() {
    let story = |seed| {
        let (_, context) = with_clock();
        let target = Kind::ALL.into_iter().fold(target(seed).with_lag(30), |it, kind| it.often(kind, 10));
        for round in 0..100 {
            apply(&target, &context, &[&format!("user{round}"), &format!("other{round}")]);
            read(&target, &context);
        }
        target.story()
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7), story(8));
    let told = story(7);
    let shows = |wanted: &dyn Fn(&Mishap) -> bool| told.iter().any(|it| wanted(&it.mishap));
    assert!(
        shows(&|it| matches!(it, Mishap::LostAfter)) && shows(&|it| matches!(it, Mishap::BreaksOff { .. }))
    );
    assert!(told.iter().any(|it| it.call == Call::Apply) && told.iter().any(|it| it.call == Call::Read));
}
