//! How are values written as JSON, so that they come back exactly as they were?
//!
//! The schema says the type of a value, so most need no mark of their own:
//!
//! | kind | JSON |
//! |---|---|
//! | text, reference | string |
//! | bool, int, decimal | boolean, number, number with a fraction or exponent |
//! | timestamp | string, RFC 3339 in UTC |
//! | binary | string, base64 with padding (RFC 4648 section 4) |
//! | secret | string, the salted hash |
//! | complex | object |
//!
//! A multi-valued attribute is an array. Within a complex value whose sub-attributes the schema does not know, a
//! timestamp, binary, reference or complex value is marked: `{"timestamp":"2026-01-31T08:30:00Z"}`.

mod decode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use provisio_model::{AttributeSchema, Attributes, Layout, Value, Values};

pub(crate) use decode::{decode_attributes, decode_values};

/// Why JSON could not be written; into memory, it can.
pub(crate) type EncodeResult = Result<(), serde_json::Error>;

/// Appends the attributes of an object as a JSON object.
pub(crate) fn encode_attributes(
    layout: &Layout,
    attributes: &Attributes,
    json: &mut Vec<u8>,
) -> EncodeResult {
    encode_named(attributes, |name| layout.slot(name).map(|slot| layout.attribute(slot)), json)
}

/// Appends the values of an attribute: an array if it is multi-valued.
pub(crate) fn encode_values(
    attribute: &AttributeSchema,
    values: &Values,
    json: &mut Vec<u8>,
) -> EncodeResult {
    encode_list(attribute.multi_valued, Some(attribute), values, json)
}

fn encode_named<'s>(
    attributes: &Attributes,
    schema_of: impl Fn(&str) -> Option<&'s AttributeSchema>,
    json: &mut Vec<u8>,
) -> EncodeResult {
    json.push(b'{');
    for (position, (name, values)) in attributes.iter().enumerate() {
        if position > 0 {
            json.push(b',');
        }
        serde_json::to_writer(&mut *json, name.as_str())?;
        json.push(b':');
        let attribute = schema_of(name.as_str());
        encode_list(attribute.is_some_and(|it| it.multi_valued), attribute, values, json)?;
    }
    json.push(b'}');
    Ok(())
}

fn encode_list(
    multi_valued: bool,
    attribute: Option<&AttributeSchema>,
    values: &Values,
    json: &mut Vec<u8>,
) -> EncodeResult {
    if let (false, Some(value)) = (multi_valued, values.single()) {
        return encode_value(attribute, value, json);
    }
    for (position, value) in values.as_slice().iter().enumerate() {
        json.push(if position == 0 { b'[' } else { b',' });
        encode_value(attribute, value, json)?;
    }
    json.push(b']');
    Ok(())
}

