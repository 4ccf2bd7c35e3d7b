//! What has to be asked of a directory so that an object becomes as a write wants it? From values to values.

use std::collections::HashMap;

use provisio_model::{
    AttributeDelta, Attributes, ErrorKind, Failure, Mutability, Text, Value, Values, ValuesChange,
};

use crate::active_directory::account_name_fault;
use crate::dn::Dn;
use crate::form::{FILE_TIME_NEVER, Form};
use crate::kind::{Attribute, Kind, Origin};
use crate::references::Place;
use crate::request::{Modification, Operation};

/// What a write comes to.
#[derive(Default)]
pub(crate) struct Draft {
    /// The value that names the object.
    pub(crate) rdn: Option<Text>,
    /// The name of its container.
    pub(crate) parent: Option<Dn>,
    pub(crate) modifications: Vec<Modification>,
    /// Bits of `userAccountControl`, and whether they are set.
    pub(crate) flags: Vec<(i64, bool)>,
    pub(crate) group_scope: Option<Text>,
    pub(crate) group_security: Option<bool>,
    pub(crate) must_change_password: Option<bool>,
    /// Whether the object is deleted, or restored.
    pub(crate) deleted: Option<bool>,
    /// The id of the primary group.
    pub(crate) primary_group: Option<Text>,
    /// A password for Active Directory, as it is sent.
    pub(crate) password: Option<Vec<u8>>,
    /// Secrets among the values: what a server says must not hold them.
    pub(crate) secrets: Vec<String>,
}

impl Draft {
    /// Tells whether nothing is changed but whether the object is deleted.
    pub(crate) fn changes_nothing_else(&self) -> bool {
        let Self { rdn, parent, modifications, flags, group_scope, group_security, .. } = self;
        let is_named = rdn.is_some() || parent.is_some() || group_scope.is_some() || group_security.is_some();
        let has_more = self.must_change_password.is_some() || self.primary_group.is_some();
        !is_named && !has_more && modifications.is_empty() && flags.is_empty() && self.password.is_none()
    }
}

/// What a draft is made with.
pub(crate) struct Drafting<'a> {
    pub(crate) kind: &'a Kind,
    /// Where the objects are that values refer to.
    pub(crate) places: &'a HashMap<Text, Place>,
}

