//! Who must be looked at, since the last cycle that came to its end does not speak for them any more?
//!
//! Before the first write of a cycle it is noted whom it may write and whom it leaves open, and forgotten in the commit that
//! ends the cycle. A note that is there when a cycle begins tells of one that died: whoever stands in it is looked at again,
//! also when nothing of their source object differs any more from what is remembered (R9). So does whoever refers to an
//! object that was found again before there is a plan.

use std::collections::BTreeSet;

use provisio_model::{ObjectType, SourceId, Text};
use provisio_planner::{Open, Plan, SourceKey};

use super::settle::reopen;
use crate::store::{JobId, StoreError};

/// The name of the record.
pub(super) const RECORD: &str = "journal";

/// The source objects that are looked at again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Journal(BTreeSet<SourceKey>);

impl Journal {
    /// Finds it among the records of a job.
    pub(crate) fn find(records: &[(Text, Vec<u8>)], job: &JobId) -> Result<Self, StoreError> {
        let Some((_, bytes)) = records.iter().find(|(name, _)| name.as_str() == RECORD) else {
            return Ok(Self::default());
        };
        let keys: Vec<(ObjectType, Text)> =
            serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged {
                place: Text::from(format!("record `{RECORD}` of job `{}`", job.as_str())),
                why: Text::from(error.to_string()),
            })?;
        let key = |(object_type, id): (ObjectType, Text)| SourceKey { object_type, id: SourceId::new(id) };
        Ok(Self(keys.into_iter().map(key).collect()))
    }

    /// Adds everybody whom a plan may write.
    pub(crate) fn add(&mut self, plan: &Plan) {
        let keys = plan.operations.iter().filter_map(|it| {
            let object_type = plan.mapping(it.mapping)?.source.clone();
            Some(SourceKey { object_type, id: it.source.clone() })
        });
        self.0.extend(keys);
    }

    /// Adds single objects.
    pub(crate) fn extend(&mut self, keys: impl IntoIterator<Item = SourceKey>) {
        self.0.extend(keys);
    }

    /// Has everybody in it looked at by the next plan.
    pub(super) fn reopen(&self, open: &mut Open) {
        reopen(open, self.0.iter().cloned());
    }

    /// Returns the record that says it.
    pub(crate) fn to_record(&self) -> (Text, Option<Vec<u8>>) {
        let keys: Vec<(&ObjectType, &Text)> =
            self.0.iter().map(|it| (&it.object_type, it.id.text())).collect();
        // INVARIANT: text can always be written.
        (Text::new(RECORD), (!keys.is_empty()).then(|| serde_json::to_vec(&keys).unwrap_or_default()))
    }
}
