//! The thin shell around [`Execution`]: asks what to send, sends it, remembers what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use provisio_connector::{Context, Target};
use provisio_model::{ErrorKind, Failure, Outcome, Timestamp, Write, WriteId};
use provisio_planner::execution::{Execution, ExecutionSettings, Fate, LinkEffect, Recorded, Step, Summary};
use provisio_planner::{
    Action, CompiledSpec, Generation, Memory, Note, OpId, Operation, Plan, TargetKey, Unanswered,
};

use crate::control::Control;
use crate::error::RunError;
use crate::event::{Course, Event, Observer};
use crate::incremental::{Traces, Tracker, Tracking};
use crate::lease::Held;
use crate::progress::{Phase, Progress};
use crate::running::commit_held;
use crate::store::{JobId, KnownTarget, LinkChange, StateChange, StateStore, StoreError};
use crate::telemetry;

/// How long a wait goes on at most before it is asked whether the run was cancelled.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// The state as this run left it.
pub(crate) struct Remembered {
    pub(crate) generation: Generation,
    pub(crate) memory: Memory,
}

/// What became of a plan.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) summary: Summary,
    /// The operations that were not done, or not entirely; sorted.
    pub(crate) undone: Vec<OpId>,
    /// What is known of the target objects that were written.
    pub(crate) traces: Traces,
}

impl Applied {
    fn of(execution: &Execution, tracker: Tracker) -> Self {
        let summary = execution.summary().clone();
        let failed = summary.failed.iter().map(|it| it.operation);
        let mut undone: Vec<OpId> = failed.chain(summary.left_out.iter().map(|it| it.0)).collect();
        undone.sort_unstable();
        undone.dedup();
        Self { summary, undone, traces: tracker.finish() }
    }
}

/// What carrying a plan out needs.
pub(crate) struct Apply<'a> {
    pub(crate) job: &'a JobId,
    pub(crate) spec: &'a CompiledSpec,
    pub(crate) target: &'a dyn Target,
    pub(crate) store: &'a dyn StateStore,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) context: &'a Context,
    pub(crate) settings: ExecutionSettings,
    pub(crate) held: &'a Held<'a>,
    /// The state that the plan was made from. There is one commit of this run since.
    pub(crate) planned_from: Generation,
    /// Operations that are not sent this time, with when they may be.
    pub(crate) postponed: BTreeMap<OpId, Timestamp>,
    /// Whether the job is paused and this goes on all the same: somebody carries out a plan by hand.
    pub(crate) goes_on_paused: bool,
    /// How far writes are followed for what is remembered of target objects.
    pub(crate) tracking: Tracking,
}

