//! Who joins and who leaves: multi-valued references are changed value by value, in one operation a group, and
//! only members that this job manages are taken out (R2).

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::{Record, SourceSide, TargetId, TargetSide, ValueRef};

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
        let mut desired: Vec<(Resolved<'_>, &str)> = Vec::with_capacity(values.len());
        // Who may be meant by an id that several types have; nobody of them leaves.
        let mut unclear: Vec<&str> = Vec::new();
        let ids =
            values.iter().filter_map(|it| if let ValueRef::Reference(id) = it { Some(*id) } else { None });
        let ids: Vec<&str> = ids.collect();
        for (&id, resolved) in ids.iter().zip(references.resolve_all(attribute, &ids)) {
            match resolved {
                Ok(resolved) => desired.push((resolved, id)),
                Err(why) => {
                    if why == Unresolved::SeveralTypes {
                        unclear.extend(references.candidates(attribute, id));
                    }
                    self.unresolved(record, attribute, id, why);
                }
            }
        }
        // Those that exist by their ids; the others by their source ids, since rows follow the input.
        desired.sort_unstable_by(|left, right| match (left.0, right.0) {
            (Resolved::Created(left_mapping, _), Resolved::Created(right_mapping, _)) => {
                (left_mapping, left.1).cmp(&(right_mapping, right.1))
            }
            (left, right) => left.cmp(&right),
        });
        desired.dedup_by_key(|it| it.0);
        let mut present: Vec<&str> = current.map_or_else(Vec::new, |it| {
            let members = it.values(attribute.slot).iter();
            members
                .filter_map(|value| if let ValueRef::Reference(id) = value { Some(id) } else { None })
                .collect()
        });
        present.sort_unstable();
        let is_member = |(member, present): (&(Resolved<'_>, &str), &&str)| match member.0 {
            Resolved::Existing(target, _) => target == *present,
            Resolved::Created(..) => false,
        };
        if desired.len() == present.len() && desired.iter().zip(&present).all(is_member) {
            return;
        }
        let joins = |it: &&(Resolved<'_>, &str)| match it.0 {
            Resolved::Existing(target, _) => present.binary_search(&target).is_err(),
            Resolved::Created(..) => true,
        };
        let may_join = |diff: &mut Self, member: Resolved<'_>| match member {
            Resolved::Existing(id, _) => diff.is_free(record, attribute, id),
            Resolved::Created(..) => true,
        };
        let joining: Vec<(Resolved<'_>, &str)> =
            desired.iter().filter(joins).filter(|it| may_join(self, it.0)).copied().collect();
        let add: Vec<Referent> = joining.into_iter().map(|it| self.referent(it.0, it.1)).collect();
        let stays = |target: &str| {
            let found = desired.binary_search_by(|it| match it.0 {
                Resolved::Existing(existing, _) => existing.cmp(target),
                Resolved::Created(..) => std::cmp::Ordering::Greater,
            });
            found.is_ok() || unclear.contains(&target)
        };
        let leaves = present.iter().filter(|it| {
            !stays(it) && attribute.flow == FlowType::Always && references.manages(attribute, it)
        });
        let leaving: Vec<&str> = leaves.filter(|it| self.is_free(record, attribute, it)).copied().collect();
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
