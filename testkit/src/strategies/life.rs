//! What happens to the people of any source between two runs: they join, move, leave, come back, change their names, swap
//! them, and two records turn out to be one person.

use proptest::collection::vec;
use proptest::prelude::*;
use provisio::model::{AttributeSchema, Object, ObjectType, Text, Uniqueness, Value, ValueKind, Values};

use super::draw::Draw;
use super::meaning::Meaning;
use super::population::Population;
use crate::world::SystemState;

/// The most events of one script.
const EVENTS_MAX: usize = 5;

/// One thing that happens. People are meant by their place among those of their type; where there is nobody, nothing
/// happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "places of people, and seeds of what they get")]
pub enum LifeEvent {
    /// Somebody joins.
    Join { seed: u64 },
    /// Somebody gets another department, title, manager and so on; the names stay.
    Move { who: u8, seed: u64 },
    /// Somebody leaves: the record is gone.
    Leave { who: u8 },
    /// Who left first comes back with the record of that time.
    Return,
    /// Somebody gets another name, and the addresses that come with it.
    Rename { who: u8, seed: u64 },
    /// Two people swap names and addresses, unique ones, too.
    Swap { who: u8, other: u8 },
    /// Two records turn out to be one person: one of them is gone, and whoever referred to it refers to the other.
    Merge { kept: u8, gone: u8 },
}

/// Gives scripts of a few events.
pub fn life_events() -> impl Strategy<Value = Vec<LifeEvent>> {
    let (number, seed) = (any::<u8>, any::<u64>);
    let event = prop_oneof![
        seed().prop_map(|seed| LifeEvent::Join { seed }),
        (number(), seed()).prop_map(|(who, seed)| LifeEvent::Move { who, seed }),
        number().prop_map(|who| LifeEvent::Leave { who }),
        Just(LifeEvent::Return),
        (number(), seed()).prop_map(|(who, seed)| LifeEvent::Rename { who, seed }),
        (number(), number()).prop_map(|(who, other)| LifeEvent::Swap { who, other }),
        (number(), number()).prop_map(|(kept, gone)| LifeEvent::Merge { kept, gone }),
    ];
    vec(event, 1..=EVENTS_MAX)
}

impl LifeEvent {
    /// Draws one.
    pub(crate) fn draw(draw: &mut Draw) -> Self {
        let mut number = || u8::try_from(draw.below(256)).unwrap_or(0);
        let (kind, who, other) = (number() % 7, number(), number());
        let seed = u64::from(who) << 8 | u64::from(other);
        match kind {
            0 => Self::Join { seed },
            1 => Self::Move { who, seed },
            2 => Self::Leave { who },
            3 => Self::Return,
            4 => Self::Rename { who, seed },
            5 => Self::Swap { who, other },
            _ => Self::Merge { kept: who, gone: other },
        }
    }
}

/// A source in which events happen to the objects of one type.
#[derive(Debug)]
pub struct Life<'a> {
    population: &'a Population,
    object_type: &'a ObjectType,
    left: Vec<Object>,
}

impl<'a> Life<'a> {
    /// Begins; who joins is drawn from the population.
    pub fn new(population: &'a Population, object_type: &'a ObjectType) -> Self {
        Self { population, object_type, left: Vec::new() }
    }

    /// Makes events happen.
    pub fn happen(&mut self, state: &mut SystemState, events: &[LifeEvent]) {
        events.iter().for_each(|it| self.one(state, *it));
    }

    fn one(&mut self, state: &mut SystemState, event: LifeEvent) {
        match event {
            LifeEvent::Join { seed } => self.join(state, seed),
            LifeEvent::Move { who, seed } => {
                self.redraw(state, who, seed, |it| !is_name(it));
            }
            LifeEvent::Rename { who, seed } => self.redraw(state, who, seed, is_name),
            LifeEvent::Leave { who } => {
                if let Some(at) = self.at(state, who) {
                    self.left.push(state.objects.remove(at));
                }
            }
            LifeEvent::Return => {
                let is_free = |it: &Object| state.object(self.object_type.as_str(), &it.id).is_none();
                if let Some(at) = self.left.iter().position(is_free) {
                    let object = self.left.remove(at);
                    self.add(state, object);
                }
            }
            LifeEvent::Swap { who, other } => self.swap(state, who, other),
            LifeEvent::Merge { kept, gone } => self.merge(state, kept, gone),
        }
    }

    fn at(&self, state: &SystemState, who: u8) -> Option<usize> {
        let of_type = |it: &usize| state.objects[*it].object_type == *self.object_type;
        let of_type: Vec<usize> = (0..state.objects.len()).filter(of_type).collect();
        of_type.get(usize::from(who).checked_rem(of_type.len())?).copied()
    }

