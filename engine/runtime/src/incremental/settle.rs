//! What is remembered after a cycle, so that the next one can start from changes?

use provisio_model::{
    Import, LinkTable, LookUp, SourceId, SourceSide, TargetSide, Text, Timestamp, Watermark,
};
use provisio_planner::{
    CompiledSpec, Fingerprint, Open, Plan, Planned, Scoped, SourceKey, Tally, TargetKnowledge,
};

use super::continuation::{Continuation, RECORD};
use super::journal::Journal;
use super::sightings::{Listing, Managed, Sightings, TargetChange, of_sightings};
use crate::apply::{Applied, Remembered};
use crate::error::RunError;
use crate::job::Job;
use crate::lease::Held;
use crate::store::{KnownSource, Recall, Recalled, StateChange};
use crate::view::View;

/// How many source objects one commit writes down.
const OBJECTS_PER_COMMIT: usize = 20_000;

/// How many bytes of target objects one commit writes down, about.
const BYTES_PER_COMMIT: usize = 16 << 20;

/// What is to be remembered once a plan was carried out.
pub(crate) struct Settlement {
    /// What was read of the source.
    source: Vec<Import<SourceSide>>,
    /// Where the next feed of each type starts.
    watermarks: Vec<(Text, Watermark)>,
    /// When everything was read last.
    full_at: Timestamp,
    /// Who is left to be decided by the plan.
    open: Open,
    tally: Tally,
    /// Whether everything was read; else only what changed, and what that reaches.
    is_full: bool,
    /// What is known already, as far as it has to be compared with.
    now: Timestamp,
    /// What was seen of the target.
    target: SeenTarget,
    /// The links before the plan, where target objects are remembered.
    links: LinkTable,
}

/// What was seen of the target in a cycle.
enum SeenTarget {
    /// Everything, and it is to be remembered.
    All(Vec<Import<TargetSide>>),
    /// Single objects, and they are to be remembered.
    Single(Sightings),
    /// Whatever it was, nothing is to be remembered; and whether anything may be.
    Nothing { is_something_remembered: bool },
}

impl Settlement {
    /// Prepares for what comes after a plan that everything was read for.
    pub(crate) fn of_everything(view: &mut View, planned: &Planned, known_by: TargetKnowledge) -> Self {
        let now = planned.plan.at;
        let tally = Tally::new(&view.input(now, provisio_planner::Released::NOTHING), &planned.plan);
        let is_whole = view.source.iter().all(|it| it.complete().is_some())
            && view.target.iter().all(|it| it.complete().is_some());
        let mut open = if is_whole { Open::after(planned) } else { Open::Everything };
        // Who could not be read was not decided about, and may look as it was known before when it can be read again.
        view.source.iter().for_each(|it| reopen(&mut open, unread(it)));
        let watermarks = view.source.iter().filter_map(|it| {
            let watermark = it.complete()?.completeness().watermark.clone()?;
            Some((Text::new(it.object_type().as_str()), watermark))
        });
        Self {
            watermarks: watermarks.collect(),
            full_at: now,
            open,
            tally,
            is_full: true,
            now,
            source: std::mem::take(&mut view.source),
            target: match known_by {
                TargetKnowledge::Remembered => SeenTarget::All(std::mem::take(&mut view.target)),
                _ => SeenTarget::Nothing { is_something_remembered: true },
            },
            links: std::mem::take(&mut view.state.links),
        }
    }

    /// Prepares for what comes after a plan from changes.
    pub(crate) fn of_changes(
        view: &mut View,
        planned: &Planned,
        last: &Continuation,
        watermarks: Vec<(Text, Watermark)>,
        open: Open,
        sightings: Option<Sightings>,
    ) -> Self {
        let now = planned.plan.at;
        let tally = Tally::new(&view.input(now, provisio_planner::Released::NOTHING), &planned.plan);
        Self {
            watermarks,
            full_at: last.full_at,
            open,
            tally,
            is_full: false,
            now,
            source: std::mem::take(&mut view.source),
            target: match sightings {
                Some(sightings) => SeenTarget::Single(sightings),
                None => SeenTarget::Nothing { is_something_remembered: last.remembers },
            },
            links: std::mem::take(&mut view.state.links),
        }
    }

