//! What there is, and what comes of deeds.

use std::collections::BTreeMap;

use provisio::model::{
    AttrName, AttributeSchema, Attributes, Link, LinkOrigin, Mutability, Object, ObjectType, SourceId,
    TargetId, Text, Value, ValueKind, Values,
};
use provisio::plan::LimitKind;
use provisio::store::{LedgerEntry, MemoryChange};

use super::deed::{Deed, What};
use super::limits;
use super::place;
use super::rules::Rules;
use crate::world::World;

/// The target and the links at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// What the target holds, by object type and id.
    pub(super) objects: BTreeMap<(ObjectType, Text), Attributes>,
    /// The target object of a source object, by the position of the mapping and the source id.
    pub(super) links: BTreeMap<(usize, Text), (Text, LinkOrigin)>,
    /// What was done since the beginning and a window of time counts, by the position of the mapping.
    pub(super) acts: BTreeMap<(usize, LimitKind), u64>,
}

impl State {
    pub(super) fn of(world: &World) -> Self {
        let objects = world.target.objects.iter();
        let objects = objects.map(|it| ((it.object_type.clone(), it.id.clone()), it.attributes.clone()));
        let links = world.links.iter().filter_map(|(name, link)| {
            let mapping = world.spec.objects.iter().position(|it| it.name == *name)?;
            Some(((mapping, link.source.text().clone()), (link.target.text().clone(), link.origin)))
        });
        Self { objects: objects.collect(), links: links.collect(), acts: BTreeMap::new() }
    }

    pub(super) fn into_world(self, world: &World) -> World {
        let mut settled = world.clone();
        let objects = self.objects.into_iter();
        let shown = objects.map(|((object_type, id), attributes)| {
            let schema = world.target.schema.of(&object_type);
            let mut object = Object::new(object_type, id);
            let is_shown = |name: &str| schema.and_then(|it| it.attribute(name)).is_none_or(is_readable);
            object.attributes =
                attributes.iter().filter(|(name, _)| is_shown(name.as_str())).map(own).collect();
            object
        });
        settled.target.objects = shown.collect();
        // The links of mappings that are no longer there are nobody's business.
        settled.links.retain(|(name, _)| !world.spec.objects.iter().any(|it| it.name == *name));
        settled.links.extend(self.links.into_iter().map(|((mapping, source), (target, origin))| {
            let link = Link { source: SourceId::new(source), target: TargetId::new(target), origin };
            (world.spec.objects[mapping].name.clone(), link)
        }));
        let name = |mapping: usize| world.spec.objects[mapping].name.clone();
        let acts = self.acts.into_iter().map(|((mapping, limit), number)| LedgerEntry {
            at: world.now,
            mapping: name(mapping),
            limit,
            number,
        });
        settled.memory.apply(&MemoryChange { acts: acts.collect(), ..MemoryChange::default() });
        settled
    }

    /// The objects of a type.
    pub(super) fn of_type(&self, object_type: &ObjectType) -> impl Iterator<Item = (&Text, &Attributes)> {
        let of_type = self.objects.iter().filter(move |((it, _), _)| it == object_type);
        of_type.map(|((_, id), attributes)| (id, attributes))
    }

    /// What an object of a type holds; nothing if it is not there.
    pub(super) fn object(&self, object_type: &ObjectType, id: &Text) -> Option<&Attributes> {
        self.objects.get(&(object_type.clone(), id.clone()))
    }

    pub(super) fn link(&self, mapping: usize, source: &Text) -> Option<&Text> {
        self.links.get(&(mapping, source.clone())).map(|(target, _)| target)
    }

    /// Tells whether a mapping has a link to a target object.
    pub(super) fn is_linked(&self, mapping: usize, target: &Text) -> bool {
        self.links.iter().any(|((at, _), (linked, _))| *at == mapping && linked == target)
    }

    /// What there is when all deeds are done at once. What is deleted goes out of everything that refers to it.
    pub(super) fn after(&self, rules: &Rules<'_>, deeds: Vec<Deed>) -> Self {
        let mut next = self.clone();
        let mut deleted: Vec<Text> = Vec::new();
        for deed in deeds {
            for kind in LimitKind::ALL {
                let number = limits::acts(rules, self, &deed, kind) as u64;
                if number > 0 {
                    *next.acts.entry((deed.mapping, kind)).or_default() += number;
                }
            }
            let object_type = &rules.mappings[deed.mapping].spec.target;
            let link = (deed.mapping, deed.source);
            let object = (object_type.clone(), deed.target.clone());
            match deed.what {
                What::Create { values } => {
                    next.write(rules, &object, values);
                    next.links.insert(link, (deed.target, LinkOrigin::Created));
                }
                What::Change { values, adopts } => {
                    if adopts {
                        next.links.insert(link, (deed.target, LinkOrigin::Adopted));
                    }
                    next.write(rules, &object, values);
                }
                What::Members { attribute, join, leave } => {
                    let held = next.objects.entry(object).or_default();
                    let members = held.get(attribute.as_str()).map(|it| it.as_slice().to_vec());
                    let mut members = members.unwrap_or_default();
                    members.retain(|it| !matches!(it, Value::Reference(id) if leave.contains(id)));
                    members.extend(join.into_iter().map(Value::Reference));
                    held.set_or_clear(attribute, Values::from_many(members));
                }
                What::Delete => {
                    next.objects.remove(&object);
                    next.links.remove(&link);
                    deleted.push(deed.target);
                }
                What::Unlink => {
                    next.links.remove(&link);
                }
            }
        }
        next.forget_references(&deleted);
        next
    }

    fn write(
        &mut self,
        rules: &Rules<'_>,
        object: &(ObjectType, Text),
        values: Vec<(AttrName, Option<Values>)>,
    ) {
        let attributes = self.objects.entry(object.clone()).or_default();
        let Some(schema) = rules.world.target.schema.of(&object.0) else { return };
        for (name, values) in values {
            if let Ok(place) = schema.resolve(name.as_str()) {
                place::write(schema, &place, attributes, values);
            }
        }
    }

    fn forget_references(&mut self, deleted: &[Text]) {
        let refers = |it: &Value| matches!(it, Value::Reference(id) if deleted.contains(id));
        for attributes in self.objects.values_mut() {
            let kept = attributes.iter().filter_map(|(name, values)| {
                let kept = values.as_slice().iter().filter(|it| !refers(it)).cloned();
                Some((name.clone(), Values::from_many(kept)?))
            });
            *attributes = kept.collect();
        }
    }
}

/// Tells whether a read shows an attribute.
fn is_readable(attribute: &AttributeSchema) -> bool {
    attribute.kind != ValueKind::Secret && attribute.mutability != Mutability::WriteOnly
}

fn own((name, values): (&AttrName, &Values)) -> (AttrName, Values) {
    (name.clone(), values.clone())
}
