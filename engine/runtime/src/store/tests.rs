//! What every store must do. Each check is a function that runs on both.

use futures::executor::block_on;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use provisio_model::{Link, LinkOrigin, SourceId, TargetId, Text, Timestamp, Watermark};
use provisio_planner::{Fingerprint, Generation, Memory, MemoryChange, Note};

use crate::store::{
    APPLIED_PLANS_MAX, AppliedPlan, JobId, LinkChange, MemoryStore, State, StateChange, StateStore,
    StoreError,
};

mod notes;

use notes::{acts, instant, memory_changes, memory_of, note};

macro_rules! checks {
    ($($check:ident)*) => {
        mod memory {
            $(#[test] fn $check() { super::$check(&super::MemoryStore::new()); })*
        }
        #[cfg(feature = "redb")]
        mod redb {
            $(#[test] fn $check() {
                let folder = tempfile::tempdir().unwrap();
                super::$check(&crate::store::RedbStore::open(folder.path().join("state")).unwrap());
            })*
        }
    };
}

checks! {
    a_job_that_was_never_committed_is_empty
    each_commit_counts
    a_conflict_changes_nothing
    links_appear_change_and_go
    links_come_in_the_order_of_their_sources
    a_change_is_carried_out_in_its_order
    a_target_has_one_link_in_its_mapping
    a_refused_change_leaves_no_part
    watermarks_move_one_by_one
    the_last_applied_plans_are_remembered
    jobs_do_not_see_each_other
    names_and_ids_may_be_anything
    notes_come_and_go
    of_many_writers_one_wins
}

fn a_job_that_was_never_committed_is_empty(store: &dyn StateStore) {
    assert_eq!(text_of(store, "job"), "generation 0\n");
}

fn each_commit_counts(store: &dyn StateStore) {
    assert_eq!(commit(store, "job", 0, []).unwrap(), Generation(1));
    assert_eq!(commit(store, "job", 1, []).unwrap(), Generation(2));
    assert_eq!(text_of(store, "job"), "generation 2\n");
}

fn a_conflict_changes_nothing(store: &dyn StateStore) {
    commit(store, "job", 0, [put("users", "1", "a")]).unwrap();
    let before = text_of(store, "job");
    for wrong in [0, 2, u64::MAX] {
        let error = block_on(store.commit(&JobId::new("job"), Generation(wrong), change_of_everything()));
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("the state of job `job` has moved on: expected generation {wrong}, found 1")
        );
    }
    assert_eq!(text_of(store, "job"), before);
}

fn links_appear_change_and_go(store: &dyn StateStore) {
    commit(store, "job", 0, [put("users", "1", "a"), adopt("users", "2", "b"), put("groups", "1", "a")])
        .unwrap();
    assert_eq!(
        text_of(store, "job"),
        "generation 1\ngroups 1 -> a Created\nusers 1 -> a Created\nusers 2 -> b Adopted\n"
    );
    // Another target, another origin, the last of a mapping, and one that is not there.
    let changes =
        [put("users", "1", "c"), put("users", "2", "b"), remove("groups", "1"), remove("devices", "1")];
    commit(store, "job", 1, changes).unwrap();
    assert_eq!(text_of(store, "job"), "generation 2\nusers 1 -> c Created\nusers 2 -> b Created\n");
    // What was replaced and removed is free.
    commit(store, "job", 2, [put("users", "3", "a"), put("groups", "2", "a")]).unwrap();
    assert_eq!(
        text_of(store, "job"),
        "generation 3\ngroups 2 -> a Created\nusers 1 -> c Created\nusers 2 -> b Created\nusers 3 -> a Created\n"
    );
}

fn links_come_in_the_order_of_their_sources(store: &dyn StateStore) {
    let sources = ["b", "10", "", "é", "9", "a", "zz", "z"];
    let changes = sources.iter().enumerate().map(|(at, it)| put("users", it, &at.to_string()));
    commit(store, "job", 0, changes).unwrap();
    let state = load(store, "job");
    let loaded: Vec<&str> = state.links.of("users").unwrap().iter().map(|it| it.source.as_str()).collect();
    assert_eq!(loaded, ["", "10", "9", "a", "b", "z", "zz", "é"]);
}

