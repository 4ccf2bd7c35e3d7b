//! Where does it lead to take back what was done to one object, the latest first?

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{
    CompareRule, Record, Slot, SourceId, TargetId, TargetSide, Text, Value, ValueRef, Values,
};

use super::deed::{Deed, DeedChange, NotNoted, Noted};
use super::not_undone::NotUndone;
use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::plan::{ActionKind, Change, MappingId, PlannedValues};
use crate::sent::{self, Judgement};

/// One object on its way back: what the target holds now, and what it held before the deeds that were taken back.
pub(super) struct Way<'a> {
    input: &'a PlanInput<'a>,
    pub(super) id: MappingId,
    pub(super) source: &'a SourceId,
    /// What people called it.
    pub(super) label: &'a Text,
    /// The first cycle whose deeds are taken back.
    pub(super) cycle: &'a Text,
    /// The target object as it is now.
    pub(super) current: Option<Record<'a, TargetSide>>,
    /// Whether it is linked now.
    pub(super) was_linked: bool,
    /// The target object that deeds so far were about.
    pub(super) target: TargetId,
    pub(super) is_there: bool,
    pub(super) is_linked: bool,
    /// What attributes held, of those that deeds wrote.
    pub(super) values: BTreeMap<Slot, Vec<Value>>,
    /// Attributes that were written value by value.
    pub(super) by_value: BTreeSet<Slot>,
    /// Attributes that are left as they are.
    stuck: BTreeSet<Slot>,
    /// What of the object somebody else changed since it was created.
    pub(super) changed_since: Option<Slot>,
    /// Nothing is done to the object.
    pub(super) is_refused: bool,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Way<'a> {
    /// Begins with what is now. `deeds` are those of one object, the latest first, at least one.
    pub(super) fn begin(
        input: &'a PlanInput<'a>,
        id: MappingId,
        source: &'a SourceId,
        deeds: &[&'a Deed],
    ) -> Self {
        let mapping = &input.spec.mappings[usize::from(id.0)];
        let link = input.links.of(&mapping.name).and_then(|it| it.of_source(source.as_str()));
        let (last, first) = (deeds[0], deeds[deeds.len() - 1]);
        let target = link.map_or_else(|| last.target.clone(), |it| it.target.clone());
        let records = input.target[mapping.target].records();
        let current = records.find(target.as_str()).map(|row| records.record(row));
        let mut way = Self {
            input,
            id,
            source,
            label: &last.label,
            cycle: &first.cycle,
            current,
            was_linked: link.is_some(),
            is_there: current.is_some(),
            is_linked: link.is_some(),
            target,
            values: BTreeMap::new(),
            by_value: BTreeSet::new(),
            stuck: BTreeSet::new(),
            changed_since: None,
            is_refused: false,
            findings: Vec::new(),
        };
        if current.is_none() && input.target[mapping.target].prove_absent(&way.target).is_none() {
            way.refuse(NotUndone::TargetUnseen { target: way.target.clone() });
        }
        let others = input.spec.mappings.iter().filter(|it| it.target == mapping.target);
        let mut holders = others.filter_map(|it| input.links.of(&it.name)?.of_target(way.target.as_str()));
        if link.is_none()
            && current.is_some()
            && let Some(holder) = holders.next()
        {
            way.refuse(NotUndone::LinkedElsewhere { other: holder.source.clone() });
        }
        way
    }

    pub(super) fn mapping(&self) -> &'a CompiledObject {
        &self.input.spec.mappings[usize::from(self.id.0)]
    }

    /// Nothing is done to the object, and this is why.
    pub(super) fn refuse(&mut self, why: NotUndone) {
        if !self.is_refused {
            self.is_refused = true;
            self.findings.clear();
            let kind = FindingKind::NotUndone { why };
            self.findings.push(Finding::about_object(self.id, self.source.clone(), kind));
        }
    }

    /// Takes back one more deed.
    pub(super) fn take_back(&mut self, deed: &Deed) {
        if self.is_refused {
            return;
        }
        match deed.action {
            ActionKind::Create => self.uncreate(deed),
            ActionKind::Delete => self.undelete(deed),
            ActionKind::Unlink => {
                if self.is_linked {
                    return self.refuse(NotUndone::LinkedAnew);
                }
                if !self.is_there {
                    return self.refuse(NotUndone::TargetGone { target: deed.target.clone() });
                }
                self.is_linked = true;
            }
            kind => {
                if !self.is_linked || self.target != deed.target {
                    return self.refuse(NotUndone::NotLinked { target: deed.target.clone() });
                }
                if !self.is_there {
                    return self.refuse(NotUndone::TargetGone { target: deed.target.clone() });
                }
                deed.changes.iter().for_each(|it| self.put_back(it, deed));
                self.is_linked = kind != ActionKind::Adopt;
            }
        }
    }

    fn uncreate(&mut self, deed: &Deed) {
        if !self.is_linked || self.target != deed.target {
            return self.refuse(NotUndone::NotLinked { target: deed.target.clone() });
        }
        if !self.is_there {
            return self.refuse(NotUndone::TargetGone { target: deed.target.clone() });
        }
        let changed = deed.changes.iter().find_map(|change| {
            let slot = self.slot(change)?;
            let Noted::Values(given) = &change.new else { return None };
            let is_unreadable = self.attribute(slot).is_some_and(|it| it.write_only);
            (!is_unreadable && !self.is_what_was_written(slot, given)).then_some(slot)
        });
        self.changed_since = self.changed_since.or(changed);
        (self.is_there, self.is_linked) = (false, false);
    }

    fn undelete(&mut self, deed: &Deed) {
        if self.is_linked || (self.is_there && self.target != deed.target) {
            return self.refuse(NotUndone::LinkedAnew);
        }
        if deed.changes.is_empty() {
            return self.refuse(NotUndone::NotNoted(NotNoted::Unknown));
        }
        (self.is_there, self.is_linked) = (true, true);
        self.target = deed.target.clone();
        for change in &deed.changes {
            let Some(slot) = self.slot(change) else {
                self.leave(change, NotUndone::Unmapped);
                continue;
            };
            match &change.old {
                Noted::Values(values) => _ = self.values.insert(slot, values.clone()),
                Noted::Not(why) => self.stick(slot, change, NotUndone::NotNoted(*why)),
            }
        }
    }

    /// Puts one attribute back.
    fn put_back(&mut self, change: &DeedChange, deed: &Deed) {
        let Some(slot) = self.slot(change) else { return self.leave(change, NotUndone::Unmapped) };
        if self.stuck.contains(&slot) {
            return;
        }
        if self.attribute(slot).is_some_and(|it| it.write_only) {
            return self.stick(slot, change, NotUndone::NotNoted(NotNoted::Secret));
        }
        let (old, new) = match (&change.old, &change.new) {
            (Noted::Values(old), Noted::Values(new)) => (old, new),
            (Noted::Not(why), _) | (_, Noted::Not(why)) => {
                return self.stick(slot, change, NotUndone::NotNoted(*why));
            }
        };
        let rule = self.rule(slot);
        let has = |among: &[Value], value: &Value| among.iter().any(|it| same(rule, it, value));
        if change.by_value {
            self.by_value.insert(slot);
            let mut values = self.held(slot);
            values.retain(|it| !has(new, it) || has(old, it));
            for value in old.iter().filter(|it| !has(new, it)) {
                if !has(&values, value) {
                    values.push(value.clone());
                }
            }
            self.values.insert(slot, values);
        } else if self.is_what_was_written(slot, new) {
            self.values.insert(slot, old.clone());
        } else if !same_set(rule, &self.held(slot), old) {
            let why = NotUndone::ChangedSince { cycle: deed.cycle.clone(), found: shown(&self.held(slot)) };
            self.stick(slot, change, why);
        }
    }

    /// What an attribute holds as far as the way goes.
    fn held(&self, slot: Slot) -> Vec<Value> {
        match self.values.get(&slot) {
            Some(values) => values.clone(),
            None => self.now(slot),
        }
    }

    /// What an attribute holds now.
    pub(super) fn now(&self, slot: Slot) -> Vec<Value> {
        self.current.map(|it| it.values(slot).iter().map(ValueRef::to_value).collect()).unwrap_or_default()
    }

    /// Tells whether an attribute holds what a deed wrote, as it is or in the form that the target keeps it in.
    fn is_what_was_written(&self, slot: Slot, written: &[Value]) -> bool {
        let held = self.held(slot);
        if same_set(self.rule(slot), &held, written) {
            return true;
        }
        let Some(attribute) = self.attribute(slot).filter(|_| !self.values.contains_key(&slot)) else {
            return false;
        };
        let note = self.input.memory.note(&self.mapping().name, self.source.as_str());
        let Some(noted) = note.and_then(|it| it.sent.get(&attribute.name)) else { return false };
        let after = Values::from_many(written.iter().cloned()).map(PlannedValues::Values);
        let change = Change::whole(attribute.name.clone(), Values::from_many(held), after);
        sent::judge(noted, self.mapping(), self.source.as_str(), attribute, &change) == Judgement::Kept
    }

    /// Leaves an attribute as it is, from here on.
    fn stick(&mut self, slot: Slot, change: &DeedChange, why: NotUndone) {
        self.values.remove(&slot);
        self.by_value.remove(&slot);
        if self.stuck.insert(slot) {
            self.leave(change, why);
        }
    }

    fn leave(&mut self, change: &DeedChange, why: NotUndone) {
        let kind = FindingKind::NotUndone { why };
        let finding = Finding::about_attribute(self.id, self.source.clone(), &change.attribute, kind);
        self.findings.push(finding);
    }

    /// The attribute, if the mapping writes it.
    fn slot(&self, change: &DeedChange) -> Option<Slot> {
        let mapping = self.mapping();
        let slot = self.input.spec.targets[mapping.target].slot(change.attribute.as_str())?;
        (self.attribute(slot).is_some() || mapping.written().contains(&slot)).then_some(slot)
    }

    fn attribute(&self, slot: Slot) -> Option<&'a CompiledAttribute> {
        self.mapping().attributes.iter().find(|it| it.slot == slot)
    }

    fn rule(&self, slot: Slot) -> CompareRule {
        CompareRule::of(self.input.spec.targets[self.mapping().target].attribute(slot))
    }
}

fn same(rule: CompareRule, left: &Value, right: &Value) -> bool {
    rule.same(left.borrow(), right.borrow())
}

pub(super) fn same_set(rule: CompareRule, left: &[Value], right: &[Value]) -> bool {
    rule.same_set(left.iter().map(Value::borrow), right.iter().map(Value::borrow))
}

/// Values for people.
fn shown(values: &[Value]) -> Text {
    match Values::from_many(values.iter().cloned()) {
        Some(values) => values.to_string().into(),
        None => "nothing".into(),
    }
}
