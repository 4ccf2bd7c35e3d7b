//! Gathering what an incremental plan needs, and no more.

use provisio_model::{
    Change, Import, Link, LinkTable, LookUp, LookedUp, Object, ObjectType, Side, SourceId, SourceSide,
    TargetSide, Text,
};

use super::asked::Asked;
use super::baseline::{Baseline, Open, Remembered};
use super::bounds::{SelectionLimits, WhyFull, by_spec};
use super::evidence::Evidence;
use super::progress::Progress;
use super::question::{Answer, AnswerError, Question, QuestionCounts, SourceKey, TargetKey};
use crate::compiled::CompiledSpec;
use crate::input::{PlanError, PlanInput};
use crate::lifecycle;
use crate::memory::Memory;
use crate::parallel::Threads;
use crate::plan::TargetKnowledge;
use crate::planning::{Planned, plan, plan_further};
use crate::prefix::{self, first_bytes};

/// What comes next.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a selection has to answer every step")]
pub enum Step {
    /// These questions have to be answered, in any order. Sorted, each once.
    Ask(Vec<Question>),
    /// Nothing is missing, and this is the plan.
    Planned(Box<Planned>),
    /// A full plan is needed.
    Full(WhyFull),
}

/// Everything that was read and found out for an incremental plan.
#[expect(clippy::exhaustive_structs, reason = "the parts of a plan's input")]
pub struct Found {
    /// The source objects, by source layout.
    pub source: Vec<Import<SourceSide>>,
    /// The target objects, by target layout.
    pub target: Vec<Import<TargetSide>>,
    /// The links that were asked for.
    pub links: LinkTable,
    /// What is noted, as far as it was asked for.
    pub memory: Memory,
    /// What is known beyond the objects themselves.
    pub evidence: Evidence,
}

/// Gathers what a plan of single changes needs, question by question, and makes the plan.
///
/// ```text
/// loop: step -> Ask(questions) -> answer each
///            -> Planned           the plan; input() is what it was made from
///            -> Full(why)         read everything instead
/// ```
///
/// It is a pure state machine: the same changes and the same answers give the same questions and the same plan.
pub struct Selection<'a> {
    frame: PlanInput<'a>,
    source: Vec<Import<SourceSide>>,
    target: Vec<Import<TargetSide>>,
    links: LinkTable,
    memory: Memory,
    evidence: Evidence,
    asked: Asked,
    progress: Progress,
    counts: QuestionCounts,
    limits: SelectionLimits,
    objects_max: u64,
    rounds: u32,
    full: Option<WhyFull>,
}

impl<'a> Selection<'a> {
    /// Starts from changes of the source, in the order in which they happened; of several changes of one object the
    /// last one counts. Changes of types that the spec does not read are left out.
    ///
    /// `frame` is everything else that a plan is made from. Its reads and links are not looked at. Its memory has to
    /// hold what is not about single objects, and the notes of everybody who is leaving; other notes come with the
    /// answers.
    pub fn new(
        frame: PlanInput<'a>,
        baseline: &Baseline,
        changes: impl IntoIterator<Item = Change>,
        known_by: TargetKnowledge,
        limits: SelectionLimits,
    ) -> Self {
        let spec = frame.spec;
        let (sources, targets) = (spec.source_layouts(), spec.target_layouts());
        let share = baseline.objects / 100 * limits.percent_max;
        let mut selection = Self {
            frame,
            source: sources.iter().map(|it| Import::LookedUp(LookedUp::new(it.clone()))).collect(),
            target: targets.iter().map(|it| Import::LookedUp(LookedUp::new(it.clone()))).collect(),
            links: LinkTable::new(),
            memory: frame.memory.clone(),
            evidence: Evidence::new(known_by, baseline.totals.clone(), sources.len(), targets.len()),
            asked: Asked::default(),
            progress: Progress::default(),
            counts: QuestionCounts::default(),
            limits,
            objects_max: limits.objects_free.max(share),
            rounds: 0,
            full: by_spec(spec, baseline),
        };
        selection.take_changes(changes);
        selection.select_leavers();
        selection.select_held();
        match &baseline.open {
            Open::Objects(open) => open.iter().for_each(|it| selection.select(it)),
            Open::Everything => selection.full = selection.full.or(Some(WhyFull::Incomplete)),
        }
        selection
    }

