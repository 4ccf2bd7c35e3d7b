//! Runs jobs: reads both sides, plans, carries the plan out, keeps the state.
//!
//! A [`Job`] ties a source, a target, a mapping and a [`StateStore`] together. This crate is asynchronous without
//! an executor of its own: it spawns nothing, and time comes from a [`provisio_connector::Clock`].
//!
//! * `import`: a connector's stream becomes records and, if the connector says so, the proof that they are all;
//! * `control`, `escrow`: whether a job may run, and when operations that failed are tried again;
//! * `operations`, `linking`: pausing, resuming, restarting; links that somebody changes by hand;
//! * `incremental`: cycles that start from what changed, as [`CycleSettings`] say;
//! * [`View`]: everything that a plan is made from;
//! * `recovery`: what became of creates whose answers were lost;
//! * `apply`: the shell around the pure [`provisio_planner::execution::Execution`];
//! * [`StateStore`]: what must not be forgotten, and who works on a job;
//! * [`Fleet`]: several workers that share jobs;
//! * [`Observer`]: who wants to know what happens.

mod alert;
mod apply;
mod control;
mod cycle;
mod error;
mod escrow;
mod event;
mod fleet;
mod import;
mod incremental;
mod job;
mod lag;
mod lease;
mod linking;
mod log;
mod metrics;
mod operations;
mod progress;
mod recovery;
mod report;
mod rollback;
mod running;
mod status;
mod store;
mod telemetry;
#[cfg(feature = "tokio")]
mod tokio_clock;
mod view;

pub use alert::{Alert, AlertSink, Alerts, Notice};
pub use control::{Control, Paused, Quarantine, QuarantineReason, QuarantineSettings};
pub use cycle::{CycleEnd, CycleId, Initiator, OpenCycle};
pub use error::RunError;
pub use escrow::{Escrow, EscrowKey};
pub use event::{Course, Event, NoObserver, Observer, Observers};
pub use fleet::{Fleet, LOOKED_AGAIN_AFTER, Turn};
pub use import::{ImportSide, Imported, Sorted, UNREADABLE_KEPT_MAX, Unreadable, import};
pub use incremental::{CycleSettings, Prepared, REMEMBERED_FOR_MAX, Read, StartFrom, WhyEverything};
pub use job::{Checked, Cycle, Job, UnreadableObjects};
pub use lease::{LEASE_TTL_MIN, LeaseSettings};
pub use linking::{LinkFault, LinkFaultKind};
pub use log::{
    CHARACTERS_MAX, CURRENT, Category, Choice, CycleQuery, CycleStart, DAMAGED_KEPT_MAX, Damaged, Deeds,
    DeedsError, Entry, ErrorNote, FORMAT as LOG_FORMAT, FindingNote, Found, Gap, Identity, Line, LogReader,
    LogSettings, LogValue, ObjectRecord, OnFailure, OperationNote, PSEUDONYM_KEY_BYTES_MIN, PersonalData,
    Property, ProvisioningLog, PseudonymKey, PseudonymKeyError, Query, Rotation, Skips, Status,
    Step as LogStep, StepNote, VALUES_MAX, folder_of,
};
pub use metrics::Metrics;
pub use operations::{Continues, Controls, RestartCriterion, Standing};
pub use progress::{Phase, Progress};
pub use report::{CycleReport, HeldReport, ReadReport};
pub use status::{CycleMark, JobStatus, Running, STATUS_FORMAT, StatusFile, Totals};
#[cfg(feature = "redb")]
pub use store::RedbStore;
pub use store::{
    APPLIED_PLANS_MAX, AppliedPlan, Digests, Fence, Head, JobId, JobRecord, KNOWN_BODY_BYTES_MAX,
    KnownSource, KnownTarget, KnownValue, Lease, LinkChange, MemoryStore, Recall, Recalled, RecordChanges,
    State, StateChange, StateStore, StoreError, Tenure,
};
#[cfg(feature = "tokio")]
pub use tokio_clock::TokioClock;
pub use view::{Comparison, View};
