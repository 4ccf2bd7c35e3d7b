//! What does a service hold? Its resource types and schemas (RFC 7643 sections 6 and 7) as a [`Schema`].
//!
//! Attributes keep their names. Those of an extension stand under their full name,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`. A complex attribute that refers to another
//! resource by `value` and `$ref`, such as `manager` and `members`, is a reference and nothing else. What is never
//! returned is a secret, if it is text.

mod names;

use provisio_model::{
    AttrName, AttributeSchema, Mutability, ObjectSchema, ObjectType, PathFault, Schema, Uniqueness, ValueKind,
};
use serde_json::Value as Json;

pub(crate) use self::names::{Known, Names};
use crate::json;
use crate::profile::{MemberRead, Profile};

/// What RFC 7643 section 8.7 defines, for services that do not say what they hold.
const BUILT_IN: &str = include_str!("schema/rfc7643.json");

/// Everything that a service holds, and where it stands in JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceSchema {
    pub(crate) types: Vec<ResourceType>,
}

/// One type of resources.
#[derive(Clone, Debug)]
pub(crate) struct ResourceType {
    /// Where its resources are, without slashes around: `Users`.
    pub(crate) path: String,
    /// The URN of its core schema.
    pub(crate) core: String,
    /// The URNs of its extensions.
    pub(crate) extensions: Vec<String>,
    /// What it holds.
    pub(crate) schema: ObjectSchema,
    /// Where each attribute of the schema stands, in its order.
    pub(crate) fields: Vec<Field>,
    /// The attributes that a new object must have, by their place.
    pub(crate) required: Vec<usize>,
    /// The attributes that hold who belongs to an object, by their place.
    pub(crate) memberships: Vec<usize>,
    /// The order of the attributes by name: for each one its place in it.
    pub(crate) ranks: Vec<usize>,
    /// What names in writes mean.
    names: Names,
}

/// Where an attribute stands in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name there.
    pub(crate) name: String,
    /// The extension that it stands in.
    pub(crate) extension: Option<String>,
    /// Whether it is a complex value that refers to another resource.
    pub(crate) is_flat_reference: bool,
    /// Whether it is returned only when it is asked for by name (RFC 7643 section 7).
    pub(crate) on_request: bool,
}

impl ServiceSchema {
    /// Reads the documents of a service; what is missing or makes no sense is as RFC 7643 has it.
    pub(crate) fn read(resource_types: &[Json], schemas: &[Json], profile: &Profile) -> Self {
        let built_in = built_in();
        let own_types = json::elements(json::member(&built_in, "ResourceTypes"));
        let own_schemas = json::elements(json::member(&built_in, "Schemas"));
        let find = |urn: &str| {
            let with_id = |it: &&Json| json::text(it, "id").is_some_and(|id| id.eq_ignore_ascii_case(urn));
            let has_attributes = |it: &&Json| !json::elements(json::member(it, "attributes")).is_empty();
            let said = schemas.iter().find(|it| with_id(it) && has_attributes(it));
            said.or_else(|| own_schemas.iter().find(with_id))
        };
        let mut listed: Vec<&Json> = resource_types
            .iter()
            .filter(|it| {
                json::text(it, "name").is_some() && json::text(it, "schema").and_then(find).is_some()
            })
            .collect();
        if listed.is_empty() {
            listed = own_types.iter().collect();
        }
        let names: Vec<&str> = listed.iter().filter_map(|it| json::text(it, "name")).collect();
        let mut types: Vec<ResourceType> = Vec::new();
        for resource_type in &listed {
            let (Some(name), Some(core)) =
                (json::text(resource_type, "name"), json::text(resource_type, "schema"))
            else {
                continue;
            };
            if types.iter().any(|it| it.schema.object_type.as_str() == name) {
                continue;
            }
            let said = json::text(resource_type, "endpoint").map(last_of_path);
            let path = profile.path(name).map(str::to_owned).or(said).unwrap_or_else(|| format!("{name}s"));
            let mut builder = Builder::new(name, &names, profile);
            builder.common();
            for attribute in find(core).map(attributes).unwrap_or_default() {
                builder.add(attribute, None);
            }
            let extensions: Vec<String> = json::elements(json::member(resource_type, "schemaExtensions"))
                .iter()
                .filter_map(|it| json::text(it, "schema").or_else(|| it.as_str()))
                .filter(|it| find(it).is_some())
                .map(str::to_owned)
                .collect();
            for extension in &extensions {
                for attribute in find(extension).map(attributes).unwrap_or_default() {
                    builder.add(attribute, Some(extension));
                }
            }
            let (schema, fields) = builder.finish();
            types.push(ResourceType::new(path, core, extensions, schema, fields));
        }
        Self { types }
    }

