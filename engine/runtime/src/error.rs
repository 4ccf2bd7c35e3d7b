//! Why a run ended.

use std::time::Duration;

use provisio_connector::ConnectorError;
use provisio_model::{Diagnostic, Text};
use provisio_planner::{AnswerError, Fingerprint, Generation, PlanError, Violation};

use crate::{JobId, LinkFault, Paused, Quarantine, StoreError};

/// Why a run ended, by stage. What was done until then is done, and the state knows it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A system could not be asked what it can hold.
    #[error("the {side} cannot be used")]
    Connect {
        /// `source` or `target`.
        side: &'static str,
        /// What went wrong.
        #[source]
        source: ConnectorError,
    },
    /// The mapping does not fit the systems.
    #[error("the mapping has {} faults", .0.len())]
    Mapping(Vec<Diagnostic>),
    /// The mapping that the job's own is compared with does not fit the systems.
    #[error("the other mapping has {} faults", .0.len())]
    OtherMappingUnfit(Vec<Diagnostic>),
    /// The state could not be read or written.
    #[error("the state cannot be used")]
    Store(#[source] StoreError),
    /// Somebody else works on the job: nothing was done.
    #[error("`{holder}` works on job `{}`, for {} more seconds unless it goes on", job.as_str(), remaining.as_secs_f32().ceil())]
    Leased {
        /// Which job.
        job: JobId,
        /// Who, as they called themselves.
        holder: Text,
        /// When the lease ends unless it is renewed.
        remaining: Duration,
    },
    /// The lease of the job was lost, so nothing more was sent. Of writes that were under way, the next run finds out
    /// what became of them.
    #[error("the lease of job `{}` was lost; somebody else may work on it now", job.as_str())]
    LeaseLost {
        /// Which job.
        job: JobId,
    },
    /// What the state of the job remembers contradicts itself.
    #[error("what is remembered cannot be planned from")]
    Answer(#[source] AnswerError),
    /// Somebody paused the job.
    #[error(
        "job `{}` was paused by {} at {}{}{}",
        job.as_str(), paused.by, paused.since, if paused.why.as_str().is_empty() { "" } else { ": " }, paused.why
    )]
    Paused {
        /// Which job.
        job: JobId,
        /// Since when, and why.
        paused: Paused,
    },
    /// The job is in quarantine, and it is not time for another try.
    #[error(
        "job `{}` is in quarantine since {} and tried again at {}: {}",
        job.as_str(), quarantine.since, quarantine.next, quarantine.why
    )]
    Quarantined {
        /// Which job.
        job: JobId,
        /// Since when, and why.
        quarantine: Box<Quarantine>,
    },
    /// Somebody asked to stop before there was a plan. Nothing was sent.
    #[error("interrupted while reading; nothing was changed")]
    Interrupted,
    /// Links cannot be changed so; none was.
    #[error("links cannot be changed so: {}", faults.first().map(|it| it.kind.to_string()).unwrap_or_default())]
    Links {
        /// What is wrong, by change; the first of it.
        faults: Vec<LinkFault>,
        /// How much is wrong in all.
        count: usize,
    },
    /// Nothing can be planned from what was read.
    #[error("no plan can be made")]
    Plan(#[from] PlanError),
    /// The plan breaks a rule. This is a fault of the planner: nothing was carried out.
    #[error("the plan breaks a rule, so it is not carried out: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Unsound(Vec<Violation>),
    /// The plan was made for another state.
    #[error(
        "the plan was made for state generation {expected}, and the state is at {found}: make a new plan"
    )]
    Stale {
        /// The generation that the plan was made from.
        expected: Generation,
        /// The generation of the state.
        found: Generation,
    },
    /// The plan was carried out before.
    #[error("the plan {} was carried out already", .0.short())]
    AppliedBefore(Fingerprint),
    /// The plan was made with another mapping.
    #[error("the plan was made with another mapping (fingerprint {}, now {})", expected.short(), found.short())]
    OtherMapping {
        /// The fingerprint of the mapping that the plan was made with.
        expected: Fingerprint,
        /// The fingerprint of the mapping now.
        found: Fingerprint,
    },
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Leased { job, holder, remaining } => Self::Leased { job, holder, remaining },
            StoreError::LeaseLost { job } => Self::LeaseLost { job },
            other => Self::Store(other),
        }
    }
}

impl RunError {
    /// Returns the word for the stage: `source`, `target`, `mapping`, `state`, `control`, `plan`.
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Connect { side, .. } => side,
            Self::Mapping(_) | Self::OtherMappingUnfit(_) | Self::OtherMapping { .. } => "mapping",
            Self::Store(_)
            | Self::Answer(_)
            | Self::Leased { .. }
            | Self::LeaseLost { .. }
            | Self::Links { .. } => "state",
            Self::Paused { .. } | Self::Quarantined { .. } => "control",
            Self::Plan(_)
            | Self::Interrupted
            | Self::Unsound(_)
            | Self::Stale { .. }
            | Self::AppliedBefore(_) => "plan",
        }
    }

    /// Returns its message with everything underneath it.
    pub(crate) fn whole(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