    /// Returns who is left to be decided when everything that is planned is done.
    pub(crate) fn open(&self) -> &Open {
        &self.open
    }

    /// Tells whether target objects are remembered afterwards.
    pub(crate) fn remembers(&self) -> bool {
        !matches!(self.target, SeenTarget::Nothing { .. })
    }

    /// Commits it: first, in parts, what is known of objects, and last, in one commit, where the next cycle starts. A
    /// crash in between makes the next cycle read everything.
    pub(crate) async fn commit(
        mut self,
        job: &Job,
        spec: &CompiledSpec,
        plan: &Plan,
        done: &Applied,
        held: &Held<'_>,
        state: &mut Remembered,
    ) -> Result<(), RunError> {
        let undone = &done.undone;
        let mut open = self.open.clone();
        open.add(plan, undone.iter().copied());
        let totals = self.tally.after(|id| undone.binary_search(&id).is_err());
        let next = Continuation {
            spec: spec.fingerprint(),
            full_at: self.full_at,
            settled_at: self.now,
            totals,
            remembers: self.remembers(),
            open,
        };
        let mut sources = if self.is_full { self.compared(job, spec).await? } else { self.selected(spec) };
        sources.append(&mut self.unclear(job).await?);
        let mut parts = Parts { job, held, targets: Vec::new(), bytes: 0 };
        while sources.len() > OBJECTS_PER_COMMIT {
            let rest = sources.split_off(OBJECTS_PER_COMMIT);
            parts.commit(StateChange { sources, ..StateChange::default() }, state).await?;
            sources = rest;
        }
        self.remember_target(spec, plan, done, &mut parts, state).await?;
        let change = StateChange {
            sources,
            targets: parts.targets,
            watermarks: self.watermarks,
            records: vec![(Text::new(RECORD), Some(next.to_record())), Journal::default().to_record()],
            ..StateChange::default()
        };
        job.commit(held, state, change).await
    }

    /// Remembers the target, or forgets it.
    async fn remember_target(
        &mut self,
        spec: &CompiledSpec,
        plan: &Plan,
        done: &Applied,
        parts: &mut Parts<'_>,
        state: &mut Remembered,
    ) -> Result<(), RunError> {
        let managed = Managed::new(spec, std::mem::take(&mut self.links), plan);
        match &self.target {
            SeenTarget::All(imports) => {
                let before = parts.job.store().known_targets(parts.job.id()).await?;
                let mut listing = Listing::new(spec, &managed, &done.traces, before);
                for import in imports {
                    for record in import.records().iter() {
                        if let Some(change) = listing.read(import.object_type(), record) {
                            parts.add(change, state).await?;
                        }
                    }
                }
                for change in listing.finish() {
                    parts.add(change, state).await?;
                }
            }
            SeenTarget::Single(sightings) => {
                for change in of_sightings(spec, sightings, &managed, &done.traces) {
                    parts.add(change, state).await?;
                }
            }
            SeenTarget::Nothing { is_something_remembered: true } => {
                for (key, _) in parts.job.store().known_targets(parts.job.id()).await? {
                    parts.add((key, None), state).await?;
                }
            }
            SeenTarget::Nothing { is_something_remembered: false } => {}
        }
        Ok(())
    }

    /// What is known of the objects that were asked for one by one.
    fn selected(&self, spec: &CompiledSpec) -> Vec<(SourceKey, Option<KnownSource>)> {
        let mut known = Vec::new();
        for import in &self.source {
            let key =
                |id: &str| SourceKey { object_type: import.object_type().clone(), id: SourceId::new(id) };
            let there = import.records().iter();
            known.extend(there.map(|it| (key(it.id_str()), Some(know(spec, it, self.now)))));
            let Some(looked_up) = import.looked_up() else { continue };
            let gone = looked_up.absent().filter(|it| looked_up.of(it) == LookUp::Answered);
            known.extend(gone.map(|it| (key(it), None)));
        }
        known
    }