    /// Returns what the engine has to know.
    pub(crate) fn schema(&self) -> Schema {
        Schema::new(self.types.iter().map(|it| it.schema.clone()))
    }

    /// Finds a type of resources.
    pub(crate) fn of(&self, object_type: &ObjectType) -> Option<&ResourceType> {
        self.types.iter().find(|it| it.schema.object_type == *object_type)
    }
}

impl ResourceType {
    fn new(
        path: String,
        core: &str,
        extensions: Vec<String>,
        schema: ObjectSchema,
        fields: Vec<Field>,
    ) -> Self {
        let places = |is: &dyn Fn(&AttributeSchema, &Field) -> bool| {
            let all = schema.attributes.iter().zip(&fields).enumerate();
            all.filter(|(_, (it, field))| it.mutability != Mutability::ReadOnly && is(it, field))
                .map(|(at, _)| at)
                .collect()
        };
        let required = places(&|it, _| it.required);
        let memberships = places(&|it, field| it.multi_valued && field.is_flat_reference);
        let mut by_name: Vec<usize> = (0..schema.attributes.len()).collect();
        by_name.sort_by_key(|at| &schema.attributes[*at].name);
        let mut ranks = vec![0; by_name.len()];
        by_name.into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank);
        let (core, names) = (core.to_owned(), Names::default());
        Self { path, core, extensions, schema, fields, required, memberships, ranks, names }
    }

    /// Finds out what the names of a write mean.
    pub(crate) fn known(&self, names: &[&AttrName]) -> Result<Known<'_>, PathFault> {
        self.names.known(&self.schema, names)
    }

    /// Returns the attribute at a place, and where it stands.
    pub(crate) fn at(&self, place: usize) -> (&AttributeSchema, &Field) {
        (&self.schema.attributes[place], &self.fields[place])
    }

    /// Finds an attribute and where it stands.
    pub(crate) fn find(&self, name: &str) -> Option<(&AttributeSchema, &Field)> {
        let at = self.schema.attributes.iter().position(|it| it.name.is(name))?;
        Some((&self.schema.attributes[at], self.fields.get(at)?))
    }

    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        self.schema.object_type.as_str()
    }

    /// Iterates over attributes and where they stand.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&AttributeSchema, &Field)> {
        self.schema.attributes.iter().zip(&self.fields)
    }
}

/// The path of an endpoint that may be relative, absolute, or of another host altogether: its last segment, or what
/// stands behind the slash it begins with.
fn last_of_path(endpoint: &str) -> String {
    let path = endpoint.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if endpoint.contains("://") {
        path.rsplit('/').next().unwrap_or_default().to_owned()
    } else {
        path.to_owned()
    }
}

fn built_in() -> Json {
    // A test reads it.
    serde_json::from_str(BUILT_IN).unwrap_or_default()
}

fn attributes(schema: &Json) -> &[Json] {
    json::elements(json::member(schema, "attributes"))
}

struct Builder<'a> {
    object_type: &'a str,
    /// The names of all resource types.
    names: &'a [&'a str],
    profile: &'a Profile,
    attributes: Vec<AttributeSchema>,
    fields: Vec<Field>,
}

