//! Where a job keeps what it must not forget: links, watermarks, which plans were carried out, and what cycles noted.

mod known;
mod lease;
mod memory;
#[cfg(feature = "redb")]
mod redb;

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use provisio_model::{Link, LinkTable, SourceId, Text, Timestamp, Watermark};
use provisio_planner::{Fingerprint, Generation, Memory, MemoryChange, SourceKey, TargetKey};

#[cfg(feature = "redb")]
pub use self::redb::RedbStore;
pub use known::{
    Digests, Head, KNOWN_BODY_BYTES_MAX, KnownSource, KnownTarget, KnownValue, Recall, Recalled,
};
pub use lease::{Fence, JobRecord, Lease, Tenure};
pub use memory::MemoryStore;

/// Names a job in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(Text);

impl JobId {
    /// Makes a job id.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self(Text::new(id))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps the state of jobs. Compare-and-set is the only write of state: two processes cannot both win.
///
/// Beside the state a store knows who works on a job: see [`Lease`]. `now` is the time of the caller; a store that
/// several machines use counts by its own clock instead.
///
/// What a store must do is numbered in `docs/connector-spec.md`, and `provisio_testkit::conformance::store` checks it.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Returns the state of a job; that of a job that was never committed is empty, at generation 0.
    ///
    /// # Errors
    /// When the store cannot be read or its content is damaged.
    async fn load(&self, job: &JobId) -> Result<State, StoreError>;

    /// Returns what is known of a job as a whole. It costs what is in it, however many objects the job has.
    ///
    /// # Errors
    /// As for [`StateStore::load`].
    async fn head(&self, job: &JobId) -> Result<Head, StoreError>;

    /// Answers questions about single objects, each at its place. It costs what is asked for, however many objects the
    /// job has.
    ///
    /// # Errors
    /// As for [`StateStore::load`].
    async fn recall(&self, job: &JobId, asked: &[Recall]) -> Result<Vec<Recalled>, StoreError>;

    /// Returns which source objects are known, sorted.
    ///
    /// # Errors
    /// As for [`StateStore::load`].
    async fn known_sources(&self, job: &JobId) -> Result<Digests<SourceKey>, StoreError>;

    /// Returns which target objects are known, sorted.
    ///
    /// # Errors
    /// As for [`StateStore::load`].
    async fn known_targets(&self, job: &JobId) -> Result<Digests<TargetKey>, StoreError>;

    /// Changes the state of a job, all or nothing and durably, if its generation is still `expected`. Returns
    /// the new generation, which is the next number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else committed meanwhile, [`StoreError::LeaseLost`] when the change names
    /// a lease that is not held any more; nothing was changed then.
    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<Generation, StoreError>;

