//! Cycles that start from what changed: what a plan needs is asked for, and what the next cycle needs is remembered.
//!
//! * [`CycleSettings`]: when a cycle starts from changes, and when everything is read;
//! * `feed`: what changed;
//! * `answers`: what has to be known besides;
//! * `sightings`, `traces`, `body`: target objects that are remembered, what writes leave of that, and its form;
//! * `journal`: whom a cycle that died may have written;
//! * `settle`, `continuation`: what is remembered afterwards, in the same commit as the watermarks.

mod answers;
mod body;
mod continuation;
mod feed;
mod journal;
mod settings;
mod settle;
mod sightings;
mod traces;

use std::collections::BTreeSet;

use provisio_connector::Context;
use provisio_model::{
    Capabilities, Diagnostic, Import, LinkTable, LookedUp, ObjectType, SourceId, SourceSide, Text,
};
use provisio_planner::{
    CompiledSpec, Found, Open, PlanInput, Planned, Released, Selection, SourceKey, Step, TargetKnowledge,
    WhyFull,
};

use crate::alert::Alert;
use crate::error::RunError;
use crate::event::Event;
use crate::job::Job;
use crate::lease::Held;
use crate::store::{Head, JobId, RecordChanges, State, StoreError};
use crate::view::View;

pub use settings::{CycleSettings, REMEMBERED_FOR_MAX, StartFrom, WhyEverything};

use answers::Answers;
pub(crate) use continuation::Continuation;
pub(crate) use continuation::RECORD as CONTINUATION_RECORD;
use feed::Changed;
pub(crate) use journal::Journal;
pub(crate) use settle::Settlement;
use sightings::{Sightings, read_count};
pub(crate) use traces::{Traces, Tracker, Tracking};

/// A plan that was made in a cycle, from everything or from changes, to be carried out by it.
#[non_exhaustive]
pub struct Prepared {
    /// The plan, and what was found wrong with single objects.
    pub planned: Planned,
    /// What was read.
    pub reads: Vec<Read>,
    /// What is doubtful in the mapping.
    pub warnings: Vec<Diagnostic>,
    /// Objects that could not be read.
    pub unreadable: Vec<crate::job::UnreadableObjects>,
    /// Why everything was read; `None` for a plan from changes.
    pub why_everything: Option<WhyEverything>,
    /// Whether the job never did anything before.
    pub is_first: bool,
    pub(crate) spec: CompiledSpec,
    pub(crate) state: State,
    pub(crate) settlement: Option<Settlement>,
    pub(crate) considered: Considered,
}

/// Of which source objects everything that is to be done is in a plan.
pub(crate) enum Considered {
    /// Of all.
    All,
    /// Of nobody for sure: something was not completely read.
    Unclear,
    /// Of these.
    These(BTreeSet<SourceKey>),
}

impl Considered {
    fn of(view: &View) -> Self {
        if view.evidence.is_none() {
            let is_whole = view.source.iter().all(|it| it.complete().is_some())
                && view.target.iter().all(|it| it.complete().is_some());
            return if is_whole { Self::All } else { Self::Unclear };
        }
        let of_type = |import: &Import<SourceSide>| {
            let object_type = import.object_type().clone();
            let found = import.records().iter().map(|it| it.id());
            let gone = import.looked_up().into_iter().flat_map(LookedUp::absent).map(SourceId::new);
            let key = move |id| SourceKey { object_type: object_type.clone(), id };
            found.chain(gone).map(key).collect::<Vec<_>>()
        };
        Self::These(view.source.iter().flat_map(of_type).collect())
    }

    /// Tells whether it is so of a source object.
    pub(crate) fn has(&self, object_type: &ObjectType, id: &SourceId) -> bool {
        match self {
            Self::All => true,
            Self::Unclear => false,
            Self::These(keys) => {
                keys.contains(&SourceKey { object_type: object_type.clone(), id: id.clone() })
            }
        }
    }
}

/// What was read of one object type of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Read {
    /// `source` or `target`.
    pub side: &'static str,
    /// Which objects.
    pub object_type: ObjectType,
    /// How many. Target objects that were taken as remembered do not count.
    pub objects: usize,
    /// Why these are not all; `None` when they are all that were asked for.
    pub incomplete: Option<Text>,
}

impl Job {
    /// Makes the plan of a cycle: from changes if the job is set so and it can be done, else from everything.
    pub(crate) async fn prepare(
        &self,
        context: &Context,
        held: &Held<'_>,
        released: Released,
    ) -> Result<Prepared, RunError> {
        self.tell(&Event::RunStarted { job: self.id(), at: context.now() });
        let (spec, warnings) = self.compile(context).await?;
        let mut head = self.store().head(self.id()).await?;
        self.wait_for_reads(context, &head).await;
        self.recover(context, held, &mut head).await?;
        let why = match self.cycles().from {
            StartFrom::Everything => WhyEverything::Setting,
            StartFrom::Changes => match self.course(context, &spec, &head)? {
                Ok(last) => {
                    let planned = self.plan_changes(context, &spec, head, last, released).await?;
                    match planned {
                        Ok(found) => {
                            self.tell(&Event::CourseChosen { why_everything: None });
                            return found.prepare(spec, warnings);
                        }
                        Err(why) => why,
                    }
                }
                Err(why) => why,
            },
        };
        self.tell(&Event::CourseChosen { why_everything: Some(&why) });
        self.prepare_everything(context, spec, warnings, why, released).await
    }

