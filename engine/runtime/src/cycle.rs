//! What is a cycle, who began it, and how did it end?

use std::fmt;
use std::sync::OnceLock;

use provisio_connector::Context;
use provisio_model::{Text, Timestamp};
use provisio_planner::execution::Summary;
use provisio_planner::{Finding, Plan, Planned, Released};
use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::error::RunError;
use crate::event::Event;
use crate::job::Job;
use crate::view::View;

/// Identifies a cycle of a job: the instant at which it began, such as `20260131T083000.123456789Z`. Later cycles
/// have greater ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CycleId(Text);

impl CycleId {
    /// Names the cycle that begins at this instant. Cycles of a job do not overlap, so no two begin at once.
    pub fn beginning(at: Timestamp) -> Self {
        Self(format!("{}.{:09}Z", compact(at).trim_end_matches('Z'), at.nanosecond()).into())
    }

    /// Returns it as text.
    pub fn text(&self) -> &Text {
        &self.0
    }
}

/// Writes an instant to the second without separators, as names of files and cycles have it: `20260131T083000Z`.
pub(crate) fn compact(at: Timestamp) -> String {
    let second = Timestamp::from_second(at.second()).to_string();
    second.chars().filter(|it| !matches!(it, '-' | ':')).collect()
}

impl fmt::Display for CycleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Who began a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Initiator {
    /// The program itself: its schedule.
    #[default]
    System,
    /// A person.
    Person {
        /// What they are called where they asked: a login name.
        name: Text,
    },
    /// Another program, through this library.
    Application {
        /// What it is called.
        name: Text,
    },
}

impl Initiator {
    /// Returns what somebody is called who asks for something; `provisio` for the program itself.
    pub fn name(&self) -> &str {
        match self {
            Self::System => "provisio",
            Self::Person { name } | Self::Application { name } => name,
        }
    }
}

/// How a cycle ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CycleEnd<'a> {
    /// The plan was made and carried out as far as possible; single operations may have failed.
    Finished,
    /// Somebody asked to stop. What was done is remembered.
    Interrupted,
    /// It ended before its plan was carried out.
    Failed {
        /// Where: `source`, `target`, `mapping`, `state`, `plan`.
        stage: &'a str,
        /// What happened, with everything underneath it.
        why: &'a str,
    },
    /// Whoever ran it gave it up and did not say why.
    Abandoned,
}

impl CycleEnd<'_> {
    /// Returns its name: `finished`, `interrupted`, `failed`, `abandoned`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::Failed { .. } => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// A cycle that is under way, for those who take its steps one by one. [`Job::run`] is all of them.
///
/// Observers are told of its beginning and its end. One that is dropped before [`OpenCycle::end`] is told as
/// abandoned.
#[must_use = "a cycle that is not ended counts as abandoned"]
pub struct OpenCycle<'a> {
    job: &'a Job,
    context: &'a Context,
    id: CycleId,
    /// The first step that failed.
    failed: OnceLock<(&'static str, String)>,
    /// Whether somebody said that it is over.
    is_ended: bool,
}

impl Job {
    /// Begins a cycle.
    pub fn begin<'a>(&'a self, context: &'a Context, initiator: &Initiator) -> OpenCycle<'a> {
        let at = context.now();
        let id = CycleId::beginning(at);
        let (source, target) = self.systems();
        let (source, target) = (&source, &target);
        self.tell(&Event::CycleStarted { cycle: &id, job: self.id(), at, initiator, source, target });
        OpenCycle { job: self, context, id, failed: OnceLock::new(), is_ended: false }
    }
}

impl OpenCycle<'_> {
    /// Returns what identifies it.
    pub fn id(&self) -> &CycleId {
        &self.id
    }

    /// Reads both sides and the state.
    ///
    /// # Errors
    /// As for [`Job::read`].
    pub async fn read(&self) -> Result<View, RunError> {
        self.note(self.job.read(self.context).await)
    }

    /// Makes the plan.
    ///
    /// # Errors
    /// As for [`View::plan`].
    pub fn plan(&self, view: &View, released: Released) -> Result<Planned, RunError> {
        let planned = self.note(view.plan(self.context.now(), released))?;
        self.announce(&planned.plan, &planned.findings);
        Ok(planned)
    }

    /// Tells observers of a plan that was made elsewhere: it was saved, and is carried out in this cycle.
    pub fn announce(&self, plan: &Plan, findings: &[Finding]) {
        let at = self.context.now();
        self.job.tell(&Event::PlanReady { plan, findings, at });
        for held in &plan.held {
            self.job.tell(&Event::Alert { alert: &Alert::of_held(plan, held), at });
        }
    }

    /// Carries the plan out. One with nothing to do and nothing to remember changes neither target nor state.
    ///
    /// # Errors
    /// As for [`Job::apply`].
    pub async fn apply(&self, plan: &Plan) -> Result<Summary, RunError> {
        if plan.is_empty() { Ok(Summary::default()) } else { self.apply_always(plan).await }
    }

    /// Carries the plan out even when there is nothing to do: it is refused if it is not fit, and counts as carried out.
    ///
    /// # Errors
    /// As for [`Job::apply`].
    pub async fn apply_always(&self, plan: &Plan) -> Result<Summary, RunError> {
        self.note(self.job.apply(self.context, plan).await)
    }

    /// Ends it: as failed if a step of it failed, as interrupted if its context was cancelled, else as finished.
    pub fn end(mut self) {
        self.is_ended = true;
    }

    /// Remembers the first failure of a step.
    pub(crate) fn note<T>(&self, result: Result<T, RunError>) -> Result<T, RunError> {
        if let Err(error) = &result
            && !matches!(error, RunError::Interrupted)
        {
            self.failed.get_or_init(|| (error.stage(), error.whole()));
        }
        result
    }
}

impl Drop for OpenCycle<'_> {
    fn drop(&mut self) {
        let at = self.context.now();
        let end = match self.failed.get() {
            Some((stage, why)) => CycleEnd::Failed { stage, why },
            None if self.context.cancel().is_cancelled() => CycleEnd::Interrupted,
            None if self.is_ended => CycleEnd::Finished,
            None => CycleEnd::Abandoned,
        };
        let failed = match end {
            CycleEnd::Failed { stage, why } => Some((stage, why)),
            CycleEnd::Abandoned => Some((end.name(), "whoever ran it gave it up")),
            _ => None,
        };
        if let Some((stage, why)) = failed {
            let alert = Alert::RunFailed { stage: stage.into(), why: why.into() };
            self.job.tell(&Event::Alert { alert: &alert, at });
        }
        self.job.tell(&Event::CycleFinished { cycle: &self.id, at, end });
    }
}
