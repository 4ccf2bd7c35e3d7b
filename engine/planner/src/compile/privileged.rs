//! Which target groups are privileged: a filter over what the target holds.

use provisio_model::{Diagnostic, Mutability, Text, ValueKind};

use super::attribute::Context;
use super::{clause, paths};
use crate::compiled::{CompiledClause, CompiledFilter};
use crate::spec::Clause;

pub(super) fn compile(context: &Context<'_>, faults: &mut Vec<Diagnostic>) -> CompiledFilter {
    let privileged = &context.mapping.privileged;
    let mut groups = Vec::with_capacity(privileged.groups.len());
    for group in &privileged.groups {
        let clauses = group.clauses.iter().filter_map(|it| match compile_clause(it, context) {
            Ok(clause) => Some(clause),
            Err(fault) => {
                faults.push(fault);
                None
            }
        });
        groups.push(clauses.collect());
    }
    CompiledFilter { names: privileged.groups.iter().map(|it| it.name.clone()).collect(), groups }
}

fn compile_clause(clause: &Clause, context: &Context<'_>) -> Result<CompiledClause, Diagnostic> {
    if clause.through.is_some() {
        let message = "a privileged group is told by its own attributes, not by its memberships";
        let help = "test an attribute of the target, such as its name or its id";
        return Err(Diagnostic::error("S0226", clause.span.clone(), message).with_help(help));
    }
    let layout = context.target_layout;
    let Some(slot) = layout.slot(&clause.attribute) else {
        let span = clause.span.clone();
        return Err(paths::unresolved("target", &clause.attribute, context.target_schema, span));
    };
    let found = layout.attribute(slot);
    if found.kind == ValueKind::Secret || found.mutability == Mutability::WriteOnly {
        let message = format!("`{}` cannot be read, so nobody knows what it holds", found.name);
        let help = "test an attribute of the target that can be read back";
        return Err(Diagnostic::error("S0226", clause.span.clone(), message).with_help(help));
    }
    let kind = found.kind;
    let tested = clause::compile(clause, slot, kind)?;
    Ok(CompiledClause { tested, text: Text::new(clause.to_string()) })
}