fn a_change_is_carried_out_in_its_order(store: &dyn StateStore) {
    commit(store, "job", 0, [put("users", "1", "a"), put("users", "2", "b")]).unwrap();
    // A target moves to another source, and two sources change places by way of a third target.
    commit(store, "job", 1, [remove("users", "1"), put("users", "3", "a")]).unwrap();
    commit(store, "job", 2, [put("users", "3", "c"), put("users", "2", "a"), put("users", "3", "b")])
        .unwrap();
    commit(store, "job", 3, [put("users", "4", "d"), remove("users", "4")]).unwrap();
    assert_eq!(text_of(store, "job"), "generation 4\nusers 2 -> a Created\nusers 3 -> b Created\n");
}

fn a_target_has_one_link_in_its_mapping(store: &dyn StateStore) {
    commit(store, "job", 0, [put("users", "1", "a"), put("groups", "2", "a")]).unwrap();
    let error = commit(store, "job", 1, [put("users", "2", "a")]).unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { .. }));
    assert_eq!(
        error.to_string(),
        "the state of job `job` cannot take the change: under `users` the target object `a` belongs to the \
         source object `1` already"
    );
    // In the wrong order it is refused too.
    let error = commit(store, "job", 1, [put("users", "2", "a"), remove("users", "1")]).unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { .. }));
}

fn a_refused_change_leaves_no_part(store: &dyn StateStore) {
    commit(store, "job", 0, [put("users", "1", "a"), put("users", "2", "b"), put("users", "3", "c")])
        .unwrap();
    let before = text_of(store, "job");
    let mut change = change_of_everything();
    change.links = vec![
        remove("users", "1"),
        put("users", "2", "a"),
        put("users", "4", "b"),
        put("groups", "1", "a"),
        put("users", "4", "d"),
        remove("users", "2"),
        put("users", "1", "c"),
    ];
    let error = block_on(store.commit(&JobId::new("job"), Generation(1), change)).unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { .. }));
    assert_eq!(text_of(store, "job"), before);
    let taken = commit(store, "job", 1, [put("users", "9", "b")]).unwrap_err();
    assert!(taken.to_string().ends_with("belongs to the source object `2` already"));
    commit(store, "job", 1, [put("users", "9", "d")]).unwrap();
}

fn watermarks_move_one_by_one(store: &dyn StateStore) {
    let watermarks = |all: &[(&str, &[u8])]| StateChange {
        watermarks: all.iter().map(|(name, bytes)| (Text::new(name), Watermark::new(*bytes))).collect(),
        ..StateChange::default()
    };
    let job = JobId::new("job");
    block_on(store.commit(&job, Generation(0), watermarks(&[("users", b"1"), ("groups", b"\0\xff")])))
        .unwrap();
    block_on(store.commit(&job, Generation(1), watermarks(&[("users", b"2"), ("users", b"")]))).unwrap();
    assert_eq!(text_of(store, "job"), "generation 2\nwatermark groups [0, 255]\nwatermark users []\n");
}

fn the_last_applied_plans_are_remembered(store: &dyn StateStore) {
    let commits = 2 * APPLIED_PLANS_MAX;
    for at in 0..commits {
        // Every third commit is not the beginning of a plan.
        let applied = (at % 3 != 0).then(|| applied(at));
        let change = StateChange { applied, ..StateChange::default() };
        block_on(store.commit(&JobId::new("job"), Generation(at as u64), change)).unwrap();
    }
    let mut expected: Vec<AppliedPlan> = (0..commits).filter(|at| at % 3 != 0).map(applied).collect();
    expected.drain(..expected.len() - APPLIED_PLANS_MAX);
    assert_eq!(load(store, "job").applied, expected);
}

fn jobs_do_not_see_each_other(store: &dyn StateStore) {
    block_on(store.commit(&JobId::new("job"), Generation(0), change_of_everything())).unwrap();
    let before = text_of(store, "job");
    for other in ["", "jo", "job ", "job\0", "jobs"] {
        assert_eq!(text_of(store, other), "generation 0\n");
        commit(store, other, 0, [put("users", "2", "a"), remove("users", "1")]).unwrap();
        assert_eq!(text_of(store, other), "generation 1\nusers 2 -> a Created\n");
    }
    assert_eq!(text_of(store, "job"), before);
}

