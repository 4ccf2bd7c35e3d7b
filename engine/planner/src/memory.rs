//! What is remembered from one cycle to the next, besides links?
//!
//! ([`Memory`], [`Fact`]s of a plan) to [`MemoryChange`], which a store keeps. A plan says *what* is to be
//! remembered and *after which operation*; when that was is known only when it is carried out, so no fact holds a
//! time, and two plans that do the same have the same fingerprint.
//!
//! What is not used costs nothing: a job without grace periods, windows, held-back operations and fingerprints of
//! what was sent has an empty memory.

mod change;
mod draft;
mod fact;
mod unanswered;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use provisio_model::{AttrName, SourceId, TargetId, Text, Timestamp};

use crate::fingerprint::Fingerprint;
use crate::plan::{ActionKind, LimitKind, Operation};

pub use change::MemoryChange;
pub(crate) use draft::remember;
pub use fact::{Fact, NoteChange, Remember};
pub use unanswered::{SentValue, Unanswered};

/// What earlier cycles noted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    notes: BTreeMap<Text, BTreeMap<SourceId, Note>>,
    /// How many acts there were, by instant, object mapping and limit.
    ledger: BTreeMap<(Timestamp, Text, LimitKind), u64>,
    staged: BTreeMap<Staged, Timestamp>,
    releases: BTreeMap<Release, Timestamp>,
}

/// What is noted of one source object under one object mapping. A note without any part is forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Note {
    /// It left, and its target object is on its way out.
    pub leaving: Option<Leaving>,
    /// What was last sent for attributes whose value cannot be read back, or is read back as another, by name.
    pub sent: BTreeMap<AttrName, Sent>,
    /// A target object may have been created for it.
    pub unanswered: Option<Unanswered>,
}

impl Note {
    /// Returns what is noted of a target object that was deleted not longer ago than `lasts`.
    pub(crate) fn buried(&self, lasts: Duration, now: Timestamp) -> Option<&Leaving> {
        self.leaving.as_ref().filter(|it| it.step == LeavingStep::Deleted && now < it.at.plus(lasts))
    }

    /// Tells whether it may ask for something although its source object does not change.
    pub fn is_for_every_cycle(&self) -> bool {
        self.leaving.is_some() || self.unanswered.is_some()
    }

    /// Tells whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.leaving.is_none() && self.sent.is_empty() && self.unanswered.is_none()
    }
}

/// A source object that left, and how far its target object is on its way out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Leaving {
    /// What happened to the source object.
    pub trigger: Trigger,
    /// When that was noticed first.
    pub since: Timestamp,
    /// What was done last.
    pub step: LeavingStep,
    /// When that was done.
    pub at: Timestamp,
    /// Which target object it is, or was.
    pub target: TargetId,
}

impl Leaving {
    /// Makes a note of an object that was noticed to leave, or on which a step was done.
    pub fn new(trigger: Trigger, step: LeavingStep, target: TargetId, at: Timestamp) -> Self {
        Self { trigger, since: at, step, at, target }
    }
}

/// What happened to a source object that left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// It no longer passes the scoping filter.
    OutOfScope,
    /// It is no longer assigned to the job.
    Unassigned,
    /// It is there, and says that it is disabled.
    SourceDisabled,
    /// It is proved to be gone.
    SourceDeleted,
}

impl Trigger {
    /// All triggers.
    pub const ALL: [Self; 4] =
        [Self::OutOfScope, Self::Unassigned, Self::SourceDisabled, Self::SourceDeleted];

    /// Returns its name, as mapping files and plans have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfScope => "out_of_scope",
            Self::Unassigned => "unassigned",
            Self::SourceDisabled => "source_disabled",
            Self::SourceDeleted => "source_deleted",
        }
    }

    /// Finds a trigger by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How far the target object of a leaver is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeavingStep {
    /// Nothing was done yet.
    Noticed,
    /// It is disabled.
    Disabled,
    /// It is marked as deleted and can be restored.
    SoftDeleted,
    /// It is gone for good; what remains is the memory of it.
    Deleted,
}

