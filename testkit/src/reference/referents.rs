//! Which target object a source id stands for, and what becomes of references to what does not come about.

use std::collections::BTreeSet;

use provisio::model::{ObjectType, Text, Value};

use super::deed::{Deed, What};
use super::pairing::{Pair, Pairs};
use super::rules::{AttributeRules, Rules};
use super::state::State;

/// What a source id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Referent {
    /// This target object, which is there or is to be created.
    One(Text),
    /// One of these, which several mappings give.
    Several(Vec<Text>),
    /// Nothing: it is out of scope or gone.
    Nothing,
    /// Nothing yet: its object is not in the target.
    NotYet,
}

pub(super) fn referent(
    rules: &Rules<'_>,
    pairs: &Pairs,
    attribute: &AttributeRules<'_>,
    id: &Text,
) -> Referent {
    let mut found = Vec::new();
    let mut is_nothing = true;
    for &at in &attribute.refers_to {
        match pairs.get(&(at, id.clone())) {
            Some(Pair::Linked(target) | Pair::Matched(target, _)) => found.push(target.clone()),
            Some(Pair::New) if rules.mappings[at].spec.operations.create => found.push(new_id(rules, at, id)),
            Some(Pair::Aside(Some(target))) => found.push(target.clone()),
            Some(Pair::New | Pair::Blocked | Pair::Aside(None)) => is_nothing = false,
            Some(Pair::Outside | Pair::Left(..)) | None => {}
        }
    }
    match found.len() {
        0 if is_nothing => Referent::Nothing,
        0 => Referent::NotYet,
        1 => Referent::One(found.remove(0)),
        _ => Referent::Several(found),
    }
}

/// The id of the target object that is created for a source object.
pub(super) fn new_id(rules: &Rules<'_>, mapping: usize, source: &Text) -> Text {
    Text::new(format!("{} {source}", rules.mappings[mapping].spec.name))
}

/// Tells whether this job manages a target object, so that it may take it out of a group: it is linked, or this cycle
/// takes it over.
pub(super) fn manages(state: &State, pairs: &Pairs, attribute: &AttributeRules<'_>, target: &Text) -> bool {
    attribute.refers_to.iter().any(|&at| {
        let is_matched = |((mapping, _), pair): (&(usize, Text), &Pair)| {
            *mapping == at && matches!(pair, Pair::Matched(matched, _) if matched == target)
        };
        state.is_linked(at, target) || pairs.iter().any(is_matched)
    })
}

/// Drops what refers to an object that is neither there nor created in this cycle, or that matches and is not taken
/// over after all; and with it what is nothing without it.
pub(super) fn drop_what_does_not_come_about(
    rules: &Rules<'_>,
    state: &State,
    pairs: &Pairs,
    deeds: &mut Vec<Deed>,
) {
    loop {
        let before = deeds.len();
        let there = There::of(rules, state, pairs, deeds);
        deeds.retain_mut(|deed| there.keep(rules, deed));
        if deeds.len() == before {
            break;
        }
    }
}

/// What is there after this cycle and may be referred to.
struct There(BTreeSet<(ObjectType, Text)>);

impl There {
    fn of(rules: &Rules<'_>, state: &State, pairs: &Pairs, deeds: &[Deed]) -> Self {
        let mut there: BTreeSet<_> = state.objects.keys().cloned().collect();
        let key = |mapping: usize, id: &Text| (rules.mappings[mapping].spec.target.clone(), id.clone());
        for ((mapping, _), pair) in pairs {
            if let Pair::Matched(target, _) = pair {
                there.remove(&key(*mapping, target));
            }
        }
        for deed in deeds {
            if matches!(deed.what, What::Create { .. } | What::Change { adopts: true, .. }) {
                there.insert(key(deed.mapping, &deed.target));
            }
        }
        Self(there)
    }

    /// Takes out of a deed what does not come about; tells whether there is something left.
    fn keep(&self, rules: &Rules<'_>, deed: &mut Deed) -> bool {
        let mapping = &rules.mappings[deed.mapping];
        let is_there = |id: &Text| self.0.iter().any(|(_, it)| it == id);
        let holds = |it: &Value| !matches!(it, Value::Reference(id) if !is_there(id));
        let own = (mapping.spec.target.clone(), deed.target.clone());
        match &mut deed.what {
            What::Create { values } => {
                let before = values.len();
                let is_required = |it: &AttributeRules<'_>| {
                    it.is_reference() && (it.target.required || it.target.container)
                };
                let required =
                    mapping.attributes.iter().filter(|it| is_required(it)).map(|it| &it.target.name);
                let required: Vec<_> = required.collect();
                let keeps_required = values.iter().all(|(name, it)| {
                    !required.contains(&name) || it.iter().flat_map(|it| it.as_slice()).all(holds)
                });
                values.retain(|(_, it)| it.iter().flat_map(|it| it.as_slice()).all(holds));
                keeps_required || values.len() == before
            }
            What::Change { values, .. } => {
                values.retain(|(_, it)| it.iter().flat_map(|it| it.as_slice()).all(holds));
                true
            }
            What::Members { join, leave, .. } => {
                join.retain(is_there);
                leave.retain(is_there);
                self.0.contains(&own)
            }
            What::Delete | What::Unlink => true,
        }
    }
}
