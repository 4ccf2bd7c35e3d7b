//! What is remembered, and how it changes.

use futures::future::join_all;
use provisio::Generation;
use provisio::model::{Text, Watermark};
use provisio::store::{APPLIED_PLANS_MAX, AppliedPlan, JobId, Memory, StateChange, StoreError};

use super::sample::{adopt, applied, change_of_everything, commit, load, memory_of, put, remove, text_of};
use super::{Checked, Fault, StorePlace, ensure, ensure_eq};

/// The state of a job that was never committed is empty, at generation 0.
pub(super) async fn a_job_that_was_never_committed_is_empty(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    ensure_eq!(text_of(store, "job").await?, "generation 0\n");
    Ok(())
}

/// Each commit makes the next generation, and returns it.
pub(super) async fn each_commit_counts(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    ensure_eq!(commit(store, "job", 0, []).await?, Generation(1));
    ensure_eq!(commit(store, "job", 1, []).await?, Generation(2));
    ensure_eq!(text_of(store, "job").await?, "generation 2\n");
    Ok(())
}

/// A commit for another generation than the current one is refused with both, and changes nothing.
pub(super) async fn a_conflict_changes_nothing(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    commit(store, "job", 0, [put("users", "1", "a")]).await?;
    let before = text_of(store, "job").await?;
    for wrong in [0, 2, u64::MAX] {
        let error = store.commit(&JobId::new("job"), Generation(wrong), change_of_everything()).await;
        ensure_eq!(
            refusal(error)?.to_string(),
            format!("the state of job `job` has moved on: expected generation {wrong}, found 1")
        );
    }
    ensure_eq!(text_of(store, "job").await?, before);
    Ok(())
}

/// Links are put, replaced and removed; what was replaced and removed is free. Removing what is not there is no error.
pub(super) async fn links_appear_change_and_go(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    commit(store, "job", 0, [put("users", "1", "a"), adopt("users", "2", "b"), put("groups", "1", "a")])
        .await?;
    ensure_eq!(
        text_of(store, "job").await?,
        "generation 1\ngroups 1 -> a Created\nusers 1 -> a Created\nusers 2 -> b Adopted\n"
    );
    // Another target, another origin, the last of a mapping, and one that is not there.
    let changes =
        [put("users", "1", "c"), put("users", "2", "b"), remove("groups", "1"), remove("devices", "1")];
    commit(store, "job", 1, changes).await?;
    ensure_eq!(text_of(store, "job").await?, "generation 2\nusers 1 -> c Created\nusers 2 -> b Created\n");
    // What was replaced and removed is free.
    commit(store, "job", 2, [put("users", "3", "a"), put("groups", "2", "a")]).await?;
    ensure_eq!(
        text_of(store, "job").await?,
        "generation 3\ngroups 2 -> a Created\nusers 1 -> c Created\nusers 2 -> b Created\nusers 3 -> a Created\n"
    );
    Ok(())
}

/// The links of an object mapping are loaded in the order of their source ids, bytewise.
pub(super) async fn links_come_in_the_order_of_their_sources(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let sources = ["b", "10", "", "é", "9", "a", "zz", "z"];
    let changes = sources.iter().enumerate().map(|(at, it)| put("users", it, &at.to_string()));
    commit(store, "job", 0, changes).await?;
    let state = load(store, "job").await?;
    let links = state.links.of("users").ok_or_else(|| Fault::new("the links are not there"))?;
    let loaded: Vec<&str> = links.iter().map(|it| it.source.as_str()).collect();
    ensure_eq!(loaded, ["", "10", "9", "a", "b", "z", "zz", "é"]);
    Ok(())
}

/// The links of one change appear and go in its order.
pub(super) async fn a_change_is_carried_out_in_its_order(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    commit(store, "job", 0, [put("users", "1", "a"), put("users", "2", "b")]).await?;
    // A target moves to another source, and two sources change places by way of a third target.
    commit(store, "job", 1, [remove("users", "1"), put("users", "3", "a")]).await?;
    commit(store, "job", 2, [put("users", "3", "c"), put("users", "2", "a"), put("users", "3", "b")]).await?;
    commit(store, "job", 3, [put("users", "4", "d"), remove("users", "4")]).await?;
    ensure_eq!(text_of(store, "job").await?, "generation 4\nusers 2 -> a Created\nusers 3 -> b Created\n");
    Ok(())
}

/// A change that would give a target object two links is refused, also in the course of it; which link stands in the way is said.
pub(super) async fn a_target_has_one_link_in_its_mapping(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    commit(store, "job", 0, [put("users", "1", "a"), put("groups", "2", "a")]).await?;
    let error = refusal(commit(store, "job", 1, [put("users", "2", "a")]).await)?;
    ensure!(matches!(error, StoreError::Inconsistent { .. }), "expected a contradiction, found: {error}");
    ensure_eq!(
        error.to_string(),
        "the state of job `job` cannot take the change: under `users` the target object `a` belongs to the \
         source object `1` already"
    );
    // In the wrong order it is refused too.
    let error = refusal(commit(store, "job", 1, [put("users", "2", "a"), remove("users", "1")]).await)?;
    ensure!(matches!(error, StoreError::Inconsistent { .. }), "expected a contradiction, found: {error}");
    Ok(())
}

