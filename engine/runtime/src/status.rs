//! How is a job? What it does now, what its last cycle did, and since when there was nothing left to do.
//!
//! [`StatusFile`] is an observer that keeps a [`JobStatus`] in a small JSON file, which anybody may read at any time:
//! it is replaced as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use provisio_model::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Observer};
use crate::log::{PersonalData, replace};
use crate::progress::Phase;
use crate::report::CycleReport;

/// The version of the document.
pub const STATUS_FORMAT: u32 = 1;
/// The largest document that is read.
const BYTES_MAX: u64 = 16 << 20;
/// How often progress is written.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// How a job is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct JobStatus {
    /// The version of the document: [`STATUS_FORMAT`].
    pub format: u32,
    /// The name of the job.
    pub job: Text,
    /// The cycle that is under way, or was when the process ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// The last cycle that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<CycleReport>,
    /// The last cycle that finished, with nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful: Option<CycleMark>,
    /// The last cycle that finished, with nothing failed, and wrote something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_with_changes: Option<CycleMark>,
    /// How many cycles in a row ended before their plan was carried out.
    pub failures_in_a_row: u64,
    /// The first time at which there was nothing left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steady_first: Option<Timestamp>,
    /// The last time at which there was nothing left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steady_last: Option<Timestamp>,
    /// What all cycles did together.
    pub totals: Totals,
}

/// A cycle, by name and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CycleMark {
    /// Which cycle.
    pub cycle: Text,
    /// When it ended.
    pub ended: Timestamp,
}

/// A cycle under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Running {
    /// Which cycle.
    pub cycle: Text,
    /// When it began.
    pub began: Timestamp,
    /// When the following was so.
    pub at: Timestamp,
    /// `reading` or `applying`.
    pub phase: Text,
    /// How many objects were read so far.
    pub objects_read: u64,
    /// How many operations have their fate.
    pub operations_finished: u64,
    /// How many operations there are; 0 before the plan is made.
    pub operations: u64,
    /// How many requests the target has answered.
    #[serde(default)]
    pub requests: u64,
    /// How many are left, as far as can be told.
    #[serde(default)]
    pub requests_left: u64,
    /// How long it will still take, in seconds, if it goes on like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<u64>,
}

/// What all cycles of a job did together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Totals {
    /// By how they ended: how many cycles.
    pub cycles: BTreeMap<Text, u64>,
    /// By action, then by fate: how many operations.
    pub operations: BTreeMap<Text, BTreeMap<Text, u64>>,
    /// By name: how many alerts.
    pub alerts: BTreeMap<Text, u64>,
}

impl JobStatus {
    /// Reads the document; `None` when there is none, or it is of a later version.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        let length = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too large to be a job status"));
        }
        let status: Self = serde_json::from_slice(&fs::read(path)?)?;
        Ok((status.format <= STATUS_FORMAT).then_some(status))
    }

    /// Takes the end of a cycle in.
    fn end(&mut self, report: CycleReport) {
        self.running = None;
        *self.totals.cycles.entry(report.end.clone()).or_default() += 1;
        for (action, fates) in &report.operations {
            for (fate, number) in fates {
                let total = self.totals.operations.entry(action.clone()).or_default();
                *total.entry(fate.clone()).or_default() += number;
            }
        }
        let is_finished = &*report.end == "finished";
        match &*report.end {
            "failed" | "abandoned" => self.failures_in_a_row += 1,
            _ => self.failures_in_a_row = 0,
        }
        if let (true, Some(ended)) = (is_finished, report.ended) {
            let failures = report.statuses().get("failure").copied().unwrap_or(0);
            if failures == 0 {
                let mark = CycleMark { cycle: report.cycle.clone(), ended };
                if report.done() > 0 {
                    self.last_successful_with_changes = Some(mark.clone());
                }
                self.last_successful = Some(mark);
            }
            if report.is_steady {
                self.steady_first.get_or_insert(ended);
                self.steady_last = Some(ended);
            }
        }
        self.last = Some(report);
    }
}

/// Keeps the status of a job in a file.
pub struct StatusFile {
    path: PathBuf,
    personal_data: PersonalData,
    inner: Mutex<Inner>,
}

struct Inner {
    status: JobStatus,
    report: Option<CycleReport>,
    /// Objects of the types that were read to their end.
    objects_read: u64,
    written: Option<Timestamp>,
    failed: bool,
}

impl StatusFile {
    /// Goes on with the status in a file. One that cannot be read is begun anew.
    pub fn new(path: impl Into<PathBuf>, personal_data: PersonalData) -> Self {
        let path = path.into();
        let mut status = JobStatus::load(&path).ok().flatten().unwrap_or_default();
        status.format = STATUS_FORMAT;
        let inner = Inner { status, report: None, objects_read: 0, written: None, failed: false };
        Self { path, personal_data, inner: Mutex::new(inner) }
    }

    /// Returns how the job is.
    pub fn status(&self) -> JobStatus {
        self.lock().status.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, inner: &mut Inner, at: Timestamp) {
        inner.written = Some(at);
        let written = self.write(&inner.status);
        if let (Err(error), false) = (&written, inner.failed) {
            // The log beside it is what must not be lost; it raises the alarm.
            tracing::warn!(file = %self.path.display(), %error, "the job status cannot be written");
        }
        inner.failed = written.is_err();
    }

    fn write(&self, status: &JobStatus) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        replace(&self.path, &serde_json::to_vec_pretty(status)?)
    }
}

impl Observer for StatusFile {
    fn event(&self, event: &Event<'_>) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        if let Some(report) = &mut inner.report {
            report.count(event);
        }
        match event {
            Event::CycleStarted { cycle, job, at, initiator, .. } => {
                let initiator = self.personal_data.initiator(initiator);
                inner.report = Some(CycleReport::begin(cycle, job, *at, &initiator));
                inner.objects_read = 0;
                inner.status.job = job.as_str().into();
                inner.status.running = Some(Running {
                    cycle: cycle.text().clone(),
                    began: *at,
                    at: *at,
                    phase: "reading".into(),
                    objects_read: 0,
                    operations_finished: 0,
                    operations: 0,
                    requests: 0,
                    requests_left: 0,
                    remaining_seconds: None,
                });
                self.save(inner, *at);
            }
            Event::ReadFinished { objects, .. } => inner.objects_read += *objects as u64,
            Event::Progress(progress) => {
                let read = inner.objects_read;
                if let Some(running) = &mut inner.status.running {
                    running.at = progress.at;
                    running.remaining_seconds = progress.remaining().map(|it| it.as_secs());
                    match progress.phase {
                        Phase::Reading { objects, .. } => running.objects_read = read + objects as u64,
                        Phase::Applying { finished, total, effort, .. } => {
                            running.phase = "applying".into();
                            running.objects_read = read;
                            running.operations_finished = finished as u64;
                            running.operations = total as u64;
                            running.requests = effort.requests;
                            running.requests_left = effort.requests_left;
                        }
                    }
                    if inner.written.is_none_or(|it| progress.at.since(it) >= PROGRESS_INTERVAL) {
                        self.save(inner, progress.at);
                    }
                }
            }
            Event::Alert { alert, .. } => {
                *inner.status.totals.alerts.entry(alert.name().into()).or_default() += 1;
            }
            Event::CycleFinished { at, .. } => {
                if let Some(mut report) = inner.report.take() {
                    if !self.personal_data.is_plain() {
                        report.error = None;
                    }
                    inner.status.end(report);
                    self.save(inner, *at);
                }
            }
            _ => {}
        }
    }
}
