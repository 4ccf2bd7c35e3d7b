//! Who gets a value that only one object may hold: whoever has it keeps it; of several who want it, the source object
//! with the smallest id gets it. Who loses keeps what it has; a new object that loses is not created.

use provisio::model::{AttributeSchema, CompareRule, ObjectType, Text, Uniqueness, Value, Values};

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
            let losers: Vec<Deed> = deeds.iter().filter(|it| contest.loses(it, deeds)).cloned().collect();
            deeds.retain_mut(|deed| !losers.contains(deed) || contest.without(deed));
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
    fn loses(&self, deed: &Deed, deeds: &[Deed]) -> bool {
        let rank = |it: &Deed| (it.source.clone(), it.mapping);
        self.wants(deed).iter().any(|value| {
            let is_rival = |other: &&Deed| rank(other) < rank(deed) && self.has(self.wants(other), value);
            self.is_held_by_another(&deed.target, value) || deeds.iter().any(|it| is_rival(&it))
        })
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

    fn is_held_by_another(&self, id: &Text, value: &Value) -> bool {
        let mut others = self.state.of_type(self.object_type).filter(|(other, _)| *other != id);
        others.any(|(_, it)| self.has(&place::read(self.attribute, it), value))
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
