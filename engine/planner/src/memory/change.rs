//! How facts become a change of what a store keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use provisio_model::{SourceId, Text, Timestamp};

use super::{Fact, Leaving, LedgerEntry, Memory, Note, NoteChange, Release, Staged};
use crate::plan::{LimitKind, Plan};

/// A change of what is remembered, for a store. Everything in it stands for itself, so the order of its parts does
/// not matter.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a store must see all that it has to keep")]
pub struct MemoryChange {
    /// What is noted of source objects from now on, by the name of the object mapping; an empty note is forgotten.
    pub notes: Vec<(Text, SourceId, Note)>,
    /// Acts that join the ledger; two entries that differ only in their number are added up.
    pub acts: Vec<LedgerEntry>,
    /// Acts until this instant leave the ledger.
    pub acts_forgotten_until: Option<Timestamp>,
    /// What is held back since when, and with `None` what is not any more.
    pub staged: Vec<(Staged, Option<Timestamp>)>,
    /// What is released until when, and with `None` what is not any more.
    pub releases: Vec<(Release, Option<Timestamp>)>,
}

impl MemoryChange {
    /// Changes one note of the memory that this is a change of.
    pub fn edit_note(
        &mut self,
        memory: &Memory,
        mapping: &Text,
        source: &SourceId,
        edit: impl FnOnce(&mut Note),
    ) {
        let is_it = |it: &&mut (Text, SourceId, Note)| it.0 == *mapping && it.1 == *source;
        match self.notes.iter_mut().find(is_it) {
            Some((_, _, note)) => edit(note),
            None => {
                let mut note = memory.note(mapping, source.as_str()).cloned().unwrap_or_default();
                edit(&mut note);
                self.notes.push((mapping.clone(), source.clone(), note));
            }
        }
    }

    /// Tells whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Memory {
    /// Turns facts of a plan that came true at `now` into a change, in their order. The ledger keeps what is not
    /// older than `window`, the longest that a limit looks back. A release is spent with the operation that it names, or
    /// when its time is over.
    pub fn learn<'f>(
        &self,
        plan: &Plan,
        facts: impl IntoIterator<Item = &'f Fact>,
        now: Timestamp,
        window: Option<Duration>,
    ) -> MemoryChange {
        let mut change = MemoryChange::default();
        let mut notes: BTreeMap<(Text, SourceId), Note> = BTreeMap::new();
        for fact in facts {
            let Some(mapping) = plan.mapping(fact.mapping()).map(|it| it.name.clone()) else { continue };
            match fact {
                Fact::Note { source, change, .. } => {
                    let known = || self.note(&mapping, source.as_str()).cloned().unwrap_or_default();
                    let note = notes.entry((mapping.clone(), source.clone())).or_insert_with(known);
                    note.take(change, now);
                }
                Fact::Acts { limit, number, .. } => {
                    change.acts.push(LedgerEntry { at: now, mapping, limit: *limit, number: *number });
                }
                Fact::Staged { source, action, attribute, .. } => {
                    let (source, attribute) = (source.clone(), attribute.clone());
                    let staged = Staged { mapping, source, action: *action, attribute };
                    change.staged.push((staged, Some(now)));
                }
                Fact::Unstaged { source, action, attribute, .. } => {
                    let (source, attribute) = (source.clone(), attribute.clone());
                    let staged = Staged { mapping, source, action: *action, attribute };
                    change.releases.extend(self.spent(&staged).map(|it| (it, None)));
                    change.staged.push((staged, None));
                }
            }
        }
        let ended =
            self.releases.iter().filter(|(_, until)| **until <= now).map(|(it, _)| (it.clone(), None));
        change.releases.extend(ended);
        change.notes = notes.into_iter().map(|((mapping, source), note)| (mapping, source, note)).collect();
        if !change.acts.is_empty() {
            change.acts_forgotten_until = window.map(|it| now.minus(it));
        }
        change
    }

    /// The releases of a single operation that is held back no longer.
    fn spent(&self, staged: &Staged) -> impl Iterator<Item = Release> {
        let limits = LimitKind::ALL.into_iter().filter(|it| it.counts(staged.action)).map(Some);
        let releases = limits.chain([None]).map(|limit| Release { limit, ..staged.release() });
        releases.filter(|it| self.releases.contains_key(it))
    }

    /// Returns the change that makes this memory out of an empty one.
    pub fn to_change(&self) -> MemoryChange {
        let notes = self.notes().map(|(mapping, source, it)| (mapping.clone(), source.clone(), it.clone()));
        MemoryChange {
            notes: notes.collect(),
            acts: self.ledger().collect(),
            acts_forgotten_until: None,
            staged: self.staged().map(|(it, since)| (it.clone(), Some(since))).collect(),
            releases: self.releases().map(|(it, until)| (it.clone(), Some(until))).collect(),
        }
    }

    /// Makes a change.
    pub fn apply(&mut self, change: &MemoryChange) {
        for (mapping, source, note) in &change.notes {
            if !note.is_empty() {
                self.notes.entry(mapping.clone()).or_default().insert(source.clone(), note.clone());
            } else if let Some(notes) = self.notes.get_mut(mapping) {
                notes.remove(source);
                if notes.is_empty() {
                    self.notes.remove(mapping);
                }
            }
        }
        if let Some(until) = change.acts_forgotten_until {
            self.ledger.retain(|(at, ..), _| *at > until);
        }
        for LedgerEntry { at, mapping, limit, number } in &change.acts {
            let at = Timestamp::from_second(at.second());
            let known = self.ledger.entry((at, mapping.clone(), *limit)).or_default();
            *known = known.saturating_add(*number);
        }
        keep(&mut self.staged, &change.staged);
        keep(&mut self.releases, &change.releases);
    }
}

fn keep<K: Ord + Clone>(all: &mut BTreeMap<K, Timestamp>, changes: &[(K, Option<Timestamp>)]) {
    for (key, instant) in changes {
        match instant {
            Some(instant) => {
                all.insert(key.clone(), *instant);
            }
            None => {
                all.remove(key);
            }
        }
    }
}

impl Note {
    pub(super) fn take(&mut self, change: &NoteChange, now: Timestamp) {
        match change {
            NoteChange::Leaves { trigger, step, target } => {
                let known = self.leaving.take().filter(|it| it.target == *target);
                let mut leaving = Leaving::new(*trigger, *step, target.clone(), now);
                if let Some(known) = known {
                    leaving.since = known.since;
                    if known.step == *step {
                        leaving.at = known.at;
                    }
                }
                self.leaving = Some(leaving);
            }
            NoteChange::Settles => self.leaving = None,
            NoteChange::Sent { attribute, sent } => {
                self.sent.insert(attribute.clone(), *sent);
            }
            NoteChange::Forgets { attribute } => {
                self.sent.remove(attribute);
            }
        }
    }
}
