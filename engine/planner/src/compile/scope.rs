//! Who is looked at, assigned and in scope: filters, assignments and the memberships that both ask for.

use provisio_model::{Diagnostic, Layout, ObjectSchema, Schema, Slot, Text, ValueKind, closest};

use super::clause;
use super::names::list;
use super::paths::unresolved;
use super::used::Layouts;
use crate::compiled::{
    CompiledAssignment, CompiledClause, CompiledFilter, CompiledMembership, CompiledScope, Tested,
};
use crate::spec::{Assignment, Clause, ObjectMapping, Operator, ScopingFilter, Span, Through};

/// What is around a scope.
pub(super) struct Context<'a> {
    pub(super) mapping: &'a ObjectMapping,
    pub(super) source: &'a Schema,
    pub(super) schema: &'a ObjectSchema,
    pub(super) layout: &'a Layout,
    pub(super) layouts: &'a Layouts,
}

pub(super) fn compile(context: &Context<'_>, faults: &mut Vec<Diagnostic>) -> CompiledScope {
    let mut stage = Stage { context, faults, memberships: Vec::new() };
    let input = stage.filter(&context.mapping.input);
    let assignment = context.mapping.assignment.as_ref().map(|it| stage.assignment(it));
    let filter = stage.filter(&context.mapping.scope);
    let disabled = stage.filter(&context.mapping.deprovisioning.disabled_filter());
    CompiledScope { input, assignment, filter, disabled, memberships: stage.memberships }
}

struct Stage<'a, 'f> {
    context: &'a Context<'a>,
    faults: &'f mut Vec<Diagnostic>,
    memberships: Vec<CompiledMembership>,
}

impl Stage<'_, '_> {
    fn filter(&mut self, filter: &ScopingFilter) -> CompiledFilter {
        let groups = filter.groups.iter().map(|group| {
            let clauses = group.clauses.iter().filter_map(|it| self.clause(it));
            clauses.collect()
        });
        let groups = groups.collect();
        CompiledFilter { names: filter.groups.iter().map(|it| it.name.clone()).collect(), groups }
    }

    fn clause(&mut self, clause: &Clause) -> Option<CompiledClause> {
        let tested = match &clause.through {
            Some(through) => {
                let ids = clause.values.iter().map(|it| clause::id(it, clause)).collect::<Result<_, _>>();
                let ids = self.noted(ids)?;
                let of = self.membership(through, ids, None, &clause.span)?;
                Tested::Member { of, negated: clause.operator == Operator::NotMemberOf }
            }
            None => {
                let (slot, kind) = self.attribute(&clause.attribute, &clause.span)?;
                self.refuse_secret(clause, kind)?;
                self.noted(clause::compile(clause, slot, kind))?
            }
        };
        Some(CompiledClause { tested, text: Text::new(clause.to_string()) })
    }

    /// A secret may be asked for, but not what it is: the verdict would tell (R11).
    fn refuse_secret(&mut self, clause: &Clause, kind: ValueKind) -> Option<()> {
        if kind != ValueKind::Secret || matches!(clause.operator, Operator::IsNull | Operator::IsNotNull) {
            return Some(());
        }
        let message =
            format!("`{}` is secret, and {} would tell what it is", clause.attribute, clause.operator);
        let help = "test `IS NULL` or `IS NOT NULL`, or another attribute";
        self.faults.push(Diagnostic::error("S0224", clause.span.clone(), message).with_help(help));
        None
    }

    fn noted<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// Finds a source attribute of the mapping's type.
    fn attribute(&mut self, name: &str, span: &Span) -> Option<(Slot, ValueKind)> {
        let (schema, layout) = (self.context.schema, self.context.layout);
        self.attribute_of(schema, layout, name, span)
    }

    fn attribute_of(
        &mut self,
        schema: &ObjectSchema,
        layout: &Layout,
        name: &str,
        span: &Span,
    ) -> Option<(Slot, ValueKind)> {
        let Some(found) = layout.schemas().iter().find(|it| it.name.as_str() == name) else {
            self.faults.push(unresolved("source", name, schema, span.clone()));
            return None;
        };
        Some((layout.slot(name)?, found.kind))
    }

    /// Compiles a membership and returns its position.
    fn membership(
        &mut self,
        through: &Through,
        ids: Vec<Text>,
        attribute: Option<&Text>,
        span: &Span,
    ) -> Option<usize> {
        let Context { mapping, source, layouts, .. } = *self.context;
        let Some(schema) = source.of(&through.groups) else {
            let known = || source.types.iter().map(|it| it.object_type.as_str());
            let message = format!("the source has no object type `{}`", through.groups);
            let help = match closest(through.groups.as_str(), known()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("it has {}", list(known())),
            };
            self.faults.push(Diagnostic::error("S0202", span.clone(), message).with_help(help));
            return None;
        };
        let groups = layouts.source(&through.groups)?;
        let layout = &*layouts.sources[groups];
        let (members, kind) = self.attribute_of(schema, layout, &through.members, span)?;
        let references = &*layout.attribute(members).references;
        let lists = |it| references.is_empty() || references.contains(it);
        if !matches!(kind, ValueKind::Reference | ValueKind::Text) {
            let message = format!("`{}` of `{}` holds {kind}, not members", through.members, through.groups);
            let help = "name the attribute of the groups that lists the ids of their members";
            self.faults.push(Diagnostic::error("S0221", span.clone(), message).with_help(help));
            return None;
        }
        if !lists(&mapping.source) {
            let message = format!(
                "`{}` of `{}` does not list objects of type `{}`",
                through.members, through.groups, mapping.source
            );
            let help = "name groups and an attribute of theirs that list the objects of this mapping";
            self.faults.push(Diagnostic::error("S0221", span.clone(), message).with_help(help));
            return None;
        }
        let attribute = match attribute {
            Some(name) => Some(self.boolean(schema, layout, name, span)?),
            None => None,
        };
        self.memberships.push(CompiledMembership {
            groups,
            members,
            ids,
            attribute,
            nested: through.nested,
            is_ambiguous: through.groups != mapping.source
                && lists(&mapping.source)
                && lists(&through.groups),
        });
        Some(self.memberships.len() - 1)
    }

    /// Finds an attribute that says yes or no.
    fn boolean(&mut self, schema: &ObjectSchema, layout: &Layout, name: &str, span: &Span) -> Option<Slot> {
        let (slot, kind) = self.attribute_of(schema, layout, name, span)?;
        if matches!(kind, ValueKind::Bool | ValueKind::Text) {
            return Some(slot);
        }
        let message = format!("`{name}` holds {kind}, and an assignment needs true or false");
        let help = "name a boolean attribute, or list ids with `ids`";
        self.faults.push(Diagnostic::error("S0222", span.clone(), message).with_help(help));
        None
    }

    fn assignment(&mut self, assignment: &Assignment) -> CompiledAssignment {
        let (schema, layout) = (self.context.schema, self.context.layout);
        let attribute =
            assignment.attribute.as_ref().and_then(|it| self.boolean(schema, layout, it, &assignment.span));
        let groups = assignment
            .groups
            .as_ref()
            .and_then(|it| self.membership(&it.through, it.ids.clone(), it.attribute.as_ref(), &it.span));
        let mut ids = assignment.ids.clone();
        ids.sort_unstable();
        CompiledAssignment { attribute, ids, groups }
    }
}
