//! One source, one target, one mapping: read, plan, carry out.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisio_connector::{Clock, ConnectorInfo, Context, Source, Target};
use provisio_expression::FunctionTable;
use provisio_model::{Diagnostic, Import, Layout, Schema, SourceSide, TargetSide, Text};
use provisio_planner::execution::{ExecutionSettings, Summary};
use provisio_planner::spec::MappingSpec;
use provisio_planner::{CompiledSpec, Plan, Planned};

use crate::apply::Remembered;
use crate::control::Control;
use crate::cycle::Initiator;
use crate::error::RunError;
use crate::event::{Event, NoObserver, Observer};
use crate::import::{ImportSide, Unreadable, import_telling};
use crate::incremental::{CONTINUATION_RECORD, CycleSettings, Tracking, WhyEverything};
use crate::lease::{Held, LeaseSettings};
use crate::progress::Progress;
use crate::running::Ready;
use crate::store::{JobId, StateStore};
use crate::telemetry;
use crate::view::{Comparison, View};
use tracing::Instrument as _;

/// A job: what is read, what is written, what is wanted, and where the state is kept.
///
/// [`Job::run`] does everything. [`Job::read`], [`View::plan`] and [`Job::apply`] do it step by step.
pub struct Job {
    id: JobId,
    source: Arc<dyn Source>,
    target: Arc<dyn Target>,
    spec: MappingSpec,
    store: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<dyn Observer>,
    functions: FunctionTable,
    pub(crate) settings: ExecutionSettings,
    lease: LeaseSettings,
    pub(crate) initiator: Initiator,
    cycles: CycleSettings,
    pub(crate) is_asked_for: bool,
}

