//! What is known for an incremental plan, beyond the objects themselves, and what the stages miss.
//!
//! The stages do not guess about what was not asked: they leave a [`Question`], go on as if the answer were the most
//! careful one, and the plan is not given out before no question is left.

use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use provisio_model::{Import, LookUp, Slot, SourceId, TargetId, Text, ValueRef};

use super::asked;
use super::baseline::{Standing, Totals};
use super::footprint::MatchKey;
use super::question::{Question, Sought, SourceKey, TargetKey};
use crate::input::PlanInput;
use crate::plan::TargetKnowledge;

/// What an incremental plan knows of the state of its job. [`Selection`](super::Selection) gathers it.
#[derive(Debug)]
pub struct Evidence {
    known_by: TargetKnowledge,
    totals: Vec<Totals>,
    /// By position of the source layout: where objects stood after the last cycle.
    standings: Vec<HashMap<Text, Standing, RandomState>>,
    /// The ids whose referrers were asked for.
    referrers: HashSet<Text, RandomState>,
    /// The matching values whose other owners were asked for.
    alike: HashSet<MatchKey, RandomState>,
    /// By position of the target layout: the ids whose links were asked for.
    holders: Vec<HashSet<Text, RandomState>>,
    /// Whether target objects were asked for, and the answers are still to come.
    awaits_targets: bool,
    /// What was missed.
    missed: Mutex<Missed>,
}

impl Evidence {
    pub(super) fn new(
        known_by: TargetKnowledge,
        totals: Vec<Totals>,
        sources: usize,
        targets: usize,
    ) -> Self {
        Self {
            known_by,
            totals,
            standings: vec![HashMap::default(); sources],
            referrers: HashSet::default(),
            alike: HashSet::default(),
            holders: vec![HashSet::default(); targets],
            awaits_targets: false,
            missed: Mutex::default(),
        }
    }

    pub(super) fn note_standing(&mut self, source: usize, id: &SourceId, standing: Standing) {
        self.standings[source].entry(id.text().clone()).or_insert(standing);
    }

    pub(super) fn note_referrers(&mut self, id: &SourceId) {
        self.referrers.insert(id.text().clone());
    }

    pub(super) fn note_alike(&mut self, key: MatchKey) {
        self.alike.insert(key);
    }

    pub(super) fn note_holders(&mut self, target: usize, id: &TargetId) {
        self.holders[target].insert(id.text().clone());
    }

    pub(crate) fn known_by(&self) -> TargetKnowledge {
        self.known_by
    }

    pub(crate) fn totals(&self, mapping: usize) -> Totals {
        self.totals.get(mapping).copied().unwrap_or_default()
    }

    pub(crate) fn standing(&self, source: usize, id: &str) -> Option<&Standing> {
        self.standings[source].get(id)
    }

    pub(super) fn has_referrers(&self, id: &str) -> bool {
        self.referrers.contains(id)
    }

    pub(super) fn has_alike(&self, key: &MatchKey) -> bool {
        self.alike.contains(key)
    }

    pub(crate) fn has_holders(&self, target: usize, id: &str) -> bool {
        self.holders[target].contains(id)
    }

    pub(super) fn await_targets(&mut self, awaits: bool) {
        self.awaits_targets = awaits;
    }

    pub(super) fn miss(&self, question: Question) {
        let mut missed = self.missed();
        missed.standings |= matches!(question, Question::Remembered(_));
        missed.doubts += 1;
        missed.questions.push(question);
    }

    /// Notes that something is unclear, and will be asked for in a later round.
    fn postpone(&self) {
        self.missed().doubts += 1;
    }

    /// Returns a number that is another one as soon as something more is missed or postponed.
    pub(super) fn doubts(&self) -> usize {
        self.missed().doubts
    }

    /// Returns what was missed, in any order and perhaps more than once, and forgets it.
    pub(super) fn take_missed(&self) -> Vec<Question> {
        std::mem::take(&mut *self.missed()).questions
    }

    fn misses_standings(&self) -> bool {
        self.missed().standings
    }

    /// Tells whether anything is missed.
    pub(crate) fn misses_any(&self) -> bool {
        self.missed().doubts > 0
    }

    /// Counts what is missed.
    pub(crate) fn misses(&self) -> usize {
        let questions = &mut self.missed().questions;
        asked::sort(questions);
        questions.len()
    }

