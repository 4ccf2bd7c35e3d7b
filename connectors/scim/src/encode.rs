//! How are values written? As JSON of RFC 7643 section 2.3, in the forms that a profile asks for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use provisio_model::{AttributeSchema, Attributes, Value, Values};
use serde_json::{Map, Value as Json, json};

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
        if field.is_flat_reference {
            return match (attribute.multi_valued, values.as_slice()) {
                (false, [Value::Reference(id)]) => self.manager(id),
                _ => self.members(values.as_slice()),
            };
        }
        self.plain(attribute, values)
    }

    /// Writes values that refer to nothing.
    pub(crate) fn plain(&self, attribute: &AttributeSchema, values: &Values) -> Json {
        match (attribute.multi_valued, values.as_slice()) {
            (false, [value]) => self.value(attribute, value),
            (_, values) => Json::Array(values.iter().map(|it| self.value(attribute, it)).collect()),
        }
    }

    /// Writes one value.
    pub(crate) fn value(&self, attribute: &AttributeSchema, value: &Value) -> Json {
        match value {
            Value::Text(text) | Value::Reference(text) => Json::from(text.as_str()),
            Value::Bool(bool) => match (self.purpose, self.profile.patch.booleans) {
                (Purpose::Patch, BooleanForm::Text) => Json::from(if *bool { "True" } else { "False" }),
                _ => Json::Bool(*bool),
            },
            Value::Int(int) => Json::from(*int),
            Value::Decimal(decimal) => Json::from(*decimal),
            Value::Timestamp(timestamp) => Json::from(timestamp.to_string()),
            Value::Binary(bytes) => Json::from(BASE64.encode(bytes)),
            Value::Complex(parts) => Json::Object(self.parts(attribute, parts)),
            Value::Secret(secret) => Json::from(secret.expose()),
            // A kind that this version does not know is in no schema of it.
            _ => Json::Null,
        }
    }

    fn parts(&self, attribute: &AttributeSchema, parts: &Attributes) -> Map<String, Json> {
        let parts = parts.iter().map(|(name, values)| {
            let part = attribute.sub_attributes.iter().find(|it| it.name == *name);
            let json = match part {
                Some(part) => self.plain(part, values),
                None => self.plain(&AttributeSchema::text(name.clone()), values),
            };
            (part.map_or(name, |it| &it.name).as_str().to_owned(), json)
        });
        parts.collect()
    }

    /// Writes those that join or leave.
    pub(crate) fn members(&self, values: &[Value]) -> Json {
        let member = |value: &Value| {
            let mut member = Map::new();
            if self.profile.members.null_ref {
                member.insert("$ref".to_owned(), Json::Null);
            }
            if let Value::Reference(id) | Value::Text(id) = value {
                member.insert("value".to_owned(), Json::from(id.as_str()));
            }
            Json::Object(member)
        };
        Json::Array(values.iter().map(member).collect())
    }

    fn manager(&self, id: &str) -> Json {
        let with_ref = || json!({"value": id, "$ref": self.base.address(self.users, Some(id), &[])});
        match self.profile.manager.form {
            ManagerForm::Object => json!({"value": id}),
            ManagerForm::Text => Json::from(id),
            ManagerForm::ObjectWithRef => with_ref(),
            ManagerForm::Array if self.purpose == Purpose::Patch => json!([with_ref()]),
            // A resource has one manager, whatever a PATCH looks like.
            ManagerForm::Array => with_ref(),
        }
    }

    /// Writes a whole resource, with the schemas that it has values of (RFC 7643 section 3).
    pub(crate) fn resource(&self, attributes: &Attributes) -> Map<String, Json> {
        let mut resource = Map::new();
        let mut schemas = vec![self.resource_type.core.clone()];
        for extra in self.profile.create.schemas.get(self.resource_type.name()).into_iter().flatten() {
            schemas.push(extra.clone());
        }
        if self.profile.create.all_schemas {
            schemas.extend(self.resource_type.extensions.iter().cloned());
        }
        for (name, values) in attributes.iter() {
            let Some((attribute, field)) = self.resource_type.find(name.as_str()) else { continue };
            let json = self.values(attribute, field, values);
            match &field.extension {
                None => {
                    resource.insert(field.name.clone(), json);
                }
                Some(urn) => {
                    if !schemas.iter().any(|it| it.eq_ignore_ascii_case(urn)) {
                        schemas.push(urn.clone());
                    }
                    let extension = resource.entry(urn.clone()).or_insert_with(|| Json::Object(Map::new()));
                    if let Json::Object(extension) = extension {
                        extension.insert(field.name.clone(), json);
                    }
                }
            }
        }
        for name in self.profile.create.empty_lists.get(self.resource_type.name()).into_iter().flatten() {
            if let Some((_, field)) = self.resource_type.find(name).filter(|it| it.1.extension.is_none()) {
                resource.entry(field.name.clone()).or_insert_with(|| Json::Array(Vec::new()));
            }
        }
        if self.profile.create.meta {
            resource.insert("meta".to_owned(), json!({"resourceType": self.resource_type.name()}));
        }
        resource.insert("schemas".to_owned(), Json::from(schemas));
        resource
    }
}