impl LeavingStep {
    /// All steps, in the order in which they are taken.
    pub const ALL: [Self; 4] = [Self::Noticed, Self::Disabled, Self::SoftDeleted, Self::Deleted];

    /// Returns its name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noticed => "noticed",
            Self::Disabled => "disabled",
            Self::SoftDeleted => "soft_deleted",
            Self::Deleted => "deleted",
        }
    }

    /// Finds a step by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// The value of an attribute as it was last sent, and as it was then read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// What was sent.
    pub sent: Fingerprint,
    /// What the target held after that; `None` until it was read, and for ever where it cannot be read.
    pub observed: Option<Fingerprint>,
    /// How often the same value was sent, one time after the other.
    pub times: u32,
}

impl Sent {
    /// Makes a note of a value that was sent, and of what was read back if that is known.
    pub fn new(sent: Fingerprint, observed: Option<Fingerprint>) -> Self {
        Self { sent, observed, times: 1 }
    }
}

/// So many acts of one kind at one time: what limits over a window of time are counted from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a row of the ledger")]
pub struct LedgerEntry {
    /// When; the ledger keeps whole seconds.
    pub at: Timestamp,
    /// The name of the object mapping.
    pub mapping: Text,
    /// Which limit counts them.
    pub limit: LimitKind,
    /// How many.
    pub number: u64,
}

/// Names an operation that is held back, in whichever plan it turns up again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "an identity: all that names it")]
pub struct Staged {
    /// The name of the object mapping.
    pub mapping: Text,
    /// The source object.
    pub source: SourceId,
    /// What would be done.
    pub action: ActionKind,
    /// For a change of members: which attribute.
    pub attribute: Option<AttrName>,
}

impl Staged {
    /// Names an operation under the object mapping of this name.
    pub fn of(mapping: &Text, operation: &Operation) -> Self {
        Self {
            mapping: mapping.clone(),
            source: operation.source.clone(),
            action: operation.action.kind(),
            attribute: operation.attribute().cloned(),
        }
    }

    /// Makes the release of this operation alone.
    pub fn release(&self) -> Release {
        let limit = LimitKind::ALL.into_iter().find(|it| it.counts(self.action));
        Release { limit, mapping: Some(self.mapping.clone()), source: Some(self.source.clone()) }
    }
}

/// What somebody released: every operation that all of its parts fit. Without any part it is everything.
///
/// Of one source object, releasing a change of members by one of the limits on members releases it from all of them:
/// whoever says yes to it need not say so again.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a pattern of independent parts")]
pub struct Release {
    /// Only what this limit holds back.
    pub limit: Option<LimitKind>,
    /// Only under the object mapping of this name.
    pub mapping: Option<Text>,
    /// Only for this source object.
    pub source: Option<SourceId>,
}

impl Release {
    /// Tells whether an operation of a source object that a limit holds back is released.
    pub fn covers(&self, limit: LimitKind, mapping: &str, source: &str) -> bool {
        let is_one = self.source.is_some();
        self.limit.is_none_or(|it| it == limit || (is_one && it.is_of_members() && limit.is_of_members()))
            && self.mapping.as_ref().is_none_or(|it| **it == *mapping)
            && self.source.as_ref().is_none_or(|it| it.as_str() == source)
    }
}

/// `deletes of users, object 1001`
impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit {
            Some(limit) => limit.fmt(formatter)?,
            None => formatter.write_str("everything")?,
        }
        if let Some(mapping) = &self.mapping {
            write!(formatter, " of {mapping}")?;
        }
        if let Some(source) = &self.source {
            write!(formatter, ", object {source}")?;
        }
        Ok(())
    }
}

static NOTHING: Memory = Memory {
    notes: BTreeMap::new(),
    ledger: BTreeMap::new(),
    staged: BTreeMap::new(),
    releases: BTreeMap::new(),
};

