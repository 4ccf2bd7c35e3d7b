//! Stage 4: where the desired object differs from the one in the target.

mod current;
mod glance;

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::{
    AttrName, Record, Secret, SourceSide, TargetSide, Text, Value, ValueKind, ValueRef, Values,
};

use crate::blend::{Blended, blend, is_default, matches_owned};
use crate::compiled::{AttributeSource, CompiledAttribute, CompiledObject, CompiledStatus};
use crate::draft::{Drafts, Tickets, skipped};
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind};
use crate::flow::{Flowed, flow};
use crate::matching::Pair;
use crate::memory::Sent;
use crate::oracle::Oracles;
use crate::plan::{
    Action, ActionKind, Change, ChangeWrite, MappingId, OpId, Operation, PlannedValues, Reason, Referent,
    SkipReason, TargetRef,
};
use crate::policy::Response;
use crate::reference::{References, Resolved, label_text};
use crate::sent::{self, Judgement};
use crate::situation::Situation;
use crate::spec::{Export, FlowType, NullFlow};

use current::{cleared, repeat};
pub(crate) use current::{existing, is_only_value, is_reference_to};
pub(crate) use glance::{Glance, Seen};

/// Drafts what happens to one object mapping's objects that are in scope.
pub(crate) struct Diff<'a, 'o> {
    pub(crate) id: MappingId,
    pub(crate) at: usize,
    pub(crate) mapping: &'a CompiledObject,
    /// What the object is that is being planned.
    pub(crate) situation: Situation,
    pub(crate) references: References<'a>,
    pub(crate) tickets: &'a Tickets,
    pub(crate) oracles: &'a Oracles<'a>,
    pub(crate) glance: &'a Glance<'a>,
    pub(crate) notes: sent::Notes<'a>,
    pub(crate) drafts: &'o mut Drafts,
    pub(crate) sent: &'o mut sent::Found,
    pub(crate) findings: &'o mut Vec<Finding>,
}

/// Why an object is not written. The finding or skip is recorded already.
pub(crate) struct LeftAlone;

impl Diff<'_, '_> {
    /// Tells whether the target object stays as it is because it is protected, or may be.
    pub(crate) fn is_protected(&mut self, record: Record<'_, SourceSide>) -> bool {
        match self.situation {
            Situation::Protected => {
                // Whoever is back is not leaving any more.
                self.settle(record, None);
                self.drafts.skip(skipped(self.id, record, self.situation, SkipReason::Protected));
                true
            }
            situation => situation == Situation::ProtectionUnknown,
        }
    }