impl Job {
    /// Makes a job with the standard expression functions and no observer.
    pub fn new(
        id: JobId,
        source: Arc<dyn Source>,
        target: Arc<dyn Target>,
        spec: MappingSpec,
        store: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            id,
            source,
            target,
            spec,
            store,
            clock,
            observer: Arc::new(NoObserver),
            functions: FunctionTable::standard(),
            settings: ExecutionSettings::default(),
            lease: LeaseSettings::default(),
            initiator: Initiator::System,
            cycles: CycleSettings::default(),
            is_asked_for: false,
        }
    }

    /// Tells an observer what happens.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Uses these expression functions.
    #[must_use]
    pub fn with_functions(mut self, functions: FunctionTable) -> Self {
        self.functions = functions;
        self
    }

    /// Reads everything in the cycles to come, whatever the settings say.
    #[must_use]
    pub fn reading_everything(mut self) -> Self {
        self.cycles.full_every = std::time::Duration::ZERO;
        self
    }

    /// Tries at once when it is run in quarantine: somebody asks for it.
    #[must_use]
    pub fn trying_at_once(mut self) -> Self {
        self.is_asked_for = true;
        self
    }

    /// Says on whose behalf [`Job::run`] runs cycles.
    #[must_use]
    pub fn with_initiator(mut self, initiator: Initiator) -> Self {
        self.initiator = initiator;
        self
    }

    /// Starts cycles from this, as long as it can be done.
    #[must_use]
    pub fn with_cycles(mut self, cycles: CycleSettings) -> Self {
        self.cycles = cycles;
        self
    }

    pub(crate) fn cycles(&self) -> &CycleSettings {
        &self.cycles
    }

    pub(crate) fn spec(&self) -> &MappingSpec {
        &self.spec
    }

    pub(crate) fn source(&self) -> &dyn Source {
        &*self.source
    }

    pub(crate) fn target(&self) -> &dyn Target {
        &*self.target
    }

    pub(crate) fn store(&self) -> &dyn StateStore {
        &*self.store
    }

    /// Carries plans out like this.
    #[must_use]
    pub fn with_settings(mut self, settings: ExecutionSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Holds the lease of the job like this while it runs.
    #[must_use]
    pub fn with_lease(mut self, lease: LeaseSettings) -> Self {
        self.lease = lease;
        self
    }

    /// Returns the name under which its state is kept.
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Makes the context for one call.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.clock))
    }

    /// Compiles the mapping against the schemas of both systems; returns it with its warnings.
    ///
    /// # Errors
    /// When a system cannot be asked, or the mapping does not fit.
    pub async fn compile(&self, context: &Context) -> Result<(CompiledSpec, Vec<Diagnostic>), RunError> {
        let (source, target) = self.schemas(context).await?;
        provisio_planner::compile(&self.spec, &source, &target, &self.functions).map_err(RunError::Mapping)
    }

    /// Compiles the mapping as [`Job::compile`] does, and adds to its warnings what will surprise whoever runs it.
    ///
    /// # Errors
    /// When a system cannot be asked, or the mapping does not fit.
    pub async fn lint(&self, context: &Context) -> Result<(CompiledSpec, Vec<Diagnostic>), RunError> {
        let (compiled, mut found) = self.compile(context).await?;
        found.extend(provisio_planner::lint(&self.spec, &compiled));
        found.sort_by_key(|it| it.span.start);
        Ok((compiled, found))
    }

    async fn schemas(&self, context: &Context) -> Result<(Schema, Schema), RunError> {
        let connect = |side| move |source| RunError::Connect { side, source };
        let source = self.source.schema(context).await.map_err(connect("source"))?;
        let target = self.target.schema(context).await.map_err(connect("target"))?;
        Ok((source, target))
    }

    /// Tries both connections and compiles the mapping; changes nothing.
    ///
    /// # Errors
    /// When a system cannot be used, or the mapping does not fit.
    pub async fn check(&self, context: &Context) -> Result<Checked, RunError> {
        let connect = |side| move |source| RunError::Connect { side, source };
        let source = self.source.check(context).await.map_err(connect("source"))?;
        let target = self.target.check(context).await.map_err(connect("target"))?;
        let (_, warnings) = self.lint(context).await?;
        Ok(Checked { source: source.found, target: target.found, warnings })
    }

    /// Reads both sides and the state.
    ///
    /// # Errors
    /// When a system or the state cannot be used at all. A read that breaks off is not an error: what it gives
    /// is incomplete.
    pub async fn read(&self, context: &Context) -> Result<View, RunError> {
        self.tell(&Event::RunStarted { job: &self.id, at: context.now() });
        let (spec, warnings) = self.compile(context).await?;
        self.read_with(context, spec, warnings).await
    }

    pub(crate) async fn read_with(
        &self,
        context: &Context,
        spec: CompiledSpec,
        warnings: Vec<Diagnostic>,
    ) -> Result<View, RunError> {
        let state = self.store.load(&self.id).await?;
        let (source, mut unreadable) =
            self.import_all::<SourceSide>(&*self.source, context, spec.source_layouts()).await;
        let (target, more) =
            self.import_all::<TargetSide>(&*self.target, context, spec.target_layouts()).await;
        unreadable.extend(more);
        let capabilities = self.target.capabilities();
        Ok(View { spec, warnings, source, target, state, capabilities, unreadable, evidence: None })
    }

    /// Reads both sides and the state once for two mappings: the job's own, and another that somebody thinks of. What
    /// differs between their plans is due to the mappings alone. Nothing can be carried out from it.
    ///
    /// # Errors
    /// As for [`Job::read`]; [`RunError::OtherMappingUnfit`] when the other mapping does not fit.
    pub async fn read_for_both(
        &self,
        context: &Context,
        other: &MappingSpec,
    ) -> Result<Comparison, RunError> {
        self.tell(&Event::RunStarted { job: &self.id, at: context.now() });
        let (source, target) = self.schemas(context).await?;
        let [own, other] =
            provisio_planner::compile_both([&self.spec, other], &source, &target, &self.functions);
        let (other, other_warnings) = other.map_err(RunError::OtherMappingUnfit)?;
        let (spec, warnings) = own.map_err(RunError::Mapping)?;
        let view = self.read_with(context, spec, warnings).await?;
        Ok(Comparison { view, other, other_warnings })
    }

    pub(crate) async fn import_all<S: ImportSide>(
        &self,
        system: &(impl Source + ?Sized),
        context: &Context,
        layouts: &[Arc<Layout>],
    ) -> (Vec<Import<S>>, Vec<UnreadableObjects>) {
        let mut imports = Vec::with_capacity(layouts.len());
        let mut all = Vec::new();
        for layout in layouts {
            let (import, unreadable) = self.import_one(system, context, layout).await;
            imports.push(import);
            all.extend(unreadable);
        }
        (imports, all)
    }

    /// Reads all objects of one type, and tells of it.
    pub(crate) async fn import_one<S: ImportSide>(
        &self,
        system: &(impl Source + ?Sized),
        context: &Context,
        layout: &Arc<Layout>,
    ) -> (Import<S>, Option<UnreadableObjects>) {
        let progress = |objects| {
            self.tell(&Event::Progress(Progress::reading(context.now(), S::NAME, objects)));
        };
        let imported = import_telling::<S>(system, context, layout, &progress)
            .instrument(telemetry::import_span(S::NAME, layout.object_type()))
            .await;
        let object_type = layout.object_type();
        for (id, failure) in &imported.unreadable.first {
            self.tell(&Event::ObjectUnreadable {
                side: S::NAME,
                object_type,
                id: id.as_deref(),
                failure,
                at: context.now(),
            });
        }
        self.tell(&Event::ReadFinished {
            side: S::NAME,
            object_type,
            objects: imported.import.records().len(),
            incomplete: imported.import.incomplete().map(|why| why.to_string().into()),
        });
        let (side, object_type) = (S::NAME, object_type.clone());
        let unreadable = imported.unreadable;
        let unreadable =
            (unreadable.count > 0).then_some(UnreadableObjects { side, object_type, unreadable });
        (imported.import, unreadable)
    }

    /// Carries out a plan that was made for the current state with the current mapping, once. Meanwhile it holds the
    /// lease of the job.
    ///
    /// # Errors
    /// When the plan is stale, was carried out before, or was made with another mapping, or somebody else works on the
    /// job; nothing is done then. When the state cannot be written, or the lease is lost; what was done until then is
    /// found by the next plan.
    pub async fn apply(&self, context: &Context, plan: &Plan) -> Result<Summary, RunError> {
        let held = self.hold(context).await?;
        held.during(self.apply_held(context, plan, &held)).await
    }

    pub(crate) async fn hold<'a>(&'a self, context: &'a Context) -> Result<Held<'a>, RunError> {
        Held::take(&self.id, &self.lease, &*self.store, context.clock(), &*self.observer).await
    }

    async fn apply_held(&self, context: &Context, plan: &Plan, held: &Held<'_>) -> Result<Summary, RunError> {
        let (spec, _) = self.compile(context).await?;
        if plan.spec != spec.fingerprint() {
            return Err(RunError::OtherMapping { expected: plan.spec, found: spec.fingerprint() });
        }
        let state = self.store.load(&self.id).await?;
        let known = Remembered { generation: state.generation, memory: state.memory };
        // What the next cycle would start from does not know of this plan: it reads everything.
        let mut intents = vec![(Text::new(CONTINUATION_RECORD), None)];
        let mut control = Control::find(&state.records, &self.id)?;
        if let Some(why) = why_paused(plan) {
            control.pause_for(context.now(), self.initiator.name(), &why);
            intents.push(control.to_record());
        }
        // It was made and reviewed by somebody, whom a pause does not stop; one from now on does.
        let goes_on_paused = control.paused.is_some();
        let postponed = BTreeMap::new();
        let applied = &state.applied;
        let tracking = Tracking::Off;
        let ready = Ready { spec: &spec, plan, applied, postponed, intents, goes_on_paused, tracking };
        let (done, _) = self.carry_out(context, ready, held, known).await?;
        Ok(done.summary)
    }

    pub(crate) fn systems(&self) -> (ConnectorInfo, ConnectorInfo) {
        (self.source.info(), self.target.info())
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        telemetry::emit(event);
        self.observer.event(event);
    }
}

