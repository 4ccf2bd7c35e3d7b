//! The store: each call is one transaction, tried again when the server was lost.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use provisio_model::{Text, Timestamp};
use provisio_planner::{Generation, SourceKey, TargetKey};
use provisio_runtime::{
    Digests, Head, JobId, JobRecord, Lease, Recall, Recalled, State, StateChange, StateStore, StoreError,
};

use crate::commit::{self, Doubt};
use crate::connections::{Connections, Patience};
use crate::fault::Fault;
use crate::settings::PostgresSettings;
use crate::{digests, lease, load, recall, schema};

/// Keeps the state of any number of jobs in one schema of a PostgreSQL database, for any number of processes.
pub struct PostgresStore {
    connections: Connections,
    place: Text,
}

/// Does something until it is done, or the fault is one that does not pass.
macro_rules! persist {
    ($store:expr, $operation:literal, $attempt:expr) => {{
        let mut patience = $store.patience();
        loop {
            match $attempt.await {
                Ok(done) => break Ok(done),
                Err(fault) => {
                    if let Err(fault) = patience.after(fault).await {
                        break Err(fault.at($operation, &$store.place));
                    }
                }
            }
        }
    }};
}

impl PostgresStore {
    /// Opens the store; makes it if it is not there, and brings it to the current format.
    ///
    /// # Errors
    /// * [`StoreError::Failed`] when the server cannot be reached or refuses the user, the schema is another program's
    ///   or was written by a newer version, or the user may not write. Nothing was changed then.
    /// * [`StoreError::Damaged`] when tables are missing.
    pub async fn open(settings: PostgresSettings) -> Result<Self, StoreError> {
        let store = Self::new(settings);
        persist!(store, "open", schema::make(&store.connections))?;
        Ok(store)
    }

    /// Opens the store if it is there, and makes or changes nothing. For programs that only look.
    ///
    /// # Errors
    /// As [`PostgresStore::open`]; also when an older version wrote it. Nothing is asked of the user but to read.
    pub async fn look(settings: PostgresSettings) -> Result<Option<Self>, StoreError> {
        let store = Self::new(settings);
        let is_there = persist!(store, "open", schema::is_there(&store.connections))?;
        Ok(is_there.then_some(store))
    }

    fn new(settings: PostgresSettings) -> Self {
        let place = settings.place();
        Self { connections: Connections::new(settings), place }
    }

    fn patience(&self) -> Patience {
        Patience::new(self.connections.settings.reconnect_timeout)
    }

    /// Commits, and finds out what became of a commit whose answer was lost: it is made again only when the server
    /// says that it was not made.
    async fn commit_surely(
        &self,
        job: &JobId,
        expected: Generation,
        change: &StateChange,
    ) -> Result<Generation, Fault> {
        let mut patience = self.patience();
        loop {
            let (transaction_id, fault) = match commit::commit(&self.connections, job, expected, change).await
            {
                Ok(generation) => return Ok(generation),
                Err(Doubt::Undone(fault)) => {
                    patience.after(fault).await?;
                    continue;
                }
                Err(Doubt::Unknown { transaction_id, fault }) => (transaction_id, fault),
            };
            let mut last = fault;
            loop {
                patience.after(last).await?;
                match commit::was_made(&self.connections, job, &transaction_id).await {
                    Ok(true) => return Ok(commit::next(expected)),
                    Ok(false) => break,
                    Err(fault) => last = fault,
                }
            }
        }
    }
}

#[async_trait]
impl StateStore for PostgresStore {
    async fn load(&self, job: &JobId) -> Result<State, StoreError> {
        persist!(self, "load", load::load(&self.connections, job))
    }

    async fn head(&self, job: &JobId) -> Result<Head, StoreError> {
        persist!(self, "load", load::load_head(&self.connections, job))
    }

    async fn recall(&self, job: &JobId, asked: &[Recall]) -> Result<Vec<Recalled>, StoreError> {
        persist!(self, "load", recall::recall(&self.connections, job, asked))
    }

    async fn known_sources(&self, job: &JobId) -> Result<Digests<SourceKey>, StoreError> {
        persist!(self, "load", digests::known_sources(&self.connections, job))
    }

    async fn known_targets(&self, job: &JobId) -> Result<Digests<TargetKey>, StoreError> {
        persist!(self, "load", digests::known_targets(&self.connections, job))
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<Generation, StoreError> {
        self.commit_surely(job, expected, &change).await.map_err(|it| it.at("change", &self.place))
    }

    async fn lease(
        &self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        _now: Timestamp,
    ) -> Result<Lease, StoreError> {
        let call = lease::call();
        persist!(self, "lease", lease::take(&self.connections, job, holder, ttl, call))
    }

    async fn renew(&self, lease: &Lease, ttl: Duration, _now: Timestamp) -> Result<(), StoreError> {
        persist!(self, "lease", lease::renew(&self.connections, lease, ttl))
    }

    async fn release(&self, lease: &Lease, _now: Timestamp) -> Result<(), StoreError> {
        persist!(self, "lease", lease::release(&self.connections, lease))
    }

    async fn jobs(&self, _now: Timestamp) -> Result<Vec<JobRecord>, StoreError> {
        persist!(self, "load", lease::jobs(&self.connections))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresStore").field("place", &self.place).finish_non_exhaustive()
    }
}
