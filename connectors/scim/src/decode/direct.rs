//! How is a resource read that is written as the RFCs have it? In one go, without a tree of JSON in between.
//!
//! Nothing else is understood here: at the first thing that is written in another way, the resource is read patiently,
//! from the beginning.

use std::borrow::Cow;
use std::fmt;

use provisio_model::{
    AttributeSchema, Attributes, Mutability, Secret, Text, VALUE_BYTES_MAX, Value, ValueKind, Values,
};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Shown, binary, timestamp};
use crate::limits::ID_BYTES_MAX;
use crate::schema::ResourceType;

/// How many attributes an object has mostly, at the most.
const ATTRIBUTES: usize = 16;

/// Reads the body of an answer; `None` when it has to be read patiently.
pub(super) fn shown(resource_type: &ResourceType, body: &[u8]) -> Option<Shown> {
    let is_text = |attribute: &AttributeSchema| {
        attribute.kind == ValueKind::Text
            && !attribute.multi_valued
            && attribute.mutability != Mutability::WriteOnly
    };
    let (id, _) = resource_type.find("id")?;
    let (meta, _) = resource_type.find("meta")?;
    let version = meta.sub_attributes.iter().find(|it| it.name.is("version"))?;
    if !is_text(id) || !is_text(version) || meta.kind != ValueKind::Complex {
        return None;
    }
    let mut read = serde_json::Deserializer::from_slice(body);
    let resource = Resource { resource_type, shown: Shown::default(), read: Vec::with_capacity(ATTRIBUTES) };
    let mut shown = resource.deserialize(&mut read).ok()?;
    read.end().ok()?;
    let attributes = shown.attributes.as_ref()?;
    let text =
        |values: Option<&Values>| values.and_then(Values::single).and_then(Value::as_text).map(Text::new);
    shown.id = text(attributes.get("id")).filter(|it| it.len() <= ID_BYTES_MAX);
    shown.version = match attributes.get("meta").and_then(Values::single) {
        Some(Value::Complex(parts)) => text(parts.get("version")),
        _ => None,
    };
    Some(shown)
}

/// Says that something is not written as the RFCs have it. Nobody sees it.
fn otherwise<E: Error>() -> E {
    E::custom("written in another way")
}

/// The name of a member.
struct Key<'d>(Cow<'d, str>);

impl<'d> Deserialize<'d> for Key<'d> {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'d> Visitor<'d> for Names {
            type Value = Key<'d>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E: Error>(self, name: &'d str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Names)
    }
}

struct Resource<'a> {
    resource_type: &'a ResourceType,
    shown: Shown,
    /// What was read, in the order of the resource.
    read: Vec<(usize, Values)>,
}

impl Resource<'_> {
    /// Takes in the attribute of this name, of the core or of an extension; tells whether there is one.
    fn attribute<'d, A: MapAccess<'d>>(
        &mut self,
        name: &str,
        extension: Option<&str>,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        let resource_type = self.resource_type;
        let fields = &resource_type.fields;
        let same = |it: &Option<String>| it.as_deref() == extension;
        let Some(at) = fields.iter().position(|it| it.name == name && same(&it.extension)) else {
            let is_alike = |it: &str| it.eq_ignore_ascii_case(name);
            return match fields.iter().any(|it| is_alike(&it.name) && same(&it.extension)) {
                true => Err(otherwise()),
                false => Ok(false),
            };
        };
        if self.shown.places.contains(&at) {
            return Err(otherwise());
        }
        let (attribute, field) = resource_type.at(at);
        let is_there = if attribute.mutability == Mutability::WriteOnly {
            map.next_value::<Option<IgnoredAny>>()?.is_some()
        } else {
            match map.next_value_seed(Several { attribute, is_flat_reference: field.is_flat_reference })? {
                None => false,
                Some(values) => {
                    if let Some(values) = values {
                        self.read.push((at, values));
                    }
                    true
                }
            }
        };
        if is_there {
            self.shown.places.push(at);
        }
        Ok(true)
    }
}

impl<'d> DeserializeSeed<'d> for Resource<'_> {
    type Value = Shown;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Shown, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'d> Visitor<'d> for Resource<'_> {
    type Value = Shown;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a resource")
    }

    fn visit_map<A: MapAccess<'d>>(mut self, mut map: A) -> Result<Shown, A::Error> {
        let resource_type = self.resource_type;
        let mut extensions: Vec<&str> = Vec::new();
        while let Some(Key(name)) = map.next_key()? {
            if name == "schemas" {
                if self.shown.has_schemas {
                    return Err(otherwise());
                }
                self.shown.has_schemas = map.next_value::<Option<IgnoredAny>>()?.is_some();
            } else if let Some(urn) = resource_type.extensions.iter().find(|it| **it == name) {
                if extensions.contains(&urn.as_str()) {
                    return Err(otherwise());
                }
                extensions.push(urn);
                map.next_value_seed(Extension { resource: &mut self, urn })?;
            } else if !self.attribute(&name, None, &mut map)? {
                // Attributes of extensions may stand there by their full names.
                let is_of =
                    |urn: &String| name.get(..urn.len()).is_some_and(|it| it.eq_ignore_ascii_case(urn));
                if resource_type.extensions.iter().any(is_of) || name.eq_ignore_ascii_case("schemas") {
                    return Err(otherwise());
                }
                map.next_value::<IgnoredAny>()?;
            }
        }
        // In the order of their names nothing has to be moved to make room.
        self.read.sort_unstable_by_key(|(at, _)| resource_type.ranks[*at]);
        let mut attributes = Attributes::with_capacity(self.read.len());
        for (at, values) in self.read {
            attributes.set(resource_type.schema.attributes[at].name.clone(), values);
        }
        self.shown.attributes = Some(attributes);
        Ok(self.shown)
    }
}

