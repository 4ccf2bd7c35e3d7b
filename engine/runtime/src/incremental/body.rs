//! A target object as it is remembered: what was read of it, in bytes.
//!
//! ```text
//! body      = format (1 byte), attributes
//! attributes = count, count x (name, count of values, values)
//! value     = kind (1 byte), content
//! ```
//!
//! Numbers are 32 bits, little-endian, unless the kind says otherwise; texts and bytes are their length and themselves.
//! Besides its content, a value takes five bytes, an attribute twelve and its name.

use provisio_model::{
    AttrName, Attributes, Object, ObjectType, Record, TargetSide, Text, Timestamp, Value, ValueRef, Values,
};

/// The number of the format.
const FORMAT: u8 = 1;

/// How deep complex values may be within each other.
const DEPTH_MAX: usize = 8;

/// Writes down what was read of a target object, without its version: what is written from memory is written whatever the
/// version is by then.
///
/// `None` for one that cannot be remembered: it holds a secret, which is never kept (R11), or something that this version
/// does not know.
pub(super) fn encode(record: Record<'_, TargetSide>) -> Option<Vec<u8>> {
    let mut bytes = vec![FORMAT];
    let held = || {
        let attributes = record.layout().attributes();
        attributes.filter(|(slot, _)| !record.values(*slot).is_empty())
    };
    put_number(&mut bytes, held().count())?;
    for (slot, attribute) in held() {
        put_text(&mut bytes, attribute.name.as_str())?;
        let values = record.values(slot);
        put_number(&mut bytes, values.len())?;
        values.iter().try_for_each(|it| put_value(&mut bytes, it))?;
    }
    Some(bytes)
}

fn put_attributes(bytes: &mut Vec<u8>, attributes: &Attributes) -> Option<()> {
    put_number(bytes, attributes.len())?;
    for (name, values) in attributes.iter() {
        put_text(bytes, name.as_str())?;
        put_number(bytes, values.len())?;
        values.iter().try_for_each(|it| put_value(bytes, it))?;
    }
    Some(())
}

fn put_number(bytes: &mut Vec<u8>, number: usize) -> Option<()> {
    bytes.extend(u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

fn put_text(bytes: &mut Vec<u8>, text: &str) -> Option<()> {
    put_number(bytes, text.len())?;
    bytes.extend(text.as_bytes());
    Some(())
}

fn put_value(bytes: &mut Vec<u8>, value: ValueRef<'_>) -> Option<()> {
    match value {
        ValueRef::Text(text) => {
            bytes.push(b't');
            put_text(bytes, text)
        }
        ValueRef::Bool(it) => {
            bytes.extend([b'b', u8::from(it)]);
            Some(())
        }
        ValueRef::Int(it) => {
            bytes.push(b'i');
            bytes.extend(it.to_le_bytes());
            Some(())
        }
        ValueRef::Decimal(it) => {
            bytes.push(b'd');
            bytes.extend(it.to_bits().to_le_bytes());
            Some(())
        }
        ValueRef::Timestamp(it) => {
            bytes.push(b's');
            bytes.extend(it.second().to_le_bytes());
            bytes.extend(it.nanosecond().to_le_bytes());
            Some(())
        }
        ValueRef::Binary(it) => {
            bytes.push(b'x');
            put_number(bytes, it.len())?;
            bytes.extend(it);
            Some(())
        }
        ValueRef::Reference(id) => {
            bytes.push(b'r');
            put_text(bytes, id)
        }
        ValueRef::Complex(attributes) => {
            bytes.push(b'c');
            put_attributes(bytes, attributes)
        }
        _ => None,
    }
}

/// What stands in a body.
#[derive(Debug, PartialEq)]
pub(super) enum Decoded {
    /// The object.
    Object(Object),
    /// Another version wrote it: nothing is remembered.
    OtherFormat,
    /// It is damaged.
    Damaged,
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(object_type: &ObjectType, id: &Text, body: &[u8]) -> Decoded {
    let Some((&format, mut rest)) = body.split_first() else { return Decoded::Damaged };
    if format != FORMAT {
        return Decoded::OtherFormat;
    }
    match take_attributes(&mut rest, 0).filter(|_| rest.is_empty()) {
        Some(attributes) => {
            let mut object = Object::new(object_type.clone(), id.clone());
            object.attributes = attributes;
            Decoded::Object(object)
        }
        None => Decoded::Damaged,
    }
}

fn take_attributes(rest: &mut &[u8], depth: usize) -> Option<Attributes> {
    let mut attributes = Attributes::new();
    for _ in 0..take_number(rest)? {
        let name = AttrName::new(take_text(rest)?);
        let count = take_number(rest)?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(take_value(rest, depth)?);
        }
        attributes.set(name, Values::from_many(values)?);
    }
    Some(attributes)
}

fn take<'b, const N: usize>(rest: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(taken)
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*take(rest)?)).ok()
}