fn names_and_ids_may_be_anything(store: &dyn StateStore) {
    let long = "x".repeat(5000);
    let names = ["", "\0", "\0\0", "a", "a\0", "a\0b", "ab", "\u{1}", "\u{10ffff}", "a/b", "ß", &long];
    for job in names {
        let mut links = Vec::new();
        for mapping in names {
            links.extend(names.iter().map(|id| put(mapping, id, &format!("{id}\0{mapping}"))));
        }
        let watermarks = names.iter().map(|it| (Text::new(it), Watermark::new(it.as_bytes()))).collect();
        let change = StateChange { links, watermarks, memory: memory_of(names), ..StateChange::default() };
        block_on(store.commit(&JobId::new(job), Generation(0), change)).unwrap();
    }
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    for job in names {
        let state = load(store, job);
        let mappings: Vec<&str> = state.links.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(mappings, sorted);
        for (mapping, links) in state.links.iter() {
            assert_eq!(links.iter().map(|it| it.source.as_str()).collect::<Vec<_>>(), sorted);
            assert!(links.iter().all(|it| it.target.as_str() == format!("{}\0{mapping}", it.source)));
        }
        assert_eq!(state.watermarks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), sorted);
        let mut memory = Memory::default();
        memory.apply(&memory_of(names));
        assert_eq!(state.memory, memory);
    }
}

fn notes_come_and_go(store: &dyn StateStore) {
    let job = JobId::new("job");
    let commit = |generation, memory| {
        let change = StateChange { memory, ..StateChange::default() };
        block_on(store.commit(&job, Generation(generation), change)).unwrap();
    };
    commit(0, memory_of(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]));
    let mut expected = Memory::default();
    expected.apply(&memory_of(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]));
    assert_eq!(load(store, "job").memory, expected);
    // One note changes, one goes, and acts of the same second are added up.
    let change = MemoryChange {
        notes: vec![
            (Text::new("a"), SourceId::new("b"), Note::default()),
            (Text::new("a"), SourceId::new("c"), note("other", 40)),
        ],
        acts: vec![acts("b", 1), acts("b", 1)],
        acts_forgotten_until: Some(instant(0)),
        ..MemoryChange::default()
    };
    commit(1, change.clone());
    expected.apply(&change);
    assert_eq!(load(store, "job").memory, expected);
    assert_eq!(expected.note("a", "b"), None);
    // Everything goes.
    let everything = expected.clone();
    let change = MemoryChange {
        notes: everything.notes().map(|it| (it.0.clone(), it.1.clone(), Note::default())).collect(),
        acts_forgotten_until: Some(instant(1000)),
        staged: everything.staged().map(|(it, _)| (it.clone(), None)).collect(),
        releases: everything.releases().map(|(it, _)| (it.clone(), None)).collect(),
        ..MemoryChange::default()
    };
    commit(2, change);
    assert!(load(store, "job").memory.is_empty());
}

fn of_many_writers_one_wins(store: &dyn StateStore) {
    const WRITERS: usize = 8;
    let won = std::thread::scope(|scope| {
        let write = |at: usize| commit(store, "job", 0, [put("users", &at.to_string(), "a")]).is_ok();
        let threads: Vec<_> = (0..WRITERS).map(|at| scope.spawn(move || write(at))).collect();
        threads.into_iter().filter_map(|it| it.join().ok()).filter(|it| *it).count()
    });
    assert_eq!(won, 1);
    assert_eq!(load(store, "job").links.len(), 1);
}

#[test]
fn clones_of_a_memory_store_share_it() {
    let store = MemoryStore::new();
    commit(&store.clone(), "job", 0, [put("users", "1", "a")]).unwrap();
    assert_eq!(text_of(&store, "job"), "generation 1\nusers 1 -> a Created\n");
}

/// A commit as it is tried: to which job, for which generation seen from the current one, and what.
type Attempt = (usize, i8, StateChange);

