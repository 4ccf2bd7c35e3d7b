//! Who works on a job: one holder at a time, for a limited time, and told apart from all holders before.
//!
//! Compare-and-set on the generation keeps two commits from overwriting each other. It does not keep two workers from
//! reading both systems and sending the same writes to the target at the same time; a [`Lease`] does. Whoever holds it
//! works on the job, and nobody else. A holder that died is succeeded when its time is over, and a holder that only
//! seemed dead finds out: its [`Fence`] is not the latest any more, so it can neither renew nor commit.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use provisio_model::{Text, Timestamp};
use provisio_planner::Generation;

use super::{JobId, StoreError};

/// The right to work on a job, for a limited time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Which lease of the job.
    pub fence: Fence,
}

impl Lease {
    /// Makes a lease. For stores.
    pub fn new(job: JobId, fence: Fence) -> Self {
        Self { job, fence }
    }
}

/// Tells the leases of one job apart: a later one has a higher number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct Fence(pub u64);

impl fmt::Display for Fence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What a store knows of a job without reading its state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRecord {
    /// Which job.
    pub job: JobId,
    /// How often it was committed.
    pub generation: Generation,
    /// Who works on it.
    pub tenure: Tenure,
}

impl JobRecord {
    /// Makes a record. For stores.
    pub fn new(job: JobId, generation: Generation, tenure: Tenure) -> Self {
        Self { job, generation, tenure }
    }
}

/// Who works on a job. Times are counted from the moment of asking, so that clocks need not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenure {
    /// Nobody ever did, as far as the store knows.
    Vacant,
    /// Nobody does; the last lease ended this long ago.
    Free {
        /// How long ago.
        since: Duration,
    },
    /// Somebody does.
    Held {
        /// Who, as they called themselves.
        holder: Text,
        /// When the lease ends unless it is renewed.
        remaining: Duration,
    },
}

/// The leases of a store that only this process uses.
///
/// A process that ends takes them with it, which is right: nobody else can have had the store open.
#[derive(Default)]
pub(super) struct Leases(BTreeMap<JobId, Entry>);

struct Entry {
    fence: Fence,
    until: Timestamp,
    /// INVARIANT: without a holder, the lease ended at `until`.
    holder: Option<Text>,
}

impl Leases {
    pub(super) fn take(
        &mut self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Lease, StoreError> {
        let last = self.0.get(job);
        if let Some(Entry { holder: Some(holder), until, .. }) = last
            && now < *until
        {
            let (job, holder) = (job.clone(), holder.clone());
            return Err(StoreError::Leased { job, holder, remaining: until.since(now) });
        }
        let fence = Fence(last.map_or(1, |it| it.fence.0.saturating_add(1)));
        let until = now.plus(ttl);
        self.0.insert(job.clone(), Entry { fence, until, holder: Some(Text::new(holder)) });
        Ok(Lease::new(job.clone(), fence))
    }

    pub(super) fn renew(&mut self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        match self.0.get_mut(&lease.job) {
            Some(entry) if entry.fence == lease.fence && entry.holder.is_some() => {
                entry.until = now.plus(ttl);
                Ok(())
            }
            _ => Err(StoreError::LeaseLost { job: lease.job.clone() }),
        }
    }

    pub(super) fn release(&mut self, lease: &Lease, now: Timestamp) {
        if let Some(entry) = self.0.get_mut(&lease.job)
            && entry.fence == lease.fence
            && entry.holder.is_some()
        {
            entry.holder = None;
            entry.until = now.min(entry.until);
        }
    }

    /// Refuses who holds no lease any more; who never had one is not asked.
    pub(super) fn admit(&self, job: &JobId, fence: Option<Fence>) -> Result<(), StoreError> {
        let Some(fence) = fence else { return Ok(()) };
        match self.0.get(job) {
            Some(entry) if entry.fence == fence && entry.holder.is_some() => Ok(()),
            _ => Err(StoreError::LeaseLost { job: job.clone() }),
        }
    }

    /// Joins the jobs that were committed, with their generation, and those that were ever leased; by name.
    pub(super) fn records(
        &self,
        committed: impl Iterator<Item = (JobId, Generation)>,
        now: Timestamp,
    ) -> Vec<JobRecord> {
        let mut generations: BTreeMap<JobId, Generation> = committed.collect();
        for job in self.0.keys() {
            generations.entry(job.clone()).or_default();
        }
        let records = generations.into_iter().map(|(job, generation)| {
            let tenure = match self.0.get(&job) {
                None => Tenure::Vacant,
                Some(Entry { holder: Some(holder), until, .. }) if now < *until => {
                    Tenure::Held { holder: holder.clone(), remaining: until.since(now) }
                }
                Some(entry) => Tenure::Free { since: now.since(entry.until) },
            };
            JobRecord::new(job, generation, tenure)
        });
        records.collect()
    }
}
