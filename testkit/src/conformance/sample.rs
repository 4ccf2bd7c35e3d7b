//! What checks write: values that fit a schema, and text that breaks what is built carelessly.

use std::task::Poll;

use provisio::model::{
    AttributeSchema, Attributes, Mutability, Object, ObjectSchema, ObjectType, Schema, Secret, Timestamp,
    Uniqueness, Value, ValueKind, Values,
};

use crate::conformance::{Fixture, Stop};

/// Returns a value that the schema allows, another one for each number (but for booleans); `None` for references, and for
/// complex values whose parts are not known.
pub fn fitting_value(attribute: &AttributeSchema, number: u64) -> Option<Value> {
    let day = 86_400;
    let signed = i64::try_from(number).unwrap_or(i64::MAX);
    Some(match attribute.kind {
        ValueKind::Text => Value::from(text(attribute, number)),
        ValueKind::Bool => Value::Bool(number.is_multiple_of(2)),
        ValueKind::Int => Value::Int(signed),
        ValueKind::Decimal => Value::Decimal(u32::try_from(number).map_or(0.5, f64::from) + 0.5),
        ValueKind::Timestamp => {
            Value::Timestamp(Timestamp::from_second(1_577_836_800 + signed.saturating_mul(day)))
        }
        ValueKind::Binary => Value::Binary(number.to_be_bytes().to_vec()),
        ValueKind::Secret => Value::Secret(Secret::new(secret(number))),
        ValueKind::Complex => return complex(attribute, number),
        _ => return None,
    })
}

/// The name of the attribute and the number, the end of it if there is not room for all.
fn text(attribute: &AttributeSchema, number: u64) -> String {
    let name = attribute.name.as_str().chars().filter(char::is_ascii_alphanumeric);
    let text: String = name.map(|it| it.to_ascii_lowercase()).chain(format!("-{number}").chars()).collect();
    let surplus = text.len().saturating_sub(attribute.length_max.unwrap_or(usize::MAX));
    text[surplus..].to_owned()
}

pub(super) fn secret(number: u64) -> String {
    format!("Kit-s3cret-{number}-Qx")
}

fn complex(attribute: &AttributeSchema, number: u64) -> Option<Value> {
    let parts = attribute.sub_attributes.iter();
    let parts = parts.filter(|it| it.mutability == Mutability::ReadWrite && it.kind != ValueKind::Secret);
    // What is not required, and has few values, is likely to mean something, such as which value is the main one.
    let parts = parts.filter(|it| it.required || !matches!(it.kind, ValueKind::Bool | ValueKind::Complex));
    let parts: Attributes =
        parts.filter_map(|it| Some((it.name.clone(), fitting_value(it, number)?))).collect();
    (!parts.is_empty()).then_some(Value::Complex(parts))
}

/// Texts that are harmless in a database and break filters, paths, rows and headers that are put together carelessly.
pub(super) fn hostile_texts() -> Vec<(&'static str, String)> {
    let mut texts: Vec<(&'static str, String)> = [
        ("a quote", "O\"Brien"),
        ("an apostrophe", "O'Brien"),
        ("a parenthesis", "a)(uid=b"),
        ("an asterisk", "a*b"),
        ("a backslash", "a\\b\\2ac"),
        ("a comma and an equals sign", "Doe, Jane=x+y;z"),
        ("a number sign and a plus sign", "#a+b"),
        ("a filter", "x\" or userName pr or \""),
        ("a percent sign", "100%25 %s"),
        ("an angle bracket", "<b>&amp;</b>"),
        ("a template", "${x} {{y}} $1"),
        ("a line break", "one\ntwo"),
        ("a tab", "one\ttwo"),
        ("a NUL", "a\0b"),
        ("a character beyond the basic plane", "a\u{1f600}\u{10348}b"),
        ("a combining mark", "e\u{301}a\u{30a}"),
        ("right-to-left text", "\u{05d0}\u{05d1} \u{0627}"),
        ("a space in front", " a"),
        ("a space behind", "a "),
        ("two spaces within", "a  b"),
        ("upper and lower case", "McDonald"),
    ]
    .into_iter()
    .map(|(name, text)| (name, text.to_owned()))
    .collect();
    texts.push(("1,000 characters", "abcdefghi ".repeat(99) + "abcdefghij"));
    texts
}

