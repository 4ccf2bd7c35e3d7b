//! Names that nobody knows.

use provisio_model::{Diagnostic, ObjectSchema, Text, closest};

use crate::spec::Span;

/// The fault of an attribute name that a schema does not have.
pub(super) fn unknown_attribute(side: &str, name: &str, schema: &ObjectSchema, span: Span) -> Diagnostic {
    let known = || schema.attributes.iter().map(|it| it.name.as_str());
    let message = format!("the {side} object type `{}` has no attribute `{name}`", schema.object_type);
    let help = match closest(name, known()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", list(known())),
    };
    Diagnostic::error("S0203", span, message).with_help(help)
}

/// Lists names for a help line, the first dozen of them.
pub(super) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = names.collect();
    let mut text = names.iter().take(SHOWN).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    Text::from(text).to_string()
}
