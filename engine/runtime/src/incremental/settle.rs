//! What is remembered after a cycle, so that the next one can start from changes?

use provisio_model::{Import, LookUp, SourceId, SourceSide, Text, Timestamp, Watermark};
use provisio_planner::{CompiledSpec, OpId, Open, Plan, Planned, SourceKey, Tally};

use super::continuation::{Continuation, RECORD};
use super::journal::Journal;
use crate::apply::Remembered;
use crate::error::RunError;
use crate::job::Job;
use crate::lease::Held;
use crate::store::{KnownSource, StateChange};
use crate::view::View;

/// How many source objects one commit writes down.
const OBJECTS_PER_COMMIT: usize = 20_000;

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
}

impl Settlement {
    /// Prepares for what comes after a plan that everything was read for.
    pub(crate) fn of_everything(view: &mut View, planned: &Planned) -> Self {
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
        }
    }

    /// Prepares for what comes after a plan from changes.
    pub(crate) fn of_changes(
        view: &mut View,
        planned: &Planned,
        last: &Continuation,
        watermarks: Vec<(Text, Watermark)>,
        open: Open,
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
        }
    }

    /// Returns who is left to be decided when everything that is planned is done.
    pub(crate) fn open(&self) -> &Open {
        &self.open
    }

    /// Commits it: first, in parts, what is known of objects, and last, in one commit, where the next cycle starts. A
    /// crash in between makes the next cycle read everything.
    pub(crate) async fn commit(
        self,
        job: &Job,
        spec: &CompiledSpec,
        plan: &Plan,
        undone: &[OpId],
        held: &Held<'_>,
        state: &mut Remembered,
    ) -> Result<(), RunError> {
        let mut open = self.open.clone();
        open.add(plan, undone.iter().copied());
        let totals = self.tally.after(|id| undone.binary_search(&id).is_err());
        let next = Continuation {
            spec: spec.fingerprint(),
            full_at: self.full_at,
            settled_at: self.now,
            totals,
            open,
        };
        let mut sources = if self.is_full { self.compared(job, spec).await? } else { self.selected(spec) };
        let record = |value: Option<Vec<u8>>| vec![(Text::new(RECORD), value)];
        while sources.len() > OBJECTS_PER_COMMIT {
            let rest = sources.split_off(OBJECTS_PER_COMMIT);
            let change = StateChange { sources, records: record(None), ..StateChange::default() };
            job.commit(held, state, change).await?;
            sources = rest;
        }
        let change = StateChange {
            sources,
            watermarks: self.watermarks,
            records: vec![(Text::new(RECORD), Some(next.to_record())), Journal::default().to_record()],
            ..StateChange::default()
        };
        job.commit(held, state, change).await
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

fn know(spec: &CompiledSpec, record: provisio_model::Record<'_, SourceSide>, now: Timestamp) -> KnownSource {
    KnownSource { digest: spec.digest(record, now), footprint: spec.footprint(record, now) }
}

/// The source objects that are there and could not be read.
pub(super) fn unread(import: &Import<SourceSide>) -> Vec<SourceKey> {
    let ids = import.complete().into_iter().flat_map(|it| it.unreadable());
    let key = |id: &Text| SourceKey { object_type: import.object_type().clone(), id: SourceId::new(id) };
    ids.map(key).collect()
}

/// Has more objects looked at by the next plan.
pub(super) fn reopen(open: &mut Open, more: impl IntoIterator<Item = SourceKey>) {
    if let Open::Objects(keys) = open {
        keys.extend(more);
        keys.sort_unstable();
        keys.dedup();
    }
}
