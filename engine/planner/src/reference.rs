//! What a source id stands for in the target.

use provisio_model::{EscapedText, Row, SourceSide, Text, ValueRef};

use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::finding::Unresolved;
use crate::incremental::{Recalled, Scoped, Standing};
use crate::input::PlanInput;
use crate::matching::{LinkEnd, Pair, Pairs};

/// What a reference becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resolved<'a> {
    /// The id of a target object that exists, and the mapping that it belongs to.
    Existing(&'a str, usize),
    /// The object that is created for this source row of this mapping.
    Created(usize, Row<SourceSide>),
}

/// Resolves source ids for the mappings of one plan.
#[derive(Clone, Copy)]
pub(crate) struct References<'a> {
    pub(crate) input: &'a PlanInput<'a>,
    pub(crate) pairs: &'a [Pairs],
}

impl<'a> References<'a> {
    /// Resolves a source id as a value of `attribute`.
    pub(crate) fn resolve(self, attribute: &CompiledAttribute, id: &str) -> Result<Resolved<'a>, Unresolved> {
        let mut found = Err(Unresolved::NotFound);
        for &mapping in &attribute.refers_to {
            found = among_types(found, self.resolve_in(mapping, id));
        }
        found
    }

    /// Resolves many source ids as values of `attribute`, each as [`resolve`](Self::resolve) does.
    pub(crate) fn resolve_all(
        self,
        attribute: &CompiledAttribute,
        ids: &[&str],
    ) -> Vec<Result<Resolved<'a>, Unresolved>> {
        let mut found = vec![Err(Unresolved::NotFound); ids.len()];
        let mut rows = Vec::with_capacity(ids.len());
        for &mapping in &attribute.refers_to {
            let CompiledObject { source, target, .. } = self.input.spec.mappings[mapping];
            let records = self.input.source[source].records();
            records.find_all(ids.iter().copied(), &mut Row::at(0), &mut rows);
            let ends = rows.iter().flatten().filter_map(|row| self.pairs[mapping].of(*row).target_row());
            self.input.target[target].records().bring_ids_near(ends);
            for (found, (id, row)) in found.iter_mut().zip(ids.iter().zip(&rows)) {
                *found = among_types(*found, self.resolve_at(mapping, id, *row));
            }
        }
        found
    }

    fn resolve_in(self, at: usize, id: &str) -> Result<Resolved<'a>, Unresolved> {
        let records = self.input.source[self.input.spec.mappings[at].source].records();
        self.resolve_at(at, id, records.find(id))
    }

    fn resolve_at(
        self,
        at: usize,
        id: &str,
        row: Option<Row<SourceSide>>,
    ) -> Result<Resolved<'a>, Unresolved> {
        let mapping = &self.input.spec.mappings[at];
        let Some(row) = row else {
            return match self.input.recall(mapping.source, id) {
                Recalled::Nothing => self.by_link(at, id),
                Recalled::Stood(standing) => self.by_memory(at, id, standing),
                Recalled::Missed => Err(Unresolved::NotFound),
            };
        };
        match self.pairs[at].of(row) {
            Pair::Linked(target) | Pair::Matched(target, _) => Ok(Resolved::Existing(
                self.input.target[mapping.target].records().record(target).id_str(),
                at,
            )),
            Pair::Missing | Pair::Gone if self.input.operations(mapping).create => {
                Ok(Resolved::Created(at, row))
            }
            Pair::Unassigned | Pair::OutOfScope | Pair::Disabled | Pair::Leaving(..) => {
                Err(Unresolved::OutOfScope)
            }
            Pair::Unseen | Pair::Filtered | Pair::Undecided => self.by_link(at, id),
            Pair::Missing | Pair::Gone | Pair::Blocked(_) | Pair::Waiting => Err(Unresolved::NotInTarget),
        }
    }

    /// An object that was not read, but is linked, is still the same object, unless it is proved to be gone.
    fn by_link(self, at: usize, id: &str) -> Result<Resolved<'a>, Unresolved> {
        let mapping = &self.input.spec.mappings[at];
        let source = &self.input.source[mapping.source];
        let link = self.input.links.of(&mapping.name).and_then(|links| links.of_source(id));
        match link {
            Some(link) if source.prove_absent(&link.source).is_none() => {
                match self.input.target[mapping.target].prove_absent(&link.target) {
                    Some(_) => Err(Unresolved::NotInTarget),
                    None => Ok(Resolved::Existing(link.target.as_str(), at)),
                }
            }
            _ => Err(Unresolved::NotFound),
        }
    }

    /// An object that an incremental plan does not touch stands where it stood after the last cycle.
    fn by_memory(self, at: usize, id: &str, standing: &Standing) -> Result<Resolved<'a>, Unresolved> {
        let mapping = &self.input.spec.mappings[at];
        let link = || {
            let link = self.input.links.of(&mapping.name)?.of_source(id)?;
            let is_gone = self.input.target[mapping.target].prove_absent(&link.target).is_some();
            (!is_gone).then(|| Resolved::Existing(link.target.as_str(), at))
        };
        match standing.scoped(at) {
            None => Err(Unresolved::NotFound),
            Some(Scoped::Out) => Err(Unresolved::OutOfScope),
            Some(Scoped::In) => link().ok_or(Unresolved::NotInTarget),
            Some(Scoped::Unclear) => link().ok_or(Unresolved::NotFound),
        }
    }

    /// Tells whether a source id that cannot be resolved is known to stand for no object of the target: under every
    /// mapping, it is out of scope or proved to be gone (R1).
    pub(crate) fn is_nothing(self, attribute: &CompiledAttribute, id: &str) -> bool {
        attribute.refers_to.iter().all(|&at| match self.resolve_in(at, id) {
            Err(Unresolved::OutOfScope) => true,
            Err(Unresolved::NotFound) => self.input.is_source_gone(self.input.spec.mappings[at].source, id),
            Ok(_) | Err(Unresolved::NotInTarget | Unresolved::SeveralTypes) => false,
        })
    }

    /// Returns every existing target object that a source id may stand for.
    pub(crate) fn candidates(
        self,
        attribute: &'a CompiledAttribute,
        id: &'a str,
    ) -> impl Iterator<Item = &'a str> + 'a {
        attribute.refers_to.iter().filter_map(move |&at| match self.resolve_in(at, id) {
            Ok(Resolved::Existing(target, _)) => Some(target),
            _ => None,
        })
    }

    /// Tells whether this job manages a target object, so that it may take it out of a group (R2): it is linked, or
    /// this plan takes it over.
    pub(crate) fn manages(self, attribute: &CompiledAttribute, target: &str) -> bool {
        attribute.refers_to.iter().any(|&at| {
            let mapping = &self.input.spec.mappings[at];
            let links = self.input.links.of(&mapping.name);
            let is_adopted = || {
                let matched = &self.pairs[at].matched;
                let row = self.input.target[mapping.target].records().find(target);
                row.is_some_and(|row| matched.binary_search(&row).is_ok())
            };
            self.input.ask_member_holder(mapping.target, target);
            links.is_some_and(|it| it.of_target(target).is_some()) || is_adopted()
        })
    }

    /// Returns what people call a target object.
    pub(crate) fn label(self, mapping: usize, target: &str) -> Text {
        let mapping = &self.input.spec.mappings[mapping];
        let records = self.input.target[mapping.target].records();
        self.input.ask_target(mapping.target, target);
        let label =
            records.find(target).and_then(|row| records.record(row).single(mapping.label)).map(label_text);
        label.filter(|it| !it.is_empty()).unwrap_or_else(|| target.into())
    }

    /// Returns what people call a managed target object that an attribute refers to.
    pub(crate) fn label_of_managed(self, attribute: &CompiledAttribute, target: &str) -> Text {
        let found = attribute.refers_to.iter().copied().find(|&at| {
            let mapping = &self.input.spec.mappings[at];
            if self.input.links.of(&mapping.name).is_some_and(|it| it.of_target(target).is_some()) {
                self.input.ask_target(mapping.target, target);
            }
            self.input.target[mapping.target].records().find(target).is_some()
        });
        found.map_or_else(|| target.into(), |at| self.label(at, target))
    }
}

/// What an id stands for that stands for something under one mapping, and under the next: an object that is out of
/// scope of one may be in scope of another.
fn among_types<'a>(
    found: Result<Resolved<'a>, Unresolved>,
    next: Result<Resolved<'a>, Unresolved>,
) -> Result<Resolved<'a>, Unresolved> {
    match (found, next) {
        (Ok(first), Ok(second)) if first != second => Err(Unresolved::SeveralTypes),
        (Err(Unresolved::NotFound), result) => result,
        (Err(why), result @ Ok(_)) if why != Unresolved::SeveralTypes => result,
        _ => found,
    }
}

/// A value as the name of an object.
pub(crate) fn label_text(value: ValueRef<'_>) -> Text {
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => text.into(),
        other => Text::new(EscapedText(&other.to_string()).to_string()),
    }
}

/// Tells whether the end of a link can be written to.
pub(crate) fn writable(end: LinkEnd) -> Option<Row<provisio_model::TargetSide>> {
    match end {
        LinkEnd::Row(row) => Some(row),
        LinkEnd::Gone | LinkEnd::Unseen => None,
    }
}