/// The attributes of an extension.
struct Extension<'r, 'a, 'u> {
    resource: &'r mut Resource<'a>,
    urn: &'u str,
}

impl<'d> DeserializeSeed<'d> for Extension<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'d> Visitor<'d> for Extension<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an extension")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(name)) = map.next_key()? {
            if !self.resource.attribute(&name, Some(self.urn), &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The values of an attribute: `None` for null, `Some(None)` for none.
struct Several<'a> {
    attribute: &'a AttributeSchema,
    is_flat_reference: bool,
}

impl<'a> Several<'a> {
    fn one(&self) -> One<'a> {
        One { attribute: self.attribute, is_flat_reference: self.is_flat_reference }
    }
}

impl<'d> DeserializeSeed<'d> for Several<'_> {
    type Value = Option<Option<Values>>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'d> Visitor<'d> for Several<'_> {
    type Value = Option<Option<Values>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("values")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.attribute.multi_valued {
            return deserializer.deserialize_seq(self);
        }
        Ok(Some(self.one().deserialize(deserializer)?.map(Values::one)))
    }

    fn visit_seq<A: SeqAccess<'d>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.one())? {
            values.extend(value);
        }
        Ok(Some(Values::from_many(values)))
    }
}

/// One value; `None` for one that is empty.
struct One<'a> {
    attribute: &'a AttributeSchema,
    is_flat_reference: bool,
}

impl<'d> DeserializeSeed<'d> for One<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'d> Visitor<'d> for One<'_> {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, bool: bool) -> Result<Self::Value, E> {
        match self.attribute.kind {
            ValueKind::Bool => Ok(Some(Value::Bool(bool))),
            _ => Err(otherwise()),
        }
    }

    fn visit_i64<E: Error>(self, int: i64) -> Result<Self::Value, E> {
        match self.attribute.kind {
            ValueKind::Int => Ok(Some(Value::Int(int))),
            _ => Err(otherwise()),
        }
    }

    fn visit_u64<E: Error>(self, int: u64) -> Result<Self::Value, E> {
        self.visit_i64(i64::try_from(int).map_err(|_| otherwise())?)
    }

    fn visit_f64<E: Error>(self, decimal: f64) -> Result<Self::Value, E> {
        match self.attribute.kind {
            ValueKind::Decimal if decimal.is_finite() => Ok(Some(Value::Decimal(decimal))),
            _ => Err(otherwise()),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.len() > VALUE_BYTES_MAX {
            return Err(otherwise());
        }
        if !self.is_flat_reference
            && !matches!(
                self.attribute.kind,
                ValueKind::Text
                    | ValueKind::Reference
                    | ValueKind::Secret
                    | ValueKind::Timestamp
                    | ValueKind::Binary
            )
        {
            return Err(otherwise());
        }
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(match self.attribute.kind {
            _ if self.is_flat_reference => Value::Reference(Text::new(text)),
            ValueKind::Reference => Value::Reference(Text::new(text)),
            ValueKind::Secret => Value::Secret(Secret::new(text)),
            ValueKind::Timestamp => Value::Timestamp(timestamp(text).ok_or_else(otherwise)?),
            ValueKind::Binary => Value::Binary(binary(text).ok_or_else(otherwise)?),
            _ => Value::Text(Text::new(text)),
        }))
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        if self.is_flat_reference {
            return reference(map);
        }
        if self.attribute.kind != ValueKind::Complex {
            return Err(otherwise());
        }
        let mut parts = Attributes::new();
        while let Some(Key(name)) = map.next_key()? {
            let known = self.attribute.sub_attributes.iter().find(|it| it.name.is(&name));
            let Some(part) = known else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if part.name.as_str() != name || parts.get(&name).is_some() {
                return Err(otherwise());
            }
            let values = map.next_value_seed(Several { attribute: part, is_flat_reference: false })?;
            if let Some(values) = values.flatten() {
                parts.set(part.name.clone(), values);
            }
        }
        Ok((!parts.is_empty()).then_some(Value::Complex(parts)))
    }
}

/// What refers to another resource by `value`.
fn reference<'d, A: MapAccess<'d>>(mut map: A) -> Result<Option<Value>, A::Error> {
    let mut id: Option<Text> = None;
    while let Some(Key(name)) = map.next_key()? {
        if name != "value" {
            if name.eq_ignore_ascii_case("value") {
                return Err(otherwise());
            }
            map.next_value::<IgnoredAny>()?;
        } else if id.replace(Text::new(map.next_value::<Key<'_>>()?.0)).is_some() {
            return Err(otherwise());
        }
    }
    let id = id.filter(|it| !it.is_empty()).ok_or_else(otherwise)?;
    Ok(Some(Value::Reference(id)))
}
