//! What cycles noted, and how it changes.

use provisio::Generation;
use provisio::model::{SourceId, Text};
use provisio::store::{JobId, Memory, MemoryChange, Note, StateChange};

use super::sample::{acts, instant, load, memory_of, note};
use super::{Checked, StorePlace, ensure_eq};

/// Notes, acts, what is held back and what is released come, change and go; acts of one second are added up.
pub(super) async fn notes_come_and_go(place: &dyn StorePlace) -> Checked {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let store = &*place.open().await?;
    let job = JobId::new("job");
    let change = |memory| StateChange { memory, ..StateChange::default() };
    let mut expected = Memory::default();
    expected.apply(&memory_of(NAMES));
    store.commit(&job, Generation(0), change(memory_of(NAMES))).await?;
    ensure_eq!(load(store, "job").await?.memory, expected);
    // One note goes, one changes, and there are more acts while others are forgotten.
    let some = MemoryChange {
        notes: vec![
            (Text::new("a"), SourceId::new("b"), Note::default()),
            (Text::new("a"), SourceId::new("c"), note("other", 40)),
        ],
        acts: vec![acts("b", 1), acts("b", 1)],
        acts_forgotten_until: Some(instant(0)),
        ..MemoryChange::default()
    };
    expected.apply(&some);
    store.commit(&job, Generation(1), change(some)).await?;
    ensure_eq!(load(store, "job").await?.memory, expected);
    ensure_eq!(expected.note("a", "b"), None);
    let everything = MemoryChange {
        notes: expected.notes().map(|it| (it.0.clone(), it.1.clone(), Note::default())).collect(),
        acts_forgotten_until: Some(instant(1000)),
        staged: expected.staged().map(|(it, _)| (it.clone(), None)).collect(),
        releases: expected.releases().map(|(it, _)| (it.clone(), None)).collect(),
        ..MemoryChange::default()
    };
    store.commit(&job, Generation(2), change(everything)).await?;
    ensure_eq!(load(store, "job").await?.memory, Memory::default());
    Ok(())
}
