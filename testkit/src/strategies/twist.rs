//! What several people have in common that nobody should have: twins, rehires, circles, an address that was used before.

use std::collections::BTreeSet;
use std::time::Duration;

use provisio::model::{
    AttributeSchema, Object, ObjectSchema, ObjectType, Text, Timestamp, Uniqueness, Value, ValueKind, Values,
};

use super::draw::Draw;
use super::meaning::Meaning;
use crate::world::SystemState;

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twist {
    /// Two people have the same names.
    Twins,
    /// Two people have the same names but for upper and lower case, or the way an accent is written.
    NearTwins,
    /// Somebody left and came back under a new record.
    Rehire,
    /// One person has two records at a time, which differ in what the work is.
    Employments,
    /// Two people manage each other, or somebody manages herself.
    Circle,
    /// Somebody has the address of somebody who left.
    UsedAddress,
}

const TWISTS: [Twist; 6] =
    [Twist::Twins, Twist::NearTwins, Twist::Rehire, Twist::Employments, Twist::Circle, Twist::UsedAddress];

/// Twists most populations.
pub(super) fn twist(draw: &mut Draw, state: &mut SystemState, now: Timestamp) {
    for at in 0..state.schema.types.len() {
        if draw.percent(75)
            && let Some(&twist) = draw.pick(&TWISTS)
        {
            let schema = state.schema.types[at].clone();
            apply(twist, draw, state, &schema, now);
        }
    }
}

fn apply(twist: Twist, draw: &mut Draw, state: &mut SystemState, schema: &ObjectSchema, now: Timestamp) {
    let of_type: Vec<usize> =
        (0..state.objects.len()).filter(|&at| state.objects[at].object_type == schema.object_type).collect();
    if twist == Twist::Circle {
        circle(draw, state, schema, &of_type);
        return;
    }
    let [.., one, other] = of_type[..] else { return };
    let model = state.objects[one].clone();
    let names = |it: &AttributeSchema| {
        matches!(Meaning::of(it.name.as_str()), Meaning::Given | Meaning::Family | Meaning::Name)
    };
    let address = |it: &AttributeSchema| Meaning::of(it.name.as_str()) == Meaning::Address;
    let login =
        |it: &AttributeSchema| matches!(Meaning::of(it.name.as_str()), Meaning::Login | Meaning::Address);
    match twist {
        Twist::Twins => copy(schema, &model, &mut state.objects[other], |it| names(it) || login(it)),
        Twist::NearTwins => {
            copy(schema, &model, &mut state.objects[other], names);
            recase(schema, &mut state.objects[other], names);
        }
        Twist::Rehire => {
            copy(schema, &model, &mut state.objects[other], |it| names(it) || login(it));
            end(schema, &mut state.objects[one], now);
            clear_end(schema, &mut state.objects[other]);
        }
        Twist::Employments => {
            copy(schema, &model, &mut state.objects[other], |it| {
                names(it) || login(it) || Meaning::of(it.name.as_str()) == Meaning::Phone
            });
        }
        Twist::UsedAddress => {
            copy(schema, &model, &mut state.objects[other], address);
            end(schema, &mut state.objects[one], now);
        }
        Twist::Circle => {}
    }
}

/// Attributes of which two objects may have the same value.
fn free(schema: &ObjectSchema) -> impl Iterator<Item = &AttributeSchema> {
    schema.attributes.iter().filter(|it| it.uniqueness == Uniqueness::None)
}

fn copy(
    schema: &ObjectSchema,
    model: &Object,
    object: &mut Object,
    is_copied: impl Fn(&AttributeSchema) -> bool,
) {
    for attribute in free(schema).filter(|it| is_copied(it)) {
        let name = attribute.name.as_str();
        object.attributes.set_or_clear(name, model.attributes.get(name).cloned());
    }
}

/// Writes the same names in another way: upper case, or accents as characters of their own.
fn recase(schema: &ObjectSchema, object: &mut Object, is_name: impl Fn(&AttributeSchema) -> bool) {
    for attribute in free(schema).filter(|it| is_name(it)) {
        let Some(Value::Text(text)) = object.attributes.get(attribute.name.as_str()).and_then(Values::single)
        else {
            continue;
        };
        let other = text.replace('\u{e9}', "e\u{301}");
        let other = if *other == **text { text.to_uppercase() } else { other };
        if attribute.length_max.is_none_or(|most| other.chars().count() <= most) {
            object.attributes.set(attribute.name.clone(), Value::from(other));
        }
    }
}

fn is_end(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["terminat", "end", "leav", "last day", "lastday"].iter().any(|it| name.contains(it))
}

/// Lets somebody have left: the end is in the past, the status says no.
fn end(schema: &ObjectSchema, object: &mut Object, now: Timestamp) {
    let past = now.minus(Duration::from_secs(30 * 86_400));
    for attribute in schema.attributes.iter().filter(|it| !it.multi_valued) {
        let name = attribute.name.as_str();
        let value = match attribute.kind {
            ValueKind::Timestamp if is_end(name) => Value::Timestamp(past),
            ValueKind::Text if is_end(name) && Meaning::of(name) == Meaning::Date => {
                Value::from(past.to_string())
            }
            ValueKind::Bool if is_status(name) => Value::Bool(false),
            _ => continue,
        };
        object.attributes.set(attribute.name.clone(), value);
    }
}

fn clear_end(schema: &ObjectSchema, object: &mut Object) {
    for attribute in schema.attributes.iter().filter(|it| !it.required && is_end(it.name.as_str())) {
        object.attributes.remove(attribute.name.as_str());
    }
}

/// Whether a boolean says that somebody works here.
fn is_status(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["active", "employed", "enabled"].iter().any(|it| name.contains(it))
}

/// Closes a circle over the references of a type to itself.
fn circle(draw: &mut Draw, state: &mut SystemState, schema: &ObjectSchema, of_type: &[usize]) {
    let leads_back = |it: &&AttributeSchema| leads_to(it, &schema.object_type);
    let Some(attribute) = free(schema).find(leads_back) else { return };
    let ring = if draw.percent(30) { 1 } else { of_type.len().min(2 + draw.below(2)) };
    let ids: Vec<Text> = of_type.iter().take(ring).map(|&at| state.objects[at].id.clone()).collect();
    for (position, &at) in of_type.iter().take(ring).enumerate() {
        let next = Value::Reference(ids[(position + 1) % ids.len()].clone());
        let attributes = &mut state.objects[at].attributes;
        let present = attributes.get(attribute.name.as_str()).filter(|_| attribute.multi_valued);
        let present: BTreeSet<String> = present.into_iter().flat_map(ids_of).collect();
        let mut values: Vec<Value> = present.into_iter().map(|it| Value::Reference(it.into())).collect();
        if !values.contains(&next) {
            values.push(next);
        }
        attributes.set_or_clear(attribute.name.clone(), Values::from_many(values));
    }
}

fn leads_to(attribute: &AttributeSchema, object_type: &ObjectType) -> bool {
    attribute.kind == ValueKind::Reference && attribute.references.contains(object_type)
}

fn ids_of(values: &Values) -> Vec<String> {
    let ids = values.as_slice().iter().filter_map(|it| match it {
        Value::Reference(id) => Some(id.to_string()),
        _ => None,
    });
    ids.collect()
}
