//! What should somebody know at once?

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use provisio_model::{Text, Timestamp};
use provisio_planner::{Held, LimitKind, Plan};
use serde::{Deserialize, Serialize};

use crate::cycle::CycleId;
use crate::event::{Event, Observer};
use crate::store::JobId;

/// Something that somebody should know before they ask. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alert {
    /// The job runs rarely or not at all until what is wrong is mended.
    QuarantineEntered {
        /// What is wrong.
        why: Text,
        /// When the job is tried again, if it is.
        next: Option<Timestamp>,
    },
    /// The job runs as usual again.
    QuarantineLeft,
    /// A limit holds operations back until somebody releases them (R4).
    LimitTripped {
        /// Which limit: `deletes`, `disables`, `member_removals`, `group_removals`, `privileged_changes`.
        limit: Text,
        /// Of which object mapping.
        mapping: Text,
        /// How many single acts are held back.
        number: u64,
        /// How many there could be at most.
        of: u64,
    },
    /// Changes of a source cannot be read on: the watermark has not moved for too long.
    WatermarkStuck {
        /// Which object type.
        object_type: Text,
        /// Since when.
        since: Timestamp,
        /// What is in the way.
        why: Text,
    },
    /// A cycle ended before its plan was carried out.
    RunFailed {
        /// What kind of trouble it was: `source`, `target`, `mapping`, `state`, `plan`, `abandoned`.
        stage: Text,
        /// What happened.
        why: Text,
    },
    /// The provisioning log cannot be written. What happens meanwhile is not in it.
    LogUnwritable {
        /// Which file.
        file: Text,
        /// What happened.
        why: Text,
    },
}

impl Alert {
    /// The names of all alerts.
    pub const NAMES: [&'static str; 6] = [
        "quarantine_entered",
        "quarantine_left",
        "limit_tripped",
        "watermark_stuck",
        "run_failed",
        "log_unwritable",
    ];

    /// Returns its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::QuarantineEntered { .. } => "quarantine_entered",
            Self::QuarantineLeft => "quarantine_left",
            Self::LimitTripped { .. } => "limit_tripped",
            Self::WatermarkStuck { .. } => "watermark_stuck",
            Self::RunFailed { .. } => "run_failed",
            Self::LogUnwritable { .. } => "log_unwritable",
        }
    }

    pub(crate) fn of_held(plan: &Plan, held: &Held) -> Self {
        let mapping = plan.mapping(held.mapping).map(|it| it.name.clone()).unwrap_or_default();
        Self::LimitTripped { limit: held.limit.name().into(), mapping, number: held.number, of: held.of }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuarantineEntered { why, next: Some(next) } => {
                write!(formatter, "the job is in quarantine and tried again at {next}: {why}")
            }
            Self::QuarantineEntered { why, next: None } => {
                write!(formatter, "the job is in quarantine and not tried again by itself: {why}")
            }
            Self::QuarantineLeft => formatter.write_str("the job has left quarantine"),
            Self::LimitTripped { limit, mapping, number, of } => {
                let what = LimitKind::parse(limit).map_or("", LimitKind::stock);
                write!(formatter, "the limit on {limit} of {mapping} holds back {number} of {of} {what}")
            }
            Self::WatermarkStuck { object_type, since, why } => {
                write!(formatter, "changes of {object_type} have not been read since {since}: {why}")
            }
            Self::RunFailed { stage, why } => write!(formatter, "the run failed ({stage}): {why}"),
            Self::LogUnwritable { file, why } => {
                write!(formatter, "the provisioning log `{file}` cannot be written: {why}")
            }
        }
    }
}

/// An alert as it is sent: which job and which cycle it is about, and when it was.
///
/// Its JSON is a contract with receivers; `docs/alerts.md` describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// The version of the document: 1.
    pub format: u32,
    /// The name of the job.
    pub job: Text,
    /// The cycle; `None` outside of cycles.
    pub cycle: Option<Text>,
    /// When.
    pub at: Timestamp,
    /// For people.
    pub text: Text,
    /// What.
    #[serde(flatten)]
    pub alert: Alert,
}

/// Where alerts go: a webhook, a mail, a pager.
pub trait AlertSink: Send + Sync {
    /// Takes a notice on its way. Must neither block nor fail: it is called between the writes of a run.
    fn send(&self, notice: Notice);
}

/// An observer that hands alerts to a sink, with the job and the cycle that they are about.
pub struct Alerts {
    job: JobId,
    cycle: Mutex<Option<CycleId>>,
    sink: Arc<dyn AlertSink>,
}

impl Alerts {
    /// Hands alerts of a job to a sink.
    pub fn new(job: JobId, sink: Arc<dyn AlertSink>) -> Self {
        Self { job, cycle: Mutex::new(None), sink }
    }
}

impl Observer for Alerts {
    fn event(&self, event: &Event<'_>) {
        // Nothing under the lock can panic; were it poisoned, the cycle in it would be right nevertheless.
        let mut current = self.cycle.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::CycleStarted { cycle, .. } => *current = Some((*cycle).clone()),
            Event::CycleFinished { .. } => *current = None,
            Event::Alert { alert, at } => self.sink.send(Notice {
                format: 1,
                job: self.job.as_str().into(),
                cycle: current.as_ref().map(|it| it.text().clone()),
                at: *at,
                text: alert.to_string().into(),
                alert: (*alert).clone(),
            }),
            _ => {}
        }
    }
}