    /// Decides what the cycle starts from.
    fn course(
        &self,
        context: &Context,
        spec: &CompiledSpec,
        head: &Head,
    ) -> Result<Result<Continuation, WhyEverything>, RunError> {
        let Some(last) = Continuation::find(&head.records, self.id())? else {
            return Ok(Err(WhyEverything::Initial));
        };
        self.warn_if_stuck(context, &last);
        if context.now() >= last.full_at.plus(self.cycles().full_after()) {
            return Ok(Err(WhyEverything::Due));
        }
        let capabilities = self.target().capabilities();
        let is_known = match self.cycles().target {
            TargetKnowledge::Listing => true,
            TargetKnowledge::LookUp => capabilities.read_by_id && capabilities.read_by_value,
            TargetKnowledge::Remembered if !last.remembers => {
                return Ok(Err(WhyEverything::NothingRemembered));
            }
            TargetKnowledge::Remembered => capabilities.read_by_id || spec.always_seen().is_empty(),
        };
        if !is_known {
            return Ok(Err(WhyEverything::NoLookUp));
        }
        let mut last = last;
        Journal::find(&head.records, self.id())?.reopen(&mut last.open);
        Ok(Ok(last))
    }

    /// Tells when no cycle has come to its end for too long: the changes since then are not read on.
    fn warn_if_stuck(&self, context: &Context, last: &Continuation) {
        let at = context.now();
        if at < last.settled_at.plus(self.cycles().stuck_after) {
            return;
        }
        let Some(mapping) = self.spec().objects.first() else { return };
        let object_type = mapping.source.as_str().into();
        let why = "no cycle has come to its end since".into();
        let alert = Alert::WatermarkStuck { object_type, since: last.settled_at, why };
        self.tell(&Event::Alert { alert: &alert, at });
    }

    async fn prepare_everything(
        &self,
        context: &Context,
        spec: CompiledSpec,
        warnings: Vec<Diagnostic>,
        why: WhyEverything,
        released: Released,
    ) -> Result<Prepared, RunError> {
        let mut view = self.read_with(context, spec, warnings).await?;
        let planned = view.plan(context.now(), released)?;
        let (reads, considered) = (reads(&view, None), Considered::of(&view));
        let settlement = (self.cycles().from == StartFrom::Changes)
            .then(|| Settlement::of_everything(&mut view, &planned, self.cycles().target));
        Ok(Prepared::new(view, planned, (reads, considered), Some(why), settlement))
    }

    async fn plan_changes(
        &self,
        context: &Context,
        spec: &CompiledSpec,
        head: Head,
        last: Continuation,
        released: Released,
    ) -> Result<Result<FromChanges, WhyEverything>, RunError> {
        let mut changed = match self.changed(context, spec, &head).await? {
            Ok(changed) => changed,
            Err(why) => return Ok(Err(why)),
        };
        let links = LinkTable::new();
        let capabilities = self.target().capabilities();
        let frame = PlanInput {
            spec,
            source: &[],
            target: &[],
            links: &links,
            memory: &head.memory,
            capabilities,
            now: context.now(),
            parent: head.generation,
            released,
            evidence: None,
        };
        let baseline = last.baseline(head.sources);
        let changes = std::mem::take(&mut changed.changes);
        let mut answers = Answers::new(self, context, spec, std::mem::take(&mut changed.read));
        let known_by = match self.cycles().target {
            TargetKnowledge::Remembered => TargetKnowledge::Remembered,
            TargetKnowledge::Listing | TargetKnowledge::LookUp => TargetKnowledge::LookUp,
        };
        let mut attempts = 0;
        let (planned, selection) = loop {
            let limits = self.cycles().limits;
            let mut selection = Selection::new(frame, &baseline, changes.clone(), known_by, limits);
            let planned = match select(context, &mut selection, &mut answers).await? {
                Ok(planned) => planned,
                Err(why) => return Ok(Err(why.into())),
            };
            let Some(sightings) = &mut answers.sightings else { break (planned, selection) };
            let doubtful = sightings.doubtful(spec, &planned.plan);
            if doubtful.is_empty() {
                break (planned, selection);
            }
            if !capabilities.read_by_id && !sightings.has_seen(&doubtful) {
                return Ok(Err(WhyEverything::OnlyRemembered { objects: doubtful.len() }));
            }
            attempts += 1;
            sightings.suspect(doubtful, attempts == ATTEMPTS_TRUSTING);
        };
        // What an incomplete read did not show may have changed as well.
        let mut open = if changed.is_whole { selection.open(&planned) } else { Open::Everything };
        settle::reopen(&mut open, std::mem::take(&mut changed.unread));
        changed.unreadable.append(&mut answers.unreadable);
        let found = selection.into_found();
        let sightings = answers.sightings;
        Ok(Ok(FromChanges { planned, found, open, changed, head, last, capabilities, released, sightings }))
    }
}

