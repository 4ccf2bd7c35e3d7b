//! Where an object holds the values of an attribute, or of a part of a complex attribute.

use provisio::model::{AttrPath, AttributeSchema, Attributes, ObjectSchema, Value, Values};

/// Returns the values that an object has there.
pub(super) fn read(place: &AttributeSchema, attributes: &Attributes) -> Vec<Value> {
    match &place.path {
        None => attributes.get(place.name.as_str()).map(|it| it.as_slice().to_vec()).unwrap_or_default(),
        Some(path) => path.values(attributes).into_iter().cloned().collect(),
    }
}

/// Makes an object have these values there, or none.
///
/// Every element that the filter of a path chooses gets them; where there is none, one is added that the filter
/// chooses. An element that is left with nothing but what the filter tests goes, and so does one without its `value`.
pub(super) fn write(
    object_type: &ObjectSchema,
    place: &AttributeSchema,
    attributes: &mut Attributes,
    values: Option<Values>,
) {
    let Some(path) = &place.path else {
        attributes.set_or_clear(place.name.clone(), values);
        return;
    };
    let name = path.attribute();
    let held = attributes.get(name.as_str()).map(|it| it.as_slice().to_vec()).unwrap_or_default();
    let mut elements: Vec<Attributes> = held.into_iter().filter_map(parts).collect();
    if values.is_some() && !elements.iter().any(|it| chooses(path, it)) {
        elements.push(path.filter().iter().map(|it| (it.attribute.clone(), it.value.to_value())).collect());
    }
    let elements = elements.into_iter().filter_map(|element| {
        if !chooses(path, &element) {
            return Some(element);
        }
        let changed = changed(path, element, values.as_ref())?;
        let is_left = changed.iter().any(|(it, _)| !path.filter().iter().any(|test| test.attribute == *it));
        let is_element = is_left && (values.is_some() || !is_nothing_without(object_type, path));
        is_element.then_some(changed)
    });
    let elements: Vec<Value> = elements.map(Value::Complex).collect();
    attributes.set_or_clear(name.clone(), Values::from_many(elements));
}

fn changed(path: &AttrPath, mut element: Attributes, values: Option<&Values>) -> Option<Attributes> {
    match path.sub_attribute() {
        Some(part) => {
            element.set_or_clear(part.clone(), values.cloned());
            Some(element)
        }
        // The element as a whole, with what the filter tests.
        None => {
            let mut whole = parts(values?.as_slice().first()?.clone())?;
            for test in path.filter() {
                whole.set(test.attribute.clone(), test.value.to_value());
            }
            Some(whole)
        }
    }
}

/// Tells whether an element is none without this part.
fn is_nothing_without(object_type: &ObjectSchema, path: &AttrPath) -> bool {
    let (Some(attribute), Some(part)) =
        (object_type.attribute(path.attribute().as_str()), path.sub_attribute())
    else {
        return false;
    };
    let mut parts = attribute.sub_attributes.iter();
    parts.any(|it| it.name == *part && it.required) || (attribute.multi_valued && part.is("value"))
}

fn chooses(path: &AttrPath, element: &Attributes) -> bool {
    path.filter().iter().all(|test| {
        let held = element.get(test.attribute.as_str()).map(Values::as_slice).unwrap_or_default();
        let wanted = test.value.to_value();
        held.iter().any(|it| test.rule.same(it.borrow(), wanted.borrow()))
    })
}

fn parts(value: Value) -> Option<Attributes> {
    match value {
        Value::Complex(parts) => Some(parts),
        _ => None,
    }
}