/// A change that is refused halfway leaves nothing behind, of any of its parts.
pub(super) async fn a_refused_change_leaves_no_part(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    commit(store, "job", 0, [put("users", "1", "a"), put("users", "2", "b"), put("users", "3", "c")]).await?;
    let before = text_of(store, "job").await?;
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
    let error = refusal(store.commit(&JobId::new("job"), Generation(1), change).await)?;
    ensure!(matches!(error, StoreError::Inconsistent { .. }), "expected a contradiction, found: {error}");
    ensure_eq!(text_of(store, "job").await?, before);
    let taken = refusal(commit(store, "job", 1, [put("users", "9", "b")]).await)?;
    ensure!(taken.to_string().ends_with("belongs to the source object `2` already"));
    commit(store, "job", 1, [put("users", "9", "d")]).await?;
    Ok(())
}

/// Watermarks are bytes; one that moves leaves the others, and of two in one change the last counts.
pub(super) async fn watermarks_move_one_by_one(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let watermarks = |all: &[(&str, &[u8])]| StateChange {
        watermarks: all.iter().map(|(name, bytes)| (Text::new(name), Watermark::new(*bytes))).collect(),
        ..StateChange::default()
    };
    let job = JobId::new("job");
    store.commit(&job, Generation(0), watermarks(&[("users", b"1"), ("groups", b"\0\xff")])).await?;
    store.commit(&job, Generation(1), watermarks(&[("users", b"2"), ("users", b"")])).await?;
    ensure_eq!(text_of(store, "job").await?, "generation 2\nwatermark groups [0, 255]\nwatermark users []\n");
    Ok(())
}

/// The last applied plans are loaded, oldest first, and older ones are forgotten.
pub(super) async fn the_last_applied_plans_are_remembered(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let commits = 2 * APPLIED_PLANS_MAX;
    for at in 0..commits {
        // Every third commit is not the beginning of a plan.
        let applied = (at % 3 != 0).then(|| applied(at));
        let change = StateChange { applied, ..StateChange::default() };
        store.commit(&JobId::new("job"), Generation(at as u64), change).await?;
    }
    let mut expected: Vec<AppliedPlan> = (0..commits).filter(|at| at % 3 != 0).map(applied).collect();
    expected.drain(..expected.len() - APPLIED_PLANS_MAX);
    ensure_eq!(load(store, "job").await?.applied, expected);
    Ok(())
}

/// What one job commits, no other sees, however much their names resemble each other.
pub(super) async fn jobs_do_not_see_each_other(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    store.commit(&JobId::new("job"), Generation(0), change_of_everything()).await?;
    let before = text_of(store, "job").await?;
    for other in ["", "jo", "job ", "job\0", "jobs"] {
        ensure_eq!(text_of(store, other).await?, "generation 0\n");
        commit(store, other, 0, [put("users", "2", "a"), remove("users", "1")]).await?;
        ensure_eq!(text_of(store, other).await?, "generation 1\nusers 2 -> a Created\n");
    }
    ensure_eq!(text_of(store, "job").await?, before);
    Ok(())
}

/// Names and ids are any text: empty, with control characters, long; what resembles each other stays apart.
pub(super) async fn names_and_ids_may_be_anything(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let long = "x".repeat(5000);
    let names = ["", "\0", "\0\0", "a", "a\0", "a\0b", "ab", "\u{1}", "\u{10ffff}", "a/b", "ß", &long];
    for job in names {
        let mut links = Vec::new();
        for mapping in names {
            links.extend(names.iter().map(|id| put(mapping, id, &format!("{id}\0{mapping}"))));
        }
        let watermarks = names.iter().map(|it| (Text::new(it), Watermark::new(it.as_bytes()))).collect();
        let change = StateChange { links, watermarks, memory: memory_of(names), ..StateChange::default() };
        store.commit(&JobId::new(job), Generation(0), change).await?;
    }
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    for job in names {
        let state = load(store, job).await?;
        let mappings: Vec<&str> = state.links.iter().map(|(name, _)| name.as_str()).collect();
        ensure_eq!(mappings, sorted);
        for (mapping, links) in state.links.iter() {
            ensure_eq!(links.iter().map(|it| it.source.as_str()).collect::<Vec<_>>(), sorted);
            ensure!(links.iter().all(|it| it.target.as_str() == format!("{}\0{mapping}", it.source)));
        }
        ensure_eq!(state.watermarks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), sorted);
        let mut memory = Memory::default();
        memory.apply(&memory_of(names));
        ensure_eq!(state.memory, memory);
    }
    Ok(())
}

/// Of many who commit at once for one generation, one wins.
pub(super) async fn of_many_writers_one_wins(place: &dyn StorePlace) -> Checked {
    const WRITERS: usize = 8;
    let store = &*place.open().await?;
    let writes = (0..WRITERS)
        .map(|at| async move { commit(store, "job", 0, [put("users", &at.to_string(), "a")]).await });
    let results = join_all(writes).await;
    ensure_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        ensure!(matches!(error, StoreError::Conflict { .. }), "expected a conflict, found: {error}");
    }
    ensure_eq!(load(store, "job").await?.links.len(), 1);
    Ok(())
}

/// What was committed is there when the store is opened again.
pub(super) async fn what_was_committed_is_there_when_opened_again(place: &dyn StorePlace) -> Checked {
    let before = {
        let store = &*place.open().await?;
        store.commit(&JobId::new("job"), Generation(0), change_of_everything()).await?;
        text_of(store, "job").await?
    };
    for _ in 0..3 {
        ensure_eq!(text_of(&*place.open().await?, "job").await?, before);
    }
    Ok(())
}

fn refusal<T>(result: Result<T, StoreError>) -> Result<StoreError, Fault> {
    result.err().ok_or_else(|| Fault::new("it was not refused"))
}
