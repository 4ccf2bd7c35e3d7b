//! Which target objects stay as they are.

use provisio_model::{Diagnostic, ObjectSchema, Schema, Text, ValueKind, closest};

use super::clause;
use super::names::list;
use super::paths::unresolved;
use super::used::{Layouts, named_types};
use crate::compiled::{CompiledClause, CompiledProtection, ProtectedGroups};
use crate::spec::{Clause, LeavingAttribute, LeavingValue, MappingSpec, ObjectMapping, ProtectedMembers};

/// Compiles what is protected, by the position of the target layout: what any mapping protects counts for all that
/// write the type.
pub(super) fn compile(
    spec: &MappingSpec,
    target: &Schema,
    layouts: &Layouts,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Option<CompiledProtection>> {
    let mut protection: Vec<Option<CompiledProtection>> = layouts.targets.iter().map(|_| None).collect();
    for mapping in &spec.objects {
        named(mapping, target, layouts, &mut protection);
    }
    for mapping in spec.objects.iter().filter(|it| !it.protect.is_empty()) {
        let (Some(at), Some(schema)) = (layouts.target(&mapping.target), target.of(&mapping.target)) else {
            continue;
        };
        let stage = Stage { mapping, target, schema, layouts, at };
        let compiled = protection[at].get_or_insert_default();
        compiled.ids.extend(mapping.protect.ids.iter().cloned());
        compiled.ids.sort_unstable();
        compiled.ids.dedup();
        for group in &mapping.protect.filter.groups {
            let clauses =
                group.clauses.iter().filter_map(|it| stage.clause(it).map_err(|it| faults.push(it)).ok());
            let clauses: Vec<CompiledClause> = clauses.collect();
            compiled.filter.names.push(group.name.clone());
            compiled.filter.groups.push(clauses);
        }
        for members in &mapping.protect.members_of {
            compiled.groups.extend(stage.members(members).map_err(|it| faults.push(it)));
        }
    }
    protection
}

/// What leavers are moved to, or refer to, is protected: it has to stay where it is.
fn named(
    mapping: &ObjectMapping,
    target: &Schema,
    layouts: &Layouts,
    protection: &mut [Option<CompiledProtection>],
) {
    let named = |it: &LeavingAttribute| match &it.value {
        LeavingValue::Target(id) => Some(id.clone()),
        LeavingValue::Source(_) | LeavingValue::Clear => None,
    };
    let ids: Vec<Text> = mapping.deprovisioning.attributes.iter().filter_map(named).collect();
    for object_type in named_types(mapping, target) {
        let Some(at) = layouts.target(&object_type) else { continue };
        let compiled = protection[at].get_or_insert_default();
        compiled.ids.extend(ids.iter().cloned());
        compiled.ids.sort_unstable();
        compiled.ids.dedup();
    }
}

struct Stage<'a> {
    mapping: &'a ObjectMapping,
    target: &'a Schema,
    schema: &'a ObjectSchema,
    layouts: &'a Layouts,
    /// The position of the layout of what is protected.
    at: usize,
}

impl Stage<'_> {
    fn clause(&self, clause: &Clause) -> Result<CompiledClause, Diagnostic> {
        let span = || clause.span.clone();
        if clause.through.is_some() {
            let message = format!("{} with `groups` cannot tell what is protected", clause.operator);
            let help = "list the groups of the target under `members_of`";
            return Err(Diagnostic::error("S0242", span(), message).with_help(help));
        }
        let layout = &*self.layouts.targets[self.at];
        let found = layout.schemas().iter().find(|it| it.name.as_str() == &*clause.attribute);
        let (Some(found), Some(slot)) = (found, layout.slot(&clause.attribute)) else {
            return Err(unresolved("target", &clause.attribute, self.schema, span()));
        };
        let cannot_be_read =
            found.kind == ValueKind::Secret || found.mutability == provisio_model::Mutability::WriteOnly;
        if cannot_be_read {
            let message = format!("`{}` cannot be read, so nobody knows what it holds", found.name);
            let help = "test an attribute of the target that can be read back";
            return Err(Diagnostic::error("S0242", span(), message).with_help(help));
        }
        let tested = clause::compile(clause, slot, found.kind)?;
        Ok(CompiledClause { tested, text: Text::new(clause.to_string()) })
    }

    fn members(&self, wanted: &ProtectedMembers) -> Result<ProtectedGroups, Diagnostic> {
        let (through, span) = (&wanted.through, || wanted.span.clone());
        let known = || self.target.types.iter().map(|it| it.object_type.as_str());
        let found = self.target.of(&through.groups).zip(self.layouts.target(&through.groups));
        let Some((schema, groups)) = found else {
            let message = format!("the target has no object type `{}`", through.groups);
            let help = match closest(through.groups.as_str(), known()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("it has {}", list(known())),
            };
            return Err(Diagnostic::error("S0202", span(), message).with_help(help));
        };
        let layout = &*self.layouts.targets[groups];
        let Some(members) = layout.slot(&through.members) else {
            return Err(unresolved("target", &through.members, schema, span()));
        };
        let attribute = layout.attribute(members);
        let lists = |it: &_| attribute.references.is_empty() || attribute.references.contains(it);
        if !matches!(attribute.kind, ValueKind::Reference | ValueKind::Text) || !lists(&self.mapping.target) {
            let (name, groups) = (&attribute.name, &through.groups);
            let message =
                format!("`{name}` of `{groups}` does not list objects of type `{}`", self.mapping.target);
            let help =
                "name groups of the target and an attribute of theirs that list the objects of this mapping";
            return Err(Diagnostic::error("S0221", span(), message).with_help(help));
        }
        let nested = through.nested && lists(&through.groups);
        Ok(ProtectedGroups { groups, members, ids: wanted.ids.clone(), nested })
    }
}
