//! What a run tells while it goes on.

use provisio_model::{Failure, ObjectType, Text, Timestamp};
use provisio_planner::execution::{Fate, Summary};
use provisio_planner::{Fingerprint, Operation, Plan, Planned};

use crate::{Fence, JobId};

/// Something that happened in a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The lease of a job is held from now on.
    LeaseTaken {
        /// Of which job.
        job: &'a JobId,
        /// Which lease.
        fence: Fence,
        /// Who took it.
        holder: &'a str,
    },
    /// The lease of a job is not held any more: nothing more is sent, and nothing of it is remembered.
    LeaseLost {
        /// Of which job.
        job: &'a JobId,
        /// Which lease.
        fence: Fence,
    },
    /// The lease of a job was given back.
    LeaseReleased {
        /// Of which job.
        job: &'a JobId,
        /// Which lease.
        fence: Fence,
    },
    /// A run begins.
    RunStarted {
        /// Of which job.
        job: &'a JobId,
        /// When.
        at: Timestamp,
    },
    /// One object type of one side was read.
    ReadFinished {
        /// `source` or `target`.
        side: &'static str,
        /// Which objects.
        object_type: &'a ObjectType,
        /// How many.
        objects: usize,
        /// Why these are not all, if they are not.
        incomplete: Option<Text>,
    },
    /// An object is there and could not be read.
    ObjectUnreadable {
        /// `source` or `target`.
        side: &'static str,
        /// Of which type.
        object_type: &'a ObjectType,
        /// Which one, if that is known.
        id: Option<&'a str>,
        /// What is wrong with it.
        failure: &'a Failure,
    },
    /// The plan is made.
    PlanReady {
        /// The plan and its findings.
        planned: &'a Planned,
    },
    /// A plan begins to be carried out.
    ApplyStarted {
        /// Which plan.
        plan: &'a Plan,
        /// What identifies it.
        fingerprint: Fingerprint,
    },
    /// An operation has its fate.
    OperationFinished {
        /// Which operation.
        operation: &'a Operation,
        /// What became of it; `None` when it is done.
        fate: Option<&'a Fate>,
    },
    /// A plan was carried out as far as possible.
    ApplyFinished {
        /// What became of it.
        summary: &'a Summary,
    },
}

/// Is told what happens. Called in order, between other work: it must not block.
pub trait Observer: Send + Sync {
    /// Takes an event.
    fn event(&self, event: &Event<'_>);
}

/// Wants to know nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn event(&self, _event: &Event<'_>) {}
}
