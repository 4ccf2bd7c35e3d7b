//! One attribute mapping.

use provisio_expression::{CompileSettings, FunctionTable, Program};
use provisio_model::{
    AttributeSchema, CompareRule, Diagnostic, Layout, Mutability, ObjectSchema, Severity, Text, Value,
    ValueKind, Values,
};

use super::flow;
use super::paths;

use crate::compiled::{AttributeSource, CompiledAttribute};
use crate::convert::{convert_owned, is_convertible};
use crate::expressions::Names;
use crate::spec::{Apply, AttributeMapping, MappingSource, MappingSpec, ObjectMapping, Span};

/// What is around an attribute mapping.
pub(super) struct Context<'a> {
    pub(super) mapping: &'a ObjectMapping,
    pub(super) spec: &'a MappingSpec,
    pub(super) source_schema: &'a ObjectSchema,
    pub(super) target_schema: &'a ObjectSchema,
    pub(super) source_layout: &'a Layout,
    pub(super) target_layout: &'a Layout,
    pub(super) functions: &'a FunctionTable,
}

pub(super) fn compile(
    declared: &AttributeMapping,
    context: &Context<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<CompiledAttribute> {
    let name = declared.target.as_str();
    let Some(slot) = context.target_layout.slot(name) else {
        faults.push(paths::unresolved("target", name, context.target_schema, declared.span.clone()));
        return None;
    };
    let target = context.target_layout.attribute(slot);
    paths::check_part(target, &declared.span, faults);
    check_writable(declared, target, faults);
    flow::check(declared, target, faults);
    let owns = flow::compile_owns(declared, target, faults);
    let source = match &declared.source {
        MappingSource::Attribute { name, span } => direct(name, span, target, context, faults),
        MappingSource::Expression { text, span } => expression(text, span, target, context, faults),
        MappingSource::Constant(value) => {
            constant(value, target, &declared.span, faults).map(AttributeSource::Constant)
        }
        MappingSource::None => Some(AttributeSource::DefaultOnly),
    };
    let default = match &declared.default {
        Some(value) => Some(constant(value, target, &declared.span, faults)?),
        None => None,
    };
    if let Some(source) = &source {
        flow::check_lasting(declared, target, source, faults);
    }
    let refers_to = refers_to(declared, target, context, faults);
    Some(CompiledAttribute {
        name: target.name.clone(),
        slot,
        kind: target.kind,
        multi_valued: target.multi_valued,
        rule: CompareRule::of(target),
        length_max: target.length_max,
        required: target.required,
        immutable: target.mutability == Mutability::Immutable,
        write_only: target.mutability == Mutability::WriteOnly || target.kind == ValueKind::Secret,
        source: source?,
        written: Text::new(declared.source.to_string()),
        default,
        apply: declared.apply,
        null: declared.null,
        flow: declared.flow,
        owns,
        export: declared.export,
        temporary: declared.temporary.unwrap_or(context.mapping.temporary),
        container: target.container && target.kind == ValueKind::Reference && !target.multi_valued,
        refers_to,
    })
}

fn check_writable(declared: &AttributeMapping, target: &AttributeSchema, faults: &mut Vec<Diagnostic>) {
    let span = declared.span.clone();
    let write_once = target.mutability == Mutability::Immutable;
    if target.mutability == Mutability::ReadOnly {
        let message = format!("`{}` cannot be written", target.name);
        faults.push(Diagnostic::error("S0204", span, message).with_help("remove this mapping"));
    } else if write_once && declared.apply == Apply::Always {
        let message = format!("`{}` cannot be changed once it is set", target.name);
        faults.push(
            Diagnostic::error("S0205", span, message).with_help("write it only once: `apply = \"create\"`"),
        );
    }
}

fn direct(
    name: &str,
    span: &Span,
    target: &AttributeSchema,
    context: &Context<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<AttributeSource> {
    let exact = context.source_layout.schemas().iter().find(|it| it.name.as_str() == name);
    let Some(source) = exact else {
        faults.push(paths::unresolved("source", name, context.source_schema, span.clone()));
        return None;
    };
    if source.multi_valued && !target.multi_valued {
        let message = format!("`{name}` has several values, `{}` takes one", target.name);
        let help = format!("choose one with an expression, such as `Item([{name}], 1)`");
        faults.push(Diagnostic::error("S0206", span.clone(), message).with_help(help));
    }
    if source.kind == ValueKind::Secret && target.kind != ValueKind::Secret {
        let message = format!("`{name}` is secret, `{}` is not", target.name);
        let help = "a secret can only flow into an attribute that is kept secret";
        faults.push(Diagnostic::error("S0212", span.clone(), message).with_help(help));
    } else if !is_convertible(source.kind, target.kind) {
        let message = format!("`{name}` holds {}, `{}` takes {}", source.kind, target.name, target.kind);
        faults.push(Diagnostic::error("S0207", span.clone(), message));
    }
    context.source_layout.slot(name).map(AttributeSource::Direct)
}

fn expression(
    text: &str,
    span: &Span,
    target: &AttributeSchema,
    context: &Context<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<AttributeSource> {
    if matches!(target.kind, ValueKind::Complex | ValueKind::Binary) {
        let message = format!("an expression cannot give {}, which `{}` takes", target.kind, target.name);
        faults.push(Diagnostic::error("S0207", span.clone(), message));
        return None;
    }
    let schema = &context.source_schema.attributes;
    // The layout leaves out what an expression with faults names, so those are found against the whole schema.
    let against =
        |names: &Names<'_>| Program::compile(text, names, context.functions, &CompileSettings::default());
    let compiled = against(&Names::of_schema(schema))
        .and_then(|_| against(&Names::of_layout(context.source_layout, schema)));
    // Where the file escapes characters, offsets into the text are not offsets into the file.
    let exact = span.len() == text.len();
    let mut place = |found: Vec<Diagnostic>| {
        faults.extend(found.into_iter().map(|mut it| {
            if exact {
                it.shifted(span.start)
            } else {
                it.span = span.clone();
                it
            }
        }));
    };
    match compiled {
        Ok((program, warnings)) => {
            place(warnings);
            Some(AttributeSource::Expression(Box::new(program)))
        }
        Err(found) => {
            debug_assert!(found.iter().any(|it| it.severity == Severity::Error));
            place(found);
            None
        }
    }
}

fn constant(
    value: &Value,
    target: &AttributeSchema,
    span: &Span,
    faults: &mut Vec<Diagnostic>,
) -> Option<Values> {
    if matches!(target.kind, ValueKind::Reference | ValueKind::Complex | ValueKind::Secret) {
        let message =
            format!("`{}` takes {}, which cannot be written in a mapping", target.name, target.kind);
        faults.push(Diagnostic::error("S0207", span.clone(), message));
        return None;
    }
    let converted = convert_owned(value, target.kind);
    let too_long = |it: &Value| {
        let length = it.as_text().map_or(0, |text| text.chars().count());
        target.length_max.is_some_and(|most| length > most)
    };
    match converted {
        Ok(value) if too_long(&value) => {
            let most = target.length_max.unwrap_or_default();
            let message =
                format!("{value} is longer than the {most} characters that `{}` takes", target.name);
            faults.push(Diagnostic::error("S0213", span.clone(), message));
            None
        }
        Ok(value) => Some(Values::one(value)),
        Err(_) => {
            let message = format!("`{}` takes {}, not {value}", target.name, target.kind);
            faults.push(Diagnostic::error("S0207", span.clone(), message));
            None
        }
    }
}

/// The object mappings whose objects a reference may point to.
fn refers_to(
    declared: &AttributeMapping,
    target: &AttributeSchema,
    context: &Context<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    if target.kind != ValueKind::Reference {
        return Vec::new();
    }
    let source_types = match &declared.source {
        MappingSource::Attribute { name, .. } => {
            let source = context.source_layout.slot(name);
            source.map(|it| &*context.source_layout.attribute(it).references)
        }
        _ => None,
    };
    let source_types = source_types.unwrap_or_default();
    let mappings = context.spec.objects.iter().enumerate().filter(|(_, it)| {
        let to_target = target.references.is_empty() || target.references.contains(&it.target);
        let from_source = source_types.is_empty() || source_types.contains(&it.source);
        to_target && from_source
    });
    let found: Vec<usize> = mappings.map(|(at, _)| at).collect();
    if found.is_empty() {
        let message =
            format!("`{}` refers to objects that `{}` does not map", target.name, context.mapping.name);
        let help = "add an object mapping for the objects that it refers to, or remove this mapping";
        faults.push(Diagnostic::error("S0214", declared.span.clone(), message).with_help(help));
    }
    found
}
