//! When is a full plan made instead?

use super::baseline::Baseline;
use crate::compiled::CompiledSpec;

/// What an incremental plan may cost. Beyond it, a full plan is cheaper, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SelectionLimits {
    /// So many source objects are always planned, however few are remembered.
    pub objects_free: u64,
    /// Of the remembered source objects, at most so many in a hundred are planned.
    pub percent_max: u64,
    /// How often answers may lead to further questions.
    pub rounds_max: u32,
}

impl Default for SelectionLimits {
    fn default() -> Self {
        Self { objects_free: 1_000, percent_max: 10, rounds_max: 100 }
    }
}

/// Why there has to be a full plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhyFull {
    /// What is remembered was made with another spec.
    #[error("the mapping has changed since the last cycle")]
    OtherSpec,
    /// The scope of an object mapping asks who is in a group: who joins or leaves one would be reached without
    /// changing.
    #[error("the scope asks who is in a group")]
    ScopeByMembership,
    /// The last cycle did not read everything, so it is not known who is open.
    #[error("the last cycle did not read everything")]
    Incomplete,
    /// Too many objects are reached by the changes.
    #[error("{objects} objects are reached by the changes, and more than {most} are cheaper in a full plan")]
    TooMany {
        /// How many are reached so far.
        objects: u64,
        /// How many are worth it.
        most: u64,
    },
    /// Answers led to further questions again and again.
    #[error("answers led to further questions {rounds} times")]
    TooDeep {
        /// How often.
        rounds: u32,
    },
}

/// Says why a plan from changes cannot do with a spec.
pub(super) fn by_spec(spec: &CompiledSpec, baseline: &Baseline) -> Option<WhyFull> {
    if baseline.spec != spec.fingerprint {
        return Some(WhyFull::OtherSpec);
    }
    let asks = spec.mappings.iter().any(|it| !it.scope.memberships.is_empty());
    asks.then_some(WhyFull::ScopeByMembership)
}
