//! How are values read from JSON?
//!
//! Attributes are read straight out of the text of a line, since a directory may have millions of them; only
//! complex values, which are few, become a tree of JSON first.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use provisio_model::{AttributeSchema, Attributes, Layout, Secret, Text, Value, ValueKind, Values};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize as _, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Number, Value as Json};

use crate::secret;

/// Reads the attributes of an object.
///
/// # Errors
/// What does not fit the schema, in words.
pub(crate) fn decode_attributes(layout: &Layout, json: &RawValue) -> Result<Attributes, String> {
    AttributesSeed(layout).deserialize(&mut serde_json::Deserializer::from_str(json.get())).map_err(in_words)
}

/// Reads the values of an attribute; an array is several, anything else is one.
///
/// # Errors
/// What does not fit the schema, in words.
pub(crate) fn decode_values(attribute: &AttributeSchema, json: &RawValue) -> Result<Values, String> {
    ValuesSeed(attribute).deserialize(&mut serde_json::Deserializer::from_str(json.get())).map_err(in_words)
}

/// Says what is wrong without the position within a part of a line.
fn in_words(error: serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text).to_owned()
}

fn decode_text(attribute: &AttributeSchema, text: &str) -> Result<Value, String> {
    let value = match attribute.kind {
        ValueKind::Text => Some(Value::Text(Text::new(text))),
        ValueKind::Reference => Some(Value::Reference(Text::new(text))),
        ValueKind::Timestamp => text.parse().ok().map(Value::Timestamp),
        ValueKind::Binary => BASE64.decode(text).ok().map(Value::Binary),
        ValueKind::Secret => secret::is_sealed(text).then(|| Value::Secret(Secret::new(text))),
        _ => None,
    };
    value.ok_or_else(|| misfit(attribute))
}

fn decode_bool(attribute: &AttributeSchema, bool: bool) -> Result<Value, String> {
    if attribute.kind == ValueKind::Bool { Ok(Value::Bool(bool)) } else { Err(misfit(attribute)) }
}

fn decode_number(attribute: &AttributeSchema, number: &Number) -> Result<Value, String> {
    let value = match attribute.kind {
        ValueKind::Int => number.as_i64().map(Value::Int),
        ValueKind::Decimal => number.as_f64().filter(|it| it.is_finite()).map(Value::Decimal),
        _ => None,
    };
    value.ok_or_else(|| misfit(attribute))
}

fn misfit(attribute: &AttributeSchema) -> String {
    format!("`{}` is not {}", attribute.name, attribute.kind)
}

fn decode_json(attribute: &AttributeSchema, json: &Json) -> Result<Value, String> {
    match json {
        Json::String(text) => decode_text(attribute, text),
        Json::Bool(bool) => decode_bool(attribute, *bool),
        Json::Number(number) => decode_number(attribute, number),
        Json::Object(_) if attribute.kind == ValueKind::Complex => {
            Ok(Value::Complex(decode_parts(attribute, json)?))
        }
        _ => Err(misfit(attribute)),
    }
}

/// Reads one or several values out of JSON with `decode`.
fn decode_list(json: &Json, decode: impl Fn(&Json) -> Result<Value, String>) -> Result<Values, String> {
    let values = match json {
        Json::Array(list) => Values::from_many(list.iter().map(decode).collect::<Result<Vec<_>, _>>()?),
        json => Some(Values::one(decode(json)?)),
    };
    values.ok_or_else(|| "a sub-attribute has no value".to_owned())
}

fn decode_parts(attribute: &AttributeSchema, json: &Json) -> Result<Attributes, String> {
    let members = json.as_object().ok_or_else(|| format!("`{}` is not complex", attribute.name))?;
    let mut parts = Attributes::new();
    for (name, json) in members {
        match attribute.sub_attributes.iter().find(|it| it.name.is(name)) {
            Some(known) => parts.set(known.name.clone(), decode_list(json, |it| decode_json(known, it))?),
            None if attribute.sub_attributes.is_empty() => {
                parts.set(name.as_str(), decode_list(json, decode_open)?)
            }
            None => return Err(format!("`{}` has no sub-attribute `{name}`", attribute.name)),
        };
    }
    Ok(parts)
}