/// Why a job is paused by carrying out a plan: one that undoes cycles would be undone by the next.
fn why_paused(plan: &Plan) -> Option<Text> {
    let cycles = plan.undoes();
    if plan.operations.is_empty() || cycles.is_empty() {
        return None;
    }
    let cycles: Vec<&str> = cycles.into_iter().map(|it| &**it).collect();
    let (of, more) = cycles.split_at(cycles.len().min(CYCLES_TOLD_MAX));
    let dots = if more.is_empty() { "" } else { " and later ones" };
    let cycles = of.join(", ");
    Some(format!("cycle {cycles}{dots} rolled back; the next cycle would do the same again").into())
}

/// How many cycles a reason names.
const CYCLES_TOLD_MAX: usize = 3;

/// What a check of a job found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// What the source says of itself, one line each.
    pub source: Vec<Text>,
    /// What the target says of itself, one line each.
    pub target: Vec<Text>,
    /// What is doubtful in the mapping.
    pub warnings: Vec<Diagnostic>,
}

/// What one run did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cycle {
    /// The plan and its findings.
    pub planned: Planned,
    /// What became of the plan.
    pub summary: Summary,
    /// Objects that could not be read.
    pub unreadable: Vec<UnreadableObjects>,
    /// Why everything was read; `None` when the cycle started from changes.
    pub why_everything: Option<WhyEverything>,
}

/// Objects of one type of one side that could not be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnreadableObjects {
    /// `source` or `target`.
    pub side: &'static str,
    /// Of which type.
    pub object_type: provisio_model::ObjectType,
    /// How many, and the first of them.
    pub unreadable: Unreadable,
}
