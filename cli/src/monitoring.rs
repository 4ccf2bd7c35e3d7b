//! Who is told what happens in a run: the provisioning log, the status, metrics and the receiver of alerts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use provisio::connector::CancelToken;
use provisio::log::{OnFailure, ProvisioningLog};
use provisio::model::Timestamp;
use provisio::monitor::{JobStatus, Metrics, StatusFile};
use provisio::store::JobId;
use provisio::{Event, Initiator, Observer, Observers};

use crate::exit::{Exit, Trouble};
use crate::job::JobFile;
use crate::output::Output;
#[cfg(feature = "webhook")]
use crate::webhook::Webhook;

/// The status, in the folder of the log.
pub(crate) const STATUS_FILE: &str = "status.json";
/// How often metrics are written while a run is under way.
const METRICS_INTERVAL: Duration = Duration::from_secs(10);

/// Everybody who is told.
pub(crate) struct Monitoring {
    observer: Arc<dyn Observer>,
    log: Option<Arc<ProvisioningLog>>,
    stops_without_log: bool,
    #[cfg(feature = "webhook")]
    webhook: Option<Arc<Webhook>>,
}

impl Monitoring {
    /// Tells only who shows progress: nothing that is only looked at is logged.
    pub(crate) fn none(progress: Arc<dyn Observer>) -> Self {
        Self {
            observer: progress,
            log: None,
            stops_without_log: false,
            #[cfg(feature = "webhook")]
            webhook: None,
        }
    }

    /// Tells everybody whom the job file names.
    pub(crate) fn of(
        file: &JobFile,
        progress: Arc<dyn Observer>,
        cancel: &CancelToken,
    ) -> Result<Self, Trouble> {
        let job = JobId::new(&file.name);
        let settings = &file.monitoring;
        let personal_data = settings.personal_data(&file.path)?;
        let folder = file.log_folder();
        let status_path = folder.as_ref().map(|it| it.join(STATUS_FILE));
        let mut observers = vec![progress];
        #[cfg(feature = "webhook")]
        let webhook = match &settings.alerts {
            Some(alerts) => {
                let webhook = Arc::new(Webhook::start(alerts, &file.path)?);
                observers.push(Arc::new(provisio::monitor::Alerts::new(job.clone(), webhook.clone())));
                Some(webhook)
            }
            None => None,
        };
        // The log tells those before it when it cannot be written.
        if let Some(path) = &status_path {
            observers.push(Arc::new(StatusFile::new(path, personal_data.clone())));
        }
        if let Some(path) = settings.metrics(&file.path) {
            observers.push(Arc::new(MetricsFile::new(&job, path, status_path.as_deref())));
        }
        let mut log = None;
        let mut stops_without_log = false;
        if let Some(folder) = folder {
            let settings = settings.log(folder, personal_data);
            stops_without_log = settings.on_failure == OnFailure::Stop;
            let upstream = Arc::new(Observers::new(observers.iter().cloned()));
            let new = ProvisioningLog::new(settings).with_observer(upstream).with_stop(cancel.clone());
            let new = Arc::new(new);
            observers.insert(0, new.clone());
            log = Some(new);
        }
        Ok(Self {
            observer: Arc::new(Observers::new(observers)),
            log,
            stops_without_log,
            #[cfg(feature = "webhook")]
            webhook,
        })
    }

    /// Returns the one who tells all.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.observer)
    }

    /// Waits for what is still on its way, and says what could not be told. An error when the run had to stop.
    pub(crate) fn finish(&self) -> Result<(), Trouble> {
        let mut stderr = Output::stderr();
        #[cfg(feature = "webhook")]
        if let Some(trouble) = self.webhook.as_ref().and_then(|it| it.finish()) {
            stderr.line(format_args!("! {trouble}"));
        }
        let Some(why) = self.log.as_ref().and_then(|it| it.failure()) else { return Ok(()) };
        if self.stops_without_log {
            let help = "mend it, or set `on_failure = \"continue\"` in `[log]`; what was done is remembered";
            let trouble = Trouble::new(
                Exit::Connection,
                "the provisioning log cannot be written, so the run was stopped",
            );
            return Err(trouble.because(why.as_str()).with_help(help));
        }
        stderr.line(format_args!("! The provisioning log cannot be written: {why}"));
        stderr.line("  The run went on; what it did meanwhile is not in the log.");
        Ok(())
    }
}

/// Returns who uses the command.
pub(crate) fn initiator() -> Initiator {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|it| std::env::var(it).ok());
    match name.filter(|it| !it.is_empty()) {
        Some(name) => Initiator::Person { name: name.into() },
        None => Initiator::System,
    }
}

/// Returns how somebody is called.
pub(crate) fn initiator_name(initiator: &Initiator) -> String {
    match initiator {
        Initiator::Person { name } | Initiator::Application { name } => name.to_string(),
        _ => "somebody".to_owned(),
    }
}

/// Keeps metrics in a file, for the node exporter's textfile collector.
struct MetricsFile {
    metrics: Metrics,
    path: PathBuf,
    written: Mutex<Option<Timestamp>>,
}

impl MetricsFile {
    fn new(job: &JobId, path: PathBuf, status: Option<&Path>) -> Self {
        let status = status.and_then(|it| JobStatus::load(it).ok().flatten());
        let metrics = Metrics::new(job);
        let metrics = match status {
            Some(status) => metrics.resuming(&status),
            None => metrics,
        };
        Self { metrics, path, written: Mutex::new(None) }
    }

    fn write(&self, at: Timestamp) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        let new = self.path.with_extension("new");
        let written = self
            .path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&new, self.metrics.render()))
            .and_then(|()| fs::rename(&new, &self.path));
        if let Err(error) = written {
            Output::stderr()
                .line(format_args!("! The metrics cannot be written to `{}`: {error}", self.path.display()));
        }
    }

    fn is_due(&self, at: Timestamp) -> bool {
        let written = *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.is_none_or(|it| at.since(it) >= METRICS_INTERVAL)
    }
}

impl Observer for MetricsFile {
    fn event(&self, event: &Event<'_>) {
        self.metrics.event(event);
        match event {
            Event::CycleFinished { at, .. } => self.write(*at),
            Event::Progress(progress) if self.is_due(progress.at) => self.write(progress.at),
            _ => {}
        }
    }
}
