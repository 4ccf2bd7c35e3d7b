//! How are values written? As JSON of RFC 7643 section 2.3, in the forms that a profile asks for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use provisio_model::{AttributeSchema, Attributes, Value, Values};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value as Json;

use crate::profile::{BooleanForm, ManagerForm, Profile};
use crate::schema::{Field, ResourceType};
use crate::url::BaseUrl;

/// What the form of a value depends on.
#[derive(Clone, Copy)]
pub(crate) struct Encoder<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) resource_type: &'a ResourceType,
    pub(crate) base: &'a BaseUrl,
    /// The path of the resources that a manager is one of.
    pub(crate) users: &'a str,
    /// What it is written for.
    pub(crate) purpose: Purpose,
}

/// What values are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A whole resource.
    Resource,
    /// A PATCH, where some forms are of their own.
    Patch,
}

impl Encoder<'_> {
    /// Writes the values of an attribute: a list if it takes several.
    pub(crate) fn values(&self, attribute: &AttributeSchema, field: &Field, values: &Values) -> Json {
        tree(&self.attribute(attribute, field, values))
    }

    /// Writes values that refer to nothing.
    pub(crate) fn plain(&self, attribute: &AttributeSchema, values: &Values) -> Json {
        tree(&Plain { encoder: self, attribute, values })
    }

    /// Writes one value.
    pub(crate) fn value(&self, attribute: &AttributeSchema, value: &Value) -> Json {
        tree(&One { encoder: self, attribute, value })
    }

    /// Writes those that join or leave.
    pub(crate) fn members(&self, values: &[Value]) -> Json {
        tree(&Members { encoder: self, values })
    }

    /// Writes a whole resource, with the schemas that it has values of (RFC 7643 section 3).
    pub(crate) fn body(&self, attributes: &Attributes) -> Vec<u8> {
        let mut body = Vec::with_capacity(512);
        // Nothing here fails: keys are text, and memory does not refuse to be written.
        let _ = serde_json::to_writer(&mut body, &Resource::of(self, attributes));
        body
    }

    fn attribute<'a>(
        &'a self,
        attribute: &'a AttributeSchema,
        field: &Field,
        values: &'a Values,
    ) -> Encoded<'a> {
        match (field.is_flat_reference, values.as_slice()) {
            (true, [Value::Reference(id)]) if !attribute.multi_valued => {
                Encoded::Manager(Manager { encoder: self, id })
            }
            (true, values) => Encoded::Members(Members { encoder: self, values }),
            (false, _) => Encoded::Plain(Plain { encoder: self, attribute, values }),
        }
    }
}

/// What is written, as a tree of JSON. Nothing in it can fail.
fn tree(encoded: &impl Serialize) -> Json {
    serde_json::to_value(encoded).unwrap_or_default()
}

/// The values of an attribute.
enum Encoded<'a> {
    Manager(Manager<'a>),
    Members(Members<'a>),
    Plain(Plain<'a>),
}

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Manager(it) => it.serialize(serializer),
            Self::Members(it) => it.serialize(serializer),
            Self::Plain(it) => it.serialize(serializer),
        }
    }
}

/// Values that refer to nothing.
struct Plain<'a> {
    encoder: &'a Encoder<'a>,
    attribute: &'a AttributeSchema,
    values: &'a Values,
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { encoder, attribute, values } = *self;
        match (attribute.multi_valued, values.as_slice()) {
            (false, [value]) => One { encoder, attribute, value }.serialize(serializer),
            (_, values) => {
                serializer.collect_seq(values.iter().map(|value| One { encoder, attribute, value }))
            }
        }
    }
}

/// One value.
struct One<'a> {
    encoder: &'a Encoder<'a>,
    attribute: &'a AttributeSchema,
    value: &'a Value,
}

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { encoder, attribute, value } = *self;
        match value {
            Value::Text(text) | Value::Reference(text) => serializer.serialize_str(text),
            Value::Bool(bool) => match (encoder.purpose, encoder.profile.patch.booleans) {
                (Purpose::Patch, BooleanForm::Text) => {
                    serializer.serialize_str(if *bool { "True" } else { "False" })
                }
                _ => serializer.serialize_bool(*bool),
            },
            Value::Int(int) => serializer.serialize_i64(*int),
            Value::Decimal(decimal) => serializer.serialize_f64(*decimal),
            Value::Timestamp(timestamp) => serializer.collect_str(timestamp),
            Value::Binary(bytes) => serializer.serialize_str(&BASE64.encode(bytes)),
            Value::Complex(parts) => {
                let mut map = serializer.serialize_map(Some(parts.len()))?;
                for (name, values) in parts.iter() {
                    match attribute.sub_attributes.iter().find(|it| it.name == *name) {
                        Some(part) => map.serialize_entry(
                            part.name.as_str(),
                            &Plain { encoder, attribute: part, values },
                        )?,
                        None => {
                            let part = AttributeSchema::text(name.clone());
                            map.serialize_entry(name.as_str(), &Plain { encoder, attribute: &part, values })?;
                        }
                    }
                }
                map.end()
            }
            Value::Secret(secret) => serializer.serialize_str(secret.expose()),
            // A kind that this version does not know is in no schema of it.
            _ => serializer.serialize_unit(),
        }
    }
}