    /// What is known of the objects that are there and could not be read. References to them were planned by their links
    /// alone, so whoever refers to them has to be looked at when it is known again whether they are in scope.
    async fn unclear(&self, job: &Job) -> Result<Vec<(SourceKey, Option<KnownSource>)>, RunError> {
        let keys: Vec<SourceKey> = self.source.iter().flat_map(unread).collect();
        let mut unclear = Vec::new();
        for keys in keys.chunks(OBJECTS_PER_COMMIT) {
            let asked: Vec<Recall> =
                keys.iter().map(|key| Recall::Source { key: key.clone(), mappings: Vec::new() }).collect();
            let recalled = job.store().recall(job.id(), &asked).await?;
            unclear.extend(keys.iter().zip(recalled).filter_map(|(key, recalled)| match recalled {
                Recalled::Source { known: Some(mut known), .. } => {
                    known.footprint.scoped.fill(Scoped::Unclear);
                    known.digest = Fingerprint::of("could not be read");
                    Some((key.clone(), Some(known)))
                }
                _ => None,
            }));
        }
        Ok(unclear)
    }

    /// What is known anew, after everything was read: what changed of it.
    async fn compared(
        &self,
        job: &Job,
        spec: &CompiledSpec,
    ) -> Result<Vec<(SourceKey, Option<KnownSource>)>, RunError> {
        let known = job.store().known_sources(job.id()).await?;
        let mut changes = Vec::new();
        let mut seen = vec![false; known.len()];
        for import in &self.source {
            let object_type = import.object_type();
            let start = known.partition_point(|(key, _)| key.object_type < *object_type);
            let end = known.partition_point(|(key, _)| key.object_type <= *object_type);
            for record in import.records().iter() {
                let place =
                    known[start..end].binary_search_by(|(key, _)| key.id.as_str().cmp(record.id_str()));
                let digest = place.ok().map(|at| {
                    seen[start + at] = true;
                    known[start + at].1
                });
                let new = spec.digest(record, self.now);
                if digest != Some(new) {
                    let key = SourceKey { object_type: object_type.clone(), id: record.id() };
                    let footprint = spec.footprint(record, self.now);
                    changes.push((key, Some(KnownSource { digest: new, footprint })));
                }
            }
            // What was not seen in an incomplete read is known on.
            for ((key, _), seen) in known[start..end].iter().zip(&mut seen[start..end]) {
                *seen |= import.prove_absent(&key.id).is_none();
            }
        }
        let gone = known.into_iter().zip(seen).filter(|(_, seen)| !seen);
        changes.extend(gone.map(|((key, _), _)| (key, None)));
        Ok(changes)
    }
}

/// What does not go into one commit.
struct Parts<'a> {
    job: &'a Job,
    held: &'a Held<'a>,
    targets: Vec<TargetChange>,
    bytes: usize,
}

impl Parts<'_> {
    /// Adds what is known of a target object, and commits what there is if it is enough.
    async fn add(&mut self, change: TargetChange, state: &mut Remembered) -> Result<(), RunError> {
        self.bytes += change.1.as_ref().map_or(0, |it| it.body.len());
        self.targets.push(change);
        if self.bytes < BYTES_PER_COMMIT && self.targets.len() < OBJECTS_PER_COMMIT {
            return Ok(());
        }
        self.bytes = 0;
        let targets = std::mem::take(&mut self.targets);
        self.commit(StateChange { targets, ..StateChange::default() }, state).await
    }

    /// Commits a part. Until the last one is there, nothing can be gone on from.
    async fn commit(&self, mut change: StateChange, state: &mut Remembered) -> Result<(), RunError> {
        change.records = vec![(Text::new(RECORD), None)];
        self.job.commit(self.held, state, change).await
    }
}

fn know(spec: &CompiledSpec, record: provisio_model::Record<'_, SourceSide>, now: Timestamp) -> KnownSource {
    KnownSource { digest: spec.digest(record, now), footprint: spec.footprint(record, now) }
}

/// The source objects that are there and could not be read.
pub(super) fn unread(import: &Import<SourceSide>) -> Vec<SourceKey> {
    let of_all = import.complete().into_iter().flat_map(|it| it.unreadable());
    let of_some = import.looked_up().into_iter().flat_map(|it| it.unknown());
    let key = |id: &Text| SourceKey { object_type: import.object_type().clone(), id: SourceId::new(id) };
    of_all.chain(of_some).map(key).collect()
}

/// Has more objects looked at by the next plan.
pub(super) fn reopen(open: &mut Open, more: impl IntoIterator<Item = SourceKey>) {
    if let Open::Objects(keys) = open {
        keys.extend(more);
        keys.sort_unstable();
        keys.dedup();
    }
}