    /// Drafts the operation of one source object in scope; tells whether its members are planned, too.
    pub(crate) fn object(
        &mut self,
        record: Record<'_, SourceSide>,
        pair: Pair,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Result<(), LeftAlone> {
        match pair {
            Pair::Missing => self.create(record, Reason::NoMatch, context, bump),
            Pair::Gone => self.create(record, Reason::TargetGone, context, bump),
            Pair::Linked(row) => {
                let current = self.references.input.target[self.mapping.target].records().record(row);
                self.update(record, current, None, context, bump)
            }
            Pair::Matched(row, by) => {
                let current = self.references.input.target[self.mapping.target].records().record(row);
                let by = self.mapping.matching[usize::from(by)].name.clone();
                self.update(record, current, Some(by), context, bump)
            }
            Pair::Filtered
            | Pair::Undecided
            | Pair::Unassigned
            | Pair::OutOfScope
            | Pair::Disabled
            | Pair::Leaving(..)
            | Pair::Unseen
            | Pair::Blocked(_)
            | Pair::Waiting => Err(LeftAlone),
        }
    }

    fn create(
        &mut self,
        record: Record<'_, SourceSide>,
        reason: Reason,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Result<(), LeftAlone> {
        let reason = self.reason_to_create(record, reason);
        let allowed = self.references.input.operations(self.mapping);
        if let Response::NotAllowed(kind) = self.mapping.respond(self.situation, allowed) {
            return self.skip(record, SkipReason::NotAllowed(kind));
        }
        let mut attributes: Vec<(AttrName, PlannedValues)> =
            Vec::with_capacity(self.mapping.attributes.len());
        let mut label = None;
        for (at, attribute) in
            self.mapping.attributes.iter().enumerate().filter(|(_, it)| !it.is_membership())
        {
            let expression_record = ExpressionRecord(record);
            let context = self.oracles.context(at, attribute, record, context, bump);
            let flowed = self.flow(attribute, &expression_record, context, bump)?;
            if let Some(value) = flowed.values().first() {
                self.oracles.take(at, *value);
            }
            let values = self.planned(record, attribute, flowed);
            let values = values.or_else(|| attribute.default.clone().map(PlannedValues::Values));
            if self.is_created_disabled(at, values.as_ref()) {
                return self.skip(record, SkipReason::Disabled);
            }
            if attribute.slot == self.mapping.label {
                label = flowed.values().first().copied().map(label_text);
            }
            match values {
                Some(values) => attributes.push((attribute.name.clone(), values)),
                // Not beside its container; what is wrong with that was found already.
                None if attribute.container && flowed.is_value() => return Err(LeftAlone),
                None if attribute.required => {
                    return self.find(record, attribute, FindingKind::RequiredMissing);
                }
                None => {}
            }
        }
        if let Some(status) = self.unmapped_status() {
            attributes
                .push((status.name.clone(), PlannedValues::Values(Values::one(status.enabled.clone()))));
        }
        self.settle(record, Some(ActionKind::Create));
        self.drafts.add(Operation {
            id: OpId(0),
            mapping: self.id,
            label: label.filter(|it| !it.is_empty()).unwrap_or_else(|| record.id_str().into()),
            source: record.id(),
            target: self.tickets.of(self.at, record.row()),
            version: None,
            situation: self.situation,
            action: Action::Create { attributes },
            reason,
            after: Vec::new(),
            lost: Vec::new(),
        });
        Ok(())
    }

    fn update(
        &mut self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        matched_by: Option<AttrName>,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Result<(), LeftAlone> {
        let mut changes: Vec<Change> = Vec::new();
        let mut repeats: Vec<Change> = Vec::new();
        let note = self.notes.and_then(|it| it.get(record.id_str()));
        let glance = self.glance;
        // What was sent before is judged also where nothing differs.
        let seen = if note.is_none() { glance.seen(record, current, context, bump) } else { Seen::NOTHING };
        for at in glance.unseen(seen) {
            let attribute = &self.mapping.attributes[at];
            let expression_record = ExpressionRecord(record);
            let context = self.oracles.context(at, attribute, record, context, bump);
            let flowed = self.flow(attribute, &expression_record, context, bump)?;
            if attribute.write_only {
                changes.extend(self.unreadable_change(record, attribute, flowed));
                continue;
            }
            let change = self.change(record, current, attribute, flowed);
            let change = match note.and_then(|it| it.sent.get(&attribute.name)) {
                Some(noted) => self.judged(record, attribute, change, noted),
                None => change,
            };
            if change.is_none() && attribute.export == Export::Always && flowed.is_value() {
                repeats.extend(repeat(attribute, current));
            }
            changes.extend(change);
        }
        if let Some(status) = self.unmapped_status()
            && !is_only_value(current, status, &status.enabled)
        {
            changes.push(Change::whole(
                status.name.clone(),
                current.values(status.slot).to_values(),
                Some(PlannedValues::Values(Values::one(status.enabled.clone()))),
            ));
        }
        changes.extend(self.restoring(current));
        if !changes.is_empty() {
            changes.append(&mut repeats);
        }
        if changes.is_empty() && matched_by.is_none() {
            self.drafts.unchanged += 1;
            self.settle(record, None);
            return Ok(());
        }
        let (action, reason) = self.classify(current, changes, matched_by);
        let writes = !action.changes().is_empty();
        if writes && !self.references.input.operations(self.mapping).update {
            let kind = match action.kind() {
                // To take over without writing is allowed; what is not is to change what differs.
                ActionKind::Adopt => ActionKind::Update,
                kind => kind,
            };
            return self.skip(record, SkipReason::NotAllowed(kind));
        }
        self.settle(record, Some(action.kind()));
        let of = (self.id, self.mapping, self.situation);
        self.drafts.add(existing(of, record.id(), current, action, reason));
        Ok(())
    }

    fn flow<'v>(
        &mut self,
        attribute: &'v CompiledAttribute,
        record: &'v ExpressionRecord<'v, SourceSide>,
        context: &'v EvalContext<'v>,
        bump: &'v Bump,
    ) -> Result<Flowed<'v>, LeftAlone> {
        match flow(attribute, record, context, bump) {
            Ok(Flowed::IgnoreObject) => {
                self.drafts.skip(skipped(self.id, record.0, self.situation, SkipReason::Ignored));
                Err(LeftAlone)
            }
            Ok(flowed) => Ok(flowed),
            Err(kind) => {
                self.findings.push(Finding::about_attribute(self.id, record.0.id(), &attribute.name, kind));
                Err(LeftAlone)
            }
        }
    }

    /// The change of one attribute of an existing object, if it differs.
    fn change(
        &mut self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        attribute: &CompiledAttribute,
        flowed: Flowed<'_>,
    ) -> Option<Change> {
        let before = current.values(attribute.slot);
        match attribute.flow {
            FlowType::Fill if !before.is_empty() => return None,
            FlowType::Merge | FlowType::Add => return self.blended(current, attribute, flowed),
            FlowType::Always | FlowType::Fill => {}
        }
        let after = match flowed {
            Flowed::One(value) if attribute.is_reference() => {
                return self.reference_change(record, current, attribute, value);
            }
            Flowed::One(value) => {
                let same = before.single().is_some_and(|it| attribute.rule.same(it, value));
                (!same).then(|| PlannedValues::Values(Values::one(value.to_value())))?
            }
            Flowed::Many(values) => {
                let same = attribute.rule.same_set(values.iter().copied(), before.iter());
                (!same).then(|| flowed.to_values().map(PlannedValues::Values))??
            }
            Flowed::Nothing if matches!(attribute.source, AttributeSource::DefaultOnly) => {
                // A mapping of kind none fills an empty attribute with its default (MAP-01).
                attribute.default.clone().filter(|_| before.is_empty()).map(PlannedValues::Values)?
            }
            Flowed::Nothing => return cleared(attribute, current),
            Flowed::Keep | Flowed::IgnoreObject => return None,
        };
        Some(Change::whole(attribute.name.clone(), before.to_values(), Some(after)))
    }

    /// The change of an attribute that cannot be read back, if it was sent before and what was sent is another value.
    fn unreadable_change(
        &mut self,
        record: Record<'_, SourceSide>,
        attribute: &CompiledAttribute,
        flowed: Flowed<'_>,
    ) -> Option<Change> {
        let source = record.id_str();
        let after = flowed.is_value().then(|| self.planned(record, attribute, flowed))??;
        let print = sent::fingerprint(self.mapping, source, attribute, flowed.values().iter().copied());
        match self.notes.and_then(|it| it.get(source)?.sent.get(&attribute.name)) {
            None => {
                self.sent.unsent(self.id, record.id(), &attribute.name, print);
                None
            }
            Some(noted) if noted.sent == print => None,
            Some(_) => Some(Change::whole(attribute.name.clone(), None, Some(after))),
        }
    }

    /// A change in the light of what was sent before.
    fn judged(
        &mut self,
        record: Record<'_, SourceSide>,
        attribute: &CompiledAttribute,
        change: Option<Change>,
        noted: &Sent,
    ) -> Option<Change> {
        let Some(change) = change else {
            self.sent.settled(self.id, record.id(), &attribute.name);
            return None;
        };
        let (kind, is_sent) = match sent::judge(noted, self.mapping, record.id_str(), attribute, &change) {
            Judgement::Send => return Some(change),
            Judgement::Kept => return None,
            Judgement::ChangedBack(times) => (FindingKind::ChangedBack { times }, true),
            Judgement::NotKept(times) => (FindingKind::NotKept { times }, false),
        };
        self.findings.push(Finding::about_attribute(self.id, record.id(), &attribute.name, kind));
        is_sent.then_some(change)
    }

    /// The change of an attribute whose values join those of others.
    fn blended(
        &self,
        current: Record<'_, TargetSide>,
        attribute: &CompiledAttribute,
        flowed: Flowed<'_>,
    ) -> Option<Change> {
        let held = current.values(attribute.slot);
        let clears = attribute.null == NullFlow::Clear;
        let nothing = match flowed {
            Flowed::One(_) | Flowed::Many(_) => false,
            Flowed::Nothing if clears => true,
            Flowed::Nothing | Flowed::Keep | Flowed::IgnoreObject => return None,
        };
        // The default that a new object got is not taken away again, or no plan would ever be the last.
        let is_ours = |value: ValueRef<'_>| {
            matches_owned(attribute, value) && !(nothing && is_default(attribute, value))
        };
        let Blended::Changed(after) = blend(attribute, held, flowed.values(), is_ours) else { return None };
        if after.is_none() && attribute.required {
            return None;
        }
        let can = self.references.input.capabilities.update_with_add_remove;
        Some(Change {
            attribute: attribute.name.clone(),
            before: held.to_values(),
            after: after.map(PlannedValues::Values),
            write: if can { ChangeWrite::ByValue } else { ChangeWrite::Whole },
        })
    }