    fn take_changes(&mut self, changes: impl IntoIterator<Item = Change>) {
        let mut changed: Vec<(SourceKey, Option<Object>)> = Vec::new();
        for change in changes {
            match change {
                Change::Upsert(object) => {
                    changed.push((source_key(&object.object_type, &object.id), Some(object)));
                }
                Change::Deleted { object_type, id } => changed.push((SourceKey { object_type, id }, None)),
                // A kind of change that this version does not know: what came of it is asked for.
                _ => self.full = Some(WhyFull::Incomplete),
            }
        }
        // Those of one object stay in their order.
        prefix::sort(
            &mut changed,
            |it| first_bytes(it.0.id.as_str()),
            |left, right| by_id(&left.0).cmp(&by_id(&right.0)),
        );
        let mut changed = changed.into_iter().peekable();
        while let Some((key, object)) = changed.next() {
            if changed.peek().is_some_and(|it| it.0 == key) {
                continue;
            }
            let Some(looked_up) = source_of(self.frame.spec, &mut self.source, &key.object_type) else {
                continue;
            };
            match object {
                // What does not fit is noted as unknown: it is there, and cannot be read.
                Some(object) => drop(looked_up.find(&object)),
                None => looked_up.prove(&key.id),
            }
            self.asked.add(Question::Remembered(key));
        }
    }

    /// What happens next to whoever is leaving comes with time, not with a change: has those planned whose time it is.
    fn select_leavers(&mut self) {
        let spec = self.frame.spec;
        for mapping in &spec.mappings {
            let memory = self.frame.memory;
            let notes = memory.notes_of(&mapping.name).into_iter().flatten();
            let now = self.frame.now;
            for (source, _) in notes.filter(|(_, note)| lifecycle::is_time_for(mapping, note, now)) {
                self.select(&source_key(spec.sources[mapping.source].object_type(), source.text()));
            }
        }
    }

    /// What is held back may pass by now: a window of time is over, or somebody released it.
    fn select_held(&mut self) {
        let spec = self.frame.spec;
        for (staged, _) in self.frame.memory.staged() {
            if let Some(mapping) = spec.mappings.iter().find(|it| it.name == staged.mapping) {
                self.select(&source_key(spec.sources[mapping.source].object_type(), staged.source.as_str()));
            }
        }
    }

    /// Has a source object planned, unless it is already.
    fn select(&mut self, key: &SourceKey) {
        let Some(looked_up) = source_of(self.frame.spec, &mut self.source, &key.object_type) else { return };
        if looked_up.of(key.id.as_str()) == LookUp::NotAsked {
            self.asked.add(Question::Source(key.clone()));
            self.ask_remembered(key);
        }
    }

    fn ask_remembered(&mut self, key: &SourceKey) {
        let at = self.frame.spec.sources.iter().position(|it| *it.object_type() == key.object_type);
        if at.is_some_and(|at| self.evidence.standing(at, key.id.as_str()).is_none()) {
            self.asked.add(Question::Remembered(key.clone()));
        }
    }

