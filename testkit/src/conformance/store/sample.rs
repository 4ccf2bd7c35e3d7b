//! States and changes to try on stores.

use std::fmt::Write as _;

use proptest::prelude::*;
use provisio::model::{
    AttrName, Link, LinkOrigin, SourceId, TargetId, Text, Timestamp, ValueKind, Watermark,
};
use provisio::plan::{ActionKind, LimitKind};
use provisio::store::{
    AppliedPlan, JobId, Leaving, LeavingStep, LedgerEntry, LinkChange, MemoryChange, Note, Release, Sent,
    SentValue, Staged, State, StateChange, StateStore, StoreError, Trigger, Unanswered,
};
use provisio::{Fingerprint, Generation};

pub(super) const NAMES: [&str; 3] = ["", "a", "a\0"];
pub(super) const IDS: [&str; 5] = ["", "\0", "1", "10", "é"];

pub(super) fn put(mapping: &str, source: &str, target: &str) -> LinkChange {
    link(mapping, source, target, LinkOrigin::Created)
}

pub(super) fn adopt(mapping: &str, source: &str, target: &str) -> LinkChange {
    link(mapping, source, target, LinkOrigin::Adopted)
}

fn link(mapping: &str, source: &str, target: &str, origin: LinkOrigin) -> LinkChange {
    let link = Link { source: SourceId::new(source), target: TargetId::new(target), origin };
    LinkChange::Put { mapping: Text::new(mapping), link }
}

pub(super) fn remove(mapping: &str, source: &str) -> LinkChange {
    LinkChange::Remove { mapping: Text::new(mapping), source: SourceId::new(source) }
}

pub(super) fn applied(number: usize) -> AppliedPlan {
    let at = Timestamp::from_parts(number as i64 - 50, number as u32);
    AppliedPlan { fingerprint: Fingerprint::of(number.to_string()), at }
}

