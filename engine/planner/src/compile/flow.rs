//! How an attribute mapping flows: does that suit the target attribute and the rest of the mapping?

use provisio_expression::Pattern;
use provisio_model::{AttributeSchema, Diagnostic, Mutability, ValueKind};

use crate::compiled::AttributeSource;
use crate::spec::{Apply, AttributeMapping, Export, FlowType, MappingSource, NullFlow};

/// Reports what cannot be about the way in which a mapping flows.
pub(super) fn check(declared: &AttributeMapping, target: &AttributeSchema, faults: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String, help: &str| {
        faults.push(Diagnostic::error("S0230", declared.span.clone(), message).with_help(help));
    };
    let name = &target.name;
    let is_write_only = target.mutability == Mutability::WriteOnly || target.kind == ValueKind::Secret;
    let is_membership = target.multi_valued && target.kind == ValueKind::Reference;
    let word = match declared.flow {
        FlowType::Always => None,
        FlowType::Merge => Some("merge"),
        FlowType::Add => Some("add"),
        FlowType::Fill => Some("fill"),
    };
    if let Some(word) = word {
        if declared.apply == Apply::OnCreate {
            refuse(
                format!(
                    "`{name}` is written only when an object is created, so `flow = \"{word}\"` means nothing"
                ),
                "remove `flow`, or remove `apply = \"create\"`",
            );
        }
        if matches!(declared.source, MappingSource::None) {
            refuse(
                format!("`{name}` takes nothing from the source, so `flow = \"{word}\"` means nothing"),
                "remove `flow`: a default fills what is empty in any case",
            );
        }
        if is_write_only {
            refuse(format!("`{name}` cannot be read back, so what it holds cannot be kept"), "remove `flow`");
        }
    }
    match declared.flow {
        FlowType::Merge | FlowType::Add if !target.multi_valued => {
            let help = "to keep what is there write `flow = \"fill\"`";
            refuse(format!("`{name}` takes one value, which cannot join others"), help);
        }
        FlowType::Merge if is_membership => {
            let help = "remove `flow`: members that this job does not manage stay in any case";
            refuse(format!("`{name}` holds members, which are always merged"), help);
        }
        FlowType::Fill if is_membership => {
            let help = "to keep who is there write `flow = \"add\"`";
            refuse(format!("`{name}` holds members, who join one by one"), help);
        }
        FlowType::Add | FlowType::Fill if declared.null == NullFlow::Clear => {
            let help = "remove `null`, or choose a flow that takes values away";
            refuse(format!("`{name}` never loses a value by this flow, so it cannot be cleared"), help);
        }
        _ => {}
    }
    if is_write_only && declared.apply == Apply::Always && declared.null == NullFlow::Clear {
        let help = "remove `null`, or write it only once: `apply = \"create\"`";
        refuse(
            format!("`{name}` cannot be read back, so nobody knows whether there is something to clear"),
            help,
        );
    }
    if declared.export == Export::Always {
        if is_write_only {
            let help = "remove `export`: it is sent when it changes";
            refuse(format!("`{name}` is secret or cannot be read back"), help);
        } else if is_membership {
            let help = "remove `export`: members are changed one by one";
            refuse(format!("`{name}` holds members, which are not part of an update"), help);
        } else if declared.apply == Apply::OnCreate {
            let help = "remove `export`, or remove `apply = \"create\"`";
            refuse(format!("`{name}` is not part of any update"), help);
        } else if matches!(declared.flow, FlowType::Merge | FlowType::Add) {
            let help = "remove `export`";
            refuse(format!("`{name}` is written value by value, so there is nothing to repeat"), help);
        }
    }
}

/// Reports a value that cannot be read back and is another one in every plan: it would be sent for ever.
pub(super) fn check_lasting(
    declared: &AttributeMapping,
    target: &AttributeSchema,
    source: &AttributeSource,
    faults: &mut Vec<Diagnostic>,
) {
    let is_write_only = target.mutability == Mutability::WriteOnly || target.kind == ValueKind::Secret;
    let uses_clock = matches!(source, AttributeSource::Expression(program) if program.uses_clock());
    if is_write_only && uses_clock && declared.apply == Apply::Always {
        let message = format!("`{}` depends on the time and cannot be read back", target.name);
        let help = "write it only once: `apply = \"create\"`; else every run would send another value";
        faults.push(Diagnostic::error("S0234", declared.span.clone(), message).with_help(help));
    }
}

/// Compiles the pattern of the values that a merge owns.
pub(super) fn compile_owns(
    declared: &AttributeMapping,
    target: &AttributeSchema,
    faults: &mut Vec<Diagnostic>,
) -> Option<Pattern> {
    let Some(pattern) = &declared.owns else {
        if declared.flow == FlowType::Merge {
            let message = format!("the merge of `{}` does not say which values it owns", target.name);
            let help = "add `owns = '...'`, a pattern of the values that this mapping may take away";
            faults.push(Diagnostic::error("S0231", declared.span.clone(), message).with_help(help));
        }
        return None;
    };
    let mut refuse = |message: String, help: &str| {
        faults.push(Diagnostic::error("S0231", declared.span.clone(), message).with_help(help));
    };
    if declared.flow != FlowType::Merge {
        let help = "add `flow = \"merge\"`, or remove `owns`";
        refuse("only a merge owns some of the values".to_owned(), help);
        return None;
    }
    if target.kind != ValueKind::Text {
        let message = format!("`owns` is a pattern of text, and `{}` holds {}", target.name, target.kind);
        refuse(message, "remove `owns`: what this mapping gave is remembered");
        return None;
    }
    match Pattern::compile(pattern) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("`owns` is not a pattern: {error}");
            refuse(message, "patterns are those of .NET, as in expressions");
            None
        }
    }
}
