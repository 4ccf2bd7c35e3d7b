//! One cycle, from the question whether it may begin to what the next one has to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisio_connector::Context;
use provisio_model::{SourceId, Timestamp};
use provisio_planner::execution::{Fate, Summary};
use provisio_planner::{CompiledSpec, Generation, OpId, Plan, Released};
use tracing::Instrument as _;

use crate::apply::{Applied, Apply, Remembered};
use crate::control::{Control, Trouble, judge};
use crate::cycle::OpenCycle;
use crate::error::RunError;
use crate::escrow::Escrows;
use crate::event::Event;
use crate::incremental::{Prepared, Tracking};
use crate::job::{Cycle, Job};
use crate::lease::Held;
use crate::store::{AppliedPlan, JobId, RecordChanges, State, StateChange, StateStore, StoreError};
use crate::telemetry;

/// A plan that is to be carried out.
pub(crate) struct Ready<'a> {
    /// What it was made with.
    pub(crate) spec: &'a CompiledSpec,
    pub(crate) plan: &'a Plan,
    /// The plans that were carried out before.
    pub(crate) applied: &'a [AppliedPlan],
    /// Operations that are not sent this time, with when they may be.
    pub(crate) postponed: BTreeMap<OpId, Timestamp>,
    /// Records that have to be written before anything is sent.
    pub(crate) intents: RecordChanges,
    /// Whether it is carried out although the job is paused.
    pub(crate) goes_on_paused: bool,
    /// How far writes are followed for what is remembered of target objects.
    pub(crate) tracking: Tracking,
}

impl Job {
    /// Carries out a plan for a state that was just read, and returns how that state is afterwards.
    pub(crate) async fn carry_out(
        &self,
        context: &Context,
        Ready { spec, plan, applied, postponed, intents, goes_on_paused, tracking }: Ready<'_>,
        held: &Held<'_>,
        mut known: Remembered,
    ) -> Result<(Applied, Remembered), RunError> {
        let fingerprint = plan.fingerprint();
        if applied.iter().any(|it| it.fingerprint == fingerprint) {
            return Err(RunError::AppliedBefore(fingerprint));
        }
        if plan.parent != known.generation {
            return Err(RunError::Stale { expected: plan.parent, found: known.generation });
        }
        let now = context.now();
        let facts = plan.facts(None).iter().map(|it| &it.fact);
        let memory = known.memory.learn(plan, facts, now, spec.looks_back());
        known.memory.apply(&memory);
        let applied = Some(AppliedPlan { fingerprint, at: now });
        let begin = StateChange { applied, memory, records: intents, ..StateChange::default() };
        self.commit(held, &mut known, begin).await?;
        self.tell(&Event::ApplyStarted { plan, fingerprint });
        let apply = Apply {
            job: self.id(),
            spec,
            target: self.target(),
            store: self.store(),
            observer: &*self.observer,
            context,
            settings: self.settings,
            held,
            planned_from: plan.parent,
            postponed,
            goes_on_paused,
            tracking,
        };
        let applied = apply
            .run(Arc::new(plan.clone()), &mut known)
            .instrument(telemetry::apply_span(fingerprint))
            .await?;
        if let Some(written) = self.written(context) {
            let change = StateChange { records: vec![written], ..StateChange::default() };
            self.commit(held, &mut known, change).await?;
        }
        self.tell(&Event::ApplyFinished { summary: &applied.summary, at: context.now() });
        Ok((applied, known))
    }

    /// Commits a change under the lease, and follows the generation.
    pub(crate) async fn commit(
        &self,
        held: &Held<'_>,
        known: &mut Remembered,
        mut change: StateChange,
    ) -> Result<(), RunError> {
        change.fence = Some(held.fence());
        known.generation = commit_held(self.store(), self.id(), known.generation, change).await?;
        Ok(())
    }

    /// Carries out the plan of a cycle, and remembers what the next cycle needs.
    pub(crate) async fn complete(
        &self,
        context: &Context,
        prepared: Prepared,
        held: &Held<'_>,
    ) -> Result<Summary, RunError> {
        let intents = prepared.intents(self.id())?;
        let tracking = prepared.tracking(self.id())?;
        let Prepared { planned, spec, state, settlement, considered, .. } = prepared;
        let plan = &planned.plan;
        let State { generation, applied, memory, records, .. } = state;
        let escrows = Escrows::find(&records);
        let mut known = Remembered { generation, memory };
        let mut done = Applied::default();
        if !plan.is_empty() {
            let postponed = escrows.postponed(plan, context.now());
            let (applied, goes_on_paused) = (&applied, false);
            let ready = Ready { spec: &spec, plan, applied, postponed, intents, goes_on_paused, tracking };
            (done, known) = self.carry_out(context, ready, held, known).await?;
        }
        let fates: BTreeMap<OpId, &Fate> =
            done.summary.failed.iter().map(|it| (it.operation, &it.fate)).collect();
        let was_planned = |mapping: &str, source: &SourceId| {
            let mapping = self.spec().objects.iter().find(|it| *it.name == *mapping);
            mapping.is_none_or(|it| considered.has(&it.source, source))
        };
        let fate = |id| fates.get(&id).copied();
        let records = escrows.after(plan, fate, was_planned, context.now());
        if !records.is_empty() {
            self.commit(held, &mut known, StateChange { records, ..StateChange::default() }).await?;
        }
        if let Some(settlement) = settlement {
            settlement.commit(self, &spec, plan, &done, held, &mut known).await?;
        }
        Ok(done.summary)
    }