fn decode_open(json: &Json) -> Result<Value, String> {
    match json {
        Json::String(text) => Ok(Value::Text(Text::new(text))),
        Json::Bool(bool) => Ok(Value::Bool(*bool)),
        Json::Number(number) => {
            let int = number.as_i64().map(Value::Int);
            let value = int.or_else(|| number.as_f64().filter(|it| it.is_finite()).map(Value::Decimal));
            value.ok_or_else(|| format!("{number} is out of range"))
        }
        Json::Object(members) => {
            let (kind, json) = members.iter().next().ok_or("a value has no kind")?;
            let kind = match kind.as_str() {
                "timestamp" => ValueKind::Timestamp,
                "binary" => ValueKind::Binary,
                "reference" => ValueKind::Reference,
                "complex" => ValueKind::Complex,
                other => return Err(format!("there is no kind of value `{other}`")),
            };
            decode_json(&AttributeSchema::new(kind.to_string().as_str(), kind), json)
        }
        Json::Null | Json::Array(_) => Err("a sub-attribute has no value".to_owned()),
    }
}

/// Reads the attributes of an object straight out of its text.
struct AttributesSeed<'l>(&'l Layout);

impl<'de> DeserializeSeed<'de> for AttributesSeed<'_> {
    type Value = Attributes;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Attributes, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AttributesSeed<'_> {
    type Value = Attributes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("attributes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Attributes, M::Error> {
        let mut attributes = Attributes::new();
        while let Some(attribute) = members.next_key_seed(NameSeed(self.0))? {
            attributes.set(attribute.name.clone(), members.next_value_seed(ValuesSeed(attribute))?);
        }
        Ok(attributes)
    }
}

/// Reads the name of an attribute.
struct NameSeed<'l>(&'l Layout);

impl<'de, 'l> DeserializeSeed<'de> for NameSeed<'l> {
    type Value = &'l AttributeSchema;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<&'l AttributeSchema, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'l> Visitor<'_> for NameSeed<'l> {
    type Value = &'l AttributeSchema;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of an attribute")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<&'l AttributeSchema, E> {
        let slot = self.0.slot(name);
        let slot = slot.ok_or_else(|| E::custom(format!("the schema has no attribute `{name}`")))?;
        Ok(self.0.attribute(slot))
    }
}

/// Reads one or several values.
struct ValuesSeed<'l>(&'l AttributeSchema);

/// Reads one value.
struct ValueSeed<'l>(&'l AttributeSchema);

impl<'de> DeserializeSeed<'de> for ValuesSeed<'_> {
    type Value = Values;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Values, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValuesSeed<'_> {
    type Value = Values;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} as `{}`", self.0.kind, self.0.name)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Values, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(ValueSeed(self.0))? {
            values.push(value);
        }
        Values::from_many(values).ok_or_else(|| de::Error::custom(format!("`{}` has no value", self.0.name)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Values, E> {
        ValueSeed(self.0).visit_str(text).map(Values::one)
    }

    fn visit_bool<E: de::Error>(self, bool: bool) -> Result<Values, E> {
        ValueSeed(self.0).visit_bool(bool).map(Values::one)
    }

    fn visit_i64<E: de::Error>(self, int: i64) -> Result<Values, E> {
        ValueSeed(self.0).visit_i64(int).map(Values::one)
    }

    fn visit_u64<E: de::Error>(self, int: u64) -> Result<Values, E> {
        ValueSeed(self.0).visit_u64(int).map(Values::one)
    }

    fn visit_f64<E: de::Error>(self, decimal: f64) -> Result<Values, E> {
        ValueSeed(self.0).visit_f64(decimal).map(Values::one)
    }

    fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Values, M::Error> {
        ValueSeed(self.0).visit_map(members).map(Values::one)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} as `{}`", self.0.kind, self.0.name)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        decode_text(self.0, text).map_err(E::custom)
    }

    fn visit_bool<E: de::Error>(self, bool: bool) -> Result<Value, E> {
        decode_bool(self.0, bool).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, int: i64) -> Result<Value, E> {
        decode_number(self.0, &Number::from(int)).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, int: u64) -> Result<Value, E> {
        decode_number(self.0, &Number::from(int)).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, decimal: f64) -> Result<Value, E> {
        let number = Number::from_f64(decimal).ok_or_else(|| E::custom(misfit(self.0)))?;
        decode_number(self.0, &number).map_err(E::custom)
    }

    /// Complex values are few; a tree of JSON does for them.
    fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Value, M::Error> {
        let json = Json::deserialize(MapAccessDeserializer::new(members))?;
        decode_json(self.0, &json).map_err(de::Error::custom)
    }
}
