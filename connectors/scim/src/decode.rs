//! What does a resource hold? JSON as objects, with patience for how others write it.

mod direct;
mod shown;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use provisio_model::{
    AttributeSchema, Attributes, Mutability, Object, Secret, Text, Timestamp, VALUE_BYTES_MAX, Value,
    ValueKind, Values,
};
use serde_json::{Map, Value as Json};

pub(crate) use self::shown::Shown;
use crate::json;
use crate::limits::ID_BYTES_MAX;
use crate::schema::{Field, ResourceType};

/// Why a resource cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// Which one, if that is known.
    pub(crate) id: Option<Text>,
    /// What is wrong with it.
    pub(crate) why: String,
}

/// Reads the id of a resource.
pub(crate) fn id_of(resource: &Json) -> Option<&str> {
    json::text(resource, "id").filter(|it| it.len() <= ID_BYTES_MAX)
}

/// Reads the version of a resource.
pub(crate) fn version_of(resource: &Json) -> Option<&str> {
    json::text(json::member(resource, "meta")?, "version")
}

/// Reads a resource: those attributes that are wanted, by their place in the schema.
pub(crate) fn object(
    resource_type: &ResourceType,
    resource: &Json,
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Object, Unreadable> {
    let Some(id) = id_of(resource) else {
        return Err(Unreadable { id: None, why: "a resource has no `id`".to_owned() });
    };
    let unreadable = |why: String| Unreadable { id: Some(Text::new(id)), why };
    let mut object = Object::new(resource_type.schema.object_type.clone(), id);
    object.version = version_of(resource).map(Text::new);
    object.attributes = attributes(resource_type, resource, wanted).map_err(unreadable)?;
    Ok(object)
}

/// Reads the attributes of a resource that are wanted and that can be read back.
pub(crate) fn attributes(
    resource_type: &ResourceType,
    resource: &Json,
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Attributes, String> {
    let mut attributes = Attributes::new();
    for (at, (attribute, field)) in resource_type.attributes().enumerate() {
        if attribute.mutability == Mutability::WriteOnly || !wanted(at) {
            continue;
        }
        let Some(found) = place(resource, field) else { continue };
        let values = values(attribute, field.is_flat_reference, found)
            .map_err(|why| format!("`{}` {why}", attribute.name))?;
        if let Some(values) = values {
            attributes.set(attribute.name.clone(), values);
        }
    }
    Ok(attributes)
}

/// Finds the JSON of an attribute.
pub(crate) fn place<'j>(resource: &'j Json, field: &Field) -> Option<&'j Json> {
    match &field.extension {
        None => json::member(resource, &field.name),
        // Some write the attributes of an extension beside the others, under their full names.
        Some(urn) => match json::member(resource, urn) {
            Some(extension) => json::member(extension, &field.name),
            None => json::member(resource, &format!("{urn}:{}", field.name)),
        },
    }
}

/// Reads the values of an attribute; `None` when there are none.
pub(crate) fn values(
    attribute: &AttributeSchema,
    is_flat_reference: bool,
    json: &Json,
) -> Result<Option<Values>, String> {
    let mut list = Vec::new();
    for element in json::elements(Some(json)).iter().filter(|it| !it.is_null()) {
        let value = if is_flat_reference {
            reference(element)
        } else {
            match value(attribute, element) {
                Ok(value) => value,
                // Nothing depends on it, and no object is given up because of it.
                Err(_) if attribute.name.is("meta") => None,
                Err(why) => return Err(why),
            }
        };
        list.extend(value);
    }
    if list.len() > 1 && !attribute.multi_valued {
        return Err(format!("has {} values and takes one", list.len()));
    }
    Ok(Values::from_many(list))
}

/// Reads what refers to another resource: its id, an object with it, or its address.
fn reference(json: &Json) -> Option<Value> {
    let id = match json {
        Json::String(id) => Some(id.as_str()),
        Json::Object(_) => json::text(json, "value").or_else(|| {
            let address = json::text(json, "$ref")?;
            address.trim_end_matches('/').rsplit('/').next()
        }),
        _ => None,
    };
    id.filter(|it| !it.is_empty()).map(|it| Value::Reference(Text::new(it)))
}

