//! Does a value fit its attribute, and what of it is kept?

use std::collections::HashSet;

use provisio_model::{
    AttributeSchema, Attributes, CompareRule, ErrorKind, Failure, VALUE_BYTES_MAX, Value, ValueKind, Values,
};

use crate::secret;

/// How deep complex values may be nested. SCIM allows one level (RFC 7643 section 2.3.8).
pub const COMPLEX_DEPTH_MAX: usize = 8;

/// Checks values that somebody wants to write and returns them as they are kept: secrets sealed, values that
/// the schema calls the same kept once.
pub(crate) fn accept(attribute: &AttributeSchema, values: &Values) -> Result<Values, Failure> {
    check_values(attribute, values)?;
    if attribute.kind == ValueKind::Secret {
        let sealed = values.as_slice().iter().map(sealed);
        return Ok(Values::from_many(sealed).unwrap_or_else(|| values.clone()));
    }
    if CompareRule::of(attribute) == CompareRule::CaseIgnore
        && attribute.kind == ValueKind::Text
        && values.len() > 1
    {
        let mut seen = HashSet::new();
        let once = values.as_slice().iter();
        let once = once.filter(|it| seen.insert(CompareRule::CaseIgnore.key(it.borrow()))).cloned();
        return Ok(Values::from_many(once).unwrap_or_else(|| values.clone()));
    }
    Ok(values.clone())
}

/// Checks the kind, length and parts of values.
pub(crate) fn check_values(attribute: &AttributeSchema, values: &Values) -> Result<(), Failure> {
    values.as_slice().iter().try_for_each(|value| check(attribute, value, COMPLEX_DEPTH_MAX))
}

/// Checks how many values an attribute has.
pub(crate) fn check_count(attribute: &AttributeSchema, count: usize) -> Result<(), Failure> {
    let name = &attribute.name;
    match count {
        0 if attribute.required => {
            Err(Failure::new(ErrorKind::SchemaViolation, format!("`{name}` is required")))
        }
        2.. if !attribute.multi_valued => {
            Err(Failure::new(ErrorKind::InvalidValue, format!("`{name}` takes one value, not {count}")))
        }
        _ => Ok(()),
    }
}

/// Tells whether a kept value and one that somebody sends mean the same.
pub(crate) fn means_kept(attribute: &AttributeSchema, kept: &Value, sent: &Value) -> bool {
    match (kept, sent) {
        (Value::Secret(kept), Value::Secret(sent)) => secret::matches(kept, sent),
        _ => CompareRule::of(attribute).same(kept.borrow(), sent.borrow()),
    }
}

fn sealed(value: &Value) -> Value {
    match value {
        Value::Secret(secret) => Value::Secret(secret::seal(secret)),
        other => other.clone(),
    }
}

fn check(attribute: &AttributeSchema, value: &Value, depth_left: usize) -> Result<(), Failure> {
    let name = &attribute.name;
    let invalid = |message: String| Err(Failure::new(ErrorKind::InvalidValue, message));
    if value.kind() != attribute.kind {
        return invalid(format!("`{name}` must be {}, not {}", attribute.kind, value.kind()));
    }
    let text = match value {
        Value::Text(text) | Value::Reference(text) => text.as_str(),
        Value::Secret(secret) => secret.expose(),
        _ => "",
    };
    if let Some(length_max) = attribute.length_max
        && text.len() > length_max
        && text.chars().count() > length_max
    {
        return invalid(format!("`{name}` is longer than {length_max} characters"));
    }
    match value {
        Value::Decimal(decimal) if !decimal.is_finite() => {
            invalid(format!("`{name}` is not a finite number"))
        }
        Value::Complex(parts) => check_parts(attribute, parts, depth_left),
        _ => check_bytes(name.as_str(), value),
    }
}

fn check_bytes(name: &str, value: &Value) -> Result<(), Failure> {
    let bytes = match value {
        Value::Text(text) | Value::Reference(text) => text.len(),
        Value::Secret(secret) => secret.expose().len(),
        Value::Binary(bytes) => bytes.len(),
        _ => 0,
    };
    if bytes > VALUE_BYTES_MAX {
        let message = format!("a value of `{name}` has {bytes} bytes, more than {VALUE_BYTES_MAX}");
        return Err(Failure::new(ErrorKind::TooLarge, message));
    }
    Ok(())
}

/// Checks the parts of a complex value against the sub-attributes, where the schema knows them.
fn check_parts(attribute: &AttributeSchema, parts: &Attributes, depth_left: usize) -> Result<(), Failure> {
    let name = &attribute.name;
    if depth_left == 0 {
        let message = format!("`{name}` is nested deeper than {COMPLEX_DEPTH_MAX}");
        return Err(Failure::new(ErrorKind::InvalidValue, message));
    }
    for (part, values) in parts.iter() {
        let known = attribute.sub_attributes.iter().find(|it| it.name == *part);
        if known.is_none() && !attribute.sub_attributes.is_empty() {
            let message = format!("`{name}` has no sub-attribute `{part}`");
            return Err(Failure::new(ErrorKind::SchemaViolation, message));
        }
        for value in values.as_slice() {
            if value.kind() == ValueKind::Secret {
                let message = format!("`{name}.{part}` is a secret: it must be an attribute of its own");
                return Err(Failure::new(ErrorKind::InvalidValue, message));
            }
            match known {
                Some(known) => check(known, value, depth_left - 1)?,
                None => match value {
                    Value::Complex(parts) => {
                        let open = AttributeSchema::new(part.clone(), ValueKind::Complex);
                        check_parts(&open, parts, depth_left - 1)?;
                    }
                    Value::Decimal(decimal) if !decimal.is_finite() => {
                        let message = format!("`{name}.{part}` is not a finite number");
                        return Err(Failure::new(ErrorKind::InvalidValue, message));
                    }
                    other => check_bytes(part.as_str(), other)?,
                },
            }
        }
        if let Some(known) = known {
            check_count(known, values.len())?;
        }
    }
    for known in attribute.sub_attributes.iter().filter(|it| it.required) {
        if parts.get(known.name.as_str()).is_none() {
            let message = format!("`{name}.{}` is required", known.name);
            return Err(Failure::new(ErrorKind::SchemaViolation, message));
        }
    }
    Ok(())
}
