//! Which objects must be planned with those that are: whoever a change reaches without changing itself.
//!
//! * An object that comes or goes, or whose target object becomes another, changes what references to it become:
//!   whoever refers to it is planned, too.
//! * An object that is new to the target is compared with every source object that has the same matching value, and
//!   what it matches with everybody who might match it, too.
//! * Members that are taken over become this job's own, and whoever has them in the target but not in the source
//!   loses them.

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::{LookUp, Row, SourceId, SourceSide, TargetSide, ValueRef};

use super::baseline::{Scoped, Standing};
use super::evidence::Evidence;
use super::footprint::{each_match_key, match_key};
use super::question::{Question, SourceKey};
use crate::compiled::CompiledObject;
use crate::input::PlanInput;
use crate::matching::{Pair, Pairs};
use crate::value_index::ValueIndex;

/// Asks for everything that has to be planned, too.
pub(crate) fn require(input: &PlanInput<'_>, pairs: &[Pairs], context: &EvalContext<'_>) {
    let Some(evidence) = input.evidence else { return };
    for (at, mapping) in input.spec.mappings.iter().enumerate() {
        let closure = Closure { input, evidence, at, mapping };
        closure.referrers(&pairs[at]);
        closure.alike(&pairs[at], context);
        closure.groups_of_adopted(&pairs[at]);
    }
}

struct Closure<'a> {
    input: &'a PlanInput<'a>,
    evidence: &'a Evidence,
    /// The position of the mapping.
    at: usize,
    mapping: &'a CompiledObject,
}

/// What a reference to an object becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes<'a> {
    NotFound,
    /// It is there, but not looked at or not to be judged, and linked to nothing.
    Aside,
    OutOfScope,
    NotInTarget,
    Existing(&'a str),
    Created,
    /// It is not remembered.
    Unknown,
}

impl<'a> Closure<'a> {
    fn referrers(&self, pairs: &Pairs) {
        let Some(looked_up) = self.input.source[self.mapping.source].looked_up() else { return };
        for record in looked_up.iter() {
            let (id, pair) = (record.id_str(), pairs.of(record.row()));
            let stood = || self.evidence.standing(self.mapping.source, id).and_then(|it| it.scoped(self.at));
            // Who was in scope and is, with the same link as ever, moves nobody.
            if !matches!(pair, Pair::Linked(_)) || stood() != Some(Scoped::In) {
                self.if_it_moves(id, self.now(id, pair));
            }
        }
        for id in looked_up.absent() {
            self.if_it_moves(id, Becomes::NotFound);
        }
    }

    fn if_it_moves(&self, id: &str, now: Becomes<'_>) {
        if self.before(id) != now && !self.evidence.has_referrers(id) {
            self.evidence.miss(Question::Referrers(SourceId::new(id)));
        }
    }

    fn link(&self, id: &str) -> Option<&'a str> {
        let links = self.input.links.of(&self.mapping.name)?;
        links.of_source(id).map(|it| it.target.as_str())
    }

    fn before(&self, id: &str) -> Becomes<'a> {
        let Some(standing) = self.evidence.standing(self.mapping.source, id) else { return Becomes::Unknown };
        match standing.scoped(self.at) {
            None => Becomes::NotFound,
            Some(Scoped::Out) => Becomes::OutOfScope,
            Some(Scoped::In) => self.link(id).map_or(Becomes::NotInTarget, Becomes::Existing),
            Some(Scoped::Unclear) if *standing == Standing::Unknown => Becomes::Unknown,
            Some(Scoped::Unclear) => self.link(id).map_or(Becomes::Aside, Becomes::Existing),
        }
    }

    fn now(&self, id: &str, pair: Pair) -> Becomes<'a> {
        match pair {
            Pair::Linked(row) | Pair::Matched(row, _) => Becomes::Existing(self.target_id(row)),
            Pair::Missing | Pair::Gone if self.input.operations(self.mapping).create => Becomes::Created,
            Pair::Unassigned | Pair::OutOfScope | Pair::Disabled | Pair::Leaving(..) => Becomes::OutOfScope,
            Pair::Unseen | Pair::Filtered | Pair::Undecided => {
                self.link(id).map_or(Becomes::Aside, Becomes::Existing)
            }
            Pair::Missing | Pair::Gone | Pair::Blocked(_) | Pair::Waiting => Becomes::NotInTarget,
        }
    }

    fn target_id(&self, row: Row<TargetSide>) -> &'a str {
        self.input.target[self.mapping.target].records().record(row).id_str()
    }

    fn alike(&self, pairs: &Pairs, context: &EvalContext<'_>) {
        let mut bump = Bump::new();
        let records = self.input.source[self.mapping.source].records();
        for record in records.iter() {
            let pair = pairs.of(record.row());
            if matches!(pair, Pair::Missing | Pair::Gone | Pair::Waiting | Pair::Matched(..)) {
                let mut is_first = true;
                each_match_key(self.at, self.mapping, record, context, &bump, |key| {
                    // Only the first value that an object has is compared with those of others.
                    if std::mem::take(&mut is_first) && !self.evidence.has_alike(&key) {
                        self.evidence.miss(Question::Alike(key));
                    }
                });
                bump.reset();
            }
            if let Pair::Matched(row, _) = pair {
                self.rivals(row);
            }
        }
    }

    /// Asks who else might match a target object, under any mapping to its type.
    fn rivals(&self, row: Row<TargetSide>) {
        let record = self.input.target[self.mapping.target].records().record(row);
        for (at, mapping) in self.input.spec.mappings.iter().enumerate() {
            if mapping.target != self.mapping.target {
                continue;
            }
            for (precedence, rule) in mapping.matching.iter().enumerate() {
                for key in mapping.keys_of(rule, record) {
                    let key = match_key(at, precedence, key);
                    if !self.evidence.has_alike(&key) {
                        self.evidence.miss(Question::Alike(key));
                    }
                }
            }
        }
    }

    /// Asks for the groups that have an adopted object as a member, and has those planned that are linked.
    fn groups_of_adopted(&self, pairs: &Pairs) {
        if pairs.matched.is_empty() {
            return;
        }
        for group in &self.input.spec.mappings {
            let memberships = group.attributes.iter().filter(|it| it.is_membership());
            for attribute in memberships.filter(|it| it.refers_to.contains(&self.at)) {
                let index = ValueIndex::new(self.input, group.target, attribute.slot, attribute.rule);
                let records = self.input.target[group.target].records();
                for &member in &pairs.matched {
                    let groups = index.find(ValueRef::Reference(self.target_id(member)));
                    groups.into_iter().for_each(|row| self.group(group, records.record(row).id_str()));
                }
            }
        }
    }

    fn group(&self, group: &CompiledObject, target: &str) {
        self.input.ask_holder(group.target, target);
        let link = self.input.links.of(&group.name).and_then(|it| it.of_target(target));
        let Some(link) = link else { return };
        let source: Option<&provisio_model::LookedUp<SourceSide>> =
            self.input.source[group.source].looked_up();
        if source.is_some_and(|it| it.of(link.source.as_str()) == LookUp::NotAsked) {
            let object_type = self.input.spec.sources[group.source].object_type().clone();
            self.evidence.miss(Question::Source(SourceKey { object_type, id: link.source.clone() }));
        }
    }
}
