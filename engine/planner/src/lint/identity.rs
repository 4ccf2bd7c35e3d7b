//! Can objects be told apart?

use provisio_model::{Mutability, Uniqueness};

use super::{Findings, Subject};
use crate::compiled::{AttributeSource, CompiledAttribute};
use crate::spec::Adoption;

fn is_unique(subject: &Subject<'_>, attribute: &CompiledAttribute) -> bool {
    subject.target(attribute.slot).uniqueness == Uniqueness::System
}

/// Tells whether a value comes from a source attribute that no two objects share.
fn comes_unique(subject: &Subject<'_>, attribute: &CompiledAttribute) -> bool {
    match &attribute.source {
        AttributeSource::Direct(slot) => subject.source().attribute(*slot).uniqueness == Uniqueness::System,
        _ => false,
    }
}

/// S0307: a unique attribute that neither matches nor chooses a free value, from something that need not be unique.
pub(super) fn not_unique(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes() {
        let gives = matches!(attribute.source, AttributeSource::Direct(_) | AttributeSource::Expression(_));
        let is_handled = written.matching.is_some() || attribute.chooses_unique_value();
        if gives && is_unique(subject, attribute) && !is_handled && !comes_unique(subject, attribute) {
            let message = format!("two objects may get the same `{}`, which must be unique", attribute.name);
            let help = "choose a free value with `SelectUniqueValue` and `apply = \"create\"`, \
                        or map something that is unique in the source";
            findings.add(&written.span, message, help);
        }
    }
}

/// S0308: a constant for a unique attribute or a matching attribute.
pub(super) fn constant(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes() {
        let why = match written.matching {
            _ if !matches!(attribute.source, AttributeSource::Constant(_)) => continue,
            Some(_) => "and all match the same object",
            None if is_unique(subject, attribute) => "and it must be unique",
            None => continue,
        };
        let message = format!("all objects get the same `{}`, {why}", attribute.name);
        findings.add(&written.span, message, "take the value from a source attribute that differs");
    }
}

/// S0309: nothing to match by that stays as it is in the source.
pub(super) fn mutable_match(subject: &Subject<'_>, findings: &mut Findings) {
    let is_stable = |attribute: &CompiledAttribute| match &attribute.source {
        AttributeSource::Direct(slot) => {
            let source = subject.source().attribute(*slot);
            source.uniqueness == Uniqueness::System || source.mutability == Mutability::Immutable
        }
        _ => false,
    };
    let mapping = subject.mapping;
    if mapping.matching.iter().any(|it| mapping.attributes_of(it).all(is_stable)) {
        return;
    }
    let Some((written, attribute)) = subject.attributes().find(|(it, _)| it.matching.is_some()) else {
        return;
    };
    let message = format!("objects are matched by `{}`, and what it comes from can change", attribute.name);
    let help = "match by an employee number or another id first; once linked, a change does no harm";
    findings.add(&written.span, message, help);
}

/// S0313: adoption by a value that two target objects may share.
pub(super) fn doubtful_adoption(subject: &Subject<'_>, findings: &mut Findings) {
    let mapping = subject.mapping;
    let by_unique =
        mapping.matching.iter().any(|it| mapping.attributes_of(it).any(|it| is_unique(subject, it)));
    if mapping.adoption != Adoption::Link || by_unique {
        return;
    }
    let Some((written, attribute)) = subject.attributes().find(|(it, _)| it.matching.is_some()) else {
        return;
    };
    let message = format!(
        "`{}` adopts by `{}`, which is not unique in the target: it may be somebody else's object",
        mapping.name, attribute.name
    );
    let help = "match by a unique attribute, too, or set `adoption = \"report\"` and look at what matches";
    findings.add(&written.span, message, help);
}
