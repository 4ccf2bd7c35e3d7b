//! What may a system hold whose schema this is? People, groups and anything else, with what makes rules fail.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provisio::model::{
    AttributeSchema, Attributes, Object, ObjectSchema, ObjectType, Schema, Secret, Text, Timestamp,
    Uniqueness, Value, ValueKind, Values,
};

use super::draw::{Draw, Drawn};
use super::hard;
use super::meaning::Meaning;
use super::smaller::smaller;
use super::twist::twist;
use crate::world::SystemState;

/// How many objects of a type there are at most, unless something else is asked for.
const OBJECTS_MAX: usize = 4;

/// Which populations of a system to draw.
///
/// Every object fits the schema: it has what is required, unique values are unique, no text is too long, and values have the
/// type of their attribute. What the schema leaves open is used: attributes are missing, names are hard, references lead to
/// nobody or in a circle, two people are twins.
#[derive(Clone, Debug)]
pub struct Population {
    schema: Schema,
    vocabulary: BTreeMap<String, Vec<Value>>,
    now: Timestamp,
    counts: (usize, usize),
    twisted: bool,
}

impl Population {
    /// Draws up to four objects of each type of the schema.
    pub fn of(schema: &Schema) -> Self {
        Self {
            schema: schema.clone(),
            vocabulary: BTreeMap::new(),
            now: Timestamp::from_second(1_767_225_600),
            counts: (1, OBJECTS_MAX),
            twisted: true,
        }
    }

    /// Draws so many objects of each type, at least and at most.
    #[must_use]
    pub fn objects(mut self, least: usize, most: usize) -> Self {
        self.counts = (least, most.max(least));
        self
    }

    /// Draws dates around this time.
    #[must_use]
    pub fn around(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Leaves out twins, rehires, several employments, circles and everything else that is about several objects.
    #[must_use]
    pub fn untwisted(mut self) -> Self {
        self.twisted = false;
        self
    }

    /// Often gives an attribute one of these values: those that a rule or a filter asks for.
    #[must_use]
    pub fn words(mut self, attribute: &str, values: impl IntoIterator<Item = Value>) -> Self {
        self.vocabulary.entry(attribute.to_ascii_lowercase()).or_default().extend(values);
        self
    }

    /// Returns the strategy. What it gives shrinks to the fewest objects with the fewest and shortest values.
    pub fn strategy(&self) -> Drawn<SystemState> {
        let population = self.clone();
        Drawn::new(move |draw| population.draw(draw), smaller)
    }

    /// Returns the strategy of what reads show: in half of the cases everything, else a read that broke off and does not
    /// reach some objects, or objects that cannot be read. They shrink as populations do, and to whole reads.
    pub fn snapshots(&self) -> Drawn<SystemState> {
        let population = self.clone();
        let draw = move |draw: &mut Draw| {
            let mut state = population.draw(draw);
            for object in state.objects.clone() {
                let key = (object.object_type, object.id);
                match draw.below(12) {
                    0 | 1 => {
                        state.incomplete.insert(key.0.clone(), Text::new("the connection was lost"));
                        state.hidden.insert(key);
                    }
                    2 => drop(state.unreadable.insert(key)),
                    _ => {}
                }
            }
            state
        };
        Drawn::new(draw, |state| {
            let mut all = Vec::new();
            if !state.incomplete.is_empty() || !state.unreadable.is_empty() {
                let whole = SystemState::new(state.schema.clone());
                all.push(SystemState { objects: state.objects.clone(), ..whole });
            }
            all.extend(smaller(state));
            all
        })
    }

    /// Draws one.
    pub fn draw(&self, draw: &mut Draw) -> SystemState {
        let mut state = SystemState::new(self.schema.clone());
        let ids: Vec<(&ObjectSchema, Vec<Text>)> = self
            .schema
            .types
            .iter()
            .map(|it| {
                let (least, most) = self.counts;
                let count = least + draw.below(most - least + 1);
                (it, (1..=count).map(|at| Text::new(format!("{}-{at}", it.object_type))).collect())
            })
            .collect();
        let by_type: BTreeMap<&ObjectType, &[Text]> =
            ids.iter().map(|(schema, ids)| (&schema.object_type, &ids[..])).collect();
        for (schema, ids) in &ids {
            let mut taken = BTreeSet::new();
            for (at, id) in ids.iter().enumerate() {
                let filling = Filling { population: self, ids: &by_type, at, identity: Identity::draw(draw) };
                let object = filling.object(draw, schema, id, &mut taken);
                state.objects.push(object);
            }
        }
        if self.twisted {
            twist(draw, &mut state, self.now);
        }
        state
    }

    /// Draws another object in the place of one, with the same id and the same unique values.
    pub fn draw_again(&self, draw: &mut Draw, state: &SystemState, object: &Object) -> Object {
        let Some(schema) = self.schema.of(&object.object_type) else { return object.clone() };
        let ids: Vec<Text> = state.objects.iter().map(|it| it.id.clone()).collect();
        let by_type: BTreeMap<&ObjectType, &[Text]> =
            self.schema.types.iter().map(|it| (&it.object_type, &ids[..])).collect();
        let filling =
            Filling { population: self, ids: &by_type, at: ids.len(), identity: Identity::draw(draw) };
        let mut drawn = filling.object(draw, schema, &object.id, &mut BTreeSet::new());
        for unique in schema.attributes.iter().filter(|it| it.uniqueness == Uniqueness::System) {
            let name = unique.name.as_str();
            drawn.attributes.set_or_clear(name, object.attributes.get(name).cloned());
        }
        drawn
    }
}

/// Who somebody is, so that names and addresses of one person agree.
struct Identity {
    given: String,
    family: String,
}

impl Identity {
    fn draw(draw: &mut Draw) -> Self {
        let (given, family) = hard::name(draw);
        Self { given, family }
    }

