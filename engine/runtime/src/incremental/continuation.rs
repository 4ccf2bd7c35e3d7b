//! What must the next cycle know of the last one?

use provisio_model::{ObjectType, SourceId, Text, Timestamp};
use provisio_planner::{Baseline, Fingerprint, Open, SourceKey, Totals};
use serde::{Deserialize, Serialize};

use crate::store::{JobId, StoreError};

/// The name of the record.
pub(crate) const RECORD: &str = "cycle";

/// The number of its format.
const FORMAT: u32 = 1;

/// Where the last cycle ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Continuation {
    /// The mapping that objects are known by.
    pub(crate) spec: Fingerprint,
    /// When everything was read last.
    pub(crate) full_at: Timestamp,
    /// When a cycle came to its end last.
    pub(crate) settled_at: Timestamp,
    /// By object mapping.
    pub(crate) totals: Vec<Totals>,
    /// Whether what is known of target objects is how they are, as far as the job was told.
    pub(crate) remembers: bool,
    /// Who was left to be decided.
    pub(crate) open: Open,
}

/// Its form in the record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    spec: Text,
    full_at: Timestamp,
    settled_at: Timestamp,
    /// Links and members.
    totals: Vec<(u64, u64)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    remembers: bool,
    /// Type and id; absent when it is not known who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<Vec<(ObjectType, Text)>>,
}

impl Continuation {
    /// Finds it among the records of a job.
    ///
    /// One of a newer version is not understood, and everything is read.
    pub(crate) fn find(records: &[(Text, Vec<u8>)], job: &JobId) -> Result<Option<Self>, StoreError> {
        let Some((_, bytes)) = records.iter().find(|(name, _)| name.as_str() == RECORD) else {
            return Ok(None);
        };
        let damaged = |why: String| StoreError::Damaged {
            place: Text::new(format!("record `{RECORD}` of job `{}`", job.as_str())),
            why: why.into(),
        };
        let document: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|it| damaged(it.to_string()))?;
        if document.get("format").and_then(serde_json::Value::as_u64) != Some(u64::from(FORMAT)) {
            return Ok(None);
        }
        let document: Document = serde_json::from_value(document).map_err(|it| damaged(it.to_string()))?;
        let open = document.open.map(|open| {
            let key =
                |(object_type, id): (ObjectType, Text)| SourceKey { object_type, id: SourceId::new(id) };
            open.into_iter().map(key).collect()
        });
        Ok(Some(Self {
            spec: document.spec.parse().map_err(|it| damaged(format!("{it}")))?,
            full_at: document.full_at,
            settled_at: document.settled_at,
            remembers: document.remembers,
            totals: document
                .totals
                .into_iter()
                .map(|(linked, members)| Totals::new(linked, members))
                .collect(),
            open: open.map_or(Open::Everything, Open::Objects),
        }))
    }

    /// Tells whether target objects are remembered.
    pub(crate) fn remembers_target(records: &[(Text, Vec<u8>)], job: &JobId) -> Result<bool, StoreError> {
        Ok(Self::find(records, job)?.is_some_and(|it| it.remembers))
    }

    /// Returns the record that says it.
    pub(crate) fn to_record(&self) -> Vec<u8> {
        let open = match &self.open {
            Open::Objects(keys) => {
                Some(keys.iter().map(|it| (it.object_type.clone(), it.id.text().clone())).collect())
            }
            Open::Everything => None,
        };
        let document = Document {
            format: FORMAT,
            spec: Text::new(self.spec.to_string()),
            full_at: self.full_at,
            settled_at: self.settled_at,
            totals: self.totals.iter().map(|it| (it.linked, it.memberships)).collect(),
            remembers: self.remembers,
            open,
        };
        // INVARIANT: none of its parts refuses to be written.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// Returns what a plan from changes starts from.
    pub(crate) fn baseline(&self, sources: u64) -> Baseline {
        Baseline::new(self.spec, sources, self.totals.iter().copied(), self.open.clone())
    }
}
