//! Do secrets stay where they belong (R11)?

use provisio_model::{Value, ValueKind};

use super::{Findings, Subject};
use crate::compiled::AttributeSource;
use crate::spec::MappingSource;

/// S0311: an expression that reads a secret, for an attribute that is not kept secret.
pub(super) fn leak(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes().filter(|(_, it)| it.kind != ValueKind::Secret) {
        let AttributeSource::Expression(program) = &attribute.source else { continue };
        let read =
            program.source_slots().iter().map(|&slot| subject.source().attribute(provisio_model::Slot(slot)));
        for secret in read.filter(|it| it.kind == ValueKind::Secret) {
            let message = format!("`{}` is secret, and `{}` is not", secret.name, attribute.name);
            let help = "a secret can only flow into an attribute that is kept secret";
            findings.add(&written.span, message, help);
        }
    }
}

/// S0312: a text in the mapping file for an attribute whose name says that it is secret.
pub(super) fn written(subject: &Subject<'_>, findings: &mut Findings) {
    const NAMES: [&str; 5] = ["password", "passwd", "secret", "apikey", "credential"];
    for (written, attribute) in subject.attributes() {
        let name = attribute.name.as_str().to_ascii_lowercase().replace(['_', '-'], "");
        let is_text = |it: &Value| matches!(it, Value::Text(_));
        let constant = matches!(&written.source, MappingSource::Constant(value) if is_text(value));
        if NAMES.iter().any(|it| name.contains(it))
            && (constant || written.default.as_ref().is_some_and(is_text))
        {
            let message = format!("`{}` gets a text that stands in the mapping file", attribute.name);
            findings.add(&written.span, message, "take it from the source: a mapping file holds no secrets");
        }
    }
}
