//! What is remembered, and for how long.

use std::time::Duration;

use provisio_model::{AttrName, SourceId, TargetId, Timestamp};

use super::*;

fn day(day: u32) -> Timestamp {
    Timestamp::from_second(i64::from(day) * 86_400)
}

fn leaving(note: &Note) -> &Leaving {
    note.leaving.as_ref().expect("it leaves")
}

#[test]
fn a_step_that_was_noted_keeps_its_time_and_a_new_one_starts_its_own() {
    let leaves = |trigger, step| NoteChange::Leaves { trigger, step, target: TargetId::new("u1") };
    let mut note = Note::default();
    note.take(&leaves(Trigger::OutOfScope, LeavingStep::Disabled), day(1));
    note.take(&leaves(Trigger::SourceDeleted, LeavingStep::Disabled), day(5));
    assert_eq!((leaving(&note).trigger, leaving(&note).at), (Trigger::SourceDeleted, day(1)));
    note.take(&leaves(Trigger::SourceDeleted, LeavingStep::Deleted), day(9));
    assert_eq!((leaving(&note).since, leaving(&note).at), (day(1), day(9)));
    let other = NoteChange::Leaves {
        trigger: Trigger::OutOfScope,
        step: LeavingStep::Deleted,
        target: TargetId::new("u2"),
    };
    note.take(&other, day(12));
    assert_eq!((leaving(&note).since, leaving(&note).at), (day(12), day(12)), "another object starts anew");
    note.take(&NoteChange::Settles, day(13));
    assert!(note.is_empty());
}

#[test]
fn an_act_counts_until_the_end_of_its_window() {
    let mut memory = Memory::default();
    let act = |at, number| LedgerEntry { at, mapping: "users".into(), limit: LimitKind::Deletes, number };
    memory.apply(&MemoryChange {
        acts: vec![act(day(1), 3), act(day(2), 4), act(day(2), 1)],
        ..Default::default()
    });
    let acts = |mapping, limit, now| memory.acts(mapping, limit, now, Duration::from_secs(86_400));
    assert_eq!(acts("users", LimitKind::Deletes, day(1)), 8, "also what lies ahead");
    assert_eq!(acts("users", LimitKind::Deletes, day(2)), 5);
    assert_eq!(acts("users", LimitKind::Deletes, day(3)), 0);
    assert_eq!(acts("users", LimitKind::Disables, day(1)), 0);
    assert_eq!(acts("groups", LimitKind::Deletes, day(1)), 0);
    memory.apply(&MemoryChange { acts_forgotten_until: Some(day(1)), ..Default::default() });
    assert_eq!(memory.ledger().map(|it| it.number).collect::<Vec<_>>(), [5]);
}

#[test]
fn a_release_fits_what_all_its_parts_fit_until_it_ends() {
    let mut memory = Memory::default();
    let release = Release {
        limit: Some(LimitKind::Deletes),
        mapping: Some("users".into()),
        source: Some(SourceId::new("1")),
    };
    assert_eq!(release.to_string(), "deletes of users, object 1");
    memory.apply(&MemoryChange { releases: vec![(release.clone(), Some(day(2)))], ..Default::default() });
    assert!(memory.is_released(LimitKind::Deletes, "users", "1", day(1)));
    assert!(!memory.is_released(LimitKind::Deletes, "users", "1", day(2)));
    assert!(!memory.is_released(LimitKind::Deletes, "users", "2", day(1)));
    assert!(!memory.is_released(LimitKind::Deletes, "groups", "1", day(1)));
    assert!(!memory.is_released(LimitKind::Disables, "users", "1", day(1)));
    memory.apply(&MemoryChange { releases: vec![(release, None)], ..Default::default() });
    assert!(memory.is_empty());
    assert!(Release::default().covers(LimitKind::Disables, "groups", "7"));
}

#[test]
fn what_is_forgotten_leaves_no_trace() {
    let mut memory = Memory::default();
    let mut note = Note::default();
    let sent = Sent::new(Fingerprint::of("a"), None);
    note.take(&NoteChange::Sent { attribute: AttrName::new("password"), sent }, day(1));
    let staged = Staged {
        mapping: "users".into(),
        source: SourceId::new("1"),
        action: ActionKind::Delete,
        attribute: None,
    };
    memory.apply(&MemoryChange {
        notes: vec![("users".into(), SourceId::new("1"), note.clone())],
        staged: vec![(staged.clone(), Some(day(1)))],
        ..Default::default()
    });
    assert_eq!(memory.note("users", "1"), Some(&note));
    assert_eq!(memory.staged_since(&staged), Some(day(1)));
    note.take(&NoteChange::Forgets { attribute: AttrName::new("PASSWORD") }, day(2));
    memory.apply(&MemoryChange {
        notes: vec![("users".into(), SourceId::new("1"), note)],
        staged: vec![(staged, None)],
        ..Default::default()
    });
    assert!(memory.is_empty());
}