/// How often a plan is made from what is remembered of the target, when what it would do has to be looked at first. Each
/// time more is asked; after the last, everything is.
const ATTEMPTS_TRUSTING: usize = 3;

/// Answers questions until there is a plan.
async fn select(
    context: &Context,
    selection: &mut Selection<'_>,
    answers: &mut Answers<'_>,
) -> Result<Result<Planned, WhyFull>, RunError> {
    loop {
        match selection.step()? {
            Step::Ask(questions) => {
                let stopped = |source| RunError::Connect { side: "target", source };
                context.check("look_up").map_err(stopped)?;
                for (question, answer) in answers.answer(questions).await? {
                    selection.answer(&question, answer).map_err(RunError::Answer)?;
                }
            }
            Step::Planned(planned) => return Ok(Ok(*planned)),
            Step::Full(why) => return Ok(Err(why)),
        }
    }
}

/// A plan from changes, and what it was made from.
struct FromChanges {
    planned: Planned,
    found: Found,
    open: Open,
    changed: Changed,
    head: Head,
    last: Continuation,
    capabilities: Capabilities,
    released: Released,
    sightings: Option<Sightings>,
}

impl FromChanges {
    fn prepare(self, spec: CompiledSpec, warnings: Vec<Diagnostic>) -> Result<Prepared, RunError> {
        let Self { planned, found, open, changed, head, last, capabilities, released, sightings } = self;
        let Found { source, target, links, memory, evidence } = found;
        let Head { generation, watermarks, applied, records, .. } = head;
        let mut view = View {
            spec,
            warnings,
            source,
            target,
            state: State { generation, links, watermarks, applied, memory, records },
            capabilities,
            unreadable: changed.unreadable,
            evidence: Some(evidence),
        };
        if cfg!(debug_assertions) {
            let violations = view.verify(&planned.plan, released);
            if !violations.is_empty() {
                return Err(RunError::Unsound(violations));
            }
        }
        let (reads, considered) = (reads(&view, sightings.as_ref()), Considered::of(&view));
        let settlement =
            Settlement::of_changes(&mut view, &planned, &last, changed.watermarks, open, sightings);
        Ok(Prepared::new(view, planned, (reads, considered), None, Some(settlement)))
    }
}

impl Prepared {
    /// Returns what has to be noted before the first write, for the case that the cycle dies: where cycles start from
    /// changes, whom it may write, or that everything has to be read.
    pub(crate) fn intents(&self, job: &JobId) -> Result<RecordChanges, StoreError> {
        match (&self.settlement, &self.why_everything) {
            // What is remembered of the target would not be true afterwards.
            (None, _) if Continuation::remembers_target(&self.state.records, job)? => {
                Ok(vec![(Text::new(CONTINUATION_RECORD), None)])
            }
            (None, _) => Ok(Vec::new()),
            (Some(_), Some(_)) => Ok(vec![(Text::new(CONTINUATION_RECORD), None)]),
            (Some(settlement), None) => {
                let Open::Objects(open) = settlement.open() else {
                    return Ok(vec![(Text::new(CONTINUATION_RECORD), None)]);
                };
                let mut journal = Journal::find(&self.state.records, job)?;
                journal.add(&self.planned.plan);
                journal.extend(open.iter().cloned());
                Ok(vec![journal.to_record()])
            }
        }
    }

    /// Tells how far writes have to be followed. A cycle from everything lets go of what is remembered before its first
    /// write.
    pub(crate) fn tracking(&self, job: &JobId) -> Result<Tracking, StoreError> {
        let Some(settlement) = &self.settlement else { return Ok(Tracking::Off) };
        let is_kept =
            self.why_everything.is_none() && Continuation::remembers_target(&self.state.records, job)?;
        Ok(match (is_kept, settlement.remembers()) {
            (true, _) => Tracking::Forgetting,
            (false, true) => Tracking::Outcomes,
            (false, false) => Tracking::Off,
        })
    }

    fn new(
        view: View,
        planned: Planned,
        (reads, considered): (Vec<Read>, Considered),
        why_everything: Option<WhyEverything>,
        settlement: Option<Settlement>,
    ) -> Self {
        let View { spec, warnings, state, unreadable, .. } = view;
        let is_first = state.generation.0 == 0;
        Self {
            planned,
            reads,
            warnings,
            unreadable,
            why_everything,
            is_first,
            spec,
            state,
            settlement,
            considered,
        }
    }
}

fn reads(view: &View, sightings: Option<&Sightings>) -> Vec<Read> {
    fn read<S: provisio_model::Side>(import: &Import<S>, objects: usize) -> Read {
        Read {
            side: S::NAME,
            object_type: import.object_type().clone(),
            objects,
            incomplete: import.incomplete().map(|why| why.to_string().into()),
        }
    }
    let source = view.source.iter().map(|it| read(it, it.records().len()));
    source.chain(view.target.iter().map(|it| read(it, read_count(it, sightings)))).collect()
}
