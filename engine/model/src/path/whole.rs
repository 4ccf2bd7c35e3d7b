//! For systems that write attributes whole: parts of complex attributes as the attributes that they are part of.

use super::{AttrPath, PathFault};
use crate::{AttrName, AttributeDelta, AttributeSchema, Attributes, ValuesChange};

/// Puts parts together: `name.givenName` and `name.familyName` become `name`. For the attributes of a
/// [`crate::WriteAction::Create`].
///
/// # Errors
/// When the schema does not have what a name says.
pub fn whole_attributes(
    schema: &[AttributeSchema],
    attributes: &Attributes,
) -> Result<Attributes, PathFault> {
    let mut whole = Attributes::new();
    for (name, values) in attributes.iter() {
        match part(schema, name.as_str())? {
            None => {
                whole.set(name.clone(), values.clone());
            }
            Some(path) => path.apply(&ValuesChange::Set(values.clone()), &mut whole),
        }
    }
    Ok(whole)
}

/// Turns changes of parts into changes of the attributes that they are part of, given what the object holds now. For
/// the deltas of a [`crate::WriteAction::Update`]; changes of whole attributes come back as they are, before the
/// others.
///
/// # Errors
/// When the schema does not have what a name says.
pub fn whole_deltas(
    schema: &[AttributeSchema],
    current: &Attributes,
    deltas: &[AttributeDelta],
) -> Result<Vec<AttributeDelta>, PathFault> {
    let mut whole: Vec<AttributeDelta> = Vec::new();
    let mut working = Attributes::new();
    let mut touched: Vec<AttrName> = Vec::new();
    for delta in deltas {
        let Some(path) = part(schema, delta.attribute.as_str())? else {
            whole.push(delta.clone());
            continue;
        };
        let name = path.attribute();
        if !touched.contains(name) {
            working.set_or_clear(name.clone(), current.get(name.as_str()).cloned());
            touched.push(name.clone());
        }
        path.apply(&delta.change, &mut working);
    }
    for name in touched {
        let change = match working.get(name.as_str()) {
            Some(values) => ValuesChange::Set(values.clone()),
            None => ValuesChange::Clear,
        };
        whole.push(AttributeDelta::new(name, change));
    }
    Ok(whole)
}

/// The path of a part; `None` for a whole attribute, known or not.
fn part(schema: &[AttributeSchema], name: &str) -> Result<Option<AttrPath>, PathFault> {
    match super::resolve::resolve(schema, name) {
        Ok(attribute) => Ok(attribute.path.map(|it| *it)),
        // Whether there is such an attribute, the system says itself.
        Err(PathFault::UnknownAttribute { .. } | PathFault::NoPath(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}
