//! Who watches an evaluation? Nobody, or a recorder of every sub-expression with its value.

use super::Raised;
use crate::op::Op;
use crate::value::Flow;

pub(crate) trait Tracer {
    /// Whether sub-expressions must be evaluated one by one instead of fused.
    const ENABLED: bool;

    /// Notes that `op` is about to be evaluated, and gives a ticket for its outcome.
    fn enter(&mut self, op: &Op) -> usize;

    /// Notes the outcome.
    fn leave(&mut self, entered: usize, outcome: &Result<Flow<'_>, Raised>);
}

/// Nobody watches.
pub(crate) struct Untraced;

impl Tracer for Untraced {
    const ENABLED: bool = false;

    fn enter(&mut self, _op: &Op) -> usize {
        0
    }

    fn leave(&mut self, _entered: usize, _outcome: &Result<Flow<'_>, Raised>) {}
}
