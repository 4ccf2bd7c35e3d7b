//! From a population to smaller ones: fewer objects, fewer values, shorter texts. All of them fit the schema.

use std::collections::BTreeSet;

use provisio::model::{AttributeSchema, Object, ObjectSchema, Timestamp, Uniqueness, Value, Values};

use crate::world::SystemState;

/// Returns the populations that have one thing less, the smallest first.
pub(super) fn smaller(state: &SystemState) -> Vec<SystemState> {
    let mut all = Vec::new();
    for at in 0..state.objects.len() {
        let mut less = state.clone();
        less.objects.remove(at);
        all.push(less);
    }
    for (at, object) in state.objects.iter().enumerate() {
        let Some(schema) = state.schema.of(&object.object_type) else { continue };
        for less in smaller_objects(object, schema) {
            let mut other = state.clone();
            other.objects[at] = less;
            if is_unique(&other, schema) {
                all.push(other);
            }
        }
    }
    all.extend(together(state));
    all
}

/// Smaller values in all objects of a type that share one: twins stay twins.
fn together(state: &SystemState) -> Vec<SystemState> {
    let mut all = Vec::new();
    for schema in &state.schema.types {
        let is_ours = |it: &&Object| it.object_type == schema.object_type;
        for attribute in schema.attributes.iter().filter(|it| it.uniqueness == Uniqueness::None) {
            let name = attribute.name.as_str();
            let mut shared: Vec<&Values> = Vec::new();
            for (at, object) in state.objects.iter().filter(is_ours).enumerate() {
                let Some(values) = object.attributes.get(name) else { continue };
                let mut others = state.objects.iter().filter(is_ours).skip(at + 1);
                if !shared.contains(&values) && others.any(|it| it.attributes.get(name) == Some(values)) {
                    shared.push(values);
                }
            }
            for values in shared {
                for less in smaller_values(values, attribute) {
                    let mut other = state.clone();
                    for object in other.objects.iter_mut().filter(|it| it.object_type == schema.object_type) {
                        if object.attributes.get(name) == Some(values) {
                            object.attributes.set(name, less.clone());
                        }
                    }
                    all.push(other);
                }
            }
        }
    }
    all
}

/// The object without anything, without half, without one attribute; then with smaller values.
fn smaller_objects(object: &Object, schema: &ObjectSchema) -> Vec<Object> {
    let may_go = |it: &&AttributeSchema| !it.required && object.attributes.get(it.name.as_str()).is_some();
    let removable: Vec<&AttributeSchema> = schema.attributes.iter().filter(may_go).collect();
    let without = |gone: &[&AttributeSchema]| {
        let mut less = object.clone();
        for attribute in gone {
            less.attributes.remove(attribute.name.as_str());
        }
        less
    };
    let mut all = Vec::new();
    let mut size = removable.len();
    while size > 0 {
        all.extend(removable.chunks(size).map(without));
        size /= 2;
    }
    for attribute in &schema.attributes {
        let Some(values) = object.attributes.get(attribute.name.as_str()) else { continue };
        for less in smaller_values(values, attribute) {
            let mut other = object.clone();
            other.attributes.set(attribute.name.clone(), less);
            all.push(other);
        }
    }
    all
}

fn smaller_values(values: &Values, attribute: &AttributeSchema) -> Vec<Values> {
    let values = values.as_slice();
    let mut all: Vec<Values> = Vec::new();
    for at in 0..values.len() {
        let rest = values.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, it)| it.clone());
        all.extend(Values::from_many(rest));
        for less in smaller_value(&values[at]) {
            let is_blank = matches!(&less, Value::Text(text) if text.trim().is_empty());
            if !(attribute.required && is_blank) {
                let mut other = values.to_vec();
                other[at] = less;
                all.extend(Values::from_many(other));
            }
        }
    }
    all
}

fn smaller_value(value: &Value) -> Vec<Value> {
    match value {
        Value::Text(text) => smaller_texts(text).into_iter().map(Value::from).collect(),
        Value::Int(int) if *int != 0 => vec![Value::Int(0), Value::Int(int / 2)],
        Value::Bool(true) => vec![Value::Bool(false)],
        Value::Timestamp(it) if it.nanosecond() != 0 => vec![Value::Timestamp(whole(*it))],
        Value::Complex(parts) => {
            let names = parts.iter().map(|(name, _)| name.clone());
            let without = names.filter(|_| parts.len() > 1).map(|name| {
                let mut less = parts.clone();
                less.remove(name.as_str());
                Value::Complex(less)
            });
            without.collect()
        }
        _ => Vec::new(),
    }
}

fn whole(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.second())
}

/// Shorter texts, by halves, quarters and so on down to single characters; then plainer ones of the same length.
fn smaller_texts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut size = characters.len();
    while size > 0 {
        for start in (0..characters.len()).step_by(size) {
            let rest = characters.iter().enumerate().filter(|(at, _)| !(start..start + size).contains(at));
            all.push(rest.map(|(_, it)| *it).collect());
        }
        size /= 2;
    }
    let plain = |at: Option<usize>| -> String {
        let changed = characters.iter().enumerate().map(|(position, &it)| match at {
            Some(at) if at != position => it,
            _ => 'a',
        });
        changed.collect()
    };
    all.push(plain(None));
    all.extend((0..characters.len()).filter(|&at| characters[at] != 'a').map(|at| plain(Some(at))));
    all.retain(|it| it != text);
    all
}

/// Tells whether unique attributes are unique.
fn is_unique(state: &SystemState, schema: &ObjectSchema) -> bool {
    let of_type = || state.objects.iter().filter(|it| it.object_type == schema.object_type);
    let mut unique = schema.attributes.iter().filter(|it| it.uniqueness == Uniqueness::System);
    unique.all(|attribute| {
        let mut taken = BTreeSet::new();
        let mut values = of_type()
            .filter_map(|it| it.attributes.get(attribute.name.as_str()))
            .flat_map(|it| it.as_slice().iter().map(|value| value.to_string().to_lowercase()));
        values.all(|it| taken.insert(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_texts_are_smaller() {
        let size = |it: &str| (it.chars().count(), it.chars().filter(|it| *it != 'a').count());
        for text in ["", "a", "b", "Adele", "\u{1f984}x"] {
            for less in smaller_texts(text) {
                assert!(size(&less) < size(text), "{less} is not smaller than {text}");
            }
        }
    }
}