impl<'a> Builder<'a> {
    fn new(object_type: &'a str, names: &'a [&'a str], profile: &'a Profile) -> Self {
        Self { object_type, names, profile, attributes: Vec::new(), fields: Vec::new() }
    }

    /// The attributes that all resources have (RFC 7643 section 3.1).
    fn common(&mut self) {
        let time = |name| AttributeSchema::new(name, ValueKind::Timestamp).mutability(Mutability::ReadOnly);
        let text = |name| AttributeSchema::text(name).case_exact().mutability(Mutability::ReadOnly);
        self.keep(text("id").unique(), Field::core("id"));
        self.keep(AttributeSchema::text("externalId").case_exact(), Field::core("externalId"));
        let parts =
            [text("resourceType"), time("created"), time("lastModified"), text("location"), text("version")];
        let meta = AttributeSchema::new("meta", ValueKind::Complex).mutability(Mutability::ReadOnly);
        self.keep(meta.sub_attributes(parts), Field::core("meta"));
    }

    fn add(&mut self, json: &Json, extension: Option<&str>) {
        let Some(name) = json::text(json, "name") else { return };
        if extension.is_none() && name.eq_ignore_ascii_case("schemas") {
            return;
        }
        let is_members = self.object_type == "Group" && extension.is_none() && name == "members";
        if is_members && self.profile.members.read == MemberRead::Never {
            // Who cannot see them would add them for ever, and take nobody out.
            return;
        }
        let mut attribute = attribute_schema(json, name);
        let references = self.flat_references(json, &attribute, name, extension);
        if let Some(references) = &references {
            attribute.kind = ValueKind::Reference;
            attribute.case_exact = true;
            attribute.sub_attributes.clear();
            attribute.references = references.iter().map(ObjectType::new).collect();
        }
        if let Some(urn) = extension {
            attribute.name = AttrName::new(format!("{urn}:{name}"));
        }
        let field = Field {
            name: name.to_owned(),
            extension: extension.map(str::to_owned),
            is_flat_reference: references.is_some(),
            on_request: json::text(json, "returned").is_some_and(|it| it.eq_ignore_ascii_case("request")),
        };
        self.keep(attribute, field);
    }

    /// The types that a complex attribute refers to, if referring is all that it is for.
    fn flat_references(
        &self,
        json: &Json,
        attribute: &AttributeSchema,
        name: &str,
        extension: Option<&str>,
    ) -> Option<Vec<String>> {
        let parts = json::elements(json::member(json, "subAttributes"));
        let part = |wanted: &str| {
            parts.iter().find(|it| json::text(it, "name").is_some_and(|it| it.eq_ignore_ascii_case(wanted)))
        };
        if attribute.kind != ValueKind::Complex {
            return None;
        }
        let said =
            part("$ref").map(|it| json::elements(json::member(it, "referenceTypes"))).unwrap_or_default();
        let said: Vec<String> = said
            .iter()
            .filter_map(Json::as_str)
            .filter(|it| self.names.contains(it))
            .map(str::to_owned)
            .collect();
        if part("value").is_some() && !said.is_empty() {
            return Some(said);
        }
        // Schemas often leave out what these refer to.
        let usual: &[&str] = match (self.object_type, extension, name) {
            ("Group", None, "members") => &["User", "Group"],
            ("User", None, "groups") => &["Group"],
            ("User", Some(urn), "manager") if urn.to_ascii_lowercase().contains(":enterprise:") => &["User"],
            _ => return None,
        };
        let known =
            usual.iter().filter(|it| self.names.contains(it)).map(|it| (*it).to_owned()).collect::<Vec<_>>();
        (!known.is_empty()).then_some(known)
    }

    fn keep(&mut self, mut attribute: AttributeSchema, field: Field) {
        let is_known = self.attributes.iter().position(|it| it.name == attribute.name);
        if let Some(overrides) = self.profile.attributes.get(self.object_type) {
            let of =
                |name: &str| overrides.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it);
            if let Some(own) = of(attribute.name.as_str()) {
                if own.omit {
                    return;
                }
                own.apply(&mut attribute);
            }
            let whole = attribute.name.as_str().to_owned();
            attribute.sub_attributes.retain_mut(|part| {
                let own = of(&format!("{whole}.{}", part.name));
                own.inspect(|it| it.apply(part)).is_none_or(|it| !it.omit)
            });
        }
        match is_known {
            // What the service says of a common attribute counts.
            Some(at) => {
                self.attributes[at] = attribute;
                self.fields[at] = field;
            }
            None => {
                self.attributes.push(attribute);
                self.fields.push(field);
            }
        }
    }

    fn finish(self) -> (ObjectSchema, Vec<Field>) {
        (ObjectSchema::new(self.object_type, self.attributes), self.fields)
    }
}

impl Field {
    fn core(name: &str) -> Self {
        Self { name: name.to_owned(), extension: None, is_flat_reference: false, on_request: false }
    }
}

