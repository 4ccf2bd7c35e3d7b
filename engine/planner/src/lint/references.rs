//! Does every reference lead to something that is mapped?

use provisio_model::ObjectType;

use super::{Findings, Subject};
use crate::compiled::AttributeSource;

/// S0310: a source attribute that refers to objects of a type that no object mapping reads.
pub(super) fn unmapped(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes().filter(|(_, it)| it.is_reference()) {
        let AttributeSource::Direct(slot) = &attribute.source else { continue };
        let source = subject.source().attribute(*slot);
        let is_mapped = |object_type: &&ObjectType| {
            let mut mappings = attribute.refers_to.iter().map(|&at| &subject.spec.mappings[at]);
            mappings.any(|it| subject.spec.sources[it.source].object_type() == *object_type)
        };
        for object_type in source.references.iter().filter(|it| !is_mapped(it)) {
            let message = format!(
                "`{}` can refer to `{object_type}`, which no object mapping reads for `{}`",
                source.name, attribute.name
            );
            let help = format!(
                "add an object mapping for `{object_type}`, or expect such references to be reported and left out"
            );
            findings.add(&written.span, message, help);
        }
    }
}
