//! What a run tells while it goes on.

use std::sync::Arc;

use provisio_connector::ConnectorInfo;
use provisio_model::{Failure, ObjectType, SourceId, TargetId, Text, Timestamp};
use provisio_planner::execution::{Fate, Summary};
use provisio_planner::{Finding, Fingerprint, Operation, Plan};

use crate::alert::Alert;
use crate::cycle::{CycleEnd, CycleId, Initiator};
use crate::incremental::WhyEverything;
use crate::progress::Progress;
use crate::{Fence, JobId};

/// Something that happened in a run.
///
/// Everything is borrowed, and nothing is computed for an observer that does not look at it.
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
    /// A cycle begins. Everything until its end belongs to it.
    CycleStarted {
        /// What identifies it.
        cycle: &'a CycleId,
        /// Of which job.
        job: &'a JobId,
        /// When.
        at: Timestamp,
        /// Who began it.
        initiator: &'a Initiator,
        /// What is read.
        source: &'a ConnectorInfo,
        /// What is written.
        target: &'a ConnectorInfo,
    },
    /// A cycle is over.
    CycleFinished {
        /// Which cycle.
        cycle: &'a CycleId,
        /// When.
        at: Timestamp,
        /// How it ended.
        end: CycleEnd<'a>,
    },
    /// Reading begins.
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
    /// What a cycle starts from is decided.
    CourseChosen {
        /// Why everything is read; `None` when the cycle starts from changes.
        why_everything: Option<&'a WhyEverything>,
    },
    /// It is known what became of a create whose answer was lost.
    CreateRecovered {
        /// Under which object mapping.
        mapping: &'a str,
        /// For which source object.
        source: &'a SourceId,
        /// The object that was created, and is linked now; `None` when there is none.
        target: Option<&'a TargetId>,
        /// When.
        at: Timestamp,
    },
    /// It is known what changed of one object type of the source.
    ChangesRead {
        /// Which objects.
        object_type: &'a ObjectType,
        /// How many changes there are.
        changes: usize,
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
        /// When that became known.
        at: Timestamp,
    },
    /// The plan is made.
    PlanReady {
        /// What will be done, what is held back and what is left alone.
        plan: &'a Plan,
        /// What is wrong with single objects; empty for a plan that was saved before.
        findings: &'a [Finding],
        /// When.
        at: Timestamp,
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
        /// How it went.
        course: Course<'a>,
    },
    /// How far the run is: while objects are read, and after each batch of writes.
    Progress(Progress),
    /// A plan was carried out as far as possible.
    ApplyFinished {
        /// What became of it.
        summary: &'a Summary,
        /// When.
        at: Timestamp,
    },
    /// Somebody should know.
    Alert {
        /// What.
        alert: &'a Alert,
        /// When.
        at: Timestamp,
    },
}

/// How an operation went.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Course<'a> {
    /// When it was first sent; for one that needed no write, when it got its fate.
    pub began: Timestamp,
    /// When it got its fate.
    pub ended: Timestamp,
    /// How many writes were sent for it, repeated ones included.
    pub writes: u32,
    /// The object that it created.
    pub created: Option<&'a TargetId>,
    /// How many references were left out, since their objects could not be created.
    pub left_out: usize,
    /// The objects that operations of this plan created so far, by the position of the operation.
    pub created_so_far: &'a [Option<TargetId>],
}

impl<'a> Course<'a> {
    /// Describes an operation that was sent at one instant and had its fate at another.
    pub fn new(began: Timestamp, ended: Timestamp, writes: u32) -> Self {
        Self { began, ended, writes, created: None, left_out: 0, created_so_far: &[] }
    }

    /// Says which object it created.
    #[must_use]
    pub fn creating(self, created: Option<&'a TargetId>) -> Self {
        Self { created, ..self }
    }

    /// Says which objects the plan created so far: what operations refer to.
    #[must_use]
    pub fn knowing(self, created_so_far: &'a [Option<TargetId>]) -> Self {
        Self { created_so_far, ..self }
    }

    /// Says how many references were left out.
    #[must_use]
    pub fn leaving_out(self, left_out: usize) -> Self {
        Self { left_out, ..self }
    }
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

/// Several observers, told in this order.
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    /// Makes one observer of several.
    pub fn new(observers: impl IntoIterator<Item = Arc<dyn Observer>>) -> Self {
        Self(observers.into_iter().collect())
    }
}

impl Observer for Observers {
    fn event(&self, event: &Event<'_>) {
        for observer in &self.0 {
            observer.event(event);
        }
    }
}
