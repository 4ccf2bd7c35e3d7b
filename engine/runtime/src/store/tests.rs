//! What every store must do is checked by `provisio_testkit::conformance::store`. Here is what its tests beside the
//! stores share, and what holds for one store alone.

use futures::executor::block_on;
use provisio_model::{AttrName, Link, LinkOrigin, SourceId, TargetId, Text, Timestamp, Watermark};
use provisio_planner::{
    ActionKind, Fingerprint, Generation, Leaving, LeavingStep, LedgerEntry, LimitKind, MemoryChange, Note,
    Release, Sent, Staged, Trigger,
};

use crate::store::{AppliedPlan, JobId, LinkChange, MemoryStore, State, StateChange, StateStore, StoreError};

#[test]
fn clones_of_a_memory_store_share_it() {
    let store = MemoryStore::new();
    commit(&store.clone(), "job", 0, [put("users", "1", "a")]).unwrap();
    assert_eq!(text_of(&store, "job"), "generation 1\nusers 1 -> a Created\n");
}

#[test]
fn of_many_threads_that_write_one_wins() {
    const WRITERS: usize = 8;
    fn writers_that_won(store: &dyn StateStore) -> usize {
        std::thread::scope(|scope| {
            let write = |at: usize| commit(store, "job", 0, [put("users", &at.to_string(), "a")]).is_ok();
            let threads: Vec<_> = (0..WRITERS).map(|at| scope.spawn(move || write(at))).collect();
            threads.into_iter().filter_map(|it| it.join().ok()).filter(|it| *it).count()
        })
    }
    assert_eq!(writers_that_won(&MemoryStore::new()), 1);
    #[cfg(feature = "redb")]
    {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::RedbStore::open(folder.path().join("state")).unwrap();
        assert_eq!(writers_that_won(&store), 1);
    }
}

/// A note of every kind.
fn notes() -> MemoryChange {
    let (users, source, at) = (Text::new("users"), SourceId::new("1"), Timestamp::from_second(60));
    let mut note = Note::default();
    note.leaving = Some(Leaving::new(Trigger::OutOfScope, LeavingStep::Disabled, TargetId::new("a"), at));
    note.sent.insert(AttrName::new("photo"), Sent::new(Fingerprint::of("photo"), None));
    let staged = Staged {
        mapping: users.clone(),
        source: source.clone(),
        action: ActionKind::Delete,
        attribute: None,
    };
    let release = Release { limit: Some(LimitKind::Deletes), mapping: Some(users.clone()), source: None };
    MemoryChange {
        notes: vec![(users.clone(), source, note)],
        acts: vec![LedgerEntry { at, mapping: users, limit: LimitKind::Disables, number: 3 }],
        staged: vec![(staged, Some(at))],
        releases: vec![(release, Some(at))],
        ..MemoryChange::default()
    }
}

pub(in crate::store) fn put(mapping: &str, source: &str, target: &str) -> LinkChange {
    link(mapping, source, target, LinkOrigin::Created)
}

fn link(mapping: &str, source: &str, target: &str, origin: LinkOrigin) -> LinkChange {
    let link = Link { source: SourceId::new(source), target: TargetId::new(target), origin };
    LinkChange::Put { mapping: Text::new(mapping), link }
}

/// A change with something of every kind.
pub(in crate::store) fn change_of_everything() -> StateChange {
    StateChange {
        links: vec![put("users", "1", "a"), link("groups", "1", "b", LinkOrigin::Adopted)],
        watermarks: vec![(Text::new("users"), Watermark::new(*b"here"))],
        applied: Some(AppliedPlan { fingerprint: Fingerprint::of("7"), at: Timestamp::from_second(7) }),
        memory: notes(),
        ..StateChange::default()
    }
}

pub(in crate::store) fn commit(
    store: &dyn StateStore,
    job: &str,
    expected: u64,
    links: impl IntoIterator<Item = LinkChange>,
) -> Result<Generation, StoreError> {
    let change = StateChange { links: links.into_iter().collect(), ..StateChange::default() };
    block_on(store.commit(&JobId::new(job), Generation(expected), change))
}

fn load(store: &dyn StateStore, job: &str) -> State {
    block_on(store.load(&JobId::new(job))).unwrap()
}

/// Writes a state down, one fact in each line.
pub(in crate::store) fn text_of(store: &dyn StateStore, job: &str) -> String {
    let state = load(store, job);
    let mut text = format!("generation {}\n", state.generation);
    for (mapping, links) in state.links.iter() {
        for it in links.iter() {
            text += &format!("{mapping} {} -> {} {:?}\n", it.source, it.target, it.origin);
        }
    }
    for (name, watermark) in &state.watermarks {
        text += &format!("watermark {name} {:?}\n", watermark.as_bytes());
    }
    for it in &state.applied {
        text += &format!("applied {} at {}\n", it.fingerprint, it.at);
    }
    for (mapping, source, note) in state.memory.notes() {
        text += &format!("note {mapping} {source} {note:?}\n");
    }
    for it in state.memory.ledger() {
        text += &format!("acts {it:?}\n");
    }
    for it in state.memory.staged() {
        text += &format!("staged {it:?}\n");
    }
    for it in state.memory.releases() {
        text += &format!("release {it:?}\n");
    }
    text
}
