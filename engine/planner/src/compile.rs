//! From a mapping spec and two schemas to what the planner runs: names become slots, expressions become
//! programs, and every fault is reported at once.

mod attribute;
mod circle;
mod clause;
mod flow;
mod leaving;
mod leaving_attributes;
mod names;
mod object;
mod paths;
mod privileged;
mod protection;
mod scope;
mod used;

use provisio_expression::FunctionTable;
use provisio_model::{Diagnostic, Schema, Severity};

use crate::compiled::CompiledSpec;
use crate::fingerprint::Fingerprint;
use crate::spec::{MappingSpec, ObjectMapping};

/// Compiles a mapping spec against the schemas of both sides.
///
/// # Errors
/// All faults of the spec, each with its place in the text that the spec was read from, when at least one is an
/// error. Warnings alone come back beside the compiled spec.
pub fn compile(spec: &MappingSpec, source: &Schema, target: &Schema, functions: &FunctionTable) -> Compiled {
    let spec = paths::normalise(spec, source, target);
    let objects: Vec<&ObjectMapping> = spec.objects.iter().collect();
    let layouts = used::layouts(&objects, source, target, functions);
    compile_for(&spec, source, target, functions, &layouts)
}

/// A compiled spec with its warnings, or all faults.
pub type Compiled = Result<(CompiledSpec, Vec<Diagnostic>), Vec<Diagnostic>>;

/// Compiles two mapping specs for one read: both plan from the same records, so that what differs between their
/// plans is due to the specs alone.
pub fn compile_both(
    specs: [&MappingSpec; 2],
    source: &Schema,
    target: &Schema,
    functions: &FunctionTable,
) -> [Compiled; 2] {
    let specs = specs.map(|spec| paths::normalise(spec, source, target));
    let objects: Vec<&ObjectMapping> = specs.iter().flat_map(|it| &it.objects).collect();
    let layouts = used::layouts(&objects, source, target, functions);
    specs.each_ref().map(|spec| compile_for(spec, source, target, functions, &layouts))
}

fn compile_for(
    spec: &MappingSpec,
    source: &Schema,
    target: &Schema,
    functions: &FunctionTable,
    layouts: &used::Layouts,
) -> Compiled {
    let mut faults = Vec::new();
    let mut mappings = Vec::new();
    for object in &spec.objects {
        mappings.extend(object::compile(object, spec, source, target, layouts, functions, &mut faults));
    }
    let protection = protection::compile(spec, target, layouts, &mut faults);
    circle::refuse(&mappings, spec, &mut faults);
    if faults.iter().any(|it| it.severity == Severity::Error) {
        faults.sort_by_key(|it| it.span.start);
        return Err(faults);
    }
    let compiled = CompiledSpec {
        name: spec.name.clone(),
        fingerprint: Fingerprint::of_spec(spec),
        sources: layouts.sources.clone(),
        targets: layouts.targets.clone(),
        mappings,
        protection,
    };
    Ok((compiled, faults))
}
