//! The state of jobs in one file, kept by redb: what was committed is there after a crash, the rest is not.

mod error;
mod file;
mod notes;
mod numbers;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;

use ::redb::Database;
use async_trait::async_trait;
use provisio_model::Text;
use provisio_planner::Generation;

use super::{JobId, State, StateChange, StateStore, StoreError};

/// Keeps the state of any number of jobs in one file.
///
/// One process has the file open at a time, and within it any number of threads may share the store. A commit is
/// on the disk when it returns, and a crash at any moment leaves the state before or after it.
///
/// The work is done inline, without a thread of its own: a commit takes milliseconds, a load of a million links
/// a second or two. Who cannot let an executor wait that long runs them where it may block.
pub struct RedbStore {
    database: Database,
    place: Text,
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
        Ok(Self { database, place })
    }
}

#[async_trait]
impl StateStore for RedbStore {
    async fn load(&self, job: &JobId) -> Result<State, StoreError> {
        tables::load(&self.database, job).map_err(|it| it.at("load", &self.place))
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<Generation, StoreError> {
        tables::commit(&self.database, job, expected, &change).map_err(|it| it.at("change", &self.place))
    }
}