const NAMES: [&str; 3] = ["", "a", "a\0"];
const IDS: [&str; 5] = ["", "\0", "1", "10", "é"];

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let name = prop::sample::select(&NAMES[..]);
    let id = prop::sample::select(&IDS[..]);
    let link =
        (name.clone(), id.clone(), id, 0..5u8).prop_map(|(mapping, source, target, kind)| match kind {
            0 => remove(mapping, source),
            1 => adopt(mapping, source, target),
            _ => put(mapping, source, target),
        });
    let watermark = (name, any::<Vec<u8>>()).prop_map(|(name, it)| (Text::new(name), Watermark::new(it)));
    let change = (
        prop::collection::vec(link, 0..6),
        prop::collection::vec(watermark, 0..2),
        prop::option::of((0..1000usize).prop_map(applied)),
        memory_changes(),
    )
        .prop_map(|(links, watermarks, applied, memory)| StateChange {
            links,
            watermarks,
            applied,
            memory,
        });
    let drift = prop_oneof![9 => Just(0i8), 1 => -1..=1i8];
    prop::collection::vec((0..NAMES.len(), drift, change), 0..12)
}

fn attempt(store: &dyn StateStore, (job, drift, change): &Attempt) -> Result<Generation, StoreError> {
    let job = JobId::new(NAMES[*job]);
    let current = block_on(store.load(&job))?.generation;
    let expected = Generation(current.0.saturating_add_signed(i64::from(*drift)));
    block_on(store.commit(&job, expected, change.clone()))
}

fn outcome(result: Result<Generation, StoreError>) -> String {
    result.map_or_else(|error| error.to_string(), |it| it.to_string())
}

#[cfg(feature = "redb")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_stores_answer_the_same(attempts in attempts()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (memory, mut redb) = (MemoryStore::new(), crate::store::RedbStore::open(&path).unwrap());
        for (at, it) in attempts.iter().enumerate() {
            prop_assert_eq!(outcome(attempt(&memory, it)), outcome(attempt(&redb, it)));
            if at % 4 == 3 {
                drop(redb);
                redb = crate::store::RedbStore::open(&path).unwrap();
            }
            for job in NAMES {
                prop_assert_eq!(text_of(&memory, job), text_of(&redb, job));
            }
        }
    }
}

#[test]
fn the_generator_makes_commits_that_pass_and_that_fail_for_each_reason() {
    let mut runner = TestRunner::deterministic();
    let (mut passed, mut conflicts, mut inconsistent) = (0, 0, 0);
    for _ in 0..100 {
        let store = MemoryStore::new();
        for it in attempts().new_tree(&mut runner).unwrap().current() {
            match attempt(&store, &it) {
                Ok(_) => passed += 1,
                Err(StoreError::Conflict { .. }) => conflicts += 1,
                Err(StoreError::Inconsistent { .. }) => inconsistent += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(passed > 200 && conflicts > 10 && inconsistent > 50, "{passed} {conflicts} {inconsistent}");
}

pub(in crate::store) fn put(mapping: &str, source: &str, target: &str) -> LinkChange {
    link(mapping, source, target, LinkOrigin::Created)
}

fn adopt(mapping: &str, source: &str, target: &str) -> LinkChange {
    link(mapping, source, target, LinkOrigin::Adopted)
}

fn link(mapping: &str, source: &str, target: &str, origin: LinkOrigin) -> LinkChange {
    let link = Link { source: SourceId::new(source), target: TargetId::new(target), origin };
    LinkChange::Put { mapping: Text::new(mapping), link }
}

fn remove(mapping: &str, source: &str) -> LinkChange {
    LinkChange::Remove { mapping: Text::new(mapping), source: SourceId::new(source) }
}

fn applied(number: usize) -> AppliedPlan {
    let at = Timestamp::from_parts(number as i64 - 50, number as u32);
    AppliedPlan { fingerprint: Fingerprint::of(number.to_string()), at }
}

/// A change with something of every kind.
pub(in crate::store) fn change_of_everything() -> StateChange {
    StateChange {
        links: vec![put("users", "1", "a"), adopt("groups", "1", "b")],
        watermarks: vec![(Text::new("users"), Watermark::new(*b"here"))],
        applied: Some(applied(7)),
        memory: memory_of(["", "\0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "é"]),
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
