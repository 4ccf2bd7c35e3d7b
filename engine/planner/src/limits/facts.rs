//! What is remembered of limits: how much was done, and what is held back since when?

use std::collections::BTreeMap;

use provisio_model::{SourceId, Text};

use super::acts::Acts;
use super::mappings;
use crate::input::PlanInput;
use crate::memory::{Fact, Remember, Staged};
use crate::plan::{Held, LimitKind, MappingId, OpId, Operation};

/// Says what is to be remembered of a plan: the acts that windows of time count, once they are done; what is held back
/// from now on; and what is not any more.
pub(crate) fn remember(input: &PlanInput<'_>, operations: &[Operation], held: &[Held]) -> Vec<Remember> {
    let mut facts = Vec::new();
    note_acts(input, operations, &mut facts);
    note_staged(input, operations, held, &mut facts);
    facts
}

/// Says of the acts alone what is to be remembered: a rollback neither holds back what cycles did, nor lets it go.
pub(crate) fn remember_acts(input: &PlanInput<'_>, operations: &[Operation]) -> Vec<Remember> {
    let mut facts = Vec::new();
    note_acts(input, operations, &mut facts);
    facts
}

fn note_acts(input: &PlanInput<'_>, operations: &[Operation], facts: &mut Vec<Remember>) {
    let all: Vec<(Acts<'_>, Vec<LimitKind>)> = mappings(input)
        .map(|(id, mapping)| {
            let kinds = LimitKind::ALL.into_iter().filter(|it| mapping.limits.over_time(*it).is_some());
            (Acts { input, id, mapping }, kinds.collect())
        })
        .collect();
    for operation in operations {
        let Some((acts, kinds)) = all.get(usize::from(operation.mapping.0)) else { continue };
        for &limit in kinds {
            let number = acts.of(limit, operation);
            if number > 0 {
                let fact = Fact::Acts { mapping: operation.mapping, limit, number };
                facts.push(Remember { once: Some(operation.id), fact });
            }
        }
    }
}

fn note_staged(input: &PlanInput<'_>, operations: &[Operation], held: &[Held], facts: &mut Vec<Remember>) {
    let name = |id: MappingId| &input.spec.mappings[usize::from(id.0)].name;
    let mut still: Vec<Staged> = Vec::new();
    for it in held.iter().flat_map(|it| &it.operations) {
        let mapping = it.operation.mapping;
        let staged = Staged::of(name(mapping), &it.operation);
        if it.since.is_none() {
            let Staged { source, action, attribute, .. } = staged;
            facts.push(Remember { once: None, fact: Fact::Staged { mapping, source, action, attribute } });
        } else {
            still.push(staged);
        }
    }
    still.sort_unstable();
    let mut gone =
        input.memory.staged().map(|(it, _)| it).filter(|it| still.binary_search(it).is_err()).peekable();
    if gone.peek().is_none() {
        return;
    }
    let all: Vec<Acts<'_>> = mappings(input).map(|(id, mapping)| Acts { input, id, mapping }).collect();
    let counts = |it: &&Operation| {
        let acts = &all[usize::from(it.mapping.0)];
        LimitKind::ALL.into_iter().any(|kind| acts.of(kind, it) > 0)
    };
    let done = operations.iter().filter(counts).map(|it| (Staged::of(name(it.mapping), it), it.id));
    let done: BTreeMap<Staged, OpId> = done.collect();
    let ids: BTreeMap<&Text, MappingId> = mappings(input).map(|(id, it)| (&it.name, id)).collect();
    for it in gone {
        let Some(&mapping) = ids.get(&it.mapping) else { continue };
        let once = done.get(it).copied();
        if once.is_some() || is_judged(input, mapping, &it.source) {
            let Staged { source, action, attribute, .. } = it.clone();
            facts.push(Remember { once, fact: Fact::Unstaged { mapping, source, action, attribute } });
        }
    }
}

/// Tells whether a plan could say anything of a source object: both it and its target object were read, or are proved
/// to be gone. What is held back for somebody who was not read stays as it is (R1).
fn is_judged(input: &PlanInput<'_>, mapping: MappingId, source: &SourceId) -> bool {
    let mapping = &input.spec.mappings[usize::from(mapping.0)];
    let (sources, targets) = (&input.source[mapping.source], &input.target[mapping.target]);
    if sources.records().find(source.as_str()).is_none() && sources.prove_absent(source).is_none() {
        return false;
    }
    let link = input.links.of(&mapping.name).and_then(|it| it.of_source(source.as_str()));
    link.is_none_or(|it| {
        targets.records().find(it.target.as_str()).is_some() || targets.prove_absent(&it.target).is_some()
    })
}
