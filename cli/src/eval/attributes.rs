//! How do attributes come from JSON? An object in, a schema of names and a record of values out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bumpalo::Bump;
use provisio_expression::{Decimal, Names, Role, Value};
use serde_json::{Map, Value as Json};

/// The attributes of one object: names and values in the same order.
pub(super) struct Attributes<'b> {
    pub(super) names: Names,
    pub(super) values: Vec<Value<'b>>,
}

/// Reads attributes; texts and lists are kept in `bump`.
pub(super) fn attributes<'b>(json: &'b Map<String, Json>, bump: &'b Bump) -> Result<Attributes<'b>, String> {
    let values = json
        .iter()
        .map(|(name, value)| self::value(value, bump).map_err(|fault| format!("attribute `{name}` {fault}")));
    Ok(Attributes { names: Names::new(json.keys()), values: values.collect::<Result<_, _>>()? })
}

fn value<'b>(json: &'b Json, bump: &'b Bump) -> Result<Value<'b>, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::Text(text),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => match Decimal::parse(&number.to_string()) {
                Some(value) => Value::Decimal(value),
                None => Value::Text(bump.alloc_str(&number.to_string())),
            },
        },
        Json::Array(values) => {
            let values = values.iter().map(|json| value(json, bump)).collect::<Result<Vec<_>, _>>()?;
            if values.iter().any(|value| matches!(value, Value::List(_))) {
                return Err("has a list inside a list".to_owned());
            }
            Value::List(bump.alloc_slice_copy(&values))
        }
        Json::Object(members) => match members.get("$binary").map(Json::as_str) {
            Some(Some(text)) => {
                let bytes =
                    STANDARD.decode(text).map_err(|_| "has a `$binary` that is not base64".to_owned())?;
                Value::Binary(bump.alloc_slice_copy(&bytes))
            }
            Some(None) => return Err("has a `$binary` that is not text".to_owned()),
            None => {
                let member = |name: &str| members.get(name).and_then(Json::as_str).unwrap_or_default();
                let role =
                    Role { id: member("id"), value: member("value"), display_name: member("displayName") };
                Value::Role(bump.alloc(role))
            }
        },
    })
}

/// Writes a value as JSON, the way vector files write expected results.
pub(super) fn to_json(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::from(text),
        Value::Int(value) => Json::from(value),
        Value::Decimal(value) => {
            value.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
        }
        Value::Bool(value) => Json::from(value),
        Value::List(values) => values.iter().map(|value| to_json(*value)).collect(),
        Value::Binary(bytes) => serde_json::json!({ "$binary": STANDARD.encode(bytes) }),
        Value::Role(role) => {
            serde_json::json!({ "id": role.id, "value": role.value, "displayName": role.display_name })
        }
    }
}
