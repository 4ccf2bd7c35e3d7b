//! What happens when a world is really carried out?
//!
//! A [`Rig`] puts a [`World`] into a [`MemoryDirectory`] as the target, its source behind a connector, its links
//! into a [`MemoryStore`], and runs the real [`Job`] over them, undisturbed or with an [`Interruption`]. Time is
//! virtual: waiting costs nothing.

mod connectors;
mod directory;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::{CancelToken, Clock, Context};
use provisio::execution::{Fate, Summary};
use provisio::model::{Schema, Text, Timestamp};
use provisio::rollback::{Created, Deed};
use provisio::store::{JobId, LinkChange, MemoryStore, StateChange, StateStore as _, StoreError};
use provisio::{
    Cycle, CycleSettings, Generation, Initiator, Job, MappingSpec, NoObserver, Observer, Plan, Planned,
    Released, RunError,
};
use provisio_memory::MemoryDirectory;

use crate::world::{SystemState, World, WorldError};
use connectors::{FailingStore, Fragile};
pub use connectors::{Interruption, StateSource, TargetForm};
pub(crate) use directory::lines;

/// After how many runs without an end [`Rig::settle`] gives up.
const RUNS_MAX: usize = 12;

/// A world behind real connectors, with a real state store.
pub struct Rig {
    /// The source. Change what it holds with [`StateSource::edit`].
    pub source: Arc<StateSource>,
    /// The target.
    pub target: Arc<MemoryDirectory>,
    /// The state.
    pub store: Arc<MemoryStore>,
    /// Which parts of the target a read does not show; nothing at first.
    pub target_reads: SystemState,
    /// What the target makes of the texts of these attributes; it keeps them as they are at first.
    pub target_form: (TargetForm, Vec<Text>),
    /// Whether the target can be asked for single objects; it can at first.
    pub target_can_be_asked: bool,
    /// What is wanted.
    pub spec: MappingSpec,
    /// The limits that are released.
    pub released: Released,
    /// What cycles start from; everything at first.
    pub cycles: CycleSettings,
    /// Who is told what happens; nobody at first.
    pub observer: Arc<dyn Observer>,
    target_schema: Schema,
    clock: Arc<VirtualClock>,
}

impl Rig {
    /// Puts a world in place. Both sides can be read completely, whatever the world says; see
    /// [`Rig::target_reads`] and [`StateSource::edit`].
    ///
    /// # Errors
    /// When the target cannot hold what the world says it holds, or two links share an end.
    pub fn new(world: &World) -> Result<Self, WorldError> {
        let contradiction = |it: String| WorldError::Contradiction(it);
        world.link_table()?;
        let target = MemoryDirectory::new(world.target.schema.clone())
            .with_incarnation("test")
            .with_objects(world.target.objects.iter().cloned())
            .map_err(|it| contradiction(format!("the target: {it}")))?;
        let store = MemoryStore::new();
        if !world.links.is_empty() || !world.memory.is_empty() {
            let links = world.links.iter().cloned();
            let links = links.map(|(mapping, link)| LinkChange::Put { mapping, link }).collect();
            let memory = world.memory.to_change();
            let change = StateChange { links, memory, ..StateChange::default() };
            block_on(store.commit(&Self::job_id(), Generation::default(), change))
                .map_err(|it| contradiction(it.to_string()))?;
        }
        let source = StateSource::new(SystemState {
            schema: world.source.schema.clone(),
            objects: world.source.objects.clone(),
            ..SystemState::default()
        });
        Ok(Self {
            source: Arc::new(source),
            target: Arc::new(target),
            store: Arc::new(store),
            target_reads: SystemState::default(),
            target_form: (TargetForm::AsSent, Vec::new()),
            target_can_be_asked: true,
            spec: world.spec.clone(),
            released: world.released,
            cycles: CycleSettings::everything(),
            observer: Arc::new(NoObserver),
            target_schema: world.target.schema.clone(),
            clock: Arc::new(VirtualClock::new(world.now)),
        })
    }

    /// Lets days go by.
    pub fn pass(&self, days: u64) {
        let mut now = self.clock.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus(Duration::from_secs(days * 86_400));
    }

    /// Returns the name under which its job keeps its state.
    pub fn job_id() -> JobId {
        JobId::new("test")
    }

    /// Returns its clock.
    pub fn clock(&self) -> Arc<VirtualClock> {
        Arc::clone(&self.clock)
    }

    /// Runs once.
    ///
    /// # Errors
    /// As [`Job::run`].
    pub fn run(&self) -> Result<Cycle, RunError> {
        self.run_with(Interruption::None)
    }

