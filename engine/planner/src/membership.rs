//! Who joins and who leaves: multi-valued references are changed value by value, in one operation a group, and
//! only members that this job manages are taken out (R2).

use std::hash::BuildHasher as _;

use bumpalo::Bump;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use provisio_expression::EvalContext;
use provisio_model::{Record, Row, SourceSide, TargetId, TargetSide, ValueRef};

use crate::compiled::CompiledAttribute;
use crate::diff::Diff;
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind, Unresolved};
use crate::flow::{Flowed, flow};
use crate::matching::Pair;
use crate::plan::{Action, ActionKind, OpId, Operation, Reason, Referent, SkipReason, TargetRef};
use crate::protect::Shield;
use crate::reference::{References, Resolved};
use crate::spec::{Apply, FlowType};

/// Who should be a member.
#[derive(Default)]
struct Desired<'a> {
    existing: Vec<Existing<'a>>,
    created: Vec<(usize, &'a str, Row<SourceSide>)>,
}

/// A target object that should be a member.
struct Existing<'a> {
    target: &'a str,
    mapping: usize,
    /// The id of its source object.
    id: &'a str,
    is_member: bool,
}

/// What an id stands for, and the id.
type Member<'a> = (Resolved<'a>, &'a str);

impl<'a> Desired<'a> {
    fn add(&mut self, resolved: Resolved<'a>, id: &'a str) {
        match resolved {
            Resolved::Existing(target, mapping) => {
                self.existing.push(Existing { target, mapping, id, is_member: false });
            }
            Resolved::Created(mapping, row) => self.created.push((mapping, id, row)),
        }
    }

    /// Returns who joins those who are members, and who of them leaves: those that exist in the order of their ids; the
    /// others by their source ids, since rows follow the input.
    fn differ_from(mut self, present: impl Iterator<Item = &'a str>) -> (Vec<Member<'a>>, Vec<&'a str>) {
        let hasher = RandomState::default();
        let mut by_target: HashTable<usize> = HashTable::with_capacity(self.existing.len());
        for at in 0..self.existing.len() {
            let Existing { target, mapping, .. } = self.existing[at];
            let hash = hasher.hash_one(target);
            let is_it =
                |it: &usize| (self.existing[*it].target, self.existing[*it].mapping) == (target, mapping);
            match by_target.find(hash, is_it) {
                // Named twice, wanted once.
                Some(_) => self.existing[at].is_member = true,
                None => {
                    _ = by_target.insert_unique(hash, at, |it| hasher.hash_one(self.existing[*it].target));
                }
            }
        }
        let mut leaving = Vec::new();
        for target in present {
            let mut is_desired = false;
            for &at in by_target.iter_hash(hasher.hash_one(target)) {
                let desired = &mut self.existing[at];
                if desired.target == target {
                    desired.is_member = true;
                    is_desired = true;
                }
            }
            if !is_desired {
                leaving.push(target);
            }
        }
        leaving.sort_unstable();
        let joining = self.existing.into_iter().filter(|it| !it.is_member);
        let mut joining: Vec<(&str, usize, &str)> =
            joining.map(|it| (it.target, it.mapping, it.id)).collect();
        joining.sort_unstable();
        self.created.sort_unstable();
        self.created.dedup_by_key(|it| (it.0, it.2));
        let existing =
            joining.into_iter().map(|(target, mapping, id)| (Resolved::Existing(target, mapping), id));
        let created = self.created.iter().map(|(mapping, id, row)| (Resolved::Created(*mapping, *row), *id));
        (existing.chain(created).collect(), leaving)
    }
}

fn referred(value: ValueRef<'_>) -> Option<&str> {
    if let ValueRef::Reference(id) = value { Some(id) } else { None }
}

impl Diff<'_, '_> {
    /// Drafts the changes of all multi-valued references of one source object in scope.
    pub(crate) fn members(
        &mut self,
        record: Record<'_, SourceSide>,
        pair: Pair,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) {
        let current = match pair {
            Pair::Linked(row) | Pair::Matched(row, _) => {
                Some(self.references.input.target[self.mapping.target].records().record(row))
            }
            Pair::Missing | Pair::Gone => None,
            _ => return,
        };
        let applies =
            |it: &&CompiledAttribute| it.is_membership() && (current.is_none() || it.apply == Apply::Always);
        for attribute in self.mapping.attributes.iter().filter(applies) {
            let expression_record = ExpressionRecord(record);
            match flow(attribute, &expression_record, context, bump) {
                // The expression says to leave the members, or the object, as they are.
                Ok(Flowed::Keep | Flowed::IgnoreObject) => {}
                Ok(flowed) => self.change_members(record, current, attribute, flowed.values()),
                Err(kind) => {
                    self.findings.push(Finding::about_attribute(self.id, record.id(), &attribute.name, kind));
                }
            }
        }
    }