/// Without a schema, what JSON has no type for is marked.
fn encode_value(attribute: Option<&AttributeSchema>, value: &Value, json: &mut Vec<u8>) -> EncodeResult {
    let mark = |kind: &str, json: &mut Vec<u8>| {
        if attribute.is_none() {
            json.extend_from_slice(format!("{{\"{kind}\":").as_bytes());
        }
    };
    let is_marked = match value {
        Value::Text(text) => return serde_json::to_writer(json, text.as_str()),
        Value::Bool(bool) => return serde_json::to_writer(json, bool),
        Value::Int(int) => return serde_json::to_writer(json, int),
        Value::Decimal(decimal) => return serde_json::to_writer(json, decimal),
        // A secret is an attribute of its own, whose kind the schema knows.
        Value::Secret(secret) => return serde_json::to_writer(json, secret.expose()),
        Value::Timestamp(timestamp) => {
            mark("timestamp", json);
            serde_json::to_writer(&mut *json, &timestamp.to_string())?;
            attribute.is_none()
        }
        Value::Binary(bytes) => {
            mark("binary", json);
            serde_json::to_writer(&mut *json, &BASE64.encode(bytes))?;
            attribute.is_none()
        }
        Value::Reference(id) => {
            mark("reference", json);
            serde_json::to_writer(&mut *json, id.as_str())?;
            attribute.is_none()
        }
        Value::Complex(parts) => {
            mark("complex", json);
            let known = attribute.map(|it| it.sub_attributes.as_slice()).unwrap_or_default();
            encode_named(parts, |name| known.iter().find(|it| it.name.is(name)), json)?;
            attribute.is_none()
        }
        // A kind that the model has and this file format does not: read back as absent.
        _ => return serde_json::to_writer(json, &()),
    };
    if is_marked {
        json.push(b'}');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use provisio_model::{Timestamp, ValueKind};
    use serde_json::value::RawValue;

    use super::*;

    fn layout() -> Layout {
        let new = AttributeSchema::new;
        let mut known = new("known", ValueKind::Complex).multi_valued();
        known.sub_attributes =
            vec![new("at", ValueKind::Timestamp), AttributeSchema::text("tags").multi_valued()];
        let attributes = [
            AttributeSchema::text("text"),
            AttributeSchema::text("texts").multi_valued(),
            new("bool", ValueKind::Bool),
            new("int", ValueKind::Int),
            new("decimals", ValueKind::Decimal).multi_valued(),
            new("at", ValueKind::Timestamp),
            new("photo", ValueKind::Binary),
            AttributeSchema::reference("members", ["user"]).multi_valued(),
            new("open", ValueKind::Complex).multi_valued(),
            known,
        ];
        Layout::new("user", attributes)
    }

    fn check(attributes: &Attributes) -> String {
        let mut json = Vec::new();
        encode_attributes(&layout(), attributes, &mut json).expect("encodes");
        let text = String::from_utf8(json).expect("is text");
        let raw: &RawValue = serde_json::from_str(&text).expect("is JSON");
        assert_eq!(decode_attributes(&layout(), raw).as_ref(), Ok(attributes), "{text}");
        text
    }

    #[test]
    fn values_are_written_plainly() {
        let open: Attributes =
            [("n", Value::Int(1)), ("d", Value::Decimal(1.0)), ("b", Value::Binary(vec![1]))]
                .into_iter()
                .chain([("r", Value::Reference("x".into())), ("c", Value::Complex(Attributes::new()))])
                .collect();
        let attributes: Attributes = [
            ("text", Values::one("line\nbreak \u{1f600} \"quoted\"")),
            ("texts", Values::one("one")),
            ("at", Values::one("2026-01-31T08:30:00.5+01:00".parse::<Timestamp>().expect("valid"))),
            ("open", Values::one(Value::Complex(open))),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            check(&attributes),
            r#"{"at":"2026-01-31T07:30:00.5Z","#.to_owned()
                + r#""open":[{"b":{"binary":"AQ=="},"c":{"complex":{}},"d":1.0,"n":1,"r":{"reference":"x"}}],"#
                + r#""text":"line\nbreak 😀 \"quoted\"","texts":["one"]}"#
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let check = |json: &str, expected: &str| {
            let json: &RawValue = serde_json::from_str(json).expect("is JSON");
            assert_eq!(decode_attributes(&layout(), json), Err(expected.to_owned()));
        };
        check("[]", "invalid type: sequence, expected attributes");
        check(r#"{"int":null}"#, "invalid type: null, expected int as `int`");
        check(r#"{"nose":1}"#, "the schema has no attribute `nose`");
        check(r#"{"int":1.5}"#, "`int` is not int");
        check(r#"{"texts":[]}"#, "`texts` has no value");
        check(r#"{"at":"yesterday"}"#, "`at` is not timestamp");
        check(r#"{"photo":"@"}"#, "`photo` is not binary");
        check(r#"{"open":{"x":null}}"#, "a sub-attribute has no value");
        check(r#"{"known":{"x":1}}"#, "`known` has no sub-attribute `x`");
    }

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".{0,12}".prop_map(Value::from),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            proptest::num::f64::NORMAL.prop_map(Value::Decimal),
            (-300_000_000_000_i64..200_000_000_000, 0_u32..1_000_000_000)
                .prop_map(|(second, nanosecond)| Value::Timestamp(Timestamp::from_parts(second, nanosecond))),
            proptest::collection::vec(any::<u8>(), 0..9).prop_map(Value::Binary),
            ".{0,12}".prop_map(|it| Value::Reference(it.into())),
        ]
    }

    proptest! {
        #[test]
        fn every_value_comes_back_as_it_was(
            texts in proptest::collection::vec(".*", 1..4),
            decimals in proptest::collection::vec(proptest::num::f64::NORMAL, 1..4),
            second in -300_000_000_000_i64..200_000_000_000,
            nanosecond in 0_u32..1_000_000_000,
            parts in proptest::collection::vec(("[a-z]{1,3}", proptest::collection::vec(scalar(), 1..3)), 0..5),
        ) {
            let mut attributes = Attributes::new();
            let at = Timestamp::from_parts(second, nanosecond);
            attributes.set("at", at);
            attributes.set("texts", Values::from_many(texts.into_iter().map(Value::from)).expect("some"));
            attributes.set("decimals", Values::from_many(decimals.into_iter().map(Value::Decimal)).expect("some"));
            let mut open = Attributes::new();
            for (name, values) in parts {
                open.set(name.as_str(), Values::from_many(values).expect("some"));
            }
            let nested: Attributes = [("inner", Value::Complex(open.clone()))].into_iter().collect();
            attributes.set("open", Values::from_many([Value::Complex(open), Value::Complex(nested)]).expect("some"));
            let known: Attributes = [("at", Value::Timestamp(at))].into_iter().collect();
            attributes.set("known", Value::Complex(known));
            check(&attributes);
        }
    }
}