impl Apply<'_> {
    /// Carries a plan out. Before a create is sent, it is noted, and what is remembered of an object is forgotten before it
    /// is written; what came of writes is committed before anything else
    /// is sent or waited for, in the same commit. Nothing is sent unless the lease is held.
    pub(crate) async fn run(&self, plan: Arc<Plan>, state: &mut Remembered) -> Result<Applied, RunError> {
        if state.generation.0 > self.planned_from.0 + 1 {
            // Somebody did something while both sides were read.
            self.heed_pause().await?;
        }
        let mut journey = Journey::beginning(self.context.now(), plan.operations.len());
        let mut execution = Execution::new(plan, self.target.capabilities(), self.settings)
            .postponing(self.postponed.clone());
        let mut batches = FuturesUnordered::new();
        let mut recorded = Recorded::default();
        let mut tracker = Tracker::new(self.tracking);
        loop {
            if self.context.cancel().is_cancelled() {
                execution.stop();
            }
            let mut ready: Vec<Vec<Write>> = Vec::new();
            let step = loop {
                match execution.poll(self.context.now(), &mut recorded) {
                    Step::Dispatch(writes) => ready.push(writes),
                    step => break step,
                }
            };
            if !ready.is_empty() {
                self.held.ensure().await?;
            }
            let known = std::mem::take(&mut recorded);
            let forget = tracker.send(ready.iter().flatten());
            self.remember(&execution, &known, &ready, forget, state, &mut journey).await?;
            if !ready.is_empty() {
                for writes in ready {
                    let ids: Vec<WriteId> = writes.iter().map(|it| it.id).collect();
                    journey.send(&ids, self.context.now());
                    batches.push(async move {
                        let outcomes: Vec<(WriteId, Outcome)> =
                            self.target.apply(self.context, writes).await.collect().await;
                        (ids, outcomes)
                    });
                }
                continue;
            }
            match step {
                Step::Await { until } => {
                    let answer = match until {
                        None => batches.next().await,
                        // The answer first: one that has come is taken, whatever the time.
                        Some(instant) => match select(batches.next(), self.wait(instant)).await {
                            Either::Left((answer, _)) => answer,
                            Either::Right(_) => continue,
                        },
                    };
                    if let Some((ids, outcomes)) = answer {
                        recorded = self.record(&mut execution, &mut tracker, &ids, outcomes);
                        // What has come meanwhile goes into the same commit.
                        while let Some(Some((ids, outcomes))) = batches.next().now_or_never() {
                            let more = self.record(&mut execution, &mut tracker, &ids, outcomes);
                            join(&mut recorded, more);
                        }
                    } else {
                        // INVARIANT: a write is under way only while its batch is. Should that ever be untrue, the
                        // writes count as lost rather than waited for without end.
                        let failure =
                            Failure::new(ErrorKind::Unexpected, "no answer is to be expected any more");
                        recorded = execution.lose_outstanding(&failure, self.context.now());
                    }
                }
                Step::WaitUntil(instant) => {
                    self.tell(&Event::Progress(journey.progress(&execution, self.context.now())));
                    self.wait(instant).await;
                }
                Step::Done => return Ok(Applied::of(&execution, tracker)),
                Step::Dispatch(_) => {}
            }
        }
    }

    /// Waits until an instant, or for less: the run may have been cancelled.
    fn wait(&self, until: Timestamp) -> impl Future<Output = ()> + Unpin + Send + '_ {
        let until = until.min(self.context.now().plus(LOOK_AROUND));
        self.context.clock().sleep_until(until)
    }

    fn record(
        &self,
        execution: &mut Execution,
        tracker: &mut Tracker,
        ids: &[WriteId],
        outcomes: Vec<(WriteId, Outcome)>,
    ) -> Recorded {
        let now = self.context.now();
        let mut all = Recorded::default();
        let mut answered: Vec<WriteId> = Vec::with_capacity(ids.len());
        // An outcome for a write that is not of this batch, or a second one, is not believed.
        for (id, outcome) in outcomes {
            if ids.contains(&id) && !answered.contains(&id) {
                answered.push(id);
                tracker.answer(id, Some(&outcome));
                join(&mut all, execution.record(id, outcome, now));
            }
        }
        for id in ids.iter().filter(|it| !answered.contains(it)) {
            tracker.answer(*id, None);
            let failure = Failure::new(ErrorKind::Timeout, "the connector gave no answer for this write");
            join(&mut all, execution.record(*id, Outcome::Unknown(failure), now));
        }
        all
    }

    /// Commits what outcomes mean for the links, what else came true with them, which creates are about to be sent, and of
    /// which target objects nothing is known any more;
    /// then tells the observer.
    async fn remember(
        &self,
        execution: &Execution,
        recorded: &Recorded,
        ready: &[Vec<Write>],
        targets: Vec<(TargetKey, Option<KnownTarget>)>,
        state: &mut Remembered,
        journey: &mut Journey,
    ) -> Result<(), StoreError> {
        let plan = execution.plan();
        let name = |id| plan.mapping(id).map(|it| it.name.clone()).unwrap_or_default();
        let links = recorded.links.iter().map(|effect| match effect {
            LinkEffect::Put { mapping, link } => {
                LinkChange::Put { mapping: name(*mapping), link: link.clone() }
            }
            LinkEffect::Remove { mapping, source } => {
                LinkChange::Remove { mapping: name(*mapping), source: source.clone() }
            }
        });
        let now = self.context.now();
        let mut memory = state.memory.learn(plan, &recorded.facts, now, self.spec.looks_back());
        for id in &recorded.finished {
            if let Some(create) = create(plan, *id)
                && !matches!(execution.fate(*id), Some(Fate::Unknown(_)))
            {
                let settle = |note: &mut Note| note.unanswered = None;
                memory.edit_note(&state.memory, &name(create.mapping), &create.source, settle);
            }
        }
        for write in ready.iter().flatten() {
            if let Some(create) = create(plan, OpId(write.id.0)) {
                let unanswered = Unanswered::new(now, self.spec.sent_values(create));
                let send = |note: &mut Note| note.unanswered = Some(unanswered);
                memory.edit_note(&state.memory, &name(create.mapping), &create.source, send);
            }
        }
        let links: Vec<LinkChange> = links.collect();
        if !links.is_empty() || !memory.is_empty() || !targets.is_empty() {
            state.memory.apply(&memory);
            let fence = Some(self.held.fence());
            let change = StateChange { links, memory, targets, fence, ..StateChange::default() };
            let before = state.generation;
            state.generation = commit_held(self.store, self.job, before, change).await?;
            if state.generation.0 > before.0 + 1 {
                self.heed_pause().await?;
            }
        }
        if !recorded.finished.is_empty() {
            journey.note_left_out(execution.summary());
            let now = self.context.now();
            for id in &recorded.finished {
                self.tell_finished(execution, *id, journey, now);
            }
            self.tell(&Event::Progress(journey.progress(execution, now)));
        }
        Ok(())
    }

    /// Somebody else committed something: if it was a pause, nothing more is sent.
    async fn heed_pause(&self) -> Result<(), StoreError> {
        if self.goes_on_paused {
            return Ok(());
        }
        let head = self.store.head(self.job).await?;
        if Control::find(&head.records, self.job)?.paused.is_some() {
            self.context.cancel().cancel();
        }
        Ok(())
    }

    fn tell_finished(&self, execution: &Execution, id: OpId, journey: &mut Journey, now: Timestamp) {
        let Some(operation) = execution.plan().operations.get(id.position()) else { return };
        let sent = journey.finish(id, now);
        let course = Course::new(sent.first, now, sent.writes)
            .creating(execution.created(id))
            .knowing(execution.created_so_far())
            .leaving_out(journey.left_out.remove(&id).unwrap_or(0));
        let fate = execution.fate(id).filter(|it| **it != Fate::Done);
        self.tell(&Event::OperationFinished { operation, fate, course });
    }

    fn tell(&self, event: &Event<'_>) {
        telemetry::emit(event);
        self.observer.event(event);
    }
}

