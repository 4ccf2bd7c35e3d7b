//! What changed since a watermark?
//!
//! Every change has a sequence number. The feed is made of the state and not of its history: an object that
//! changed ten times since the watermark is told once, as it is now; an object that is gone is told as deleted.

use std::collections::BTreeMap;

use provisio_model::Watermark;

use crate::key::Key;

/// How many deletions are remembered. A watermark from before the oldest of them asks for a full read.
pub const TOMBSTONES_MAX: usize = 100_000;

/// Which object changed last at which sequence number, and which was deleted.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    changed: BTreeMap<u64, Key>,
    pub(crate) tombstones: BTreeMap<u64, Key>,
    /// Deletions up to this sequence number are forgotten.
    pub(crate) forgotten: u64,
}

/// What the feed knows of one object since a watermark.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since<'a> {
    Changed(&'a Key),
    Deleted(&'a Key),
}

impl Feed {
    pub(crate) fn changed(&mut self, key: &Key, before: Option<u64>, now: u64) {
        if let Some(before) = before {
            self.changed.remove(&before);
        }
        self.changed.insert(now, key.clone());
    }

    pub(crate) fn deleted(&mut self, key: &Key, before: u64, now: u64) {
        self.changed.remove(&before);
        self.bury(key.clone(), now);
    }

    /// Remembers a deletion, and forgets the oldest when there are too many.
    pub(crate) fn bury(&mut self, key: Key, now: u64) {
        self.tombstones.insert(now, key);
        while self.tombstones.len() > TOMBSTONES_MAX {
            if let Some((forgotten, _)) = self.tombstones.pop_first() {
                self.forgotten = self.forgotten.max(forgotten);
            }
        }
    }

    /// Returns what changed after `sequence`, oldest change first; `None` when deletions since then are
    /// forgotten.
    pub(crate) fn since(&self, sequence: u64) -> Option<impl Iterator<Item = Since<'_>>> {
        if sequence < self.forgotten {
            return None;
        }
        let after = sequence.saturating_add(1)..;
        let changed = self.changed.range(after.clone()).map(|(&at, key)| (at, Since::Changed(key)));
        let deleted = self.tombstones.range(after).map(|(&at, key)| (at, Since::Deleted(key)));
        let mut both: Vec<_> = changed.chain(deleted).collect();
        both.sort_unstable_by_key(|(at, _)| *at);
        Some(both.into_iter().map(|(_, since)| since))
    }
}

/// Returns the watermark of a sequence number of one incarnation of a directory.
pub(crate) fn watermark(incarnation: &str, sequence: u64) -> Watermark {
    Watermark::new(format!("{incarnation}:{sequence}"))
}

/// Returns the sequence number of a watermark; `None` unless it is of this incarnation and was reached by it.
pub(crate) fn sequence_of(watermark: &Watermark, incarnation: &str, reached: u64) -> Option<u64> {
    let text = str::from_utf8(watermark.as_bytes()).ok()?;
    let sequence = text.strip_prefix(incarnation)?.strip_prefix(':')?.parse().ok()?;
    (sequence <= reached).then_some(sequence)
}
