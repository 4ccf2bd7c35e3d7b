//! The state of jobs in one file, kept by redb: what was committed is there after a crash, the rest is not.

mod error;
mod file;
mod known;
mod notes;
mod numbers;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redb::{Database, ReadableDatabase as _};
use async_trait::async_trait;
use provisio_model::{Text, Timestamp};
use provisio_planner::{Generation, SourceKey, TargetKey};

use self::error::Fault;
use super::lease::Leases;
use super::{
    Digests, Head, JobId, JobRecord, Lease, Recall, Recalled, State, StateChange, StateStore, StoreError,
};

/// Keeps the state of any number of jobs in one file.
///
/// One process has the file open at a time, and within it any number of threads may share the store. A commit is
/// on the disk when it returns, and a crash at any moment leaves the state before or after it.
///
/// The work is done inline, without a thread of its own: a commit takes milliseconds, a load of a million links
/// a second or two. Who cannot let an executor wait that long runs them where it may block.
///
/// Leases are not in the file: a process that has it open is alone with it, and one that was killed leaves no lease
/// behind that the next would have to wait for.
pub struct RedbStore {
    database: Database,
    place: Text,
    leases: Mutex<Leases>,
}

impl RedbStore {
    /// Opens a file of state, or makes it, and the folders above it, if there is none. The whole file is read to
    /// see that it is sound.
    ///
    /// # Errors
    /// * [`StoreError::InUse`] when another process, or another store of this one, has it open.
    /// * [`StoreError::Damaged`] when it is not, or not entirely, what a store wrote. A file that is empty is
    ///   damaged too: it may have held links. It is left as it is.
    /// * [`StoreError::Failed`] when a newer version wrote it, or it cannot be read and written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let place = Text::new(path.to_string_lossy());
        let database = file::open(path).map_err(|it| it.at("open", &place))?;
        Ok(Self { database, place, leases: Mutex::default() })
    }

    /// A panic elsewhere leaves nothing half done in here, so the lock is taken over.
    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StateStore for RedbStore {
    async fn load(&self, job: &JobId) -> Result<State, StoreError> {
        tables::load(&self.database, job).map_err(|it| it.at("load", &self.place))
    }

    async fn head(&self, job: &JobId) -> Result<Head, StoreError> {
        tables::load_head(&self.database, job).map_err(|it| it.at("load", &self.place))
    }

    async fn recall(&self, job: &JobId, asked: &[Recall]) -> Result<Vec<Recalled>, StoreError> {
        tables::recall(&self.database, job, asked).map_err(|it| it.at("load", &self.place))
    }

    async fn known_sources(&self, job: &JobId) -> Result<Digests<SourceKey>, StoreError> {
        let known = || known::sources(&self.database.begin_read()?, job);
        known().map_err(|it: Fault| it.at("load", &self.place))
    }

    async fn known_targets(&self, job: &JobId) -> Result<Digests<TargetKey>, StoreError> {
        let known = || known::targets(&self.database.begin_read()?, job);
        known().map_err(|it: Fault| it.at("load", &self.place))
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<Generation, StoreError> {
        // Locked until the commit is done, so that nobody takes the lease meanwhile.
        let leases = self.leases();
        leases.admit(job, change.fence)?;
        tables::commit(&self.database, job, expected, &change).map_err(|it| it.at("change", &self.place))
    }

    async fn lease(
        &self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Lease, StoreError> {
        self.leases().take(job, holder, ttl, now)
    }

    async fn renew(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.leases().renew(lease, ttl, now)
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.leases().release(lease, now);
        Ok(())
    }

    async fn jobs(&self, now: Timestamp) -> Result<Vec<JobRecord>, StoreError> {
        let committed = tables::generations(&self.database).map_err(|it| it.at("load", &self.place))?;
        Ok(self.leases().records(committed.into_iter(), now))
    }
}
