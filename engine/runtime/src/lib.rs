//! Runs plans: reads both sides, carries a plan out, keeps the state.

mod store;

pub use store::{
    APPLIED_PLANS_MAX, AppliedPlan, JobId, LinkChange, MemoryStore, State, StateChange, StateStore, StoreError,
};
#[cfg(feature = "redb")]
pub use store::RedbStore;
