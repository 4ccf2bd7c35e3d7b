//! The thin shell around [`Execution`]: asks what to send, sends it, remembers what came of it.

use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use provisio_connector::{Context, Target};
use provisio_model::{ErrorKind, Failure, Outcome, WriteId};
use provisio_planner::execution::{Execution, ExecutionSettings, LinkEffect, Recorded, Step, Summary};
use provisio_planner::{Generation, Memory, OpId, Plan};

use crate::error::RunError;
use crate::event::{Event, Observer};
use crate::lease::Held;
use crate::store::{JobId, LinkChange, StateChange, StateStore, StoreError};
use crate::telemetry;

/// The state as this run left it.
pub(crate) struct Remembered {
    pub(crate) generation: Generation,
    pub(crate) memory: Memory,
}

/// What carrying a plan out needs.
pub(crate) struct Apply<'a> {
    pub(crate) job: &'a JobId,
    pub(crate) target: &'a dyn Target,
    pub(crate) store: &'a dyn StateStore,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) context: &'a Context,
    pub(crate) settings: ExecutionSettings,
    pub(crate) held: &'a Held<'a>,
}

impl Apply<'_> {
    /// Carries a plan out. Links and notes are committed after each batch, before anything else is sent. Nothing is
    /// sent unless the lease is held.
    pub(crate) async fn run(&self, plan: Arc<Plan>, mut state: Remembered) -> Result<Summary, RunError> {
        let mut execution = Execution::new(plan, self.target.capabilities(), self.settings);
        let mut batches = FuturesUnordered::new();
        loop {
            if self.context.cancel().is_cancelled() {
                execution.stop();
            }
            let mut recorded = Recorded::default();
            let step = execution.poll(self.context.now(), &mut recorded);
            self.remember(&execution, &recorded, &mut state).await?;
            match step {
                Step::Dispatch(writes) => {
                    self.held.ensure().await?;
                    batches.push(async move {
                        let ids: Vec<WriteId> = writes.iter().map(|it| it.id).collect();
                        let outcomes: Vec<(WriteId, Outcome)> =
                            self.target.apply(self.context, writes).await.collect().await;
                        (ids, outcomes)
                    });
                }
                Step::Await => match batches.next().await {
                    Some((ids, outcomes)) => {
                        let recorded = self.record(&mut execution, &ids, outcomes);
                        self.remember(&execution, &recorded, &mut state).await?;
                    }
                    // INVARIANT: a write is under way only while its batch is. Should that ever be untrue, the
                    // writes count as lost rather than waited for without end.
                    None => {
                        let failure =
                            Failure::new(ErrorKind::Unexpected, "no answer is to be expected any more");
                        let recorded = execution.lose_outstanding(&failure, self.context.now());
                        self.remember(&execution, &recorded, &mut state).await?;
                    }
                },
                Step::WaitUntil(instant) => self.context.clock().sleep_until(instant).await,
                Step::Done => return Ok(execution.summary().clone()),
            }
        }
    }

    fn record(
        &self,
        execution: &mut Execution,
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
                join(&mut all, execution.record(id, outcome, now));
            }
        }
        for id in ids.iter().filter(|it| !answered.contains(it)) {
            let failure = Failure::new(ErrorKind::Timeout, "the connector gave no answer for this write");
            join(&mut all, execution.record(*id, Outcome::Unknown(failure), now));
        }
        all
    }

    /// Commits what an outcome means for the links and what else came true with it, and tells the observer.
    async fn remember(
        &self,
        execution: &Execution,
        recorded: &Recorded,
        state: &mut Remembered,
    ) -> Result<(), StoreError> {
        let plan = execution.plan();
        if !recorded.links.is_empty() || !recorded.facts.is_empty() {
            let name = |id| plan.mapping(id).map(|it| it.name.clone()).unwrap_or_default();
            let links = recorded.links.iter().map(|effect| match effect {
                LinkEffect::Put { mapping, link } => {
                    LinkChange::Put { mapping: name(*mapping), link: link.clone() }
                }
                LinkEffect::Remove { mapping, source } => {
                    LinkChange::Remove { mapping: name(*mapping), source: source.clone() }
                }
            });
            let memory = state.memory.learn(plan, &recorded.facts, self.context.now(), None);
            state.memory.apply(&memory);
            let fence = Some(self.held.fence());
            let change = StateChange { links: links.collect(), memory, fence, ..StateChange::default() };
            state.generation = self.store.commit(self.job, state.generation, change).await?;
        }
        for id in &recorded.finished {
            self.tell(plan, *id, execution.summary());
        }
        Ok(())
    }

    fn tell(&self, plan: &Plan, id: OpId, summary: &Summary) {
        if let Some(operation) = plan.operations.get(id.position()) {
            // Failures are few; the latest are at the end.
            let fate = summary.failed.iter().rev().find(|it| it.operation == id).map(|it| &it.fate);
            let event = Event::OperationFinished { operation, fate };
            telemetry::emit(&event);
            self.observer.event(&event);
        }
    }
}

fn join(all: &mut Recorded, more: Recorded) {
    all.finished.extend(more.finished);
    all.links.extend(more.links);
    all.facts.extend(more.facts);
}