    fn change_members(
        &mut self,
        record: Record<'_, SourceSide>,
        current: Option<Record<'_, TargetSide>>,
        attribute: &CompiledAttribute,
        values: &[ValueRef<'_>],
    ) {
        let references = self.references;
        let mut desired = Desired::default();
        // Who may be meant by an id that several types have; nobody of them leaves.
        let mut unclear: Vec<&str> = Vec::new();
        let mut unresolved: Vec<(&str, Unresolved)> = Vec::new();
        let ids: Vec<&str> = values.iter().filter_map(|it| referred(*it)).collect();
        let doubts = references.input.doubts();
        let all = references.resolve_all(attribute, &ids);
        if references.input.doubts() != doubts {
            // Somebody was missed: it is drafted again when all are known.
            return;
        }
        for (&id, resolved) in ids.iter().zip(all) {
            match resolved {
                Ok(resolved) => desired.add(resolved, id),
                Err(why) => {
                    if why == Unresolved::SeveralTypes {
                        unclear.extend(references.candidates(attribute, id));
                    }
                    unresolved.push((id, why));
                }
            }
        }
        // In the order in which they are shown, so that little is left to sort.
        unresolved.sort_unstable_by_key(|it| it.0);
        unresolved.into_iter().for_each(|(id, why)| self.unresolved(record, attribute, id, why));
        let present = current.into_iter().flat_map(|it| it.values(attribute.slot).iter());
        let (joining, leaving) = desired.differ_from(present.filter_map(referred));
        let mut may_join = |it: &Member<'_>| match it.0 {
            Resolved::Existing(id, _) => self.is_free(record, attribute, id),
            Resolved::Created(..) => true,
        };
        let joining: Vec<Member<'_>> = joining.into_iter().filter(|it| may_join(it)).collect();
        let add: Vec<Referent> = joining.into_iter().map(|it| self.referent(it.0, it.1)).collect();
        let leaves = leaving.into_iter().filter(|it| {
            !unclear.contains(it) && attribute.flow == FlowType::Always && references.manages(attribute, it)
        });
        let leaving: Vec<&str> = leaves.filter(|it| self.is_free(record, attribute, it)).collect();
        let remove: Vec<Referent> = leaving
            .iter()
            .map(|it| Referent {
                target: TargetRef::Existing(TargetId::new(it)),
                label: references.label_of_managed(attribute, it),
            })
            .collect();
        if add.is_empty() && remove.is_empty() {
            return;
        }
        if !self.references.input.operations(self.mapping).update && current.is_some() {
            let why = SkipReason::NotAllowed(ActionKind::ChangeMembers);
            self.drafts.skip(crate::draft::skipped(self.id, record, self.situation, why));
            return;
        }
        let action = Action::ChangeMembers { attribute: attribute.name.clone(), add, remove };
        let operation = match current {
            Some(current) => crate::diff::existing(
                (self.id, self.mapping, self.situation),
                record.id(),
                current,
                action,
                Reason::MembersDiffer,
            ),
            None => Operation {
                id: OpId(0),
                mapping: self.id,
                label: record.id_str().into(),
                source: record.id(),
                target: self.tickets.of(self.at, record.row()),
                version: None,
                situation: self.situation,
                action,
                reason: Reason::MembersDiffer,
                after: Vec::new(),
                lost: Vec::new(),
            },
        };
        self.drafts.add(operation);
    }

    /// Tells whether an object may join or leave: nobody does who is protected.
    fn is_free(&mut self, record: Record<'_, SourceSide>, attribute: &CompiledAttribute, id: &str) -> bool {
        let References { input, pairs } = self.references;
        let target = |at: usize| input.spec.mappings[at].target;
        let is_read = |at: &usize| input.target[target(*at)].records().find(id).is_some();
        if !attribute.refers_to.iter().any(|&at| pairs[at].shields.is_used()) {
            return true;
        }
        let is_known = attribute.refers_to.iter().any(is_read);
        // A member that was read is nothing else.
        let types = attribute.refers_to.iter().filter(|it| !is_known || is_read(it));
        let shields = types.map(|&at| pairs[at].shields.of_id(input, target(at), id));
        let shield = shields.fold(Shield::No, Shield::or);
        let kind = match shield {
            Shield::No => return true,
            Shield::Yes => FindingKind::MemberProtected { member: TargetId::new(id) },
            Shield::Unknown(why) => FindingKind::ProtectionUnknown { waiting: 1, why },
        };
        self.findings.push(Finding::about_attribute(self.id, record.id(), &attribute.name, kind));
        false
    }
}
