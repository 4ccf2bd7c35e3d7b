//! What would end up within itself stays where it is, and a container in which something stays is not deleted.

use std::collections::BTreeMap;

use provisio::model::{AttrName, AttributeSchema, ObjectType, Text, Value, ValueKind, Values};

use super::deed::{Deed, What};
use super::rules::Rules;
use super::state::State;

type Key = (ObjectType, Text);

/// Leaves where they are all who would end up within themselves; tells whether there was anybody.
pub(super) fn break_circles(rules: &Rules<'_>, state: &State, deeds: &mut Vec<Deed>) -> bool {
    let Some(containers) = Containers::of(rules) else { return false };
    let mut any = false;
    // Who stays may close another circle.
    loop {
        let places = containers.places(state, deeds);
        let circle = |it: &Deed| containers.moves(it) && is_in_itself(&places, &containers.key(it));
        if !deeds.iter().any(circle) {
            return any;
        }
        any = true;
        deeds.retain_mut(|it| {
            let is_in_circle = circle(it);
            !is_in_circle || containers.stays(it)
        });
    }
}

/// The target objects that would be deleted with something in them.
pub(super) fn filled(rules: &Rules<'_>, state: &State, deeds: &[Deed]) -> Vec<Text> {
    let Some(containers) = Containers::of(rules) else { return Vec::new() };
    let mut deeds = deeds.to_vec();
    let mut filled = Vec::new();
    // What stays may be left in another container.
    loop {
        let places = containers.places(state, &deeds);
        let is_filled = |it: &Deed| {
            it.what == What::Delete && places.values().any(|container| *container == Some(containers.key(it)))
        };
        let found: Vec<Text> = deeds.iter().filter(|it| is_filled(it)).map(|it| it.target.clone()).collect();
        if found.is_empty() {
            return filled;
        }
        deeds.retain(|it| !found.contains(&it.target));
        filled.extend(found);
    }
}

struct Containers<'a, 'w> {
    rules: &'a Rules<'w>,
    /// The attribute that says in which container the objects of a type are.
    names: BTreeMap<ObjectType, AttrName>,
}

impl<'a, 'w> Containers<'a, 'w> {
    /// Nothing where no object is in another.
    fn of(rules: &'a Rules<'w>) -> Option<Self> {
        let types = rules.world.target.schema.types.iter();
        let containers = types.filter_map(|it| {
            let is_container =
                |it: &&AttributeSchema| it.container && it.kind == ValueKind::Reference && !it.multi_valued;
            Some((it.object_type.clone(), it.attributes.iter().find(is_container)?.name.clone()))
        });
        let names: BTreeMap<_, _> = containers.collect();
        (!names.is_empty()).then_some(Self { rules, names })
    }

    fn key(&self, deed: &Deed) -> Key {
        (self.rules.mappings[deed.mapping].spec.target.clone(), deed.target.clone())
    }

    /// What a deed says about where its object is.
    fn place<'d>(&self, deed: &'d Deed) -> Option<&'d Option<Values>> {
        let (What::Create { values } | What::Change { values, .. }) = &deed.what else { return None };
        let name = self.names.get(&self.rules.mappings[deed.mapping].spec.target)?;
        values.iter().find(|it| it.0 == *name).map(|it| &it.1)
    }

    fn moves(&self, deed: &Deed) -> bool {
        self.place(deed).is_some()
    }

    /// Takes the move out of a deed; tells whether it is done all the same.
    fn stays(&self, deed: &mut Deed) -> bool {
        let name = self.names.get(&self.rules.mappings[deed.mapping].spec.target);
        if let What::Change { values, .. } = &mut deed.what {
            values.retain(|it| Some(&it.0) != name);
        }
        !matches!(deed.what, What::Create { .. })
    }

    /// What everything is in when these deeds are done.
    fn places(&self, state: &State, deeds: &[Deed]) -> BTreeMap<Key, Option<Key>> {
        let mut places = BTreeMap::new();
        for (key, attributes) in &state.objects {
            let Some(name) = self.names.get(&key.0) else { continue };
            places.insert(key.clone(), self.container(&key.0, attributes.get(name.as_str())));
        }
        for deed in deeds {
            let key = self.key(deed);
            match (&deed.what, self.place(deed)) {
                (What::Delete, _) => _ = places.remove(&key),
                (_, Some(place)) => {
                    let container = self.container(&key.0, place.as_ref());
                    places.insert(key, container);
                }
                _ => {}
            }
        }
        places
    }

    fn container(&self, object_type: &ObjectType, values: Option<&Values>) -> Option<Key> {
        let Some(Value::Reference(id)) = values?.as_slice().first() else { return None };
        let schema = self.rules.world.target.schema.of(object_type)?;
        let to = &schema.attribute(self.names.get(object_type)?.as_str())?.references;
        to.first().map(|it| (it.clone(), id.clone()))
    }
}

/// Tells whether the way up from an object comes back to it.
fn is_in_itself(places: &BTreeMap<Key, Option<Key>>, object: &Key) -> bool {
    let mut above = places.get(object).cloned().flatten();
    for _ in 0..=places.len() {
        match above {
            Some(key) if key == *object => return true,
            Some(key) => above = places.get(&key).cloned().flatten(),
            None => return false,
        }
    }
    false
}
