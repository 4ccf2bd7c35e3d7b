//! What does a PATCH say (RFC 7644 section 3.5.2)? Deltas as operations, in the form that a profile asks for.
//!
//! Most deltas are an operation each. Some need to know what the resource holds: where a path may not choose elements,
//! or chooses one that is not there. Then [`operations`] asks for it, and is called again with it.

mod batch;

use provisio_model::{
    AttrPath, AttributeDelta, AttributeSchema, Attributes, Value, ValueKind, Values, ValuesChange,
};
use serde_json::{Map, Value as Json, json};

pub(crate) use self::batch::{Batch, batches, halves};
use crate::decode;
use crate::encode::Encoder;
use crate::filter;
use crate::profile::{Case, ClearForm, ExtensionForm, MemberRemoval, NoTarget, PatchShape, SubAttributeForm};
use crate::schema::Field;

/// The URN of a PATCH.
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) op: Op,
    pub(crate) path: Option<String>,
    pub(crate) value: Option<Json>,
    /// Whether its value is a list that may be cut into several operations.
    pub(crate) is_divisible: bool,
}

impl Operation {
    fn new(op: Op, path: impl Into<String>, value: Option<Json>) -> Self {
        Self { op, path: Some(path.into()), value, is_divisible: false }
    }

    fn divisible(mut self) -> Self {
        self.is_divisible = true;
        self
    }

    fn json(&self, case: Case) -> Json {
        let op = match (self.op, case) {
            (Op::Add, Case::Lower) => "add",
            (Op::Replace, Case::Lower) => "replace",
            (Op::Remove, Case::Lower) => "remove",
            (Op::Add, Case::Pascal) => "Add",
            (Op::Replace, Case::Pascal) => "Replace",
            (Op::Remove, Case::Pascal) => "Remove",
        };
        let mut json = Map::new();
        json.insert("op".to_owned(), Json::from(op));
        if let Some(path) = &self.path {
            json.insert("path".to_owned(), Json::from(path.as_str()));
        }
        if let Some(value) = &self.value {
            json.insert("value".to_owned(), value.clone());
        }
        Json::Object(json)
    }
}

/// Writes a request.
pub(crate) fn request(operations: &[Operation], case: Case) -> Json {
    let operations: Vec<Json> = operations.iter().map(|it| it.json(case)).collect();
    json!({"schemas": [PATCH_URN], "Operations": operations})
}

/// Why deltas are no operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It depends on what the resource holds.
    NeedsResource,
    /// The schema does not have it, or it cannot be written.
    Refused(String),
}

/// Turns deltas into operations; `resource` is what the resource holds, where that is known.
pub(crate) fn operations(
    encoder: &Encoder<'_>,
    deltas: &[AttributeDelta],
    resource: Option<&Json>,
) -> Result<Vec<Operation>, Obstacle> {
    let mut patch = Patch {
        encoder,
        resource,
        operations: Vec::new(),
        pathless: Map::new(),
        whole: Vec::new(),
        elements: Vec::new(),
    };
    let resolved: Vec<Resolved<'_>> =
        deltas.iter().map(|it| Resolved::of(encoder, it)).collect::<Result<_, _>>()?;
    // What has to be written whole for one delta is written whole for all of them.
    for delta in &resolved {
        if patch.needs_whole(delta) && !patch.whole.contains(&delta.attribute.name.as_str()) {
            patch.whole.push(delta.attribute.name.as_str());
        }
    }
    if !patch.whole.is_empty() && resource.is_none() {
        return Err(Obstacle::NeedsResource);
    }
    for delta in &resolved {
        if !patch.whole.contains(&delta.attribute.name.as_str()) {
            patch.delta(delta)?;
        }
    }
    for name in std::mem::take(&mut patch.whole) {
        patch.replace_whole(name, &resolved)?;
    }
    Ok(patch.finish())
}

/// A delta and what its name means.
struct Resolved<'a> {
    delta: &'a AttributeDelta,
    attribute: &'a AttributeSchema,
    field: &'a Field,
    path: Option<AttrPath>,
}

impl<'a> Resolved<'a> {
    fn of(encoder: &Encoder<'a>, delta: &'a AttributeDelta) -> Result<Self, Obstacle> {
        let resource_type = encoder.resource_type;
        if let Some((attribute, field)) = resource_type.find(delta.attribute.as_str()) {
            return Ok(Self { delta, attribute, field, path: None });
        }
        let part = resource_type.schema.resolve(delta.attribute.as_str());
        let part = part.map_err(|fault| Obstacle::Refused(fault.to_string()))?;
        let name = part.path.as_deref().map_or(part.name.as_str(), |it| it.attribute().as_str()).to_owned();
        match resource_type.find(&name) {
            Some((attribute, field)) => Ok(Self { delta, attribute, field, path: part.path.map(|it| *it) }),
            None => Err(Obstacle::Refused(format!("there is no attribute `{name}`"))),
        }
    }