    /// The change of a single-valued reference. What is proved to refer to nothing counts as absent.
    fn reference_change(
        &mut self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        attribute: &CompiledAttribute,
        value: ValueRef<'_>,
    ) -> Option<Change> {
        let ValueRef::Reference(id) = value else { return None };
        let before = current.values(attribute.slot);
        match self.references.resolve(attribute, id) {
            Ok(Resolved::Existing(target, _)) if is_reference_to(before.single(), target) => None,
            Ok(resolved) => Some(Change::whole(
                attribute.name.clone(),
                before.to_values(),
                Some(PlannedValues::References(vec![self.referent(resolved, id)])),
            )),
            Err(why) => {
                self.unresolved(record, attribute, id, why);
                // What it refers to may be what the target holds, unless it is known to be nothing (R1).
                if self.references.is_nothing(attribute, id) { cleared(attribute, current) } else { None }
            }
        }
    }

    /// The values of one attribute of a new object.
    fn planned(
        &mut self,
        record: Record<'_, SourceSide>,
        attribute: &CompiledAttribute,
        flowed: Flowed<'_>,
    ) -> Option<PlannedValues> {
        if !attribute.is_reference() {
            let values = flowed.values().iter().map(|it| match (it, attribute.kind) {
                (ValueRef::Text(text), ValueKind::Secret) => Value::Secret(Secret::new(text)),
                _ => it.to_value(),
            });
            return Values::from_many(values).map(PlannedValues::Values);
        }
        let mut referents = Vec::new();
        for value in flowed.values() {
            let ValueRef::Reference(id) = *value else { continue };
            match self.references.resolve(attribute, id) {
                Ok(resolved) => referents.push(self.referent(resolved, id)),
                Err(why) => self.unresolved(record, attribute, id, why),
            }
        }
        (!referents.is_empty()).then_some(PlannedValues::References(referents))
    }

