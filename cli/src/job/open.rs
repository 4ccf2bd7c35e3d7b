//! From a job file to something that runs: opens what it names.

use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use provisio::connector::{Source, Target};
use provisio::control::Controls;
use provisio::store::{JobId, LeaseSettings, State, StateChange, StateStore};
use provisio::{Generation, Initiator, Job, Observer, RunError, TokioClock};
use tokio::runtime::Runtime;

use super::{JobFile, folder};
use crate::exit::{Exit, Trouble};
use crate::monitoring::initiator;

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
pub(crate) fn open(
    file: &JobFile,
    access: Access,
    observer: Arc<dyn Observer>,
    runtime: &Runtime,
) -> Result<Opened, Trouble> {
    let source = file.source.open(&file.path)?;
    // The state first: it keeps a second run out before that touches anything.
    let store = file.state.open(&file.path, access, runtime)?;
    let target = file.target.open(&file.path, access)?;
    let job = Job::new(
        JobId::new(&file.name),
        Arc::clone(&source),
        Arc::clone(&target),
        file.mapping.clone(),
        store,
        Arc::new(TokioClock),
    );
    let lease = LeaseSettings::new(holder(), LeaseSettings::default().ttl);
    let job = job.with_observer(observer).with_lease(lease).with_cycles(file.cycle.cycles.clone());
    Ok(Opened { job, source, target })
}

/// The state of a job, for commands that need nothing else.
pub(crate) struct OpenState {
    store: Arc<dyn StateStore>,
    runtime: Runtime,
}

impl OpenState {
    /// Opens the state of a job.
    pub(crate) fn open(file: &JobFile, access: Access) -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Trouble::of(Exit::Other, &error).under("the runtime cannot be started"))?;
        Ok(Self { store: file.state.open(&file.path, access, &runtime)?, runtime })
    }

    /// Reads it.
    pub(crate) fn load(&self, job: &JobId) -> Result<State, Trouble> {
        self.wait(self.store.load(job))
    }

    /// Changes it.
    pub(crate) fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<(), Trouble> {
        self.wait(self.store.commit(job, expected, change)).map(drop)
    }

    /// Returns the controls of a job.
    pub(crate) fn controls<'a>(&'a self, job: &'a JobId) -> Controls<'a> {
        Controls::new(&*self.store, job)
    }

    /// Waits for work on it.
    pub(crate) fn wait<T, E: Into<RunError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Trouble> {
        let done = self.runtime.block_on(work);
        done.map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))
    }
}

/// Says who works on a job, for those who find it taken.
fn holder() -> String {
    let who = match initiator() {
        Initiator::Person { name } => name.to_string(),
        _ => "provisio".to_owned(),
    };
    let host =
        fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    let host = host.map(|it| format!(" on {}", it.trim())).unwrap_or_default();
    format!("{who}, process {}{host}", std::process::id())
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