    fn missed(&self) -> MutexGuard<'_, Missed> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the stages missed.
#[derive(Debug, Default)]
struct Missed {
    /// In the order in which they were missed.
    questions: Vec<Question>,
    /// Whether it is missed where some object stood.
    standings: bool,
    /// How often something was missed or postponed.
    doubts: usize,
}

/// Where a source object that is not planned itself stands, as far as an incremental plan knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recalled<'a> {
    /// This plan does not recall: everything was read, or the object itself was asked for.
    Nothing,
    /// It will be asked for.
    Missed,
    /// As it was after the last cycle.
    Stood(&'a Standing),
}

impl<'a> PlanInput<'a> {
    /// Tells where a source object stands that is not among the records.
    pub(crate) fn recall(&self, source: usize, id: &str) -> Recalled<'a> {
        let Some(evidence) = self.evidence else { return Recalled::Nothing };
        if self.source[source].looked_up().is_none_or(|it| it.of(id) != LookUp::NotAsked) {
            return Recalled::Nothing;
        }
        match evidence.standing(source, id) {
            Some(standing) => Recalled::Stood(standing),
            None => {
                let object_type = self.spec.sources[source].object_type().clone();
                evidence.miss(Question::Remembered(SourceKey { object_type, id: SourceId::new(id) }));
                Recalled::Missed
            }
        }
    }

    /// Tells whether a source object is proved, or remembered, to be gone.
    pub(crate) fn is_source_gone(&self, source: usize, id: &str) -> bool {
        match self.recall(source, id) {
            Recalled::Nothing => self.source[source].prove_absent(&SourceId::new(id)).is_some(),
            Recalled::Stood(standing) => *standing == Standing::Gone,
            Recalled::Missed => false,
        }
    }

    /// Returns a number that is another one as soon as something more is missed.
    pub(crate) fn doubts(&self) -> usize {
        self.evidence.map_or(0, Evidence::doubts)
    }

    /// Tells whether what is not remembered of the target cannot be asked for.
    pub(crate) fn only_remembers(&self) -> bool {
        let is_remembered = |it: &Evidence| it.known_by == TargetKnowledge::Remembered;
        let can_be_asked = self.capabilities.read_by_id && self.capabilities.read_by_value;
        !can_be_asked && self.evidence.is_some_and(is_remembered)
    }

    /// Asks for a target object, unless that was done, or everything was read.
    pub(crate) fn ask_target(&self, target: usize, id: &str) {
        let Some(evidence) = self.evidence else { return };
        if self.target[target].looked_up().is_some_and(|it| it.of(id) == LookUp::NotAsked) {
            // As a rule it is among those that were asked for.
            match evidence.awaits_targets {
                true => evidence.postpone(),
                false => evidence.miss(Question::Target(self.target_key(target, id))),
            }
        }
    }

    /// Tells what is known of who has a value in the target, and asks for it if nobody did.
    pub(crate) fn ask_value(&self, target: usize, slot: Slot, value: ValueRef<'_>) -> LookUp {
        let looked_up = match &self.target[target] {
            Import::Complete(snapshot) if snapshot.unreadable().is_empty() => return LookUp::Answered,
            Import::Complete(_) | Import::Partial(_) => return LookUp::Unknown,
            Import::LookedUp(looked_up) => looked_up,
        };
        let known = looked_up.of_value(slot, value);
        if let (LookUp::NotAsked, Some(evidence)) = (known, self.evidence) {
            let layout = &self.spec.targets[target];
            let attribute = layout.attribute(slot);
            let key = provisio_model::CompareRule::of(attribute).key(value);
            evidence.miss(Question::TargetWith {
                object_type: layout.object_type().clone(),
                attribute: attribute.name.clone(),
                value: Sought::new(value, key),
            });
        }
        known
    }

    /// Asks for the links to a member of a group, as [`PlanInput::ask_holder`] does. While it is not known what the
    /// group refers to, that can wait: most members will turn out to stay.
    pub(crate) fn ask_member_holder(&self, target: usize, id: &str) {
        match self.evidence {
            Some(evidence) if evidence.misses_standings() => evidence.postpone(),
            _ => self.ask_holder(target, id),
        }
    }

    /// Asks for the links to a target object, unless they are known, or all links are.
    pub(crate) fn ask_holder(&self, target: usize, id: &str) {
        let Some(evidence) = self.evidence else { return };
        let is_linked = || {
            let mappings = self.spec.mappings.iter().filter(|it| it.target == target);
            mappings.filter_map(|it| self.links.of(&it.name)).any(|it| it.of_target(id).is_some())
        };
        if !evidence.has_holders(target, id) && !is_linked() {
            evidence.miss(Question::LinksTo(self.target_key(target, id)));
        }
    }

    /// Asks for what is remembered of every object that is planned; tells whether it is known.
    pub(crate) fn ask_links(&self) -> bool {
        let Some(evidence) = self.evidence else { return true };
        let mut all = true;
        for (at, import) in self.source.iter().enumerate() {
            let Some(looked_up) = import.looked_up() else { continue };
            let found = looked_up.iter().map(|it| it.id_str());
            for id in found.chain(looked_up.absent().map(|it| &**it)) {
                if evidence.standing(at, id).is_none() {
                    all = false;
                    let object_type = self.spec.sources[at].object_type().clone();
                    evidence.miss(Question::Remembered(SourceKey { object_type, id: SourceId::new(id) }));
                }
            }
        }
        all
    }

    fn target_key(&self, target: usize, id: &str) -> TargetKey {
        TargetKey { object_type: self.spec.targets[target].object_type().clone(), id: TargetId::new(id) }
    }
}
