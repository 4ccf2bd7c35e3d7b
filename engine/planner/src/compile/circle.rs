//! References that must be set when an object is created, and that lead back to it: such objects can never be
//! created. Containers alone are a tree: nothing is within itself.

use provisio_model::Diagnostic;

use crate::compiled::CompiledObject;
use crate::spec::MappingSpec;

/// Reports each attribute mapping that closes a circle of references that no later update can set.
pub(super) fn refuse(mappings: &[CompiledObject], spec: &MappingSpec, faults: &mut Vec<Diagnostic>) {
    if mappings.len() != spec.objects.len() {
        // Something else is wrong with a mapping; what refers to what is not known.
        return;
    }
    for (at, (mapping, declared)) in mappings.iter().zip(&spec.objects).enumerate() {
        for attribute in mapping.attributes.iter().filter(|it| it.is_set_at_creation() && !it.container) {
            if !attribute.refers_to.iter().any(|&next| leads_to(mappings, next, at)) {
                continue;
            }
            let message = format!(
                "`{}` must be set at creation, and may lead back to the object itself, which could then never be created",
                attribute.name
            );
            let place = declared.attributes.iter().find(|it| it.target == attribute.name);
            let span = place.map_or_else(|| declared.span.clone(), |it| it.span.clone());
            let help =
                "remove this mapping: the target requires the attribute, or does not let it be changed";
            faults.push(Diagnostic::error("S0220", span, message).with_help(help));
        }
    }
}

/// Tells whether references that must be set at creation lead from one mapping to another.
fn leads_to(mappings: &[CompiledObject], from: usize, to: usize) -> bool {
    let mut seen = vec![false; mappings.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            let references = mappings[at].attributes.iter().filter(|it| it.is_set_at_creation());
            open.extend(references.flat_map(|it| it.refers_to.iter().copied()));
        }
    }
    false
}
