//! How are app roles written, for applications that were built for Entra?
//!
//! What `SingleAppRoleAssignment` gives stands at `roles[primary eq "True"].value`, and `.display` and `.type` beside it. In a
//! PATCH Entra does not choose an element of `roles`, but adds one: with the compatibility flag as an object, as a POST has
//! it, without as JSON in a text
//! (<https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes#provisioning-a-role-to-a-scim-app>).

use provisio_model::path::PathLiteral;
use provisio_model::{AttrPath, ValuesChange};
use serde_json::{Map, Value as Json, json};

use super::{Op, Operation, Patch, Resolved, is_empty_text};
use crate::encode::{Encoder, Purpose};
use crate::profile::RoleForm;

impl Patch<'_, '_> {
    /// Tells whether an attribute holds app roles that are written in Entra's way.
    fn are_app_roles(&self, resolved: &Resolved<'_>) -> bool {
        self.encoder.profile.patch.roles != RoleForm::Element
            && resolved.attribute.name.is("roles")
            && resolved.field.extension.is_none()
    }

    /// Writes app roles as a whole: what `AssertiveAppRoleAssignmentsComplex` gives is set and has the form of a POST, what
    /// `AppRoleAssignmentsComplex` gives is added.
    pub(super) fn app_roles(&mut self, resolved: &Resolved<'_>) -> bool {
        if !self.are_app_roles(resolved) {
            return false;
        }
        let (op, values) = match &resolved.delta.change {
            ValuesChange::Set(values) => (Op::Replace, values),
            ValuesChange::Add(values) => (Op::Add, values),
            ValuesChange::Remove(_) | ValuesChange::Clear => return false,
        };
        let encoder = Encoder { purpose: Purpose::Resource, ..*self.encoder };
        let mut list = encoder.values(resolved.attribute, resolved.field, values);
        if let (Op::Add, RoleForm::AddText, Json::Array(roles)) =
            (op, self.encoder.profile.patch.roles, &mut list)
        {
            for role in roles {
                if let Json::Object(parts) = role {
                    *role = text(std::mem::take(parts));
                }
            }
        }
        self.operations.push(Operation::new(op, "roles", Some(list)));
        true
    }

    /// Takes in a part of the primary role; tells whether it is one that is written in Entra's way.
    pub(super) fn primary_role(&mut self, resolved: &Resolved<'_>, path: &AttrPath) -> bool {
        if !self.are_app_roles(resolved) {
            return false;
        }
        let is_primary = match path.filter() {
            [clause] => clause.attribute.is("primary") && clause.value == PathLiteral::Bool(true),
            _ => false,
        };
        let (ValuesChange::Set(values) | ValuesChange::Add(values)) = &resolved.delta.change else {
            return false;
        };
        let Some(name) = path.sub_attribute().filter(|_| is_primary && !is_empty_text(values)) else {
            return false;
        };
        let value = self.encode_part(resolved.attribute, name.as_str(), values);
        self.role.insert(name.as_str().to_owned(), value);
        true
    }
}

/// The operation that adds a role of these parts.
pub(super) fn addition(mut parts: Map<String, Json>, form: RoleForm) -> Operation {
    let role = if form == RoleForm::AddText {
        text(parts)
    } else {
        parts.insert("primary".to_owned(), Json::Bool(true));
        Json::Object(parts)
    };
    Operation::new(Op::Add, "roles", Some(Json::Array(vec![role])))
}

/// A role as JSON in a text. Entra's own identifier of the role, which stands in it, too, is not known here.
fn text(mut parts: Map<String, Json>) -> Json {
    let mut text = Map::new();
    for (name, written) in [("value", "value"), ("display", "displayName")] {
        text.extend(parts.remove(name).map(|it| (written.to_owned(), it)));
    }
    json!({"value": Json::Object(text).to_string()})
}