    /// Says what comes next. As long as questions are not answered, they are asked again.
    ///
    /// # Errors
    /// When the input as a whole cannot be planned from, as [`plan`](fn@crate::plan) says.
    pub fn step(&mut self) -> Result<Step, PlanError> {
        self.asked.turn();
        if let Some(why) = self.full.or_else(|| self.outgrown()) {
            return Ok(Step::Full(why));
        }
        // Target objects of links are asked for before the stages miss them; what else they miss is asked with those.
        if self.asked.questions().iter().all(|it| matches!(it, Question::Target(_))) {
            self.evidence.await_targets(!self.asked.questions().is_empty());
            let mut progress = std::mem::take(&mut self.progress);
            let planned = plan_further(&self.input(), Threads::ONE, &mut progress);
            self.progress = progress;
            match planned {
                Ok(planned) => {
                    debug_assert!(plan(&self.input()).is_ok_and(|it| it == planned), "it is that of one go");
                    return Ok(Step::Planned(Box::new(planned)));
                }
                Err(PlanError::Lacking { .. }) => self.ask_missed(),
                Err(error) => return Err(error),
            }
            self.asked.turn();
        }
        self.rounds += 1;
        if let Some(why) = self.outgrown() {
            return Ok(Step::Full(why));
        }
        Ok(Step::Ask(self.asked.questions().to_vec()))
    }

    /// Asks for what the stages missed, and for what is remembered of source objects with them.
    fn ask_missed(&mut self) {
        let missed = self.evidence.take_missed();
        let sources = missed.iter().filter_map(|it| match it {
            Question::Source(key) => Some(key.clone()),
            _ => None,
        });
        for key in sources.collect::<Vec<SourceKey>>() {
            self.ask_remembered(&key);
        }
        self.asked.append(missed);
    }

    fn outgrown(&self) -> Option<WhyFull> {
        let waiting = self.asked.questions().iter().filter(|it| matches!(it, Question::Source(_))).count();
        let selected =
            self.source.iter().filter_map(|it| it.looked_up()).map(|it| it.len() + it.absent().len());
        let objects = (selected.sum::<usize>() + waiting) as u64;
        if objects > self.objects_max {
            Some(WhyFull::TooMany { objects, most: self.objects_max })
        } else if self.rounds > self.limits.rounds_max {
            Some(WhyFull::TooDeep { rounds: self.limits.rounds_max })
        } else {
            None
        }
    }

    /// Takes the answer to a question. One that is not asked, or not any more, changes nothing.
    ///
    /// # Errors
    /// When the answer is not one to this question, or contradicts an earlier one.
    pub fn answer(&mut self, question: &Question, answer: Answer) -> Result<(), AnswerError> {
        let Some(at) = self.asked.find(question) else { return Ok(()) };
        let other = || AnswerError::OtherQuestion { question: question.to_string().into() };
        let (spec, place) = (self.frame.spec, at);
        match (question, answer) {
            (Question::Remembered(key), Answer::Remembered(remembered)) => {
                self.remember(question, key, remembered)?;
            }
            (Question::Source(key), answer) => {
                let at = spec.sources.iter().position(|it| *it.object_type() == key.object_type);
                let at = at.ok_or_else(other)?;
                let looked_up = looked_up_mut(&mut self.source[at]).ok_or_else(other)?;
                match answer {
                    Answer::Object(object) if source_key(&object.object_type, &object.id) == *key => {
                        drop(looked_up.find(&object));
                    }
                    Answer::Absent => looked_up.prove(&key.id),
                    Answer::Unknown => looked_up.leave_open(&key.id),
                    _ => return Err(other()),
                }
                self.ask_targets(at, key.id.as_str());
            }
            (Question::Referrers(id), Answer::Sources(keys)) => {
                self.evidence.note_referrers(id);
                keys.iter().for_each(|it| self.select(it));
            }
            (Question::Alike(key), Answer::Sources(keys)) => {
                self.evidence.note_alike(key.clone());
                keys.iter().for_each(|it| self.select(it));
            }
            (Question::Target(key), answer) => {
                let at = target_of(spec, &key.object_type).ok_or_else(other)?;
                let looked_up = looked_up_mut(&mut self.target[at]).ok_or_else(other)?;
                match answer {
                    Answer::Object(object) if target_key(&object) == *key => drop(looked_up.find(&object)),
                    Answer::Absent => looked_up.prove(&key.id),
                    Answer::Unknown => looked_up.leave_open(&key.id),
                    _ => return Err(other()),
                }
            }
            (Question::TargetWith { object_type, attribute, value }, answer) => {
                let at = target_of(spec, object_type).ok_or_else(other)?;
                let slot = spec.targets[at].slot(attribute.as_str()).ok_or_else(other)?;
                let looked_up = looked_up_mut(&mut self.target[at]).ok_or_else(other)?;
                let whole = match answer {
                    Answer::Objects(objects) if objects.iter().any(|it| it.object_type != *object_type) => {
                        return Err(other());
                    }
                    // Who has the value and cannot be packed is not among the records.
                    Answer::Objects(objects) => objects.iter().all(|it| looked_up.find(it).is_ok()),
                    Answer::Unknown => false,
                    _ => return Err(other()),
                };
                if whole {
                    looked_up.prove_value(slot, value.value().borrow());
                } else {
                    looked_up.leave_value_open(slot, value.value().borrow());
                }
            }
            (Question::LinksTo(key), Answer::Links(links)) => {
                let at = target_of(spec, &key.object_type).ok_or_else(other)?;
                if links.iter().any(|(_, link)| link.target != key.id) {
                    return Err(other());
                }
                self.add_links(question, links)?;
                self.evidence.note_holders(at, &key.id);
            }
            _ => return Err(other()),
        }
        if self.may_match_otherwise(question) {
            self.progress.match_anew();
        }
        self.counts.count(question);
        self.asked.note_answer(place);
        Ok(())
    }

