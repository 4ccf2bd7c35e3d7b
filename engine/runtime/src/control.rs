//! May the job run, and when? Somebody may have paused it, and trouble puts it in quarantine.

mod quarantine;

use provisio_model::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use crate::store::{JobId, StoreError};

pub use quarantine::{QuarantineReason, QuarantineSettings};
pub(crate) use quarantine::{Trouble, judge};

/// The name of its record.
pub(crate) const RECORD: &str = "control";

/// What stands in the way of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Control {
    /// Somebody paused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// It is in quarantine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    /// How many cycles in a row could not be carried out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed_cycles: u32,
}

/// Since when a job is paused, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Paused {
    /// When it was paused.
    pub since: Timestamp,
    /// Who paused it.
    pub by: Text,
    /// What for.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub why: Text,
}

impl Paused {
    /// Says who pauses a job and what for.
    pub fn new(since: Timestamp, by: impl Into<Text>, why: impl Into<Text>) -> Self {
        Self { since, by: by.into(), why: why.into() }
    }
}

/// Since when a job is in quarantine, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quarantine {
    /// When it began.
    pub since: Timestamp,
    /// When it was tried last.
    pub at: Timestamp,
    /// How often it was tried since, without success.
    pub attempts: u32,
    /// When it is tried again.
    pub next: Timestamp,
    /// What kind of trouble it is.
    pub reason: QuarantineReason,
    /// What is wrong.
    pub why: Text,
}

fn is_empty(text: &Text) -> bool {
    text.as_str().is_empty()
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Control {
    /// Finds it among the records of a job.
    pub(crate) fn find(records: &[(Text, Vec<u8>)], job: &JobId) -> Result<Self, StoreError> {
        let Some((_, bytes)) = records.iter().find(|(name, _)| name.as_str() == RECORD) else {
            return Ok(Self::default());
        };
        serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged {
            place: Text::from(format!("record `{RECORD}` of job `{}`", job.as_str())),
            why: Text::from(error.to_string()),
        })
    }

    /// Returns the change that remembers it.
    pub(crate) fn to_record(&self) -> (Text, Option<Vec<u8>>) {
        let value = (*self != Self::default()).then(|| serde_json::to_vec(self).unwrap_or_default());
        (Text::new(RECORD), value)
    }

    /// Pauses the job for a reason that whoever resumes it has to know, also if it is paused for another.
    pub(crate) fn pause_for(&mut self, now: Timestamp, by: &str, why: &Text) {
        match &mut self.paused {
            Some(paused) if paused.why.is_empty() => paused.why = why.clone(),
            Some(paused) => paused.why = format!("{}; {why}", paused.why).into(),
            None => self.paused = Some(Paused::new(now, by, why.clone())),
        }
    }

    /// Lets a cycle begin, or says what stands in its way.
    ///
    /// # Errors
    /// When the job is paused; when it is in quarantine and not due, unless somebody asks for a try now.
    pub(crate) fn admit(&self, job: &JobId, now: Timestamp, is_asked_for: bool) -> Result<(), RunError> {
        if let Some(paused) = &self.paused {
            return Err(RunError::Paused { job: job.clone(), paused: paused.clone() });
        }
        match &self.quarantine {
            Some(quarantine) if now < quarantine.next && !is_asked_for => {
                Err(RunError::Quarantined { job: job.clone(), quarantine: Box::new(quarantine.clone()) })
            }
            _ => Ok(()),
        }
    }
}