fn take_bytes<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = take_number(rest)?;
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn take_text<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    std::str::from_utf8(take_bytes(rest)?).ok()
}

fn take_value(rest: &mut &[u8], depth: usize) -> Option<Value> {
    let [kind] = take(rest)?;
    Some(match kind {
        b't' => Value::Text(take_text(rest)?.into()),
        b'b' => match take(rest)? {
            [0] => Value::Bool(false),
            [1] => Value::Bool(true),
            _ => return None,
        },
        b'i' => Value::Int(i64::from_le_bytes(*take(rest)?)),
        b'd' => Value::Decimal(f64::from_bits(u64::from_le_bytes(*take(rest)?))),
        b's' => {
            let second = i64::from_le_bytes(*take(rest)?);
            Value::Timestamp(Timestamp::from_parts(second, u32::from_le_bytes(*take(rest)?)))
        }
        b'x' => Value::Binary(take_bytes(rest)?.to_vec()),
        b'r' => Value::Reference(take_text(rest)?.into()),
        b'c' if depth < DEPTH_MAX => Value::Complex(take_attributes(rest, depth + 1)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use provisio_model::{AttributeSchema, Layout, RecordsBuilder, Secret, ValueKind};

    use super::*;

    fn packed(object: &Object) -> Option<Vec<u8>> {
        let kinds = ValueKind::ALL.map(|kind| {
            let mut attribute = AttributeSchema::new(kind.name(), kind);
            attribute.multi_valued = true;
            attribute
        });
        let mut records = RecordsBuilder::<TargetSide>::new(Layout::new("user", kinds));
        records.push(object).expect("fits");
        let records = records.finish();
        records.iter().next().and_then(encode)
    }

    fn everything() -> Object {
        let many = |values: Vec<Value>| Values::from_many(values).expect("some");
        let mut parts = Attributes::new();
        parts.set("value", "a@example.com");
        parts.set("primary", true);
        Object::new("user", "7")
            .with("text", many(vec!["Ä".into(), "".into()]))
            .with("bool", many(vec![true.into(), false.into()]))
            .with("int", many(vec![Value::Int(i64::MIN), Value::Int(7)]))
            .with("decimal", many(vec![Value::Decimal(0.1), Value::Decimal(-0.0)]))
            .with("timestamp", Value::Timestamp(Timestamp::from_parts(-5, 999_999_999)))
            .with("binary", Value::Binary(vec![0, 255, 7]))
            .with("reference", Value::Reference("8".into()))
            .with("complex", Value::Complex(parts))
    }

    #[test]
    fn what_was_read_comes_back() {
        let mut object = everything();
        let body = packed(&object).expect("remembered");
        object.version = None;
        let Decoded::Object(found) = decode(&"user".into(), &"7".into(), &body) else { panic!("damaged") };
        for (name, values) in object.attributes.iter() {
            assert_eq!(found.attributes.get(name.as_str()), Some(values), "{name}");
        }
        assert_eq!((found.attributes.len(), found.id), (object.attributes.len(), object.id));
    }

    #[test]
    fn a_version_is_not_remembered() {
        let mut object = everything();
        object.version = Some("42".into());
        assert_eq!(packed(&object), packed(&everything()));
    }

    #[test]
    fn who_holds_a_secret_is_not_remembered() {
        assert_eq!(packed(&everything().with("secret", Value::Secret(Secret::new("geheim")))), None);
        let mut parts = Attributes::new();
        parts.set("value", Value::Secret(Secret::new("geheim")));
        assert_eq!(packed(&Object::new("user", "7").with("complex", Value::Complex(parts))), None);
    }

    #[test]
    fn what_is_cut_off_or_longer_is_damaged() {
        let mut body = packed(&everything()).expect("remembered");
        let of = |body: &[u8]| decode(&"user".into(), &"7".into(), body);
        for length in 0..body.len() {
            assert_eq!(of(&body[..length]), Decoded::Damaged, "{length} bytes");
        }
        body.push(0);
        assert_eq!(of(&body), Decoded::Damaged);
        assert_eq!(of(&[2, 0, 0, 0, 0]), Decoded::OtherFormat);
    }

    #[test]
    fn bodies_are_as_small_as_they_are_said_to_be() {
        let body = packed(&Object::new("user", "7").with("text", "abc"));
        assert_eq!(body.map(|it| it.len()), Some(1 + 4 + (4 + "text".len() + 4) + (1 + 4 + 3)));
    }
}