    /// Tells whether an answer may change which objects belong together, or who is planned.
    fn may_match_otherwise(&self, question: &Question) -> bool {
        if !self.progress.has_matched() {
            return false;
        }
        let spec = self.frame.spec;
        match question {
            // Seen where the answer is taken: it matters if the object is planned.
            Question::Remembered(_) => false,
            // Most of those that are asked for late only lend their names.
            Question::Target(key) => {
                let at = target_of(spec, &key.object_type);
                let mappings = spec.mappings.iter().filter(|it| Some(it.target) == at);
                let mut links = mappings
                    .filter_map(|it| Some((it, self.links.of(&it.name)?.of_target(key.id.as_str())?)));
                links.any(|(it, link)| self.is_planned(it.source, link.source.as_str()))
                    || self.progress.rests_on_values()
            }
            Question::LinksTo(key) => {
                let at = target_of(spec, &key.object_type);
                at.is_none_or(|it| self.target[it].records().find(key.id.as_str()).is_some())
                    || self.progress.rests_on_values()
            }
            _ => true,
        }
    }

    fn remember(
        &mut self,
        question: &Question,
        key: &SourceKey,
        remembered: Remembered,
    ) -> Result<(), AnswerError> {
        let Remembered { standing, links, notes } = remembered;
        let at = self.frame.spec.sources.iter().position(|it| *it.object_type() == key.object_type);
        let (Some(at), true) = (at, links.iter().all(|(_, link)| link.source == key.id)) else {
            return Err(AnswerError::OtherQuestion { question: question.to_string().into() });
        };
        self.add_links(question, links)?;
        for (mapping, note) in notes {
            self.memory.recall(&mapping, &key.id, note);
        }
        self.evidence.note_standing(at, &key.id, standing);
        if self.is_planned(at, key.id.as_str()) {
            self.progress.match_anew();
            self.ask_targets(at, key.id.as_str());
        }
        Ok(())
    }

    /// Tells whether a source object is planned itself, and not only referred to.
    fn is_planned(&self, source: usize, id: &str) -> bool {
        self.source[source].looked_up().is_none_or(|it| it.of(id) != LookUp::NotAsked)
    }

    /// Asks for the target objects that a source object is linked to which is planned, as far as its links are known.
    fn ask_targets(&mut self, source: usize, id: &str) {
        let Self { frame, target, links, asked, .. } = self;
        for mapping in frame.spec.mappings.iter().filter(|it| it.source == source) {
            let Some(link) = links.of(&mapping.name).and_then(|it| it.of_source(id)) else { continue };
            let target = target[mapping.target].looked_up();
            if target.is_some_and(|it| it.of(link.target.as_str()) == LookUp::NotAsked) {
                let object_type = frame.spec.targets[mapping.target].object_type().clone();
                asked.add(Question::Target(TargetKey { object_type, id: link.target.clone() }));
            }
        }
    }