    /// Reads, plans and carries out. A plan with nothing to do and nothing to remember changes neither target nor
    /// state. From the first read to the last write it holds the lease of the job.
    ///
    /// # Errors
    /// [`RunError::Leased`] when somebody else works on the job. As for [`Job::read`], [planning](crate::View::plan) and
    /// [`Job::apply`].
    pub async fn run(&self, context: &Context, released: Released) -> Result<Cycle, RunError> {
        self.run_showing(context, released, |_| {}).await
    }

    /// Runs as [`Job::run`] does, and shows the plan before it is carried out.
    ///
    /// # Errors
    /// As for [`Job::run`].
    pub async fn run_showing(
        &self,
        context: &Context,
        released: Released,
        show: impl FnOnce(&Prepared) + Send,
    ) -> Result<Cycle, RunError> {
        let run = async {
            let held = self.hold(context).await?;
            held.during(self.cycle(context, released, &held, show)).await
        };
        run.instrument(telemetry::run_span(self.id())).await
    }

    async fn cycle(
        &self,
        context: &Context,
        released: Released,
        held: &Held<'_>,
        show: impl FnOnce(&Prepared) + Send,
    ) -> Result<Cycle, RunError> {
        let head = self.store().head(self.id()).await?;
        let control = Control::find(&head.records, self.id())?;
        control.admit(self.id(), context.now(), self.is_asked_for)?;
        let open = self.begin(context, &self.initiator);
        let result = self.cycle_within(context, released, held, show, &open).await;
        let weighed = result.as_ref().map(|it| (&it.summary, it.planned.plan.operations.len()));
        let trouble = Trouble::of(weighed, &self.cycles().quarantine);
        let concluded = self.conclude(context, held, &control, trouble).await;
        let cycle = result?;
        open.note(concluded)?;
        open.end();
        Ok(cycle)
    }

    async fn cycle_within(
        &self,
        context: &Context,
        released: Released,
        held: &Held<'_>,
        show: impl FnOnce(&Prepared) + Send,
        open: &OpenCycle<'_>,
    ) -> Result<Cycle, RunError> {
        let mut prepared = open.note(self.prepare(context, held, released).await)?;
        if context.cancel().is_cancelled() {
            // What was read is cut off anywhere: a plan from it would say nothing.
            return open.note(Err(RunError::Interrupted));
        }
        open.announce(&prepared.planned.plan, &prepared.planned.findings);
        show(&prepared);
        let (planned, why_everything) = (prepared.planned.clone(), prepared.why_everything.clone());
        let unreadable = std::mem::take(&mut prepared.unreadable);
        let summary = open.note(self.complete(context, prepared, held).await)?;
        Ok(Cycle { planned, summary, unreadable, why_everything })
    }

    /// Remembers what a cycle means for the next ones, and tells who has to know.
    async fn conclude(
        &self,
        context: &Context,
        held: &Held<'_>,
        control: &Control,
        trouble: Trouble,
    ) -> Result<(), RunError> {
        let at = context.now();
        let (next, alert) = judge(control, trouble, &self.cycles().quarantine, at);
        if next != *control {
            let head = self.store().head(self.id()).await?;
            // Somebody may have paused the job meanwhile.
            let paused = Control::find(&head.records, self.id())?.paused.or(next.paused);
            let next = Control { paused, ..next };
            let mut known = Remembered { generation: head.generation, memory: head.memory };
            let records = vec![next.to_record()];
            self.commit(held, &mut known, StateChange { records, ..StateChange::default() }).await?;
        }
        if let Some(alert) = &alert {
            self.tell(&Event::Alert { alert, at });
        }
        Ok(())
    }
}

/// Commits under a lease. While it is held nobody else works on the job, so a commit that came before is that of somebody
/// who paused or released something: it does not contradict this one, which is made after it.
pub(crate) async fn commit_held(
    store: &dyn StateStore,
    job: &JobId,
    expected: Generation,
    change: StateChange,
) -> Result<Generation, StoreError> {
    let mut expected = expected;
    for _ in 0..COMMITS_BETWEEN_MAX {
        match store.commit(job, expected, change.clone()).await {
            Err(StoreError::Conflict { found, .. }) if found > expected => expected = found,
            result => return result,
        }
    }
    store.commit(job, expected, change).await
}

/// How often somebody else may commit between two commits of a cycle.
const COMMITS_BETWEEN_MAX: usize = 8;
