//! Changes of what is noted, to try on stores.

use proptest::prelude::*;
use provisio_model::{AttrName, SourceId, TargetId, Text, Timestamp};
use provisio_planner::{
    ActionKind, Fingerprint, Leaving, LeavingStep, LedgerEntry, LimitKind, MemoryChange, Note, Release, Sent,
    Staged, Trigger,
};

use super::{IDS, NAMES};

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

/// A note with one part or both.
pub(super) fn note(target: &str, number: usize) -> Note {
    let mut note = Note::default();
    if number % 3 != 1 {
        let trigger = Trigger::ALL[number % Trigger::ALL.len()];
        let step = LeavingStep::ALL[number % LeavingStep::ALL.len()];
        let mut leaving = Leaving::new(trigger, step, TargetId::new(target), instant(number));
        leaving.since = instant(number / 2);
        note.leaving = Some(leaving);
    }
    if !number.is_multiple_of(3) {
        let sent = Fingerprint::of(number.to_string());
        for attribute in ["", "password", "photo"] {
            let observed = number.is_multiple_of(2).then(|| Fingerprint::of(attribute));
            note.sent.insert(AttrName::new(attribute), Sent::new(sent, observed));
        }
    }
    note
}