/// Reads one value; `None` for a text without a character and a complex value without a part.
fn value(attribute: &AttributeSchema, json: &Json) -> Result<Option<Value>, String> {
    let wrong = || format!("is not {}", attribute.kind);
    Ok(match attribute.kind {
        ValueKind::Text => text(json).ok_or_else(wrong)?.map(Value::Text),
        ValueKind::Secret => text(json).ok_or_else(wrong)?.map(|it| Value::Secret(Secret::new(it))),
        ValueKind::Reference => text(json).ok_or_else(wrong)?.map(Value::Reference),
        ValueKind::Bool => Some(Value::Bool(json::boolean(json).ok_or_else(wrong)?)),
        ValueKind::Int => Some(Value::Int(json::integer(json).ok_or_else(wrong)?)),
        ValueKind::Decimal => {
            let number = json.as_f64().or_else(|| json.as_str()?.trim().parse().ok());
            Some(Value::Decimal(number.filter(|it| it.is_finite()).ok_or_else(wrong)?))
        }
        ValueKind::Timestamp => match text(json).ok_or_else(wrong)? {
            None => None,
            Some(text) => Some(Value::Timestamp(timestamp(&text).ok_or_else(wrong)?)),
        },
        ValueKind::Binary => match text(json).ok_or_else(wrong)? {
            None => None,
            Some(text) => Some(Value::Binary(binary(&text).ok_or_else(wrong)?)),
        },
        ValueKind::Complex => complex(attribute, json)?.map(Value::Complex),
        _ => return Err(wrong()),
    })
}

fn complex(attribute: &AttributeSchema, json: &Json) -> Result<Option<Attributes>, String> {
    let simple = attribute.sub_attributes.iter().find(|it| it.name.is("value"));
    let mut parts = Attributes::new();
    match (json, simple) {
        (Json::Object(object), _) => {
            for part in &attribute.sub_attributes {
                let Some(found) = json::get(object, part.name.as_str()) else { continue };
                match values(part, false, found) {
                    Ok(values) => parts.set_or_clear(part.name.clone(), values),
                    Err(_) if attribute.name.is("meta") => {}
                    Err(why) => return Err(format!("has a `{}` that {why}", part.name)),
                }
            }
        }
        // Such as an e-mail address without an object around it.
        (Json::String(_), Some(simple)) => {
            parts.set_or_clear(simple.name.clone(), values(simple, false, json)?);
        }
        _ => return Err("is not complex".to_owned()),
    }
    Ok((!parts.is_empty()).then_some(parts))
}

/// Reads a text; a number or boolean is one, too. Without a character it is no value. `None` if it is none of these.
#[expect(clippy::option_option, reason = "wrong is something else than absent")]
fn text(json: &Json) -> Option<Option<Text>> {
    let text = match json {
        Json::String(text) if text.len() > VALUE_BYTES_MAX => return None,
        Json::String(text) => Text::new(text),
        Json::Number(number) => Text::from(number.to_string()),
        Json::Bool(bool) => Text::from(bool.to_string()),
        _ => return None,
    };
    Some((!text.is_empty()).then_some(text))
}

/// Reads a time; one without a zone is UTC.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok().or_else(|| format!("{}Z", text.trim()).parse().ok())
}

fn binary(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    let decoded = STANDARD.decode(&text).or_else(|_| STANDARD_NO_PAD.decode(&text));
    decoded.or_else(|_| URL_SAFE.decode(&text)).or_else(|_| URL_SAFE_NO_PAD.decode(&text)).ok()
}

/// Reads the elements of a list (RFC 7644 section 3.4.2); `None` if it is no list at all.
pub(crate) fn resources(list: &Map<String, Json>) -> Option<&[Json]> {
    match json::get(list, "Resources") {
        Some(Json::Array(resources)) => Some(resources),
        Some(_) => None,
        // Legal where there is nothing to show.
        None => {
            let is_list = json::get(list, "totalResults").is_some()
                || json::elements(json::get(list, "schemas"))
                    .iter()
                    .filter_map(Json::as_str)
                    .any(|it| it.to_ascii_lowercase().ends_with(":listresponse"));
            is_list.then_some(&[])
        }
    }
}
