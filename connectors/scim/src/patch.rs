//! What does a PATCH say (RFC 7644 section 3.5.2)? Deltas as operations, in the form that a profile asks for.
//!
//! Most deltas are an operation each. Some need to know what the resource holds: where a path may not choose elements,
//! or chooses one that is not there. Then [`operations`] asks for it, and is called again with it.

mod batch;
mod elements;
mod operation;
mod roles;

use provisio_model::{AttrPath, AttributeDelta, AttributeSchema, Value, Values, ValuesChange};
use serde_json::{Map, Value as Json};

pub(crate) use self::batch::{Batch, batches, halves};
use self::elements::element_filter;
pub(crate) use self::elements::preserving;
pub(crate) use self::operation::{Op, Operation, request};
use crate::encode::Encoder;
use crate::filter;
use crate::profile::{ClearForm, ExtensionForm, MemberRemoval, PatchShape, SubAttributeForm};
use crate::schema::Field;

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
        role: Map::new(),
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
    /// The primary role, where it is written in Entra's way.
    role: Map<String, Json>,
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
            None if self.app_roles(resolved) => {}
            None => self.whole_attribute(resolved),
            Some(path) if path.filter().is_empty() => self.part(resolved, path),
            Some(path) if self.primary_role(resolved, path) => {}
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
            // A list as a whole has a path of its own, as Entra writes it.
            PatchShape::PathlessDotted if resolved.attribute.multi_valued => {
                self.operations.push(Operation::new(Op::Replace, path, Some(value)));
            }
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

    fn finish(mut self) -> Vec<Operation> {
        let patch = &self.encoder.profile.patch;
        let mut operations = self.operations;
        if patch.shape == PatchShape::PathlessDotted && self.pathless.len() == 1 {
            let only = std::mem::take(&mut self.pathless).into_iter();
            operations.extend(only.map(|(path, value)| Operation::new(Op::Replace, path, Some(value))));
        }
        if !self.pathless.is_empty() {
            let value = Some(Json::Object(self.pathless));
            operations.push(Operation { op: Op::Replace, path: None, value, is_divisible: false });
        }
        if !self.role.is_empty() {
            operations.push(roles::addition(self.role, patch.roles));
        }
        for NewElement { attribute, element, .. } in self.elements {
            let value = Some(Json::Array(vec![Json::Object(element)]));
            operations.push(Operation::new(Op::Add, attribute, value));
        }
        operations
    }
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

/// A text without a character is no value (RFC 7643 section 2.5).
fn is_empty_text(values: &Values) -> bool {
    matches!(values.single(), Some(Value::Text(text)) if text.is_empty())
}