/// How far the plan is, and since when each operation is under way.
struct Journey {
    began: Timestamp,
    total: usize,
    finished: usize,
    /// By operation that was sent and has no fate yet.
    under_way: BTreeMap<u32, Sent>,
    left_out: BTreeMap<OpId, usize>,
    /// How many of the summary's entries are in `left_out` already.
    left_out_seen: usize,
}

/// An operation that was sent.
#[derive(Clone, Copy)]
struct Sent {
    first: Timestamp,
    writes: u32,
}

impl Journey {
    fn beginning(began: Timestamp, total: usize) -> Self {
        let (under_way, left_out) = (BTreeMap::new(), BTreeMap::new());
        Self { began, total, finished: 0, under_way, left_out, left_out_seen: 0 }
    }

    fn send(&mut self, ids: &[WriteId], now: Timestamp) {
        for id in ids {
            self.under_way.entry(id.0).or_insert(Sent { first: now, writes: 0 }).writes += 1;
        }
    }

    fn finish(&mut self, id: OpId, now: Timestamp) -> Sent {
        self.finished += 1;
        self.under_way.remove(&id.0).unwrap_or(Sent { first: now, writes: 0 })
    }

    fn note_left_out(&mut self, summary: &Summary) {
        for (operation, references) in summary.left_out.iter().skip(self.left_out_seen) {
            *self.left_out.entry(*operation).or_default() += references;
        }
        self.left_out_seen = summary.left_out.len();
    }

    fn progress(&self, execution: &Execution, at: Timestamp) -> Progress {
        let (began, finished, total) = (self.began, self.finished, self.total);
        let (under_way, effort) = (self.under_way.len(), execution.effort(at));
        Progress::applying(at, Phase::Applying { began, finished, total, under_way, effort })
    }
}

/// Returns the operation of this id if it creates an object.
fn create(plan: &Plan, id: OpId) -> Option<&Operation> {
    plan.operations.get(id.position()).filter(|it| matches!(it.action, Action::Create { .. }))
}

fn join(all: &mut Recorded, more: Recorded) {
    all.finished.extend(more.finished);
    all.links.extend(more.links);
    all.facts.extend(more.facts);
}