/// A change with something of every kind.
pub(super) fn change_of_everything() -> StateChange {
    StateChange {
        links: vec![put("users", "1", "a"), adopt("groups", "1", "b")],
        watermarks: vec![(Text::new("users"), Watermark::new(*b"here"))],
        applied: Some(applied(7)),
        memory: memory_of(["", "\0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "é"]),
        ..StateChange::default()
    }
}

/// Commits links.
pub(super) async fn commit(
    store: &dyn StateStore,
    job: &str,
    expected: u64,
    links: impl IntoIterator<Item = LinkChange>,
) -> Result<Generation, StoreError> {
    let change = StateChange { links: links.into_iter().collect(), ..StateChange::default() };
    store.commit(&JobId::new(job), Generation(expected), change).await
}

pub(super) async fn load(store: &dyn StateStore, job: &str) -> Result<State, StoreError> {
    store.load(&JobId::new(job)).await
}

/// Writes a state down, one fact in each line.
pub(super) async fn text_of(store: &dyn StateStore, job: &str) -> Result<String, StoreError> {
    let state = load(store, job).await?;
    let mut text = format!("generation {}\n", state.generation);
    for (mapping, links) in state.links.iter() {
        for it in links.iter() {
            let _ = writeln!(text, "{mapping} {} -> {} {:?}", it.source, it.target, it.origin);
        }
    }
    for (name, watermark) in &state.watermarks {
        let _ = writeln!(text, "watermark {name} {:?}", watermark.as_bytes());
    }
    for it in &state.applied {
        let _ = writeln!(text, "applied {} at {}", it.fingerprint, it.at);
    }
    for (mapping, source, note) in state.memory.notes() {
        let _ = writeln!(text, "note {mapping} {source} {note:?}");
    }
    for it in state.memory.ledger() {
        let _ = writeln!(text, "acts {it:?}");
    }
    for it in state.memory.staged() {
        let _ = writeln!(text, "staged {it:?}");
    }
    for it in state.memory.releases() {
        let _ = writeln!(text, "release {it:?}");
    }
    Ok(text)
}

/// Something of every kind, under every name, for every id.
pub(super) fn memory_of(names: [&str; 12]) -> MemoryChange {
    let mut change = MemoryChange::default();
    for (at, mapping) in names.iter().enumerate() {
        for id in names {
            change.notes.push((Text::new(mapping), SourceId::new(id), note(id, at)));
            let staged = Staged {
                mapping: Text::new(mapping),
                source: SourceId::new(id),
                action: ActionKind::Delete,
                attribute: at.is_multiple_of(2).then(|| AttrName::new(id)),
            };
            change.staged.push((staged, Some(instant(at))));
            let release = Release {
                limit: LimitKind::ALL.get(at).copied(),
                mapping: Some(Text::new(mapping)),
                source: Some(SourceId::new(id)),
            };
            change.releases.push((release, Some(instant(at))));
        }
        change.acts.push(acts(mapping, at));
    }
    change
}

pub(super) fn memory_changes() -> impl Strategy<Value = MemoryChange> {
    let name = || prop::sample::select(&NAMES[..]);
    let id = || prop::sample::select(&IDS[..]);
    let numbers = || prop::option::weighted(0.7, 0..6usize);
    let notes = (name(), id(), numbers()).prop_map(|(mapping, id, number)| {
        let note = number.map(|it| note(id, it)).unwrap_or_default();
        (Text::new(mapping), SourceId::new(id), note)
    });
    let acts = (name(), 0..6usize).prop_map(|(mapping, number)| acts(mapping, number));
    let staged = (name(), id(), numbers()).prop_map(|(mapping, id, number)| {
        let (action, attribute) = match number {
            Some(number) if number.is_multiple_of(2) => {
                (ActionKind::ChangeMembers, Some(AttrName::new("members")))
            }
            _ => (ActionKind::Delete, None),
        };
        let staged = Staged { mapping: Text::new(mapping), source: SourceId::new(id), action, attribute };
        (staged, number.map(instant))
    });
    let releases = (prop::option::of(name()), prop::option::of(id()), numbers()).prop_map(
        |(mapping, source, number)| {
            let limit = number.and_then(|it| LimitKind::ALL.get(it).copied());
            let (mapping, source) = (mapping.map(Text::new), source.map(SourceId::new));
            (Release { limit, mapping, source }, number.map(instant))
        },
    );
    let until = prop::option::of((0..6usize).prop_map(instant));
    let some = |what| prop::collection::vec(what, 0..3);
    (
        some(notes.boxed()),
        prop::collection::vec(acts, 0..3),
        until,
        prop::collection::vec(staged, 0..3),
        prop::collection::vec(releases, 0..3),
    )
        .prop_map(|(notes, acts, acts_forgotten_until, staged, releases)| MemoryChange {
            notes,
            acts,
            acts_forgotten_until,
            staged,
            releases,
        })
}

pub(super) fn instant(number: usize) -> Timestamp {
    Timestamp::from_parts(number as i64 - 3, number as u32)
}

pub(super) fn acts(mapping: &str, number: usize) -> LedgerEntry {
    let limit = LimitKind::ALL[number % LimitKind::ALL.len()];
    LedgerEntry { at: instant(number), mapping: Text::new(mapping), limit, number: number as u64 + 1 }
}

/// A note with one part or several.
pub(super) fn note(target: &str, number: usize) -> Note {
    let mut note = Note::default();
    if number % 3 != 1 {
        let trigger = Trigger::ALL[number % Trigger::ALL.len()];
        let step = LeavingStep::ALL[number % LeavingStep::ALL.len()];
        let mut leaving = Leaving::new(trigger, step, TargetId::new(target), instant(number));
        leaving.since = instant(number / 2);
        note.leaving = Some(leaving);
    }
    if number % 4 == 1 {
        let kinds = [ValueKind::Text, ValueKind::Int];
        let values = kinds.into_iter().take(number % 3).map(|kind| SentValue {
            attribute: AttrName::new("username"),
            kind,
            text: Text::new(target),
        });
        note.unanswered = Some(Unanswered::new(instant(number), values));
    }
    if !number.is_multiple_of(3) {
        let sent = Fingerprint::of(number.to_string());
        for attribute in ["", "password", "photo"] {
            let observed = number.is_multiple_of(2).then(|| Fingerprint::of(attribute));
            let mut sent = Sent::new(sent, observed);
            sent.times = 1 + number as u32;
            note.sent.insert(AttrName::new(attribute), sent);
        }
    }
    note
}