    fn schema<'s>(&self, state: &'s SystemState) -> impl Iterator<Item = &'s AttributeSchema> + use<'s> {
        state.schema.of(self.object_type).into_iter().flat_map(|it| &it.attributes)
    }

    /// Adds an object, unless it has a unique value that somebody else has by now.
    fn add(&self, state: &mut SystemState, object: Object) {
        let is_taken = |attribute: &AttributeSchema| {
            let name = attribute.name.as_str();
            let others = state.objects.iter().filter(|it| it.object_type == *self.object_type);
            let taken: Vec<&Values> = others.filter_map(|it| it.attributes.get(name)).collect();
            let shown = |it: &Value| it.to_string().to_lowercase();
            let own = object.attributes.get(name).into_iter().flat_map(Values::as_slice);
            let taken: Vec<String> = taken.into_iter().flat_map(Values::as_slice).map(shown).collect();
            own.map(shown).any(|it| taken.contains(&it))
        };
        let is_taken = self.schema(state).any(|it| it.uniqueness == Uniqueness::System && is_taken(it));
        if !is_taken {
            state.objects.push(object);
        }
    }

    fn join(&self, state: &mut SystemState, seed: u64) {
        let id = (1_usize..).map(|at| Text::new(format!("{}-new-{at}", self.object_type)));
        let is_free = |it: &Text| state.object(self.object_type.as_str(), it).is_none();
        let Some(id) = id.take(1_000).find(is_free) else { return };
        let nobody = Object::new(self.object_type.clone(), id);
        // Nobody's unique values are taken: those that are required are drawn, numbers that nobody has.
        let mut object = self.population.draw_again(&mut Draw::new(seed), state, &nobody);
        for attribute in self.schema(state).filter(|it| it.uniqueness == Uniqueness::System && it.required) {
            let number = 5_000 + i64::try_from(seed % 1_000).unwrap_or(0);
            let value = match attribute.kind {
                ValueKind::Text => Value::from(number.to_string()),
                ValueKind::Int => Value::Int(number),
                _ => continue,
            };
            object.attributes.set(attribute.name.clone(), value);
        }
        self.add(state, object);
    }

    fn redraw(
        &self,
        state: &mut SystemState,
        who: u8,
        seed: u64,
        is_redrawn: impl Fn(&AttributeSchema) -> bool,
    ) {
        let Some(at) = self.at(state, who) else { return };
        let mut drawn = self.population.draw_again(&mut Draw::new(seed), state, &state.objects[at]);
        for attribute in self.schema(state).filter(|it| !is_redrawn(it)) {
            let name = attribute.name.as_str();
            drawn.attributes.set_or_clear(name, state.objects[at].attributes.get(name).cloned());
        }
        state.objects[at] = drawn;
    }

    fn swap(&self, state: &mut SystemState, who: u8, other: u8) {
        let (Some(one), Some(other)) = (self.at(state, who), self.at(state, other)) else { return };
        let names: Vec<Text> =
            self.schema(state).filter(|it| is_name(it)).map(|it| Text::new(it.name.as_str())).collect();
        for name in names {
            let held = [one, other].map(|at| state.objects[at].attributes.get(&name).cloned());
            let [left, right] = held;
            state.objects[one].attributes.set_or_clear(name.as_str(), right);
            state.objects[other].attributes.set_or_clear(name.as_str(), left);
        }
    }

    fn merge(&self, state: &mut SystemState, kept: u8, gone: u8) {
        let (Some(kept), Some(gone)) = (self.at(state, kept), self.at(state, gone)) else { return };
        if kept == gone {
            return;
        }
        let gone = state.objects[gone].clone();
        let schema: Vec<AttributeSchema> = self.schema(state).cloned().collect();
        let kept = &mut state.objects[kept];
        for attribute in schema.iter().filter(|it| it.uniqueness == Uniqueness::None) {
            let name = attribute.name.as_str();
            if kept.attributes.get(name).is_none() {
                kept.attributes.set_or_clear(name, gone.attributes.get(name).cloned());
            }
        }
        let kept = kept.id.clone();
        state.objects.retain(|it| it.object_type != gone.object_type || it.id != gone.id);
        for object in &mut state.objects {
            lead_to(object, &gone.id, &kept);
        }
    }
}

/// Lets references to one object lead to another.
fn lead_to(object: &mut Object, gone: &Text, kept: &Text) {
    let leads = |values: &Values| values.as_slice().contains(&Value::Reference(gone.clone()));
    let names = object.attributes.iter().filter(|(_, it)| leads(it)).map(|(name, _)| name.clone());
    for name in names.collect::<Vec<_>>() {
        let Some(values) = object.attributes.get(name.as_str()) else { continue };
        let mut led: Vec<Value> = Vec::new();
        for value in values.as_slice() {
            let value = match value {
                Value::Reference(id) if id == gone => Value::Reference(kept.clone()),
                other => other.clone(),
            };
            if !led.contains(&value) {
                led.push(value);
            }
        }
        object.attributes.set_or_clear(name, Values::from_many(led));
    }
}

fn is_name(attribute: &AttributeSchema) -> bool {
    matches!(
        Meaning::of(attribute.name.as_str()),
        Meaning::Given | Meaning::Family | Meaning::Name | Meaning::Address | Meaning::Login
    )
}