/// Those that belong to a group, or join or leave it.
struct Members<'a> {
    encoder: &'a Encoder<'a>,
    values: &'a [Value],
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Member<'a> {
            #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
            reference: Option<()>,
            #[serde(skip_serializing_if = "Option::is_none")]
            value: Option<&'a str>,
        }
        let reference = self.encoder.profile.members.null_ref.then_some(());
        serializer.collect_seq(self.values.iter().map(|value| Member {
            reference,
            value: match value {
                Value::Reference(id) | Value::Text(id) => Some(id.as_str()),
                _ => None,
            },
        }))
    }
}

/// A reference to one other resource.
struct Manager<'a> {
    encoder: &'a Encoder<'a>,
    id: &'a str,
}

impl Serialize for Manager<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Reference<'a> {
            #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
            address: Option<String>,
            value: &'a str,
        }
        let Self { encoder, id: value } = *self;
        let with_ref =
            || Reference { address: Some(encoder.base.address(encoder.users, Some(value), &[])), value };
        match encoder.profile.manager.form {
            ManagerForm::Object => Reference { address: None, value }.serialize(serializer),
            ManagerForm::Text => serializer.serialize_str(value),
            ManagerForm::ObjectWithRef => with_ref().serialize(serializer),
            ManagerForm::Array if encoder.purpose == Purpose::Patch => [with_ref()].serialize(serializer),
            // A resource has one manager, whatever a PATCH looks like.
            ManagerForm::Array => with_ref().serialize(serializer),
        }
    }
}

/// A whole resource.
struct Resource<'a> {
    encoder: &'a Encoder<'a>,
    /// The attributes that the schema has, and where they stand.
    fields: Vec<(&'a AttributeSchema, &'a Field, &'a Values)>,
    /// The extensions that have values, each once.
    extensions: Vec<&'a str>,
}

impl<'a> Resource<'a> {
    fn of(encoder: &'a Encoder<'a>, attributes: &'a Attributes) -> Self {
        let mut fields = Vec::with_capacity(attributes.len());
        let mut extensions: Vec<&str> = Vec::new();
        for (name, values) in attributes.iter() {
            let Some((attribute, field)) = encoder.resource_type.find(name.as_str()) else { continue };
            fields.push((attribute, field, values));
            if let Some(urn) = field.extension.as_deref()
                && !extensions.iter().any(|it| it.eq_ignore_ascii_case(urn))
            {
                extensions.push(urn);
            }
        }
        Self { encoder, fields, extensions }
    }

    fn schemas(&self) -> Vec<&'a str> {
        let Encoder { profile, resource_type, .. } = *self.encoder;
        let mut schemas = vec![resource_type.core.as_str()];
        let extra = profile.create.schemas.get(resource_type.name());
        schemas.extend(extra.into_iter().flatten().map(String::as_str));
        let all = resource_type.extensions.iter().filter(|_| profile.create.all_schemas);
        for urn in all.map(String::as_str).chain(self.extensions.iter().copied()) {
            if !schemas.iter().any(|it| it.eq_ignore_ascii_case(urn)) {
                schemas.push(urn);
            }
        }
        schemas
    }
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encoder = self.encoder;
        let (create, resource_type) = (&encoder.profile.create, encoder.resource_type);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &self.schemas())?;
        if create.meta {
            map.serialize_entry("meta", &Meta { resource_type: resource_type.name() })?;
        }
        for (attribute, field, values) in self.fields.iter().filter(|(_, field, _)| field.extension.is_none())
        {
            map.serialize_entry(&field.name, &encoder.attribute(attribute, field, values))?;
        }
        for name in create.empty_lists.get(resource_type.name()).into_iter().flatten() {
            let field = resource_type.find(name).map(|(_, field)| field);
            let is_there = self.fields.iter().any(|(attribute, ..)| attribute.name.is(name));
            if let Some(field) = field.filter(|it| it.extension.is_none() && !is_there) {
                map.serialize_entry(&field.name, &[(); 0])?;
            }
        }
        for urn in &self.extensions {
            map.serialize_entry(urn, &Extension { resource: self, urn })?;
        }
        map.end()
    }
}

/// What a resource is.
#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'a str,
}

/// The attributes of an extension.
struct Extension<'a> {
    resource: &'a Resource<'a>,
    urn: &'a str,
}

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let is_of =
            |field: &Field| field.extension.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(self.urn));
        for (attribute, field, values) in self.resource.fields.iter().filter(|(_, field, _)| is_of(field)) {
            map.serialize_entry(&field.name, &self.resource.encoder.attribute(attribute, field, values))?;
        }
        map.end()
    }
}
