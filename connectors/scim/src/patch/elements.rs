//! What has to be known of a resource: which elements a path chooses in it, and what stays of a list that is written whole?

use provisio_model::{
    AttrPath, AttributeDelta, AttributeSchema, Attributes, Value, ValueKind, Values, ValuesChange,
};
use serde_json::{Map, Value as Json};

use super::{NewElement, Obstacle, Op, Operation, Patch, Resolved, is_empty_text};
use crate::decode;
use crate::encode::Encoder;
use crate::filter;
use crate::profile::NoTarget;
use crate::schema::Field;

impl Patch<'_, '_> {
    /// A part of the elements that a filter chooses, or those elements.
    pub(super) fn element(&mut self, resolved: &Resolved<'_>, path: &AttrPath) -> Result<(), Obstacle> {
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

    pub(super) fn new_element(
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
    pub(super) fn replace_whole(&mut self, name: &str, resolved: &[Resolved<'_>]) -> Result<(), Obstacle> {
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

/// Tells whether an element is none without this part.
fn is_essential(attribute: &AttributeSchema, name: &str) -> bool {
    name.eq_ignore_ascii_case("value")
        || attribute.sub_attributes.iter().any(|it| it.name.is(name) && it.required)
}

/// A filter that chooses exactly the elements with these parts; `None` if there is none.
pub(super) fn element_filter(attribute: &AttributeSchema, value: &Value) -> Option<String> {
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
