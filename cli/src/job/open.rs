//! From a job file to something that runs: opens what it names.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use provisio::connector::{Source, Target};
use provisio::store::{JobId, MemoryStore, RedbStore, StateStore};
use provisio::{Job, Observer, TokioClock};

use super::{JobFile, folder};
use crate::exit::{Exit, Trouble};

/// What a command will do with the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is written: what is not there yet is not made.
    Look,
    /// Target and state may be written.
    Write,
}

/// A job whose source, target and state are open.
pub(crate) struct Opened {
    pub(crate) job: Job,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) target: Arc<dyn Target>,
}

/// Opens what a job file names.
pub(crate) fn open(file: &JobFile, access: Access, observer: Arc<dyn Observer>) -> Result<Opened, Trouble> {
    let source = file.source.open(&file.path)?;
    // The state first: it keeps a second run out before that touches anything.
    let store = open_store(file, access)?;
    let target = file.target.open_target(&file.path, access)?;
    let job = Job::new(
        JobId::new(&file.name),
        Arc::clone(&source),
        Arc::clone(&target),
        file.mapping.clone(),
        store,
        Arc::new(TokioClock),
    );
    let job = job.with_observer(observer).with_cycles(file.cycle.cycles.clone());
    Ok(Opened { job, source, target })
}

/// Opens the state of a job.
pub(crate) fn open_store(file: &JobFile, access: Access) -> Result<Arc<dyn StateStore>, Trouble> {
    if access == Access::Look && !file.state.exists() {
        return Ok(Arc::new(MemoryStore::default()));
    }
    make_folder(&file.state)?;
    let store =
        RedbStore::open(&file.state).map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))?;
    Ok(Arc::new(store))
}

/// Makes the folder of a file that is to be written.
pub(super) fn make_folder(file: &Path) -> Result<(), Trouble> {
    let folder = folder(file);
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)
        .map_err(|error| Trouble::file(Exit::Connection, "make the folder", folder, &error))
}