    /// Takes the lease of a job for the time `ttl`. `holder` says to people who it is; it need not be unique.
    ///
    /// # Errors
    /// [`StoreError::Leased`] when somebody holds it, also when that holder has the same name.
    async fn lease(
        &self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Lease, StoreError>;

    /// Makes a lease end `ttl` from now. One whose time is over is renewed too, if nobody else took it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when it was released, or somebody else took it.
    async fn renew(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<(), StoreError>;

    /// Ends a lease. One that is lost stays as it is, without an error.
    ///
    /// # Errors
    /// When the store cannot be reached; the lease ends when its time is over, then.
    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError>;

    /// Lists the jobs that were ever committed or leased, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn jobs(&self, now: Timestamp) -> Result<Vec<JobRecord>, StoreError>;
}

/// Everything that is remembered of a job, but for what is known of single objects.
#[derive(Default)]
#[non_exhaustive]
pub struct State {
    /// How often it was committed.
    pub generation: Generation,
    /// Which target object belongs to which source object.
    pub links: LinkTable,
    /// Where the next incremental read of each object type of the source starts.
    pub watermarks: Vec<(Text, Watermark)>,
    /// The plans that were carried out last, oldest first, at most [`APPLIED_PLANS_MAX`].
    pub applied: Vec<AppliedPlan>,
    /// What earlier cycles noted: who is leaving, what limits count, what is held back and released.
    pub memory: Memory,
    /// What the runtime keeps under names of its own, by name.
    pub records: Vec<(Text, Vec<u8>)>,
}

/// How many applied plans are remembered.
pub const APPLIED_PLANS_MAX: usize = 100;

/// A plan that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedPlan {
    /// Which plan.
    pub fingerprint: Fingerprint,
    /// When it was begun.
    pub at: Timestamp,
}

/// Changes of records, by name; with `None` a record is forgotten.
pub type RecordChanges = Vec<(Text, Option<Vec<u8>>)>;

/// A change of a job's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateChange {
    /// Links that appear or go, in this order.
    pub links: Vec<LinkChange>,
    /// Watermarks that move, by object type of the source.
    pub watermarks: Vec<(Text, Watermark)>,
    /// A plan whose execution begins.
    pub applied: Option<AppliedPlan>,
    /// What is noted from now on.
    pub memory: MemoryChange,
    /// What is known of source objects from now on; with `None` it is forgotten.
    pub sources: Vec<(SourceKey, Option<KnownSource>)>,
    /// What is known of target objects from now on; with `None` it is forgotten.
    pub targets: Vec<(TargetKey, Option<KnownTarget>)>,
    /// What the runtime keeps under names of its own; with `None` it is forgotten.
    pub records: RecordChanges,
    /// The lease under which it is made: without that lease it is refused. A change without a lease, such as one that
    /// somebody makes by hand, needs none.
    pub fence: Option<Fence>,
}

/// A link that appears or goes.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkChange {
    /// The source object has this link now, instead of any other.
    Put {
        /// The name of the object mapping.
        mapping: Text,
        /// The link.
        link: Link,
    },
    /// The source object has no link any more; one that had none changes nothing.
    Remove {
        /// The name of the object mapping.
        mapping: Text,
        /// The source object.
        source: SourceId,
    },
}

/// The store did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else committed meanwhile.
    #[error("the state of job `{}` has moved on: expected generation {expected}, found {found}", job.as_str())]
    Conflict {
        /// Which job.
        job: JobId,
        /// The generation that the change was made for.
        expected: Generation,
        /// The generation that the store has.
        found: Generation,
    },
    /// Somebody else works on the job.
    #[error("`{holder}` works on job `{}`, for {} more seconds unless it goes on", job.as_str(), remaining.as_secs_f32().ceil())]
    Leased {
        /// Which job.
        job: JobId,
        /// Who, as they called themselves.
        holder: Text,
        /// When the lease ends unless it is renewed.
        remaining: Duration,
    },
    /// The lease of the job ended, and somebody else may work on it.
    #[error("the lease of job `{}` is lost", job.as_str())]
    LeaseLost {
        /// Which job.
        job: JobId,
    },
    /// The change contradicts the state: a target object would have two links.
    #[error("the state of job `{}` cannot take the change: {why}", job.as_str())]
    Inconsistent {
        /// Which job.
        job: JobId,
        /// What contradicts what.
        why: Text,
    },
    /// The store is in use by another process.
    #[error("the state in `{place}` is in use by another process")]
    InUse {
        /// Where the state is kept.
        place: Text,
    },
    /// What is stored cannot be understood.
    #[error("the state in `{place}` is damaged: {why}")]
    Damaged {
        /// Where the state is kept.
        place: Text,
        /// What is wrong.
        why: Text,
    },
    /// The store could not be reached, read or written.
    #[error("cannot {operation} the state in `{place}`")]
    Failed {
        /// What was tried.
        operation: &'static str,
        /// Where the state is kept.
        place: Text,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Makes the refusal of a link to a target object that another source object is linked to. For stores.
    pub fn taken(job: &JobId, mapping: &str, target: &str, holder: &str) -> Self {
        let why = format!(
            "under `{mapping}` the target object `{target}` belongs to the source object `{holder}` already"
        );
        Self::Inconsistent { job: job.clone(), why: Text::new(why) }
    }
}

#[cfg(test)]
mod tests;
