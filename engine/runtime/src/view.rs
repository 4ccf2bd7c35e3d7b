//! What is a plan made from, and what can be asked of it?

use provisio_model::{Capabilities, Diagnostic, Import, SourceSide, TargetSide, Timestamp};
use provisio_planner::{
    CompiledSpec, Evidence, Explanation, Plan, PlanInput, Planned, Preflight, Released, Threads, Violation,
};

use crate::error::RunError;
use crate::job::UnreadableObjects;
use crate::store::State;
use crate::telemetry;

/// Both sides and the state, as they were read: everything that a plan is made from.
#[non_exhaustive]
pub struct View {
    /// The mapping, compiled.
    pub spec: CompiledSpec,
    /// What is doubtful in the mapping.
    pub warnings: Vec<Diagnostic>,
    /// What was read of the source.
    pub source: Vec<Import<SourceSide>>,
    /// What was read of the target.
    pub target: Vec<Import<TargetSide>>,
    /// What is remembered; in a cycle from changes, as far as it is needed.
    pub state: State,
    /// What the target can do.
    pub capabilities: Capabilities,
    /// Objects that could not be read.
    pub unreadable: Vec<UnreadableObjects>,
    /// In a cycle from changes, what is known beyond the objects themselves; `None` when everything was read.
    pub evidence: Option<Evidence>,
}

impl View {
    /// Returns what a plan is made from.
    pub fn input(&self, now: Timestamp, released: Released) -> PlanInput<'_> {
        PlanInput {
            spec: &self.spec,
            source: &self.source,
            target: &self.target,
            links: &self.state.links,
            memory: &self.state.memory,
            capabilities: self.capabilities,
            now,
            parent: self.state.generation,
            released,
            evidence: self.evidence.as_ref(),
        }
    }

    /// Makes the plan, and in debug builds has it checked.
    ///
    /// # Errors
    /// When nothing can be planned from what was read.
    pub fn plan(&self, now: Timestamp, released: Released) -> Result<Planned, RunError> {
        plan(&self.input(now, released))
    }

    /// Judges a plan independently of the planner, such as one from a file: is it fit to be carried out now?
    pub fn verify(&self, plan: &Plan, released: Released) -> Vec<Violation> {
        provisio_planner::check(&self.input(plan.at, released), plan)
    }

    /// Says how the two sides stand to each other: who would be taken over or created, who cannot be matched, and
    /// which target objects nobody owns.
    ///
    /// # Errors
    /// When nothing can be planned from what was read.
    pub fn preflight(&self, now: Timestamp) -> Result<Preflight, RunError> {
        Ok(provisio_planner::preflight(&self.input(now, Released::NOTHING))?)
    }

    /// Tells the story of one object in a plan that was made from this view.
    pub fn explain<'a>(&self, planned: &'a Planned, object: &str) -> Explanation<'a> {
        let input = self.input(planned.plan.at, Released::NOTHING);
        provisio_planner::explain(&input, planned, object)
    }
}

/// What two mappings plan from, read once.
#[non_exhaustive]
pub struct Comparison {
    /// Both sides and the state, with the job's own mapping.
    pub view: View,
    /// The other mapping, compiled.
    pub other: CompiledSpec,
    /// What is doubtful in the other mapping.
    pub other_warnings: Vec<Diagnostic>,
}

impl Comparison {
    /// Makes the plan of the job's own mapping and that of the other.
    ///
    /// # Errors
    /// When nothing can be planned from what was read.
    pub fn plans(&self, now: Timestamp, released: Released) -> Result<[Planned; 2], RunError> {
        let input = self.view.input(now, released);
        Ok([plan(&input)?, plan(&PlanInput { spec: &self.other, ..input })?])
    }
}

pub(crate) fn plan(input: &PlanInput<'_>) -> Result<Planned, RunError> {
    let _entered = telemetry::plan_span().entered();
    let planned = provisio_planner::plan_on(input, Threads::available())?;
    if cfg!(debug_assertions) {
        let violations = provisio_planner::check(input, &planned.plan);
        if !violations.is_empty() {
            return Err(RunError::Unsound(violations));
        }
    }
    Ok(planned)
}