impl Drafting<'_> {
    /// Drafts a new object: each attribute is added.
    pub(crate) fn create(&self, attributes: &Attributes) -> Result<Draft, Failure> {
        let is_missing =
            |it: &&Attribute| it.schema.required && attributes.get(it.schema.name.as_str()).is_none();
        if let Some(missing) = self.kind.attributes.iter().find(is_missing) {
            let message = format!("`{}` is required", missing.schema.name);
            return Err(Failure::new(ErrorKind::SchemaViolation, message));
        }
        let mut draft = Draft::default();
        for (name, values) in attributes.iter() {
            self.change(&mut draft, name.as_str(), &ValuesChange::Set(values.clone()), true)?;
        }
        for name in &self.kind.held_open {
            self.keep_open(&mut draft, name);
        }
        Ok(draft)
    }

    /// Drafts changes.
    pub(crate) fn update(&self, deltas: &[AttributeDelta]) -> Result<Draft, Failure> {
        let mut draft = Draft::default();
        for delta in deltas {
            self.change(&mut draft, delta.attribute.as_str(), &delta.change, false)?;
        }
        Ok(draft)
    }

    fn change(
        &self,
        draft: &mut Draft,
        name: &str,
        change: &ValuesChange,
        is_new: bool,
    ) -> Result<(), Failure> {
        let Some(attribute) = self.kind.attribute(name) else {
            let message = format!("there is no attribute `{name}` of `{}`", self.kind.object_type);
            return Err(Failure::new(ErrorKind::SchemaViolation, message));
        };
        let name = attribute.schema.name.as_str();
        if attribute.schema.mutability == Mutability::ReadOnly {
            return Err(Failure::new(ErrorKind::ReadOnly, format!("`{name}` is set by the directory alone")));
        }
        match &attribute.origin {
            Origin::Stored { name, form, .. } => {
                return self.stored(draft, attribute, name, *form, change, is_new);
            }
            Origin::Rdn { .. } => {
                let value = text(name, change)?;
                self.check(attribute, &Values::one(Value::Text(value.clone())))?;
                draft.rdn = Some(value);
            }
            Origin::ParentDn => {
                let parent = Dn::parse(&text(name, change)?)
                    .map_err(|fault| invalid(format!("`{name}` is no distinguished name: {fault}")))?;
                if !self.kind.is_place(&parent) {
                    return Err(invalid(format!(
                        "`{parent}` is not beneath the base of `{}`: the object would not be found again",
                        self.kind.object_type
                    )));
                }
                draft.parent = Some(parent);
            }
            Origin::Flag { bit } => draft.flags.push((*bit, boolean(name, change)?)),
            Origin::GroupScope => draft.group_scope = Some(text(name, change)?),
            Origin::GroupSecurity => draft.group_security = Some(boolean(name, change)?),
            Origin::MustChangePassword => draft.must_change_password = Some(boolean(name, change)?),
            Origin::Deleted if is_new && boolean(name, change)? => {
                return Err(invalid(format!("`{name}`: an object is not made deleted")));
            }
            Origin::Deleted => draft.deleted = Some(boolean(name, change)?),
            Origin::PrimaryGroup => draft.primary_group = Some(self.primary_group(name, change)?),
            Origin::Dn => {}
        }
        Ok(())
    }

    fn primary_group(&self, name: &str, change: &ValuesChange) -> Result<Text, Failure> {
        let ValuesChange::Set(values) = change else {
            return Err(invalid(format!("`{name}` can be set, and nothing else")));
        };
        let Some(Value::Reference(id)) = values.single() else {
            return Err(invalid(format!("`{name}` takes one reference to a group")));
        };
        match self.places.get(id.as_str()) {
            Some(place) if place.values.contains_key("objectsid") => Ok(id.clone()),
            _ => Err(invalid(format!("`{name}` refers to `{id}`, and there is no such group"))),
        }
    }

    fn stored(
        &self,
        draft: &mut Draft,
        attribute: &Attribute,
        name: &str,
        form: Form,
        change: &ValuesChange,
        is_new: bool,
    ) -> Result<(), Failure> {
        if let ValuesChange::Set(values) | ValuesChange::Add(values) = change {
            self.check(attribute, values)?;
            let secrets = values.as_slice().iter();
            draft.secrets.extend(secrets.filter_map(|it| match it {
                Value::Secret(secret) => Some(secret.expose().to_owned()),
                _ => None,
            }));
        }
        if form == Form::UnicodePassword {
            let ValuesChange::Set(values) = change else {
                return Err(invalid(format!("`{name}` can be set, and nothing else")));
            };
            draft.password = self.encode(attribute, form, values, Missing::Refuse)?.pop();
            return Ok(());
        }
        let (operation, values) = match change {
            ValuesChange::Set(values) if is_new => {
                (Operation::Add, self.encode(attribute, form, values, Missing::Refuse)?)
            }
            ValuesChange::Set(values) => {
                (Operation::Replace, self.encode(attribute, form, values, Missing::Refuse)?)
            }
            ValuesChange::Add(values) => {
                (Operation::Add, self.encode(attribute, form, values, Missing::Refuse)?)
            }
            ValuesChange::Remove(values) => {
                // Nothing can refer to what is not there: it is removed already.
                let values = self.encode(attribute, form, values, Missing::LeaveOut)?;
                if values.is_empty() {
                    return Ok(());
                }
                (Operation::Delete, values)
            }
            // The directory does not let the attribute go; this number says that there is no such time.
            ValuesChange::Clear if form == Form::FileTime => {
                (Operation::Replace, vec![FILE_TIME_NEVER.to_string().into_bytes()])
            }
            ValuesChange::Clear => (Operation::Replace, Vec::new()),
        };
        draft.modifications.push(Modification::new(operation, name, values));
        if operation == Operation::Replace && self.is_held_open(name) {
            self.keep_open(draft, name);
        }
        Ok(())
    }

    /// Tells whether the attribute must refer to something.
    pub(crate) fn is_held_open(&self, name: &str) -> bool {
        self.kind.held_open.iter().any(|it| it.eq_ignore_ascii_case(name))
    }

    /// Adds the placeholder to what an attribute gets.
    fn keep_open(&self, draft: &mut Draft, name: &str) {
        let Some(placeholder) = &self.kind.config.placeholder else { return };
        let value = placeholder.as_bytes().to_vec();
        let gains = |it: &&mut Modification| {
            it.operation != Operation::Delete && it.attribute.eq_ignore_ascii_case(name)
        };
        match draft.modifications.iter_mut().find(gains) {
            Some(modification) if modification.values.contains(&value) => {}
            Some(modification) => modification.values.push(value),
            None => draft.modifications.push(Modification::new(Operation::Add, name, [value])),
        }
    }

    /// Refuses what the directory would refuse with a message that nobody understands.
    fn check(&self, attribute: &Attribute, values: &Values) -> Result<(), Failure> {
        let name = attribute.schema.name.as_str();
        if values.len() > 1 && !attribute.schema.multi_valued {
            return Err(invalid(format!("`{name}` takes one value, not {}", values.len())));
        }
        for value in values.iter() {
            let provisio_model::ValueRef::Text(text) = value else { continue };
            let characters = text.chars().count();
            if let Some(most) = attribute.schema.length_max.filter(|it| characters > *it) {
                return Err(invalid(format!("`{name}` takes at most {most} characters, not {characters}")));
            }
            if self.kind.is_active_directory
                && name.eq_ignore_ascii_case("sAMAccountName")
                && let Some(fault) = account_name_fault(text)
            {
                return Err(invalid(format!("`{name}` {fault}")));
            }
        }
        Ok(())
    }

    fn encode(
        &self,
        attribute: &Attribute,
        form: Form,
        values: &Values,
        missing: Missing,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let mut encoded = Vec::with_capacity(values.len());
        for value in values.as_slice() {
            encoded.push(match (form, value) {
                (Form::Reference, Value::Reference(id)) => match (self.name_of(id), missing) {
                    (Some(name), _) => name.into_bytes(),
                    (None, Missing::LeaveOut) => continue,
                    (None, Missing::Refuse) => {
                        let message = format!(
                            "`{}` refers to `{id}`, and there is no such entry",
                            attribute.schema.name
                        );
                        return Err(invalid(message));
                    }
                },
                _ => form.encode(value).map_err(|expected| {
                    invalid(format!("`{}` takes {expected}, not {}", attribute.schema.name, value.kind()))
                })?,
            });
        }
        Ok(encoded)
    }

    /// Returns the name of the object with an id. What has no id is known by its name.
    fn name_of(&self, id: &Text) -> Option<String> {
        match self.places.get(id.as_str()) {
            Some(_) if self.kind.is_active_directory => Some(by_guid(id)),
            Some(place) => Some(place.dn.clone()),
            None if id.contains('=') => Dn::parse(id).ok().map(|it| it.to_string()),
            None => None,
        }
    }
}

