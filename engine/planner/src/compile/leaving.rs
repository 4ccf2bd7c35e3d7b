//! What happens to leavers.

use provisio_model::{CompareRule, Diagnostic, Mutability};

use super::attribute::Context;
use super::leaving_attributes as leaving;
use super::object::two_values;
use super::paths;
use super::used::Layouts;
use crate::compiled::{CompiledAttribute, CompiledLeaving, CompiledSoftDelete, CompiledStatus};
use crate::memory::Trigger;
use crate::spec::{Deprovision, SoftDelete};

pub(super) fn compile(
    context: &Context<'_>,
    status: Option<&CompiledStatus>,
    attributes: &[CompiledAttribute],
    layouts: &Layouts,
    faults: &mut Vec<Diagnostic>,
) -> CompiledLeaving {
    let declared = &context.mapping.deprovisioning;
    let soft_delete = declared.soft_delete.as_ref();
    let soft_delete = soft_delete.and_then(|it| compile_mark(it, context, status, attributes, faults));
    check_means(context, faults);
    CompiledLeaving {
        out_of_scope: declared.when(Trigger::OutOfScope),
        source_disabled: declared.when(Trigger::SourceDisabled),
        source_deleted: declared.when(Trigger::SourceDeleted),
        adopted: declared.adopted,
        tombstone: declared.tombstone,
        attributes: leaving::compile(context, attributes, layouts, faults),
        soft_delete,
    }
}

fn compile_mark(
    declared: &SoftDelete,
    context: &Context<'_>,
    status: Option<&CompiledStatus>,
    attributes: &[CompiledAttribute],
    faults: &mut Vec<Diagnostic>,
) -> Option<CompiledSoftDelete> {
    let schema = context.target_schema;
    let Some(slot) = context.target_layout.slot(declared.attribute.as_str()) else {
        faults.push(paths::unresolved("target", declared.attribute.as_str(), schema, declared.span.clone()));
        return None;
    };
    let attribute = context.target_layout.attribute(slot);
    paths::check_part(attribute, &declared.span, faults);
    let span = || declared.span.clone();
    let is_status = status.is_some_and(|it| it.name == attribute.name);
    if is_status || attributes.iter().any(|it| it.name == attribute.name) {
        let message = format!("`{}` marks deleted objects, and something else writes it", attribute.name);
        let help = "take it out of `attributes`, and give `status` another attribute";
        faults.push(Diagnostic::error("S0240", span(), message).with_help(help));
    }
    if attribute.multi_valued || attribute.mutability != Mutability::ReadWrite {
        let message = format!("`{}` cannot mark deleted objects", attribute.name);
        let help = "choose a single-valued attribute that can be read and written";
        faults.push(Diagnostic::error("S0240", span(), message).with_help(help));
    }
    let values = [&declared.deleted, &declared.kept];
    let [deleted, kept] = two_values(values, ["deleted", "kept"], attribute, &declared.span, faults)?;
    Some(CompiledSoftDelete {
        slot,
        name: attribute.name.clone(),
        deleted,
        kept,
        rule: CompareRule::of(attribute),
    })
}

/// Checks that what is asked for has its attribute.
fn check_means(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let (mapping, declared) = (context.mapping, &context.mapping.deprovisioning);
    if declared.asks_for(Deprovision::Disable) && declared.status.is_none() {
        let message =
            format!("`{}` disables objects, but no attribute says that one is disabled", mapping.name);
        let help = "add `status = { attribute = \"active\" }` to `deprovisioning`, or choose \"delete\" or \"leave\"";
        faults.push(Diagnostic::error("S0208", mapping.span.clone(), message).with_help(help));
    }
    if declared.asks_for(Deprovision::SoftDelete) && declared.soft_delete.is_none() {
        let message =
            format!("`{}` marks objects as deleted, but no attribute is there for the mark", mapping.name);
        let help = "add `soft_delete = { attribute = \"isDeleted\" }` to `deprovisioning`";
        faults.push(Diagnostic::error("S0208", mapping.span.clone(), message).with_help(help));
    }
    if declared.source_disabled.is_some() && declared.source_disabled_when.is_empty() {
        let message = format!("`{}` does not say when a source object is disabled", mapping.name);
        let help = "add `source_disabled_when` with a clause, or remove `source_disabled`";
        faults.push(Diagnostic::error("S0241", mapping.span.clone(), message).with_help(help));
    }
}
