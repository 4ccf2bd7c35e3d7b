//! Who gets a value that only one object may hold: whoever has it keeps it, unless it gives it up in the same cycle; of
//! several who want it, an object that is there before one that is to be created, then the one with the smallest source
//! id. Who loses keeps what it has, and so does who
//! waits for that; a new object that loses is not created. Objects that want each other's values exchange them if one
//! of them can hold another value for a while.

use std::collections::BTreeSet;

use provisio::model::{AttributeSchema, CompareRule, ObjectType, Text, Uniqueness, Value, ValueKind, Values};

use super::deed::{Deed, What};
use super::place;
use super::rules::Rules;
use super::state::State;

pub(super) fn settle(rules: &Rules<'_>, state: &State, deeds: &mut Vec<Deed>) {
    for object_type in &rules.world.target.schema.types {
        let object_type = &object_type.object_type;
        let mappings = rules.mappings.iter().filter(|it| it.spec.target == *object_type);
        let mapped = mappings.flat_map(|it| &it.attributes).map(|it| &it.target);
        let mut unique: Vec<&AttributeSchema> = Vec::new();
        for attribute in mapped.filter(|it| it.uniqueness == Uniqueness::System) {
            if !unique.iter().any(|it| it.name == attribute.name) {
                unique.push(attribute);
            }
        }
        for attribute in unique {
            let contest = Contest { rules, state, attribute, object_type };
            let losers = contest.losers(deeds);
            let mut at = 0;
            deeds.retain_mut(|deed| {
                at += 1;
                !losers.contains(&(at - 1)) || contest.without(deed)
            });
        }
    }
}

struct Contest<'a, 'w> {
    rules: &'a Rules<'w>,
    state: &'a State,
    attribute: &'a AttributeSchema,
    object_type: &'a ObjectType,
}

impl Contest<'_, '_> {
    /// Who loses: first everybody wins, then nobody can win who needs what a loser has.
    fn losers(&self, deeds: &[Deed]) -> BTreeSet<usize> {
        let mut losers = BTreeSet::new();
        loop {
            let loses = |at: &usize| !losers.contains(at) && self.loses(*at, deeds, &losers);
            let more: Vec<usize> = (0..deeds.len()).filter(loses).collect();
            let more = if more.is_empty() { self.stuck(deeds, &losers) } else { more };
            if more.is_empty() {
                return losers;
            }
            losers.extend(more);
        }
    }

    fn loses(&self, at: usize, deeds: &[Deed], losers: &BTreeSet<usize>) -> bool {
        let deed = &deeds[at];
        let class = |it: &Deed| match it.what {
            What::Create { .. } => 2,
            What::Change { adopts: true, .. } => 1,
            _ => 0,
        };
        let rank = |it: &Deed| (class(it), it.source.clone(), it.mapping);
        let held = |it: &Deed| self.held(&it.target);
        self.wants(deed).iter().any(|value| {
            let wants = |it: &Deed| self.has(self.wants(it), value) && !self.has(&held(it), value);
            let has_rival = || deeds.iter().any(|it| rank(it) < rank(deed) && wants(it));
            let is_kept = |other: &Text| {
                let giver = self.giver(deeds, other, value);
                giver.is_none_or(|it| losers.contains(&it))
            };
            self.others_with(&deed.target, value).iter().any(is_kept) || (wants(deed) && has_rival())
        })
    }

    /// Who is in a ring of which nobody can make way.
    fn stuck(&self, deeds: &[Deed], losers: &BTreeSet<usize>) -> Vec<usize> {
        let alive = (0..deeds.len()).filter(|it| !losers.contains(it));
        let members = alive.filter(|&at| {
            let before = self.waited_for(at, deeds);
            let ring: Vec<usize> =
                before.iter().copied().filter(|&it| self.waited_for(it, deeds).contains(&at)).collect();
            ring.contains(&at) && !ring.iter().any(|&it| self.can_make_way(&deeds[it]))
        });
        members.collect()
    }

    /// The deeds that a deed waits for, directly or not.
    fn waited_for(&self, at: usize, deeds: &[Deed]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            for value in self.wants(&deeds[at]) {
                let others = self.others_with(&deeds[at].target, value);
                let givers = others.iter().filter_map(|it| self.giver(deeds, it, value));
                open.extend(givers.filter(|it| found.insert(*it)));
            }
        }
        found
    }

    /// The deed by which an object gives a value up.
    fn giver(&self, deeds: &[Deed], target: &Text, value: &Value) -> Option<usize> {
        let gives_up = |it: &Deed| {
            self.rules.mappings[it.mapping].spec.target == *self.object_type
                && it.target == *target
                && match &it.what {
                    What::Delete => true,
                    What::Change { values, .. } => {
                        values.iter().any(|(name, _)| *name == self.attribute.name)
                            && !self.has(self.wants(it), value)
                    }
                    What::Create { .. } | What::Members { .. } | What::Unlink => false,
                }
        };
        deeds.iter().position(gives_up)
    }

    /// Tells whether an object can hold another value for a while, or none.
    fn can_make_way(&self, deed: &Deed) -> bool {
        let mapping = &self.rules.mappings[deed.mapping];
        let attribute = mapping.attributes.iter().find(|it| it.target.name == self.attribute.name);
        let is_allowed = attribute.is_none_or(|it| it.spec.temporary.unwrap_or(mapping.spec.temporary));
        let has_room = || match self.attribute.length_max {
            Some(most @ 0..=2) => {
                let digits =
                    (0..16_u32.pow(u32::try_from(most).unwrap_or(0))).map(|it| format!("{it:0most$x}"));
                digits
                    .map(Value::from)
                    .any(|it| most > 0 && self.others_with(&Text::default(), &it).is_empty())
            }
            _ => true,
        };
        let can = if self.attribute.kind == ValueKind::Text { has_room() } else { !self.attribute.required };
        is_allowed && matches!(deed.what, What::Change { .. }) && can
    }

    /// The values that a deed gives to the attribute.
    fn wants<'d>(&self, deed: &'d Deed) -> &'d [Value] {
        if self.rules.mappings[deed.mapping].spec.target != *self.object_type {
            return &[];
        }
        let (What::Create { values } | What::Change { values, .. }) = &deed.what else { return &[] };
        let change = values.iter().find(|(name, _)| *name == self.attribute.name);
        change.and_then(|(_, it)| it.as_ref()).map(Values::as_slice).unwrap_or_default()
    }

    /// What an object holds.
    fn held(&self, id: &Text) -> Vec<Value> {
        let object = self.state.object(self.object_type, id);
        object.map_or_else(Vec::new, |it| place::read(self.attribute, it))
    }

    /// The other objects that hold a value.
    fn others_with(&self, id: &Text, value: &Value) -> Vec<Text> {
        let others = self.state.of_type(self.object_type).filter(|(other, _)| *other != id);
        let holding = others.filter(|(_, it)| self.has(&place::read(self.attribute, it), value));
        holding.map(|(id, _)| id.clone()).collect()
    }

    fn has(&self, list: &[Value], value: &Value) -> bool {
        let rule = CompareRule::of(self.attribute);
        list.iter().any(|it| rule.same(it.borrow(), value.borrow()))
    }

    /// Takes the value out of a deed; tells whether the deed is done all the same.
    fn without(&self, deed: &mut Deed) -> bool {
        if let What::Change { values, .. } = &mut deed.what {
            values.retain(|(name, _)| *name != self.attribute.name);
        }
        !matches!(deed.what, What::Create { .. })
    }
}
