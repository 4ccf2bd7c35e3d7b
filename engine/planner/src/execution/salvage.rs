//! What becomes of a change of members that the target refuses as a whole?
//!
//! A group that is full, or one member that the target does not know, must not keep everybody else out, and least of all
//! keep those in who are to leave. So who leaves is written alone first, and what is refused is halved until the single
//! values that the target refuses are found. The operation has failed all the same, with the first refusal, and the
//! next plan finds what is missing.

use provisio_model::{AttributeDelta, ErrorKind, Failure, Values, ValuesChange, WriteAction};

use super::writes::Writes;
use super::{Kept, Unsent};
use crate::plan::{Action, Operation};

/// After so many single values that were refused one after the other, no more of their kind are tried.
const REFUSED_MAX: u32 = 8;

/// What is known of a change of members that was refused.
pub(super) struct Salvage {
    failure: Failure,
    /// How many single values were refused since one was taken.
    refused: u32,
    /// Whether anything of it was done.
    is_begun: bool,
}

impl Salvage {
    /// Says what became of the operation.
    pub(super) fn into_failure(self) -> Failure {
        let Self { mut failure, is_begun, .. } = self;
        if is_begun {
            failure.message = format!("{}; the other changes of members were made", failure.message).into();
        }
        failure
    }

    /// A part was taken.
    pub(super) fn taken(&mut self) {
        self.refused = 0;
        self.is_begun = true;
    }
}

/// Returns what is still to be sent of an operation after a write of it was refused for good.
///
/// # Errors
/// Why the operation has failed, if nothing is.
pub(super) fn after_refusal(
    operation: &Operation,
    sent: Unsent,
    failure: Failure,
) -> Result<Unsent, Failure> {
    let Unsent { write, salvage, .. } = sent;
    let is_change = matches!(operation.action, Action::ChangeMembers { .. });
    let Writes { first: action, mut rest } = match write {
        Kept::Here(writes) if is_change && is_about_values(failure.kind) => *writes,
        _ => return Err(salvage.map_or(failure, |it| it.into_failure())),
    };
    let mut salvage = salvage.unwrap_or_else(|| Box::new(Salvage { failure, refused: 0, is_begun: false }));
    match split(&action) {
        Some((first, second)) => {
            rest.splice(0..0, [first, second]);
        }
        None => {
            salvage.refused += 1;
            if salvage.refused >= REFUSED_MAX {
                let is_refused = kind_of(&action);
                rest.iter_mut().for_each(|it| retain(it, |delta| Some(is_add(delta)) != is_refused));
                rest.retain(|it| matches!(it, WriteAction::Update { deltas, .. } if !deltas.is_empty()));
                salvage.refused = 0;
            }
        }
    }
    match Writes::of(rest) {
        Some(next) => Ok(Unsent { salvage: Some(salvage), ..Unsent::here(next) }),
        None => Err(salvage.into_failure()),
    }
}

/// Tells whether other values of the same object may be taken.
fn is_about_values(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Unauthenticated
            | ErrorKind::PreconditionFailed
            | ErrorKind::RateLimited
            | ErrorKind::Timeout
            | ErrorKind::Unreachable
            | ErrorKind::ConfigInvalid
    )
}

/// Parts a write: who leaves from who joins, or one half of the values from the other.
fn split(action: &WriteAction) -> Option<(WriteAction, WriteAction)> {
    let WriteAction::Update { target, version, deltas } = action else { return None };
    let with = |deltas| WriteAction::Update { target: target.clone(), version: version.clone(), deltas };
    let (joins, leaves): (Vec<_>, Vec<_>) = deltas.iter().cloned().partition(is_add);
    if !joins.is_empty() && !leaves.is_empty() {
        return Some((with(leaves), with(joins)));
    }
    let [delta] = &deltas[..] else { return None };
    let (values, change): (&Values, fn(Values) -> ValuesChange) = match &delta.change {
        ValuesChange::Add(values) => (values, ValuesChange::Add),
        ValuesChange::Remove(values) => (values, ValuesChange::Remove),
        _ => return None,
    };
    let (first, second) = values.as_slice().split_at(values.len() / 2);
    let half = |values: &[_]| {
        let values = Values::from_many(values.iter().cloned())?;
        Some(with(vec![AttributeDelta::new(delta.attribute.clone(), change(values))]))
    };
    Some((half(first)?, half(second)?))
}

fn is_add(delta: &AttributeDelta) -> bool {
    matches!(delta.change, ValuesChange::Add(_))
}

/// Whether a write adds alone or removes alone; `None` for anything else.
fn kind_of(action: &WriteAction) -> Option<bool> {
    let WriteAction::Update { deltas, .. } = action else { return None };
    deltas.first().map(is_add)
}

fn retain(action: &mut WriteAction, keep: impl FnMut(&AttributeDelta) -> bool) {
    if let WriteAction::Update { deltas, .. } = action {
        deltas.retain(keep);
    }
}