/// Makes objects for checks.
pub(super) struct Sampler<'a> {
    pub(super) fixture: &'a dyn Fixture,
    /// Whether the connector is written by the checks, so that only what can be written can be there.
    pub(super) writes: bool,
}

/// How much a sample holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Everything,
    RequiredOnly,
}

/// In how many numbers the values of one object lie.
const NUMBERS_PER_OBJECT: u64 = 10;

/// How many values a multi-valued attribute of a sample has.
const VALUES_OF_MANY: u64 = 3;

impl Sampler<'_> {
    /// Tells whether a sample may hold the attribute.
    pub(super) fn uses(&self, object_type: &ObjectType, attribute: &AttributeSchema) -> bool {
        let is_settable = match attribute.mutability {
            Mutability::ReadWrite | Mutability::Immutable => true,
            Mutability::ReadOnly => !self.writes,
            Mutability::WriteOnly => false,
        };
        is_settable && attribute.kind != ValueKind::Secret && self.fixture.may_use(object_type, attribute)
    }

    /// Tells whether a sample may hold the attribute, and change it.
    pub(super) fn changes(&self, object_type: &ObjectType, attribute: &AttributeSchema) -> bool {
        attribute.mutability != Mutability::Immutable && self.uses(object_type, attribute)
    }

    /// Returns values of an attribute of the sample of this number, others for each variant.
    pub(super) fn values(
        &self,
        object_type: &ObjectType,
        attribute: &AttributeSchema,
        number: u64,
        variant: u64,
    ) -> Option<Values> {
        let count = if attribute.multi_valued { VALUES_OF_MANY } else { 1 };
        let first = number * NUMBERS_PER_OBJECT + variant * count;
        Values::from_many(
            (first..first + count).filter_map(|it| self.fixture.value(object_type, attribute, it)),
        )
    }

    /// Returns the attributes of a sample, without references unless the fixture gives a value for one.
    pub(super) fn attributes(&self, schema: &ObjectSchema, number: u64, extent: Extent) -> Attributes {
        let object_type = &schema.object_type;
        let is_needed = |it: &AttributeSchema| self.writes && it.required && is_hidden(it);
        let used = schema.attributes.iter().filter(|it| self.uses(object_type, it) || is_needed(it));
        let used = used.filter(|it| extent == Extent::Everything || it.required);
        used.filter_map(|it| Some((it.name.clone(), self.values(object_type, it, number, 0)?))).collect()
    }

    /// Makes an object without an id.
    pub(super) fn object(&self, schema: &ObjectSchema, number: u64) -> Object {
        let mut object = Object::new(schema.object_type.clone(), "");
        object.attributes = self.attributes(schema, number, Extent::Everything);
        object
    }

    /// Returns the names of required attributes for which there is no value.
    pub(super) fn lacking<'s>(&self, schema: &'s ObjectSchema) -> Vec<&'s AttributeSchema> {
        let required = schema
            .attributes
            .iter()
            .filter(|it| it.required && (it.mutability != Mutability::ReadOnly || !self.writes));
        let has_value = |it: &AttributeSchema| {
            (it.kind == ValueKind::Secret || it.mutability == Mutability::WriteOnly)
                || self.uses(&schema.object_type, it) && self.values(&schema.object_type, it, 1, 0).is_some()
        };
        required.filter(|it| !has_value(it)).collect()
    }

    /// Finds an object type of which samples can be made.
    pub(super) fn subject<'s>(&self, schema: &'s Schema) -> Result<&'s ObjectSchema, Stop> {
        let can = |it: &&ObjectSchema| {
            self.lacking(it).is_empty() && !self.attributes(it, 1, Extent::Everything).is_empty()
        };
        schema.types.iter().find(can).ok_or_else(|| {
            Stop::skip("there is no object type of which a sample can be made: let the fixture give values of its required attributes")
        })
    }
}

/// Tells whether an attribute can never be read.
pub(super) fn is_hidden(attribute: &AttributeSchema) -> bool {
    attribute.kind == ValueKind::Secret || attribute.mutability == Mutability::WriteOnly
}

/// Single-valued text that an object need not have and that may be anything.
pub(super) fn is_free_text(attribute: &AttributeSchema) -> bool {
    attribute.kind == ValueKind::Text
        && !attribute.multi_valued
        && !attribute.required
        && attribute.uniqueness == Uniqueness::None
}

/// Lets a future go on until it was polled so often, and drops it then.
pub(super) async fn until_polled<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