    fn add_links(&mut self, question: &Question, links: Vec<(Text, Link)>) -> Result<(), AnswerError> {
        for (mapping, link) in links {
            match self.links.of_mut(&mapping).insert(link) {
                Err(clash) if clash.refused != clash.existing => {
                    let question = question.to_string().into();
                    return Err(AnswerError::Contradiction { question, why: clash.to_string().into() });
                }
                // It may be known from another answer.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Returns what is known by now; after [`Step::Planned`], what the plan was made from.
    pub fn input(&self) -> PlanInput<'_> {
        PlanInput {
            source: &self.source,
            target: &self.target,
            links: &self.links,
            memory: &self.memory,
            evidence: Some(&self.evidence),
            ..self.frame
        }
    }

    /// Returns what was read and found out, to keep it after the plan is made.
    pub fn into_found(self) -> Found {
        let Self { source, target, links, memory, evidence, .. } = self;
        Found { source, target, links, memory, evidence }
    }

    /// Returns who is open after this plan.
    pub fn open(&self, planned: &Planned) -> Open {
        let mut open = match Open::after(planned) {
            Open::Objects(open) => open,
            // Some look-up had no answer, and nobody else was asked about.
            Open::Everything => self.selected().collect(),
        };
        let unread = |(import, object_type): (&Import<SourceSide>, &ObjectType)| {
            let ids = import.looked_up().into_iter().flat_map(LookedUp::unknown);
            let keys: Vec<SourceKey> = ids.map(|id| source_key(object_type, id)).collect();
            keys
        };
        open.extend(self.by_type().flat_map(unread));
        open.sort_unstable();
        open.dedup();
        Open::Objects(open)
    }

    /// Iterates over the source objects that are planned: those that are there, and those that are gone.
    pub fn selected(&self) -> impl Iterator<Item = SourceKey> {
        self.by_type().flat_map(|(import, object_type)| {
            let found = import.records().iter().map(|it| source_key(object_type, it.id_str()));
            let absent = import.looked_up().into_iter().flat_map(LookedUp::absent);
            found.chain(absent.map(|id| source_key(object_type, id)))
        })
    }

    fn by_type(&self) -> impl Iterator<Item = (&Import<SourceSide>, &ObjectType)> {
        self.source.iter().map(|it| (it, it.object_type()))
    }

    /// Returns how many questions were answered.
    pub fn counts(&self) -> QuestionCounts {
        self.counts
    }
}

fn by_id(key: &SourceKey) -> (&SourceId, &ObjectType) {
    (&key.id, &key.object_type)
}

fn source_key(object_type: &ObjectType, id: &str) -> SourceKey {
    SourceKey { object_type: object_type.clone(), id: SourceId::new(id) }
}

fn target_key(object: &Object) -> TargetKey {
    let Object { object_type, id, .. } = object;
    TargetKey { object_type: object_type.clone(), id: provisio_model::TargetId::new(id) }
}

fn source_of<'s>(
    spec: &CompiledSpec,
    source: &'s mut [Import<SourceSide>],
    object_type: &ObjectType,
) -> Option<&'s mut LookedUp<SourceSide>> {
    let at = spec.sources.iter().position(|it| it.object_type() == object_type)?;
    looked_up_mut(&mut source[at])
}

fn target_of(spec: &CompiledSpec, object_type: &ObjectType) -> Option<usize> {
    spec.targets.iter().position(|it| it.object_type() == object_type)
}

fn looked_up_mut<S: Side>(import: &mut Import<S>) -> Option<&mut LookedUp<S>> {
    match import {
        Import::LookedUp(looked_up) => Some(looked_up),
        Import::Complete(_) | Import::Partial(_) => None,
    }
}