impl Memory {
    /// Returns the memory of a job that remembers nothing.
    pub fn nothing() -> &'static Self {
        &NOTHING
    }

    /// Tells whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        *self == NOTHING
    }

    /// Returns what is noted of the source objects of an object mapping, by source id; look it up once, not for
    /// each object.
    pub fn notes_of(&self, mapping: &str) -> Option<&BTreeMap<SourceId, Note>> {
        self.notes.get(mapping)
    }

    /// Returns what is noted of one source object.
    pub fn note(&self, mapping: &str, source: &str) -> Option<&Note> {
        self.notes.get(mapping)?.get(source)
    }

    /// Returns what every cycle needs, however little changed: all but the notes of source objects that are not on
    /// their way out. Those are looked up when their object is planned.
    #[must_use]
    pub fn for_every_cycle(&self) -> Self {
        let mut memory = self.clone();
        memory.notes.values_mut().for_each(|notes| notes.retain(|_, note| note.is_for_every_cycle()));
        memory.notes.retain(|_, notes| !notes.is_empty());
        memory
    }

    /// Adds what a store keeps of one source object.
    pub(crate) fn recall(&mut self, mapping: &Text, source: &SourceId, note: Note) {
        if !note.is_empty() {
            self.notes.entry(mapping.clone()).or_default().insert(source.clone(), note);
        }
    }

    /// Iterates over the creates whose answers are not known, with object mapping and source object.
    pub fn unanswered(&self) -> impl Iterator<Item = (&Text, &SourceId, &Unanswered)> {
        self.notes().filter_map(|(mapping, source, note)| Some((mapping, source, note.unanswered.as_ref()?)))
    }

    /// Iterates over all notes, by object mapping and source id.
    pub fn notes(&self) -> impl Iterator<Item = (&Text, &SourceId, &Note)> {
        let all = self.notes.iter();
        all.flat_map(|(mapping, notes)| notes.iter().map(move |(source, note)| (mapping, source, note)))
    }

    /// Iterates over the ledger, oldest first.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerEntry> {
        let entries = self.ledger.iter();
        entries.map(|((at, mapping, limit), number)| LedgerEntry {
            at: *at,
            mapping: mapping.clone(),
            limit: *limit,
            number: *number,
        })
    }

    /// Counts the acts under an object mapping that a limit counts, in the time `window` before `now`. An act is
    /// in the window until exactly `window` after it; what lies after `now` counts, since a clock may be set back.
    pub fn acts(&self, mapping: &str, limit: LimitKind, now: Timestamp, window: Duration) -> u64 {
        let counted = self.ledger.iter().rev().take_while(|((at, ..), _)| at.plus(window) > now);
        let counted = counted.filter(|((_, of, kind), _)| **of == *mapping && *kind == limit);
        counted.fold(0, |sum: u64, (_, number)| sum.saturating_add(*number))
    }

    /// Iterates over what is held back, with when that was seen first.
    pub fn staged(&self) -> impl Iterator<Item = (&Staged, Timestamp)> {
        self.staged.iter().map(|(staged, since)| (staged, *since))
    }

    /// Returns since when an operation is held back.
    pub fn staged_since(&self, staged: &Staged) -> Option<Timestamp> {
        self.staged.get(staged).copied()
    }

    /// Iterates over what was released, with when that ends; also what ended already.
    pub fn releases(&self) -> impl Iterator<Item = (&Release, Timestamp)> {
        self.releases.iter().map(|(release, until)| (release, *until))
    }

    /// Tells whether an operation of a source object that a limit holds back is released now.
    pub fn is_released(&self, limit: LimitKind, mapping: &str, source: &str, now: Timestamp) -> bool {
        if self.releases.is_empty() {
            return false;
        }
        let is_now = |it: &Release| self.releases.get(it).is_some_and(|until| now < *until);
        let (mapping, source) = (Text::new(mapping), SourceId::new(source));
        // Looked up and not searched: thousands of objects may be released one by one.
        for mapping in [None, Some(mapping)] {
            if is_now(&Release { limit: None, mapping: mapping.clone(), source: None })
                || is_now(&Release { limit: Some(limit), mapping: mapping.clone(), source: None })
            {
                return true;
            }
            let fits = |it: &LimitKind| *it == limit || (it.is_of_members() && limit.is_of_members());
            let limits = LimitKind::ALL.into_iter().filter(fits).map(Some);
            if limits.chain([None]).any(|limit| {
                is_now(&Release { limit, mapping: mapping.clone(), source: Some(source.clone()) })
            }) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
