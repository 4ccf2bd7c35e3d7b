//! What attributes hold while a leaver is disabled.

use provisio_model::{Diagnostic, ObjectType, Uniqueness, ValueKind};

use super::attribute::{self, Context};
use super::paths;
use super::used::Layouts;
use crate::compiled::{AttributeSource, CompiledAttribute, LeavingGiven, LeavingWrite};
use crate::spec::{
    Apply, AttributeMapping, Deprovision, FlowType, LeavingAttribute, LeavingValue, MappingSource,
};

pub(super) fn compile(
    context: &Context<'_>,
    attributes: &[CompiledAttribute],
    layouts: &Layouts,
    faults: &mut Vec<Diagnostic>,
) -> Vec<LeavingWrite> {
    let declared = &context.mapping.deprovisioning;
    if let Some(first) = declared.attributes.first()
        && !declared.asks_for(Deprovision::Disable)
        && !declared.asks_for(Deprovision::SoftDelete)
    {
        let message =
            format!("no step of `{}` disables an object or marks it as deleted", context.mapping.name);
        let help =
            "choose a step \"disable\" or \"soft_delete\", which sets these attributes, or remove them";
        faults.push(Diagnostic::error("S0243", first.span.clone(), message).with_help(help));
    }
    declared.attributes.iter().filter_map(|it| one(it, context, attributes, layouts, faults)).collect()
}

fn one(
    declared: &LeavingAttribute,
    context: &Context<'_>,
    attributes: &[CompiledAttribute],
    layouts: &Layouts,
    faults: &mut Vec<Diagnostic>,
) -> Option<LeavingWrite> {
    let name = &declared.target;
    let status = context.mapping.deprovisioning.status.as_ref();
    if status.is_some_and(|it| it.attribute == *name) {
        let message = format!("`{name}` is the status, which the steps set");
        faults.push(Diagnostic::error("S0243", declared.span.clone(), message).with_help("remove it here"));
        return None;
    }
    let Some(at) = attributes.iter().position(|it| it.name == *name) else {
        // What is mapped and has faults of its own was reported.
        if !context.mapping.attributes.iter().any(|it| it.target == *name) {
            faults.push(match context.target_schema.resolve(name.as_str()) {
                Ok(_) => not_mapped(declared),
                Err(_) => {
                    paths::unresolved("target", name.as_str(), context.target_schema, declared.span.clone())
                }
            });
        }
        return None;
    };
    let mapped = &attributes[at];
    if let Some((message, help)) = unfit(declared, mapped, context) {
        faults.push(Diagnostic::error("S0243", declared.span.clone(), message).with_help(help));
        return None;
    }
    let value = match &declared.value {
        LeavingValue::Clear => LeavingGiven::Nothing,
        LeavingValue::Target(id) => {
            let references = &context.target_layout.attribute(mapped.slot).references;
            let is_meant = |it: &ObjectType| references.is_empty() || references.contains(it);
            let types = layouts.targets.iter().enumerate().filter(|it| is_meant(it.1.object_type()));
            LeavingGiven::Target { id: id.clone(), types: types.map(|it| it.0).collect() }
        }
        LeavingValue::Source(source) => {
            let mut mapping = AttributeMapping::new(name.clone(), source.clone());
            mapping.span = declared.span.clone();
            let compiled = attribute::compile(&mapping, context, faults)?;
            if let AttributeSource::Expression(program) = &compiled.source
                && (program.uses_clock() || program.uses_random() || program.needs_uniqueness())
            {
                let message = format!("what `{name}` holds would be another value in each run");
                let help = "use an expression that gives the same for the same object";
                faults.push(Diagnostic::error("S0243", declared.span.clone(), message).with_help(help));
            }
            LeavingGiven::Flow(Box::new(compiled))
        }
    };
    Some(LeavingWrite { mapped: at, value })
}

fn not_mapped(declared: &LeavingAttribute) -> Diagnostic {
    let message =
        format!("`{}` is set for leavers, and nothing sets it back when they return", declared.target);
    let help = "map it under `attributes`, too";
    Diagnostic::error("S0243", declared.span.clone(), message).with_help(help)
}

/// Says why an attribute cannot be set for leavers, if that is so.
fn unfit(
    declared: &LeavingAttribute,
    mapped: &CompiledAttribute,
    context: &Context<'_>,
) -> Option<(String, &'static str)> {
    let name = &declared.target;
    let matches = context.mapping.attributes.iter().any(|it| it.target == *name && it.matching.is_some())
        || context.mapping.matches.iter().any(|it| it.all.contains(name));
    let schema = context.target_layout.attribute(mapped.slot);
    if mapped.apply == Apply::OnCreate || mapped.flow != FlowType::Always {
        let help = "map it under `attributes` with `apply` and `flow` as they are by default";
        Some((format!("nothing sets `{name}` back when a leaver returns"), help))
    } else if matches {
        let help = "choose an attribute that no object is found by";
        Some((format!("`{name}` is a matching attribute: a leaver could not be found again"), help))
    } else if mapped.write_only {
        Some((format!("`{name}` cannot be read back, so nobody knows what it holds"), "remove it here"))
    } else if mapped.is_membership() {
        let help = "members follow the source, where leavers are members of nothing";
        Some((format!("`{name}` holds members, who join and leave one by one"), help))
    } else {
        unfit_value(declared, mapped, schema.uniqueness)
    }
}

fn unfit_value(
    declared: &LeavingAttribute,
    mapped: &CompiledAttribute,
    uniqueness: Uniqueness,
) -> Option<(String, &'static str)> {
    let (name, is_reference) = (&declared.target, mapped.kind == ValueKind::Reference);
    match &declared.value {
        LeavingValue::Clear if mapped.required => {
            Some((format!("the target requires `{name}`, so it cannot be cleared"), "give it a value"))
        }
        LeavingValue::Target(_) if !is_reference => {
            Some((format!("`{name}` holds {}, not a reference", mapped.kind), "write `constant = ...`"))
        }
        LeavingValue::Source(MappingSource::None) => {
            Some((format!("`{name}` takes nothing from the source"), "write `clear = true`, or remove it"))
        }
        LeavingValue::Source(_) if is_reference => {
            let help = "write the id of an object in the target as `target = \"...\"`, or `clear = true`";
            Some((format!("`{name}` refers to an object, which the source cannot give for a leaver"), help))
        }
        LeavingValue::Source(MappingSource::Constant(_)) if uniqueness == Uniqueness::System => {
            let help = "use an expression that gives each leaver a value of its own";
            Some((format!("`{name}` is unique, and all leavers would hold the same"), help))
        }
        _ => None,
    }
}
