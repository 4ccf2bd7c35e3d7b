//! How does one value look in the file? Text, booleans and integers as in JSON; every other kind as an object
//! whose one key names the kind.

use std::fmt;
use std::marker::PhantomData;

use provisio_model::{AttrName, EscapedText, Text};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::objects::{only_objects, present};

/// A whole number from 0 to 2^64 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Whole(pub(super) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor;
        impl Visitor<'_> for WholeVisitor {
            type Value = Whole;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a whole number, 0 or more")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
        }
        deserializer.deserialize_u64(WholeVisitor)
    }
}

/// Pairs that are written as a JSON object, in their order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named<T>(pub(super) Vec<(AttrName, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
            type Value = Named<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("attributes by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Named(pairs))
            }
        }
        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

/// The target object of an operation. Exactly one field is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct TargetDocument {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) existing: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Whole>,
}

/// A target object that something refers to, with its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct ReferentDocument {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) existing: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Whole>,
    pub(super) label: Text,
}

only_objects! {
    TargetDocument: "a target object, `existing` or `created`",
    ReferentDocument: "a target object, `existing` or `created`, with its `label`",
}

/// One value, or several in a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ValueDocument {
    Text(Text),
    Bool(bool),
    Int(i64),
    /// As text: JSON readers round numbers, and some write `1.0` as `1`.
    Decimal(Text),
    Timestamp(Text),
    /// In base64.
    Binary(Text),
    Reference(Text),
    Complex(Named<ValueDocument>),
    Referent(ReferentDocument),
    Many(Vec<Self>),
    /// What no file holds: it stands in for the value where a plan is hashed.
    Hidden {
        kind: String,
    },
}

impl Serialize for ValueDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Int(int) => serializer.serialize_i64(*int),
            Self::Decimal(text) => tagged(serializer, "decimal", text),
            Self::Timestamp(text) => tagged(serializer, "timestamp", text),
            Self::Binary(text) => tagged(serializer, "binary", text),
            Self::Reference(text) => tagged(serializer, "reference", text),
            Self::Complex(attributes) => tagged(serializer, "complex", attributes),
            Self::Referent(referent) => referent.serialize(serializer),
            Self::Many(values) => values.serialize(serializer),
            Self::Hidden { kind } => tagged(serializer, kind, provisio_model::REDACTED),
        }
    }
}

fn tagged<S, T>(serializer: S, tag: &str, value: &T) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize + ?Sized,
{
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for ValueDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueDocument;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value: text, a boolean, an integer, or an object that names its kind")
    }

    fn visit_str<E>(self, text: &str) -> Result<ValueDocument, E> {
        Ok(ValueDocument::Text(Text::new(text)))
    }

    fn visit_bool<E>(self, bool: bool) -> Result<ValueDocument, E> {
        Ok(ValueDocument::Bool(bool))
    }

    fn visit_i64<E>(self, int: i64) -> Result<ValueDocument, E> {
        Ok(ValueDocument::Int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ValueDocument, E> {
        let out_of_range = |_| E::custom(format!("{number} does not fit in 64 bits with a sign"));
        i64::try_from(number).map(ValueDocument::Int).map_err(out_of_range)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<ValueDocument, E> {
        Err(E::custom(
            "a number with a fraction, or too large for 64 bits, is written as `{\"decimal\": \"1.5\"}`",
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ValueDocument, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(ValueDocument::Many(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ValueDocument, A::Error> {
        let Some(tag) = map.next_key::<Text>()? else {
            return Err(A::Error::custom("an empty object is not a value"));
        };
        let value = match tag.as_str() {
            "decimal" => ValueDocument::Decimal(map.next_value()?),
            "timestamp" => ValueDocument::Timestamp(map.next_value()?),
            "binary" => ValueDocument::Binary(map.next_value()?),
            "reference" => ValueDocument::Reference(map.next_value()?),
            "complex" => ValueDocument::Complex(map.next_value()?),
            "existing" | "created" | "label" => {
                let whole = MapAccessDeserializer::new(Replayed { first: Some(tag), rest: map });
                return ReferentDocument::deserialize(whole).map(ValueDocument::Referent);
            }
            "secret" => return Err(A::Error::custom("a plan file holds no secret")),
            other => {
                let message = format!("`{}` is not a kind of value", EscapedText(other));
                return Err(A::Error::custom(message));
            }
        };
        match map.next_key::<Text>()? {
            None => Ok(value),
            Some(more) => Err(A::Error::custom(format!("`{}` stands beside `{tag}`", EscapedText(&more)))),
        }
    }
}

/// An object whose first key was taken already.
struct Replayed<A> {
    first: Option<Text>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Replayed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.as_str().into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
