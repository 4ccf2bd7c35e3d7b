//! Runs jobs: reads both sides, plans, carries the plan out, keeps the state.
//!
//! A [`Job`] ties a source, a target, a mapping and a [`StateStore`] together. This crate is asynchronous without
//! an executor of its own: it spawns nothing, and time comes from a [`provisio_connector::Clock`].
//!
//! * `import`: a connector's stream becomes records and, if the connector says so, the proof that they are all;
//! * [`View`]: everything that a plan is made from;
//! * `apply`: the shell around the pure [`provisio_planner::execution::Execution`];
//! * [`StateStore`]: what must not be forgotten, and who works on a job;
//! * [`Observer`]: who wants to know what happens.

mod apply;
mod error;
mod event;
mod import;
mod job;
mod lease;
mod store;
mod telemetry;
#[cfg(feature = "tokio")]
mod tokio_clock;

pub use error::RunError;
pub use event::{Event, NoObserver, Observer};
pub use import::{ImportSide, Imported, Sorted, UNREADABLE_KEPT_MAX, Unreadable, import};
pub use job::{Checked, Comparison, Cycle, Job, UnreadableObjects, View};
pub use lease::{LEASE_TTL_MIN, LeaseSettings};
#[cfg(feature = "redb")]
pub use store::RedbStore;
pub use store::{
    APPLIED_PLANS_MAX, AppliedPlan, Fence, JobId, JobRecord, Lease, LinkChange, MemoryStore, State,
    StateChange, StateStore, StoreError, Tenure,
};
#[cfg(feature = "tokio")]
pub use tokio_clock::TokioClock;