fn attribute_schema(json: &Json, name: &str) -> AttributeSchema {
    let is = |name: &str| json::member(json, name).and_then(json::boolean).unwrap_or(false);
    let word = |name: &str| json::text(json, name).unwrap_or_default().to_ascii_lowercase();
    let kind = match word("type").as_str() {
        "boolean" => ValueKind::Bool,
        "integer" => ValueKind::Int,
        "decimal" => ValueKind::Decimal,
        "datetime" => ValueKind::Timestamp,
        "binary" => ValueKind::Binary,
        "complex" => ValueKind::Complex,
        // A reference is a URI, which is not the id of an object.
        _ => ValueKind::Text,
    };
    let is_never_returned = word("returned") == "never" || word("mutability") == "writeonly";
    let kind = if is_never_returned && kind == ValueKind::Text { ValueKind::Secret } else { kind };
    let mut attribute = AttributeSchema::new(name, kind);
    attribute.multi_valued = is("multiValued");
    attribute.required = is("required");
    attribute.case_exact = is("caseExact") || word("type") == "reference";
    attribute.mutability = match word("mutability").as_str() {
        "readonly" => Mutability::ReadOnly,
        "immutable" => Mutability::Immutable,
        _ if is_never_returned => Mutability::WriteOnly,
        _ => Mutability::ReadWrite,
    };
    if matches!(word("uniqueness").as_str(), "server" | "global") {
        attribute.uniqueness = Uniqueness::System;
    }
    let parts = json::elements(json::member(json, "subAttributes"));
    let parts = parts.iter().filter_map(|it| Some(attribute_schema(it, json::text(it, "name")?)));
    attribute.sub_attributes(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(resource_type: &ResourceType) -> Vec<String> {
        let shown = resource_type.attributes().map(|(it, _)| {
            let many = if it.multi_valued { "s" } else { "" };
            let parts: Vec<&str> = it.sub_attributes.iter().map(|it| it.name.as_str()).collect();
            format!("{}: {}{many} {:?} {}", it.name, it.kind, it.mutability, parts.join(" "))
                .trim()
                .to_owned()
        });
        shown.collect()
    }

    #[test]
    fn without_a_word_from_the_service_it_is_as_the_rfc_has_it() {
        let service = ServiceSchema::read(&[], &[], &Profile::default());
        let [user, group] = &service.types[..] else { panic!("two types") };
        assert_eq!((user.path.as_str(), group.path.as_str()), ("Users", "Groups"));
        let user = line(user).join("\n");
        assert!(user.contains("userName: text ReadWrite"), "{user}");
        assert!(user.contains("password: secret WriteOnly"), "{user}");
        assert!(user.contains("emails: complexs ReadWrite value display type primary"), "{user}");
        assert!(user.contains(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager: reference ReadWrite"
        ));
        assert!(user.contains("groups: references ReadOnly"), "{user}");
        assert_eq!(
            line(group),
            [
                "id: text ReadOnly",
                "externalId: text ReadWrite",
                "meta: complex ReadOnly resourceType created lastModified location version",
                "displayName: text ReadWrite",
                "members: references ReadWrite",
            ]
        );
    }

    #[test]
    fn own_types_and_partial_documents_are_understood() {
        let types = [
            json!({"name": "Device", "endpoint": "https://other.example/v2/Devices", "schema": "urn:x:Device",
                   "schemaExtensions": [{"schema": "urn:unknown", "required": true}]}),
            json!({"name": "Broken"}),
        ];
        let schemas = [json!({"id": "urn:x:Device", "attributes": [
            {"name": "serial", "type": "string", "uniqueness": "server", "caseExact": "true"},
            {"name": "owner", "type": "complex", "subAttributes": [
                {"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["Device"]}]},
            {"type": "string"}]})];
        let service = ServiceSchema::read(&types, &schemas, &Profile::default());
        let [device] = &service.types[..] else { panic!("one type") };
        assert_eq!((device.path.as_str(), device.extensions.len()), ("Devices", 0));
        assert_eq!(line(device)[3..], ["serial: text ReadWrite", "owner: reference ReadWrite"]);
    }

    #[test]
    fn members_that_nobody_can_read_are_not_there() {
        let profile = Profile::parse("[members]\nread = \"never\"").expect("a profile");
        let service = ServiceSchema::read(&[], &[], &profile);
        assert!(service.types[1].find("members").is_none());
        assert!(service.types[1].find("displayName").is_some());
    }

    #[test]
    fn a_profile_knows_better() {
        let profile = Profile::parse(
            "attributes.User.title.omit = true\nattributes.User.nickName.length_max = 5\n\
             attributes.User.\"emails.display\".omit = true\npaths.User = \"people\"",
        );
        let service = ServiceSchema::read(&[], &[], &profile.expect("a profile"));
        let user = &service.types[0];
        assert_eq!(user.path, "people");
        assert!(user.find("title").is_none());
        assert_eq!(user.find("nickname").and_then(|it| it.0.length_max), Some(5));
        assert_eq!(user.find("emails").map(|it| it.0.sub_attributes.len()), Some(3));
    }
}