/// Names an object of Active Directory by what never changes (MS-ADTS section 3.1.1.3.1.2.4).
pub(crate) fn by_guid(id: &str) -> String {
    format!("<GUID={id}>")
}

/// What happens to references to what is not there.
#[derive(Clone, Copy)]
enum Missing {
    Refuse,
    LeaveOut,
}

fn invalid(message: String) -> Failure {
    Failure::new(ErrorKind::InvalidValue, message)
}

fn text(name: &str, change: &ValuesChange) -> Result<Text, Failure> {
    match change {
        ValuesChange::Set(values) | ValuesChange::Add(values) => {
            let text = values.single().and_then(Value::as_text).filter(|it| !it.is_empty());
            text.map(Text::from).ok_or_else(|| invalid(format!("`{name}` takes one text that is not empty")))
        }
        ValuesChange::Remove(_) | ValuesChange::Clear => Err(invalid(format!("`{name}` cannot be empty"))),
    }
}

fn boolean(name: &str, change: &ValuesChange) -> Result<bool, Failure> {
    match change {
        ValuesChange::Set(values) | ValuesChange::Add(values) => match values.single() {
            Some(Value::Bool(value)) => Ok(*value),
            _ => Err(invalid(format!("`{name}` takes true or false"))),
        },
        ValuesChange::Remove(_) | ValuesChange::Clear => Ok(false),
    }
}