    fn full(&self) -> String {
        [&*self.given, &*self.family].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// An address as systems make it of a name: letters and digits alone.
    fn address(&self, at: usize) -> String {
        let plain = |it: &str| -> String {
            it.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>().to_ascii_lowercase()
        };
        match (plain(&self.given), plain(&self.family)) {
            (given, family) if given.is_empty() && family.is_empty() => format!("person{at}"),
            (given, family) if given.is_empty() || family.is_empty() => format!("{given}{family}"),
            (given, family) => format!("{given}.{family}"),
        }
    }
}

struct Filling<'a> {
    population: &'a Population,
    ids: &'a BTreeMap<&'a ObjectType, &'a [Text]>,
    at: usize,
    identity: Identity,
}

impl Filling<'_> {
    fn object(
        &self,
        draw: &mut Draw,
        schema: &ObjectSchema,
        id: &Text,
        taken: &mut BTreeSet<(usize, String)>,
    ) -> Object {
        let mut object = Object::new(schema.object_type.clone(), id.clone());
        for (slot, attribute) in schema.attributes.iter().enumerate() {
            let is_unique = attribute.uniqueness == Uniqueness::System;
            if !attribute.required && !draw.percent(75) {
                continue;
            }
            let mut values = self.values(draw, attribute);
            if attribute.required && values.as_ref().is_none_or(is_blank) {
                values = Some(Values::one(self.some(attribute)));
            }
            if is_unique {
                values = values.map(|it| self.make_unique(attribute, slot, it, taken));
            }
            object.attributes.set_or_clear(attribute.name.clone(), values);
        }
        object
    }

    fn values(&self, draw: &mut Draw, attribute: &AttributeSchema) -> Option<Values> {
        if !attribute.multi_valued {
            return self.value(draw, attribute).map(Values::one);
        }
        let count = draw.below(4);
        let values: Vec<Value> = (0..count).filter_map(|_| self.value(draw, attribute)).collect();
        Values::from_many(values)
    }

    fn value(&self, draw: &mut Draw, attribute: &AttributeSchema) -> Option<Value> {
        let words = self.population.vocabulary.get(&attribute.name.as_str().to_ascii_lowercase());
        let fitting: Vec<&Value> =
            words.into_iter().flatten().filter(|it| it.kind() == attribute.kind).collect();
        if !fitting.is_empty() && draw.percent(60) {
            return draw.pick(&fitting).map(|it| cut((*it).clone(), attribute));
        }
        let meaning = Meaning::of(attribute.name.as_str());
        Some(match attribute.kind {
            ValueKind::Text => cut(Value::from(self.text(draw, meaning)), attribute),
            ValueKind::Bool => Value::Bool(draw.percent(65)),
            ValueKind::Int => Value::Int(*draw.pick(&[0, 1, 2, 3, 7, 40, -1, 100_000, i64::MAX])?),
            ValueKind::Decimal => Value::Decimal(*draw.pick(&[0.0, 0.5, 1.0, 40.25, -3.5])?),
            ValueKind::Timestamp => Value::Timestamp(self.instant(draw)),
            ValueKind::Binary => Value::Binary(vec![0, 255, u8::try_from(draw.below(200)).unwrap_or(0)]),
            ValueKind::Secret => Value::Secret(Secret::new(secret(draw))),
            ValueKind::Reference => Value::Reference(self.reference(draw, attribute)?),
            ValueKind::Complex => {
                let parts = attribute.sub_attributes.iter();
                let parts = parts.filter_map(|it| Some((it.name.clone(), self.values(draw, it)?)));
                let parts: Attributes = parts.collect();
                if parts.is_empty() {
                    return None;
                }
                Value::Complex(parts)
            }
            _ => return None,
        })
    }

