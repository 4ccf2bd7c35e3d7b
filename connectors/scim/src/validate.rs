//! Do values fit their attribute? Asked before anything is sent, so that a server that takes what it is given keeps none
//! of it.

use provisio_model::{AttributeSchema, ErrorKind, VALUE_BYTES_MAX, Value, Values};

use crate::trouble::Trouble;

/// Refuses values of another kind, several where one is taken, parts that the schema does not name, and what is too long.
pub(crate) fn check(name: &str, attribute: &AttributeSchema, values: &Values) -> Result<(), Trouble> {
    if values.len() > 1 && !attribute.multi_valued {
        let message = format!("`{name}` takes one value, not {}", values.len());
        return Err(Trouble::new(ErrorKind::InvalidValue, message));
    }
    values.as_slice().iter().try_for_each(|it| value(name, attribute, it))
}

fn value(name: &str, attribute: &AttributeSchema, value: &Value) -> Result<(), Trouble> {
    let refused = |message: String| Err(Trouble::new(ErrorKind::InvalidValue, message));
    if value.kind() != attribute.kind {
        return refused(format!("`{name}` must be {}, not {}", attribute.kind, value.kind()));
    }
    let text = match value {
        Value::Text(text) | Value::Reference(text) => text.as_str(),
        Value::Secret(secret) => secret.expose(),
        _ => "",
    };
    if text.len() > VALUE_BYTES_MAX {
        let message = format!("a value of `{name}` has {} bytes, more than {VALUE_BYTES_MAX}", text.len());
        return Err(Trouble::new(ErrorKind::TooLarge, message));
    }
    if let Some(most) = attribute.length_max
        && text.len() > most
        && text.chars().count() > most
    {
        return refused(format!("`{name}` is longer than {most} characters"));
    }
    match value {
        Value::Decimal(decimal) if !decimal.is_finite() => {
            refused(format!("`{name}` is not a finite number"))
        }
        Value::Reference(id) if id.is_empty() => refused(format!("`{name}` refers to nothing")),
        Value::Complex(parts) => parts.iter().try_for_each(|(part, values)| {
            let known = attribute.sub_attributes.iter().find(|it| it.name == *part);
            let Some(known) = known else {
                let message = format!("`{name}` has no sub-attribute `{part}`");
                return Err(Trouble::new(ErrorKind::SchemaViolation, message));
            };
            check(&format!("{name}.{part}"), known, values)
        }),
        _ => Ok(()),
    }
}
