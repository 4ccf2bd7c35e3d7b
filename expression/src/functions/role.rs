//! App roles that the object is assigned to.

use super::eager;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Function, FunctionProfile, Parameter, Yields, one_value_needed};
use crate::value::{Role, Value};
use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use std::fmt::Write as _;

pub(super) fn functions() -> Vec<Function> {
    let roles = || Parameter::required("appRoleAssignments", Accepts::Roles).stored_as("source");
    vec![
        eager("SingleAppRoleAssignment", Yields::Text, single)
            .parameter(roles())
            .summary("Gives the name of the one role that is assigned; fails if there are several."),
        eager("AppRoleAssignmentsComplex", Yields::List, complex)
            .parameter(roles())
            .summary("Gives each role as JSON with `id`, `value` and `displayName`."),
        eager("AssertiveAppRoleAssignmentsComplex", Yields::List, complex)
            .parameter(roles())
            .summary("Gives the same as `AppRoleAssignmentsComplex`; roles that are not listed are removed in the target."),
        eager("AppRoleAssignments", Yields::Text, all_names)
            .parameter(roles())
            .only_in(FunctionProfile::Undocumented)
            .summary("Gives the names of all roles in one text, separated by commas."),
    ]
}

fn single<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    match arguments.list(0) {
        [] => Ok(Value::Null),
        [only] => name(*only).map(Value::Text),
        several => Err(Fault::multiple_roles(several.len())),
    }
}

fn complex<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    if arguments.value(0).is_null() {
        return Ok(Value::Null);
    }
    let roles = arguments.list(0);
    let mut texts = BumpVec::with_capacity_in(roles.len(), arguments.bump());
    for value in roles {
        let Value::Role(role) = value else { return Err(role_needed(*value)) };
        texts.push(Value::Text(json(role, arguments.bump())));
    }
    Ok(Value::List(texts.into_bump_slice()))
}

fn all_names<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    if arguments.value(0).is_null() {
        return Ok(Value::Null);
    }
    let names = arguments.list(0).iter().map(|value| name(*value)).collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Text(arguments.store(&names.join(","))?))
}

/// Gives the name of a role; some sources give names instead of roles.
fn name(value: Value<'_>) -> Result<&str, Fault> {
    match value {
        Value::Role(role) => Ok(role.display_name),
        Value::Text(name) => Ok(name),
        other => Err(one_value_needed(other).in_argument(0)),
    }
}

fn role_needed(found: Value<'_>) -> Fault {
    Fault::type_mismatch(format!("app roles are needed here, not {}", found.kind_name())).in_argument(0)
}

/// Writes a role as compact JSON, keys in the documented order.
fn json<'a>(role: &Role<'_>, bump: &'a Bump) -> &'a str {
    let mut out = BumpString::with_capacity_in(64, bump);
    for (opening, text) in
        [("{\"id\":", role.id), (",\"value\":", role.value), (",\"displayName\":", role.display_name)]
    {
        out.push_str(opening);
        push_json_text(text, &mut out);
    }
    out.push('}');
    out.into_bump_str()
}

fn push_json_text(text: &str, out: &mut BumpString<'_>) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string cannot fail.
            control if control < ' ' => _ = write!(out, "\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
    out.push('"');
}
