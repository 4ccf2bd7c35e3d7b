//! Pauses, quarantine, and operations that failed and wait.

use std::time::Duration;

use futures::executor::block_on;
use provisio::control::{QuarantineReason, RestartCriterion};
use provisio::execution::Fate;
use provisio::log::Rotation;
use provisio::model::{AttributeDelta, ErrorKind, Failure, TargetId, Values, ValuesChange, WriteAction};
use provisio::{Cycle, Released, RunError};

use super::support::World;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn run(world: &World) -> Result<Cycle, RunError> {
    world.clock.advance(Duration::from_secs(60));
    block_on(world.job.run(&world.job.context(), Released::NOTHING))
}

fn refuse(world: &World, kind: Option<ErrorKind>) {
    *world.target.failure.lock().expect("a failure") = kind.map(|it| Failure::new(it, "no"));
}

fn fates(cycle: &Cycle) -> Vec<&'static str> {
    let name = |fate: &Fate| match fate {
        Fate::Failed(_) => "failed",
        Fate::Postponed(_) => "postponed",
        _ => "other",
    };
    cycle.summary.failed.iter().map(|it| name(&it.fate)).collect()
}

#[test]
fn what_is_refused_is_tried_ever_more_rarely_and_never_given_up() {
    let world = World::new(Rotation::default());
    refuse(&world, Some(ErrorKind::InvalidValue));
    assert_eq!(fates(&run(&world).expect("a cycle")), ["failed"]);
    assert_eq!(fates(&run(&world).expect("a cycle")), ["failed"], "the next cycle tries it");
    assert_eq!(fates(&run(&world).expect("a cycle")), ["postponed"], "the one after waits");
    world.clock.advance(HOUR);
    assert_eq!(fates(&run(&world).expect("a cycle")), ["failed"]);
    world.clock.advance(HOUR);
    assert_eq!(fates(&run(&world).expect("a cycle")), ["postponed"], "two hours by now");
    let standing = block_on(world.job.standing()).expect("readable");
    let [(key, escrow)] = &standing.escrows[..] else { panic!("{standing:?}") };
    assert_eq!((&*key.source, &*key.action, escrow.attempts), ("1", "create", 3));
    // What would be another write by now is tried at once, and what is done does not wait any more.
    let department = AttributeDelta::new("department", ValuesChange::Set(Values::one("Research")));
    let update = WriteAction::Update { target: TargetId::new("1"), version: None, deltas: vec![department] };
    world.source.write("worker", update);
    refuse(&world, None);
    let cycle = run(&world).expect("a cycle");
    assert_eq!((fates(&cycle).len(), cycle.summary.done.total()), (0, 1));
    assert_eq!(block_on(world.job.standing()).expect("readable").escrows, []);
}

#[test]
fn what_failed_and_is_not_wanted_any_more_is_forgotten() {
    let world = World::new(Rotation::default());
    refuse(&world, Some(ErrorKind::InvalidValue));
    run(&world).expect("a cycle");
    let delete = WriteAction::Delete { target: TargetId::new("1"), version: None };
    world.source.write("worker", delete);
    run(&world).expect("a cycle");
    assert_eq!(block_on(world.job.standing()).expect("readable").escrows, []);
}

#[test]
fn refused_credentials_are_quarantine_at_once() {
    let world = World::new(Rotation::default());
    refuse(&world, Some(ErrorKind::Unauthenticated));
    run(&world).expect("a cycle");
    let error = run(&world).expect_err("in quarantine");
    let RunError::Quarantined { quarantine, .. } = &error else { panic!("{error}") };
    assert_eq!(quarantine.reason, QuarantineReason::Credentials);
    assert!(
        error.to_string().starts_with(
            "job `hr` is in quarantine since 2026-01-31T08:31:00Z and tried again at 2026-01-31T14:31:00Z"
        ),
        "{error}"
    );
    // It is tried when it is time, and stays until a cycle goes well.
    world.clock.advance(HOUR * 6);
    run(&world).expect("a try");
    assert!(run(&world).is_err());
    refuse(&world, None);
    world.clock.advance(HOUR * 6);
    run(&world).expect("a try");
    run(&world).expect("as usual again");
    let alerts: Vec<String> =
        world.notices.0.lock().expect("notices").iter().map(|it| it.alert.name().to_owned()).collect();
    assert_eq!(alerts, ["quarantine_entered", "quarantine_left"], "told once each");
}

#[test]
fn a_paused_job_does_nothing_until_it_is_resumed() {
    let world = World::new(Rotation::default());
    let context = world.job.context();
    block_on(world.job.pause(&context, "ann", "merger")).expect("paused");
    block_on(world.job.pause(&context, "bob", "late")).expect("paused already");
    let error = run(&world).expect_err("paused");
    assert_eq!(error.to_string(), "job `hr` was paused by ann at 2026-01-31T08:30:00Z: merger");
    assert_eq!(world.target.written(), 0);
    let was = block_on(world.job.resume(&context)).expect("resumed");
    assert_eq!(was.paused.map(|it| it.by), Some("ann".into()));
    assert_eq!(run(&world).expect("a cycle").summary.done.total(), 1);
}

#[test]
fn a_restart_lets_go_of_what_it_names() {
    let world = World::new(Rotation::default());
    refuse(&world, Some(ErrorKind::InvalidValue));
    run(&world).expect("a cycle");
    run(&world).expect("a cycle");
    block_on(world.job.restart(&[RestartCriterion::Escrows])).expect("restarted");
    assert_eq!(fates(&run(&world).expect("a cycle")), ["failed"], "tried at once");
    refuse(&world, Some(ErrorKind::Unauthenticated));
    block_on(world.job.restart(&[RestartCriterion::Full])).expect("restarted");
    run(&world).expect("a cycle");
    assert!(run(&world).is_err(), "in quarantine");
    block_on(world.job.restart(&[RestartCriterion::QuarantineState])).expect("restarted");
    run(&world).expect("tried at once");
}

#[test]
fn a_job_whose_cycles_do_not_end_for_days_says_so() {
    let world = World::from_changes(Rotation::default());
    let stuck = |world: &World| {
        let notices = world.notices.0.lock().expect("notices");
        notices.iter().filter(|it| it.alert.name() == "watermark_stuck").count()
    };
    run(&world).expect("a cycle");
    world.clock.advance(HOUR * 24);
    run(&world).expect("a cycle");
    assert_eq!(stuck(&world), 0);
    world.clock.advance(HOUR * 49);
    run(&world).expect("a cycle");
    assert_eq!(stuck(&world), 1);
    run(&world).expect("a cycle");
    assert_eq!(stuck(&world), 1, "it moves again");
}
