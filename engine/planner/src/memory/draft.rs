//! How facts find the operations that make them true.

use std::collections::BTreeMap;

use provisio_model::SourceId;

use super::{Fact, Remember};
use crate::plan::{ActionKind, MappingId, OpId, Operation};

/// Puts facts in their order, each with the operation that makes it true. A fact whose operation is not in the plan
/// after all is left out.
pub(crate) fn remember(facts: Vec<(Fact, Option<ActionKind>)>, operations: &[Operation]) -> Vec<Remember> {
    if facts.is_empty() {
        return Vec::new();
    }
    let mut by_object: BTreeMap<(MappingId, &SourceId, ActionKind), OpId> = BTreeMap::new();
    for operation in operations {
        // Of several writes, the last one makes it true.
        by_object.insert((operation.mapping, &operation.source, operation.action.kind()), operation.id);
    }
    let mut all: Vec<Remember> = Vec::with_capacity(facts.len());
    for (fact, once) in facts {
        let once = match (once, fact.source()) {
            (Some(kind), Some(source)) => match by_object.get(&(fact.mapping(), source, kind)) {
                Some(id) => Some(*id),
                None => continue,
            },
            _ => None,
        };
        all.push(Remember { once, fact });
    }
    all.sort_by_cached_key(|it| (it.once, it.fact.mapping(), it.fact.source().cloned()));
    all
}
