//! Whatever is committed, a store answers as the plainest one does.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use provisio::Generation;
use provisio::model::{Text, Watermark};
use provisio::store::{JobId, MemoryStore, StateChange, StateStore, StoreError};

use super::sample::{IDS, NAMES, adopt, applied, memory_changes, put, remove, text_of};
use super::{Checked, Fault, StorePlace, ensure_eq, known};

/// How many series of commits are tried; each on jobs of its own.
const SERIES: usize = 40;

/// After so many commits the store is opened again.
const REOPENED_AFTER: usize = 4;

/// A commit as it is tried: to which job, for which generation seen from the current one, and what.
type Attempt = (usize, i8, StateChange);

/// After any series of commits, fit and unfit, the store has answered each one, and holds, what
/// [`MemoryStore`] does.
pub(super) async fn it_answers_as_the_memory_store_does(place: &dyn StorePlace) -> Checked {
    for (number, attempts) in series().into_iter().enumerate() {
        let reference = MemoryStore::new();
        let mut store = place.open().await?;
        let job = |name: usize| JobId::new(format!("{number} {}", NAMES[name]));
        for (at, attempt) in attempts.iter().enumerate() {
            let found = outcome(commit(&*store, &job(attempt.0), attempt).await);
            ensure_eq!(found, outcome(commit(&reference, &job(attempt.0), attempt).await));
            if at % REOPENED_AFTER == REOPENED_AFTER - 1 {
                drop(store);
                store = place.open().await?;
            }
            for job in (0..NAMES.len()).map(job) {
                let expected = text_of(&reference, job.as_str()).await?;
                ensure_eq!(text_of(&*store, job.as_str()).await?, expected);
                let expected = known::answers_of(&reference, job.as_str()).await?;
                ensure_eq!(known::answers_of(&*store, job.as_str()).await?, expected);
            }
        }
    }
    Ok(())
}

async fn commit(
    store: &dyn StateStore,
    job: &JobId,
    (_, drift, change): &Attempt,
) -> Result<Generation, StoreError> {
    let current = store.load(job).await?.generation;
    let expected = Generation(current.0.saturating_add_signed(i64::from(*drift)));
    store.commit(job, expected, change.clone()).await
}

fn outcome(result: Result<Generation, StoreError>) -> String {
    result.map_or_else(|error| Fault::from(error).to_string(), |it| it.to_string())
}

/// The same series each time.
fn series() -> Vec<Vec<Attempt>> {
    let mut runner = TestRunner::deterministic();
    let attempts = attempts();
    (0..SERIES).filter_map(|_| attempts.new_tree(&mut runner).ok()).map(|it| it.current()).collect()
}

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
        known::changes(),
    );
    let change =
        change.prop_map(|(links, watermarks, applied, memory, (sources, targets, records))| StateChange {
            sources,
            targets,
            records,
            links,
            watermarks,
            applied,
            memory,
            ..StateChange::default()
        });
    let drift = prop_oneof![9 => Just(0i8), 1 => -1..=1i8];
    prop::collection::vec((0..NAMES.len(), drift, change), 0..12)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn the_series_have_commits_that_pass_and_that_fail_for_each_reason() {
        let (mut passed, mut conflicts, mut inconsistent) = (0, 0, 0);
        for attempts in series() {
            let store = MemoryStore::new();
            for it in &attempts {
                match block_on(commit(&store, &JobId::new(NAMES[it.0]), it)) {
                    Ok(_) => passed += 1,
                    Err(StoreError::Conflict { .. }) => conflicts += 1,
                    Err(StoreError::Inconsistent { .. }) => inconsistent += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert!(passed > 80 && conflicts > 4 && inconsistent > 20, "{passed} {conflicts} {inconsistent}");
    }
}
