//! Who watches an evaluation? Nobody, or a recorder of every sub-expression with its value.

use super::Raised;
use crate::op::Op;
use crate::value::Flow;

pub(crate) trait Tracer {
    /// Whether sub-expressions must be evaluated one by one instead of fused.
    const ENABLED: bool;

    /// Notes that `op` is about to be evaluated.
    fn enter(&mut self, op: &Op);

    /// Notes the outcome of what was entered last.
    fn leave(&mut self, outcome: &Result<Flow<'_>, Raised>);
}

/// Nobody watches.
pub(crate) struct Untraced;

impl Tracer for Untraced {
    const ENABLED: bool = false;

    fn enter(&mut self, _op: &Op) {}

    fn leave(&mut self, _outcome: &Result<Flow<'_>, Raised>) {}
}