    fn text(&self, draw: &mut Draw, meaning: Meaning) -> String {
        match meaning {
            Meaning::Given => self.identity.given.clone(),
            Meaning::Family => self.identity.family.clone(),
            Meaning::Name => self.identity.full(),
            Meaning::Address => {
                let domain = draw.word(&["contoso.example", "Fabrikam.example", "contoso.example"]);
                format!("{}@{domain}", self.identity.address(self.at))
            }
            Meaning::Login => self.identity.address(self.at),
            Meaning::Number => format!("{}", 1001 + self.at),
            Meaning::Country => draw.word(&["DE", "US", "JP", "de", "Germany", "XX", ""]).to_owned(),
            Meaning::Phone => {
                draw.word(&["+49 30 23125-0", "+1 (555) 010-9999", "030 231250", "n/a", "0"]).to_owned()
            }
            Meaning::Date => self.instant(draw).to_string(),
            Meaning::Other => hard::text(draw),
        }
    }

    /// An instant on, before or after one of the days at which rules change their mind.
    fn instant(&self, draw: &mut Draw) -> Timestamp {
        let days = draw.pick(&[0, 1, 7, 14, 30, 365, 20_000]).copied().unwrap_or_default();
        let seconds = draw.pick(&[0, 1, 3600]).copied().unwrap_or_default();
        let away = Duration::from_secs(days * 86_400 + seconds);
        if draw.percent(60) { self.population.now.minus(away) } else { self.population.now.plus(away) }
    }

    /// The id of an object that may be meant, or of nobody.
    fn reference(&self, draw: &mut Draw, attribute: &AttributeSchema) -> Option<Text> {
        if draw.percent(6) {
            return Some(Text::new("nobody"));
        }
        let types: Vec<&[Text]> =
            attribute.references.iter().filter_map(|it| self.ids.get(it).copied()).collect();
        let ids: Vec<&Text> = types.into_iter().flatten().collect();
        draw.pick(&ids).map(|it| (*it).clone())
    }

    /// A plain value of an attribute.
    fn some(&self, attribute: &AttributeSchema) -> Value {
        let at = self.at + 1;
        match attribute.kind {
            ValueKind::Text => cut(Value::from(format!("a{at}")), attribute),
            ValueKind::Bool => Value::Bool(true),
            ValueKind::Int => Value::Int(1),
            ValueKind::Decimal => Value::Decimal(1.0),
            ValueKind::Timestamp => Value::Timestamp(self.population.now),
            ValueKind::Binary => Value::Binary(vec![1]),
            ValueKind::Secret => Value::Secret(Secret::new("secret")),
            ValueKind::Reference => Value::Reference(Text::new("nobody")),
            _ => {
                let parts = attribute.sub_attributes.iter();
                Value::Complex(parts.map(|it| (it.name.clone(), Values::one(self.some(it)))).collect())
            }
        }
    }

    /// Changes values until nobody else has them. What cannot be told apart stays as it is: two booleans at most are unique.
    fn make_unique(
        &self,
        attribute: &AttributeSchema,
        slot: usize,
        values: Values,
        taken: &mut BTreeSet<(usize, String)>,
    ) -> Values {
        let unique = values.as_slice().iter().map(|value| {
            let mut value = value.clone();
            let mut number = self.at + 1;
            while !taken.insert((slot, value.to_string().to_lowercase())) && number < 1_000 {
                value = match &value {
                    Value::Text(text) => {
                        let suffix = number.to_string();
                        let room = attribute.length_max.unwrap_or(usize::MAX).saturating_sub(suffix.len());
                        let kept: String = text.chars().take(room).collect();
                        Value::from(match kept.split_once('@') {
                            Some((name, domain)) => format!("{name}{suffix}@{domain}"),
                            None => format!("{kept}{suffix}"),
                        })
                    }
                    Value::Int(int) => Value::Int(int.wrapping_add(1)),
                    other => other.clone(),
                };
                number += 1;
            }
            value
        });
        Values::from_many(unique.collect::<Vec<_>>()).unwrap_or(values)
    }
}

/// A secret that nobody could take for anything else.
pub(crate) fn secret(draw: &mut Draw) -> String {
    format!("{:03}-{:02}-secret", draw.below(1000), draw.below(100))
}

/// Cuts a text to what the attribute may hold.
fn cut(value: Value, attribute: &AttributeSchema) -> Value {
    match (value, attribute.length_max) {
        (Value::Text(text), Some(most)) => Value::from(text.chars().take(most).collect::<String>()),
        (value, _) => value,
    }
}

fn is_blank(values: &Values) -> bool {
    values.as_slice().iter().all(|it| matches!(it, Value::Text(text) if text.trim().is_empty()))
}
