//! Which operations failed, how often, and when are they tried again?
//!
//! An operation that the target refuses is kept in escrow: it is tried in the next cycle, and then ever more rarely, until
//! it is done or not wanted any more. It is never given up, and never forgotten. One that would do something else by now
//! is tried at once.

use std::collections::BTreeMap;
use std::time::Duration;

use provisio_model::{AttrName, ErrorKind, Failure, SourceId, Text, Timestamp};
use provisio_planner::execution::Fate;
use provisio_planner::{Action, Fingerprint, OpId, Operation, Plan};
use serde::{Deserialize, Serialize};

use crate::store::RecordChanges;

/// What the names of its records begin with.
pub(crate) const PREFIX: &str = "escrow ";

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const QUARTER: Duration = Duration::from_secs(15 * 60);

/// Names an operation, in whichever plan it turns up again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EscrowKey {
    /// The name of the object mapping.
    pub mapping: Text,
    /// The source object.
    pub source: Text,
    /// What would be done: `create`, `update`, ...
    pub action: Text,
    /// For a change of members: which attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Text>,
}

/// An operation that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Escrow {
    /// When it failed first.
    pub since: Timestamp,
    /// When it failed last.
    pub at: Timestamp,
    /// How often it failed.
    pub attempts: u32,
    /// When it is tried again; before that, only if it would do something else.
    pub next: Timestamp,
    /// Why it failed last.
    pub failure: Failure,
    /// What it would have done.
    operation: Text,
}

/// All operations that are kept in escrow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Escrows(BTreeMap<EscrowKey, Escrow>);

impl Escrows {
    /// Finds them among the records of a job. What is not understood, since a newer version wrote it, is left alone.
    pub(crate) fn find(records: &[(Text, Vec<u8>)]) -> Self {
        let found = records.iter().filter_map(|(name, value)| {
            let key = serde_json::from_str(name.strip_prefix(PREFIX)?).ok()?;
            Some((key, serde_json::from_slice(value).ok()?))
        });
        Self(found.collect())
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&EscrowKey, &Escrow)> {
        self.0.iter()
    }

    /// Returns the operations of a plan that it is not time for, with when it will be.
    pub(crate) fn postponed(&self, plan: &Plan, now: Timestamp) -> BTreeMap<OpId, Timestamp> {
        if self.0.is_empty() {
            return BTreeMap::new();
        }
        let waiting = plan.operations.iter().filter_map(|operation| {
            let escrow = self.0.get(&key_of(plan, operation)?)?;
            let waits = now < escrow.next && escrow.operation == digest(operation);
            waits.then_some((operation.id, escrow.next))
        });
        waiting.collect()
    }

    /// Returns what changes after a plan was carried out. `was_planned` tells of which source objects, by mapping and id,
    /// everything that is to be done was in the plan: what is not there is not wanted any more.
    pub(crate) fn after<'f>(
        &self,
        plan: &Plan,
        fate: impl Fn(OpId) -> Option<&'f Fate>,
        was_planned: impl Fn(&str, &SourceId) -> bool,
        now: Timestamp,
    ) -> RecordChanges {
        let mut next: BTreeMap<EscrowKey, Option<Escrow>> = BTreeMap::new();
        for operation in &plan.operations {
            let Some(key) = key_of(plan, operation) else { continue };
            match fate(operation.id) {
                Some(Fate::Failed(failure)) => {
                    let known = self.0.get(&key);
                    next.insert(key, Some(Escrow::failed(known, operation, failure, now)));
                }
                // It stays as it is.
                Some(Fate::Postponed(_) | Fate::Unknown(_) | Fate::Blocked(_) | Fate::NotSent) => {
                    if let Some(known) = self.0.get(&key) {
                        next.insert(key, Some(known.clone()));
                    }
                }
                _ => {}
            }
        }
        let settled = self.0.keys().filter(|key| {
            !next.contains_key(key) && was_planned(&key.mapping, &SourceId::new(key.source.as_str()))
        });
        let settled: Vec<EscrowKey> = settled.cloned().collect();
        next.extend(settled.into_iter().map(|key| (key, None)));
        next.retain(|key, escrow| self.0.get(key) != escrow.as_ref());
        next.into_iter().map(|(key, escrow)| record(&key, escrow.as_ref())).collect()
    }

    /// Returns the change that forgets all of them.
    pub(crate) fn forget(&self) -> RecordChanges {
        self.0.keys().map(|key| record(key, None)).collect()
    }
}

impl Escrow {
    fn failed(known: Option<&Self>, operation: &Operation, failure: &Failure, now: Timestamp) -> Self {
        let operation = digest(operation);
        let attempts = known.map_or(0, |it| it.attempts).saturating_add(1);
        // What would do something else by now begins anew.
        let same = known.filter(|it| it.operation == operation);
        let counted = same.map_or(1, |it| it.attempts.saturating_add(1));
        Self {
            since: known.map_or(now, |it| it.since),
            at: now,
            attempts,
            next: now.plus(wait(failure.kind, counted)),
            failure: failure.clone(),
            operation,
        }
    }
}

/// How long to wait after so many failures.
///
/// What may pass by itself is tried in the next three cycles; what will not, in the next one. After that the time
/// doubles, to six hours for the one and a day for the other.
fn wait(kind: ErrorKind, attempts: u32) -> Duration {
    let is_transient = matches!(
        kind,
        ErrorKind::RateLimited
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::PreconditionFailed
            | ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::Unauthenticated
    );
    let (free, first, most) = if is_transient { (3, QUARTER, HOUR * 6) } else { (1, HOUR, DAY) };
    match attempts.checked_sub(free + 1) {
        None => Duration::ZERO,
        Some(doublings) => first.saturating_mul(1 << doublings.min(16)).min(most),
    }
}

fn key_of(plan: &Plan, operation: &Operation) -> Option<EscrowKey> {
    let attribute = match &operation.action {
        Action::ChangeMembers { attribute, .. } => Some(lower(attribute)),
        _ => None,
    };
    Some(EscrowKey {
        mapping: plan.mapping(operation.mapping)?.name.clone(),
        source: operation.source.text().clone(),
        action: operation.action.kind().name().into(),
        attribute,
    })
}

fn lower(attribute: &AttrName) -> Text {
    Text::new(attribute.as_str().to_ascii_lowercase())
}

fn record(key: &EscrowKey, escrow: Option<&Escrow>) -> (Text, Option<Vec<u8>>) {
    // INVARIANT: text, numbers and instants can always be written.
    let name = format!("{PREFIX}{}", serde_json::to_string(key).unwrap_or_default());
    (Text::from(name), escrow.map(|it| serde_json::to_vec(it).unwrap_or_default()))
}

/// What an operation would do, as a hash: values stand nowhere else.
fn digest(operation: &Operation) -> Text {
    Fingerprint::of(format!("{:?}", operation.action)).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_day_and_begin_later_for_what_may_pass() {
        let hours = |kind, attempts| wait(kind, attempts).as_secs_f64() / 3600.0;
        let permanent = [1, 2, 3, 4, 5, 6, 7, 60].map(|it| hours(ErrorKind::InvalidValue, it));
        assert_eq!(permanent, [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0]);
        let transient = [1, 3, 4, 5, 9, 60].map(|it| hours(ErrorKind::Unreachable, it));
        assert_eq!(transient, [0.0, 0.0, 0.25, 0.5, 6.0, 6.0]);
    }
}