    fn is_multi_valued_reference(&self) -> bool {
        self.field.is_flat_reference && self.attribute.multi_valued
    }
}

/// An element of a multi-valued attribute that is not there yet.
struct NewElement {
    attribute: String,
    chooser: String,
    element: Map<String, Json>,
}

struct Patch<'a, 'e> {
    encoder: &'a Encoder<'e>,
    resource: Option<&'a Json>,
    operations: Vec<Operation>,
    /// What one operation without a path sets.
    pathless: Map<String, Json>,
    /// The attributes that are written whole.
    whole: Vec<&'a str>,
    elements: Vec<NewElement>,
}

impl<'a> Patch<'a, '_> {
    /// Tells whether a delta can only be carried out by reading the attribute and replacing it.
    fn needs_whole(&self, resolved: &Resolved<'_>) -> bool {
        let profile = self.encoder.profile;
        let change = &resolved.delta.change;
        match &resolved.path {
            Some(path) if path.filter().is_empty() => resolved.attribute.multi_valued,
            Some(_) => profile.patch.no_value_paths,
            None if resolved.is_multi_valued_reference() => match change {
                ValuesChange::Set(_) | ValuesChange::Clear => !profile.members.replace,
                ValuesChange::Remove(_) => {
                    profile.members.remove == MemberRemoval::FilterPath && profile.patch.no_value_paths
                }
                ValuesChange::Add(_) => false,
            },
            None => match change {
                ValuesChange::Remove(values) if resolved.attribute.multi_valued => {
                    profile.patch.no_value_paths
                        || values.as_slice().iter().any(|it| element_filter(resolved.attribute, it).is_none())
                }
                _ => false,
            },
        }
    }

    fn delta(&mut self, resolved: &Resolved<'_>) -> Result<(), Obstacle> {
        match &resolved.path {
            None if resolved.is_multi_valued_reference() => self.members(resolved),
            None if resolved.field.is_flat_reference => self.reference(resolved),
            None => self.whole_attribute(resolved),
            Some(path) if path.filter().is_empty() => self.part(resolved, path),
            Some(path) => self.element(resolved, path)?,
        }
        Ok(())
    }

    fn members(&mut self, resolved: &Resolved<'_>) {
        let path = self.path_of(resolved);
        let encode = |values: &Values| Some(self.encoder.members(values.as_slice()));
        match &resolved.delta.change {
            ValuesChange::Add(values) => {
                self.operations.push(Operation::new(Op::Add, path, encode(values)).divisible());
            }
            ValuesChange::Set(values) => {
                self.operations.push(Operation::new(Op::Replace, path, encode(values)));
            }
            ValuesChange::Clear => self.operations.push(Operation::new(Op::Remove, path, None)),
            ValuesChange::Remove(values) => match self.encoder.profile.members.remove {
                MemberRemoval::ValueArray => {
                    self.operations.push(Operation::new(Op::Remove, path, encode(values)).divisible());
                }
                MemberRemoval::FilterPath => {
                    for value in values.as_slice() {
                        if let Some(filter) = filter::equals("value", value) {
                            self.operations.push(Operation::new(
                                Op::Remove,
                                format!("{path}[{filter}]"),
                                None,
                            ));
                        }
                    }
                }
            },
        }
    }

    /// A single-valued reference, such as the manager.
    fn reference(&mut self, resolved: &Resolved<'_>) {
        let manager = self.encoder.profile.manager;
        let path = if manager.short_path { resolved.field.name.clone() } else { self.path_of(resolved) };
        match &resolved.delta.change {
            ValuesChange::Set(values) | ValuesChange::Add(values) => {
                let value = self.encoder.values(resolved.attribute, resolved.field, values);
                let op = if manager.by_add { Op::Add } else { Op::Replace };
                self.operations.push(Operation::new(op, path, Some(value)));
            }
            ValuesChange::Clear | ValuesChange::Remove(_) => self.clear(path),
        }
    }

    fn whole_attribute(&mut self, resolved: &Resolved<'_>) {
        let Resolved { delta, attribute, field, .. } = resolved;
        let path = self.path_of(resolved);
        match &delta.change {
            ValuesChange::Set(values) if is_empty_text(values) => self.clear(path),
            ValuesChange::Set(values) => {
                let value = self.encoder.values(attribute, field, values);
                self.set(resolved, None, path, value);
            }
            ValuesChange::Add(values) if !attribute.multi_valued => {
                let value = self.encoder.values(attribute, field, values);
                self.set(resolved, None, path, value);
            }
            ValuesChange::Add(values) => {
                let value = self.encoder.values(attribute, field, values);
                self.operations.push(Operation::new(Op::Add, path, Some(value)).divisible());
            }
            ValuesChange::Remove(values) if attribute.multi_valued => {
                for filter in values.as_slice().iter().filter_map(|it| element_filter(attribute, it)) {
                    self.operations.push(Operation::new(Op::Remove, format!("{path}[{filter}]"), None));
                }
            }
            ValuesChange::Remove(_) | ValuesChange::Clear => self.clear(path),
        }
    }

    /// A part of a single complex attribute.
    fn part(&mut self, resolved: &Resolved<'_>, path: &AttrPath) {
        let Some(name) = path.sub_attribute().map(ToString::to_string) else { return };
        let whole = self.path_of(resolved);
        let dotted = format!("{whole}.{name}");
        match &resolved.delta.change {
            ValuesChange::Set(values) | ValuesChange::Add(values) if !is_empty_text(values) => {
                let value = self.encode_part(resolved.attribute, &name, values);
                self.set(resolved, Some(&name), dotted, value);
            }
            _ => self.clear(dotted),
        }
    }

    /// A part of the elements that a filter chooses, or those elements.
    fn element(&mut self, resolved: &Resolved<'_>, path: &AttrPath) -> Result<(), Obstacle> {
        let text = resolved.delta.attribute.to_string();
        let name = path.sub_attribute().map(ToString::to_string);
        let suffix = name.as_ref().map(|it| format!(".{it}")).unwrap_or_default();
        let chooser = text.strip_suffix(&suffix).unwrap_or(&text).to_owned();
        let exists = match self.resource {
            None => true,
            Some(resource) => self.chooses(resolved, &chooser, resource)?,
        };
        match &resolved.delta.change {
            ValuesChange::Set(values) | ValuesChange::Add(values) if !is_empty_text(values) => {
                let value = match &name {
                    Some(name) => self.encode_part(resolved.attribute, name, values),
                    None => self.encoder.value(resolved.attribute, &values.as_slice()[0]),
                };
                if exists {
                    self.operations.push(Operation::new(Op::Replace, text, Some(value)));
                } else if self.encoder.profile.patch.no_target == NoTarget::AddPath {
                    self.operations.push(Operation::new(Op::Add, text, Some(value)));
                } else {
                    self.new_element(resolved, path, &chooser, name.as_deref(), value);
                }
            }
            _ if !exists => {}
            _ => {
                // An element without what it is for is none.
                let is_essential = name.as_deref().is_none_or(|name| is_essential(resolved.attribute, name));
                let path = if is_essential { chooser } else { text };
                self.operations.push(Operation::new(Op::Remove, path, None));
            }
        }
        Ok(())
    }

    fn new_element(
        &mut self,
        resolved: &Resolved<'_>,
        path: &AttrPath,
        chooser: &str,
        name: Option<&str>,
        value: Json,
    ) {
        let attribute = resolved.attribute;
        let at = self.elements.iter().position(|it| it.chooser == chooser);
        let at = at.unwrap_or_else(|| {
            self.elements.push(NewElement {
                attribute: self.path_of(resolved),
                chooser: chooser.to_owned(),
                element: Map::new(),
            });
            self.elements.len() - 1
        });
        let clauses: Vec<(String, Json)> = path
            .filter()
            .iter()
            .map(|it| (it.attribute.to_string(), self.encoder.value(attribute, &it.value.to_value())))
            .collect();
        let element = &mut self.elements[at].element;
        element.extend(clauses);
        match (name, value) {
            (Some(name), value) => {
                element.insert(name.to_owned(), value);
            }
            (None, Json::Object(whole)) => element.extend(whole),
            (None, _) => {}
        }
    }

    /// Tells whether a resource has an element that a path chooses.
    fn chooses(&self, resolved: &Resolved<'_>, chooser: &str, resource: &Json) -> Result<bool, Obstacle> {
        let part = self.encoder.resource_type.schema.resolve(chooser);
        let part = part.map_err(|fault| Obstacle::Refused(fault.to_string()))?;
        let held = self.held(resolved.attribute, resolved.field, resource)?;
        Ok(part.path.is_none_or(|path| !path.values(&held).is_empty()))
    }

    /// What a resource holds of one attribute.
    fn held(
        &self,
        attribute: &AttributeSchema,
        field: &Field,
        resource: &Json,
    ) -> Result<Attributes, Obstacle> {
        let mut held = Attributes::new();
        if let Some(found) = decode::place(resource, field) {
            let values = decode::values(attribute, field.is_flat_reference, found);
            held.set_or_clear(attribute.name.clone(), values.map_err(Obstacle::Refused)?);
        }
        Ok(held)
    }

    /// Replaces an attribute by what it holds after all deltas about it.
    fn replace_whole(&mut self, name: &str, resolved: &[Resolved<'_>]) -> Result<(), Obstacle> {
        let resource = self.resource.ok_or(Obstacle::NeedsResource)?;
        let mut about = resolved.iter().filter(|it| it.attribute.name.as_str() == name).peekable();
        let Some(first) = about.peek().copied() else { return Ok(()) };
        let before = self.held(first.attribute, first.field, resource)?;
        let mut after = before.clone();
        for it in about {
            match &it.path {
                Some(path) => path.apply(&it.delta.change, &mut after),
                None => {
                    AttributeDelta::new(it.attribute.name.clone(), it.delta.change.clone()).apply(&mut after);
                }
            }
        }
        let (before, after) = (before.get(name), after.get(name));
        if before == after {
            return Ok(());
        }
        let path = self.path_of(first);
        if first.is_multi_valued_reference() {
            return self.member_changes(first, before, after);
        }
        match after {
            None => self.clear(path),
            Some(values) => {
                let value = preserving(self.encoder, first.attribute, first.field, values, resource);
                self.operations.push(Operation::new(Op::Replace, path, Some(value)));
            }
        }
        Ok(())
    }

    /// What joins and leaves, where members cannot be replaced.
    fn member_changes(
        &mut self,
        resolved: &Resolved<'_>,
        before: Option<&Values>,
        after: Option<&Values>,
    ) -> Result<(), Obstacle> {
        if self.encoder.profile.members.replace {
            let path = self.path_of(resolved);
            let value = self.encoder.members(after.map(Values::as_slice).unwrap_or_default());
            self.operations.push(Operation::new(Op::Replace, path, Some(value)));
            return Ok(());
        }
        let missing = |from: Option<&Values>, of: Option<&Values>| -> Option<Values> {
            let of = of?.as_slice().to_vec();
            Values::from_many(match from {
                None => of,
                Some(from) => from.missing_from(&of),
            })
        };
        for (values, change) in [
            (missing(after, before), ValuesChange::Remove as fn(Values) -> ValuesChange),
            (missing(before, after), ValuesChange::Add),
        ] {
            if let Some(values) = values {
                let delta = AttributeDelta::new(resolved.attribute.name.clone(), change(values));
                let Resolved { attribute, field, .. } = *resolved;
                self.members(&Resolved { delta: &delta, attribute, field, path: None });
            }
        }
        Ok(())
    }

    fn encode_part(&self, attribute: &AttributeSchema, name: &str, values: &Values) -> Json {
        match attribute.sub_attributes.iter().find(|it| it.name.is(name)) {
            Some(part) => self.encoder.plain(part, values),
            None => self.encoder.plain(&AttributeSchema::text(name), values),
        }
    }

    /// Sets an attribute or a part of a single one, where the profile wants it.
    fn set(&mut self, resolved: &Resolved<'_>, part: Option<&str>, path: String, value: Json) {
        let profile = self.encoder.profile;
        match profile.patch.shape {
            PatchShape::PathlessDotted => {
                self.pathless.insert(path, value);
            }
            PatchShape::Pathless => {
                let names: Vec<&str> = resolved
                    .field
                    .extension
                    .as_deref()
                    .into_iter()
                    .chain([resolved.field.name.as_str()])
                    .chain(part)
                    .collect();
                set_in(&mut self.pathless, &names, value);
            }
            PatchShape::Path => {
                let nests_part = part.is_some() && profile.patch.sub_attribute == SubAttributeForm::Nested;
                let nests_extension =
                    resolved.field.extension.is_some() && profile.patch.extension == ExtensionForm::Object;
                if nests_extension || nests_part {
                    self.set_nested(resolved, part, nests_extension, value);
                } else {
                    self.operations.push(Operation::new(Op::Replace, path, Some(value)));
                }
            }
        }
    }

    /// Sets a part in the value of the operation on the attribute or extension that it is part of.
    fn set_nested(&mut self, resolved: &Resolved<'_>, part: Option<&str>, in_extension: bool, value: Json) {
        let whole = match &resolved.field.extension {
            Some(urn) if in_extension => urn.clone(),
            _ => self.path_of(resolved),
        };
        let at = self.operations.iter().position(|it| {
            it.op == Op::Replace
                && it.path.as_deref() == Some(whole.as_str())
                && it.value.as_ref().is_some_and(Json::is_object)
        });
        let at = at.unwrap_or_else(|| {
            self.operations.push(Operation::new(Op::Replace, whole, Some(Json::Object(Map::new()))));
            self.operations.len() - 1
        });
        let Some(Json::Object(object)) = self.operations[at].value.as_mut() else { return };
        let names = in_extension.then_some(resolved.field.name.as_str()).into_iter().chain(part);
        set_in(object, &names.collect::<Vec<_>>(), value);
    }

    fn clear(&mut self, path: String) {
        self.operations.push(match self.encoder.profile.patch.clear {
            ClearForm::Remove => Operation::new(Op::Remove, path, None),
            ClearForm::Null => Operation::new(Op::Replace, path, Some(Json::Null)),
            ClearForm::Empty => Operation::new(Op::Replace, path, Some(Json::from(""))),
        });
    }

    /// The path of a whole attribute.
    fn path_of(&self, resolved: &Resolved<'_>) -> String {
        match &resolved.field.extension {
            None => resolved.field.name.clone(),
            Some(urn) => format!("{urn}:{}", resolved.field.name),
        }
    }

    fn finish(self) -> Vec<Operation> {
        let mut operations = Vec::new();
        if !self.pathless.is_empty() {
            let value = Some(Json::Object(self.pathless));
            operations.push(Operation { op: Op::Replace, path: None, value, is_divisible: false });
        }
        operations.extend(self.operations);
        for NewElement { attribute, element, .. } in self.elements {
            let value = Some(Json::Array(vec![Json::Object(element)]));
            operations.push(Operation::new(Op::Add, attribute, value));
        }
        operations
    }
}