    /// Runs once, interrupted.
    ///
    /// # Errors
    /// As [`Job::run`]; that the state could not be written, for [`Interruption::FailCommit`].
    pub fn run_with(&self, interruption: Interruption) -> Result<Cycle, RunError> {
        let (job, context) = self.job(interruption);
        block_on(job.run(&context, self.released))
    }

    /// Carries out a plan that was made of [`Rig::world`].
    ///
    /// # Errors
    /// As [`Job::apply`].
    pub fn apply(&self, plan: &Plan) -> Result<Summary, RunError> {
        let (job, context) = self.job(Interruption::None);
        block_on(job.apply(&context, plan))
    }

    /// Carries out a plan as [`Rig::apply`] does, in a cycle of its own, which observers are told of.
    ///
    /// # Errors
    /// As [`Job::apply`].
    pub fn apply_in_cycle(&self, plan: &Plan) -> Result<Summary, RunError> {
        let (job, context) = self.job(Interruption::None);
        let cycle = job.begin(&context, &Initiator::System);
        cycle.announce(plan, &[]);
        let summary = block_on(cycle.apply_always(plan))?;
        cycle.end();
        Ok(summary)
    }

    /// Plans the way back from what was done.
    ///
    /// # Errors
    /// As [`Job::read_target`] and [`View::roll_back`](provisio::View::roll_back).
    pub fn roll_back(&self, deeds: &[Deed], created: Created) -> Result<Planned, RunError> {
        let (job, context) = self.job(Interruption::None);
        let view = block_on(job.read_target(&context))?;
        view.roll_back(deeds, created, self.clock.now(), self.released)
    }

    fn job(&self, interruption: Interruption) -> (Job, Context) {
        let cancel = CancelToken::default();
        let target = Fragile::new(
            Arc::clone(&self.target),
            self.target_reads.clone(),
            interruption,
            self.target_form.clone(),
            self.target_can_be_asked,
            cancel.clone(),
        );
        let store = FailingStore::new(Arc::clone(&self.store), interruption);
        let job = Job::new(
            Self::job_id(),
            Arc::clone(&self.source) as Arc<_>,
            Arc::new(target),
            self.spec.clone(),
            Arc::new(store),
            Arc::clone(&self.clock) as Arc<_>,
        );
        let job = job.with_cycles(self.cycles.clone()).with_observer(Arc::clone(&self.observer));
        (job, Context::new(Arc::clone(&self.clock) as Arc<_>).with_cancel(cancel))
    }

    /// Returns the world as it is now, and the state generation that a plan of it belongs to.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn world(&self) -> Result<(World, Generation), StoreError> {
        let state = block_on(self.store.load(&Self::job_id()))?;
        let mut target = SystemState::new(self.target_schema.clone());
        target.objects = self.objects();
        let mut world = World::new(self.source.edit(|it| it.clone()), target, self.spec.clone());
        for (mapping, links) in state.links.iter() {
            world.links.extend(links.iter().map(|it| (mapping.clone(), it.clone())));
        }
        world.memory = state.memory;
        world.now = self.clock.now();
        world.released = self.released;
        Ok((world, state.generation))
    }

    /// Runs until nothing is left to do, and returns all runs; the last one planned nothing.
    ///
    /// # Errors
    /// When a run fails, or there is still something to do after a dozen runs; says what.
    pub fn settle(&self) -> Result<Vec<Cycle>, String> {
        let mut cycles = Vec::new();
        for _ in 0..RUNS_MAX {
            let cycle = self.run().map_err(|it| describe(&it))?;
            let is_empty = cycle.planned.plan.is_empty();
            // What waits for its time gets it.
            let postponed = cycle.summary.failed.iter().filter_map(|it| match &it.fate {
                Fate::Postponed(until) => Some(*until),
                _ => None,
            });
            if let Some(until) = postponed.max() {
                block_on(self.clock.sleep_until(until));
            }
            cycles.push(cycle);
            if is_empty {
                return Ok(cycles);
            }
        }
        let plans: String = cycles.iter().map(|it| it.planned.plan.text().to_string()).collect();
        Err(format!("there is still something to do after {RUNS_MAX} runs:\n{plans}"))
    }
}

/// An error with everything underneath.
fn describe(error: &RunError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

/// Time that passes when somebody waits.
pub struct VirtualClock(Mutex<Timestamp>);

impl VirtualClock {
    /// Makes a clock that shows this time.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }
}

/// The beginning of 2026.
impl Default for VirtualClock {
    fn default() -> Self {
        Self::new(Timestamp::from_second(1_767_225_600))
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep_until(&self, instant: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = instant.max(*now);
    }
}