    pub(crate) fn referent(&self, resolved: Resolved<'_>, source: &str) -> Referent {
        match resolved {
            Resolved::Existing(target, mapping) => Referent {
                target: TargetRef::Existing(provisio_model::TargetId::new(target)),
                label: self.references.label(mapping, target),
            },
            // The name of an object that is created is known when its operation is drafted.
            Resolved::Created(mapping, row) => {
                Referent { target: self.tickets.of(mapping, row), label: Text::new(source) }
            }
        }
    }

    pub(crate) fn unresolved(
        &mut self,
        record: Record<'_, SourceSide>,
        attribute: &CompiledAttribute,
        reference: &str,
        why: crate::finding::Unresolved,
    ) {
        let kind = FindingKind::Unresolved { reference: reference.into(), why };
        self.findings.push(Finding::about_attribute(self.id, record.id(), &attribute.name, kind));
    }

    /// The status attribute if no mapping writes it: then being in scope means being enabled.
    fn unmapped_status(&self) -> Option<&CompiledStatus> {
        self.mapping.status.as_ref().filter(|it| it.mapped.is_none())
    }

    fn is_created_disabled(&self, at: usize, values: Option<&PlannedValues>) -> bool {
        let Some(PlannedValues::Values(values)) = values else { return false };
        self.mapping.status.as_ref().is_some_and(|status| {
            status.mapped == Some(at)
                && !status.create_disabled
                && values.iter().any(|it| status.rule.same(it, status.disabled.borrow()))
        })
    }

    fn classify(
        &self,
        current: Record<'_, TargetSide>,
        changes: Vec<Change>,
        matched_by: Option<AttrName>,
    ) -> (Action, Reason) {
        if let Some(attribute) = matched_by {
            return (Action::Adopt { changes }, Reason::Matched { attribute });
        }
        if self.restores(&changes) {
            return (Action::Restore { changes }, Reason::InScope);
        }
        let status = self.mapping.status.as_ref();
        let becomes = status.and_then(|status| {
            let change = changes.iter().find(|it| it.attribute == status.name && !it.repeats())?;
            let Some(PlannedValues::Values(values)) = &change.after else { return None };
            Some((status, values.single()?.clone()))
        });
        let is = |status: &CompiledStatus, value: &Value, wanted: &Value| {
            status.rule.same(value.borrow(), wanted.borrow())
        };
        match becomes {
            Some((status, value)) if is(status, &value, &status.disabled) => {
                (Action::Disable { changes }, Reason::AttributesDiffer)
            }
            Some((status, value))
                if is(status, &value, &status.enabled) && !current.values(status.slot).is_empty() =>
            {
                let reason = if status.mapped.is_some() { Reason::AttributesDiffer } else { Reason::InScope };
                (Action::Enable { changes }, reason)
            }
            _ => (Action::Update { changes }, Reason::AttributesDiffer),
        }
    }

    fn skip(&mut self, record: Record<'_, SourceSide>, why: SkipReason) -> Result<(), LeftAlone> {
        self.drafts.skip(skipped(self.id, record, self.situation, why));
        Err(LeftAlone)
    }

    fn find(
        &mut self,
        record: Record<'_, SourceSide>,
        attribute: &CompiledAttribute,
        kind: FindingKind,
    ) -> Result<(), LeftAlone> {
        self.findings.push(Finding::about_attribute(self.id, record.id(), &attribute.name, kind));
        Err(LeftAlone)
    }
}