/// Writes the values of an attribute; elements that stay keep what the schema does not know of them.
pub(crate) fn preserving(
    encoder: &Encoder<'_>,
    attribute: &AttributeSchema,
    field: &Field,
    values: &Values,
    resource: &Json,
) -> Json {
    let encoded = encoder.values(attribute, field, values);
    let Json::Array(mut list) = encoded else { return encoded };
    let held = crate::json::elements(decode::place(resource, field));
    let known: Vec<Option<Values>> =
        held.iter().map(|it| decode::values(attribute, field.is_flat_reference, it).ok().flatten()).collect();
    for (json, value) in list.iter_mut().zip(values.as_slice()) {
        let is_same = |it: &Option<Values>| it.as_ref().and_then(Values::single) == Some(value);
        if let Some(at) = known.iter().position(is_same) {
            json.clone_from(&held[at]);
        }
    }
    Json::Array(list)
}

/// Sets a value in objects within each other, which are made where they are missing.
fn set_in(object: &mut Map<String, Json>, names: &[&str], value: Json) {
    let Some((name, rest)) = names.split_first() else { return };
    if rest.is_empty() {
        object.insert((*name).to_owned(), value);
        return;
    }
    let entry = object.entry((*name).to_owned()).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(inner) = entry {
        set_in(inner, rest, value);
    }
}

/// Tells whether an element is none without this part.
fn is_essential(attribute: &AttributeSchema, name: &str) -> bool {
    name.eq_ignore_ascii_case("value")
        || attribute.sub_attributes.iter().any(|it| it.name.is(name) && it.required)
}

/// A filter that chooses exactly the elements with these parts; `None` if there is none.
fn element_filter(attribute: &AttributeSchema, value: &Value) -> Option<String> {
    let Value::Complex(parts) = value else { return filter::equals("value", value) };
    let mut clauses = Vec::new();
    for (name, values) in parts.iter() {
        let part = attribute.sub_attributes.iter().find(|it| it.name == *name)?;
        if matches!(part.kind, ValueKind::Complex | ValueKind::Binary | ValueKind::Decimal) {
            return None;
        }
        clauses.push(filter::equals(part.name.as_str(), values.single()?)?);
    }
    (!clauses.is_empty()).then(|| clauses.join(" and "))
}

/// A text without a character is no value (RFC 7643 section 2.5).
fn is_empty_text(values: &Values) -> bool {
    matches!(values.single(), Some(Value::Text(text)) if text.is_empty())
}
