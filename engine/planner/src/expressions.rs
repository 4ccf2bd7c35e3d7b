//! Source objects as expressions see them.

use std::cell::RefCell;

use bumpalo::Bump;
use provisio_expression::{Role, SourceAttribute, SourceSchema};
use provisio_model::path::resolve;
use provisio_model::{AttributeSchema, Attributes, Layout, Value, ValueKind, Values};

/// Source attributes as expressions see them: names are exact, but for parts of complex attributes, which can be
/// written in several ways.
pub(crate) struct Names<'a> {
    /// The attributes, each in its slot.
    attributes: &'a [AttributeSchema],
    /// The attributes that parts are looked up in.
    whole: &'a [AttributeSchema],
    /// Parts that were asked for and have no slot among the attributes: their slots follow.
    parts: RefCell<Vec<AttributeSchema>>,
}

impl<'a> Names<'a> {
    /// Names every attribute of a schema; parts get slots behind the last.
    pub(crate) fn of_schema(schema: &'a [AttributeSchema]) -> Self {
        Self { attributes: schema, whole: schema, parts: RefCell::default() }
    }

    /// Names the attributes of a layout, and parts as the schema has them.
    pub(crate) fn of_layout(layout: &'a Layout, schema: &'a [AttributeSchema]) -> Self {
        Self { attributes: layout.schemas(), whole: schema, parts: RefCell::default() }
    }

    /// Returns the part that got a slot behind the last attribute.
    pub(crate) fn part(&self, slot: u16) -> Option<AttributeSchema> {
        let at = usize::from(slot).checked_sub(self.attributes.len())?;
        self.parts.borrow().get(at).cloned()
    }

    fn find(&self, name: &str) -> Option<(usize, AttributeSchema)> {
        let position =
            |all: &[AttributeSchema], name: &str| all.iter().position(|it| it.name.as_str() == name);
        if let Some(at) = position(self.attributes, name) {
            return Some((at, self.attributes[at].clone()));
        }
        let part = resolve(self.whole, name).ok().filter(|it| it.path.is_some())?;
        if let Some(at) = position(self.attributes, part.name.as_str()) {
            return Some((at, part));
        }
        let mut parts = self.parts.borrow_mut();
        let at = position(&parts, part.name.as_str()).unwrap_or_else(|| {
            parts.push(part.clone());
            parts.len() - 1
        });
        Some((self.attributes.len() + at, part))
    }
}

impl SourceSchema for Names<'_> {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let (at, attribute) = self.find(name)?;
        Some(SourceAttribute {
            slot: u16::try_from(at).ok()?,
            kind: expression_kind(attribute.kind),
            multi_valued: attribute.multi_valued,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.attributes.iter().map(|it| it.name.as_str()))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.find(name).is_some_and(|(_, it)| it.kind == ValueKind::Secret)
    }
}

fn expression_kind(kind: ValueKind) -> provisio_expression::ValueKind {
    use provisio_expression::ValueKind as Kind;
    match kind {
        ValueKind::Text => Kind::Text,
        ValueKind::Bool => Kind::Bool,
        ValueKind::Int => Kind::Int,
        ValueKind::Decimal => Kind::Decimal,
        ValueKind::Timestamp => Kind::Timestamp,
        ValueKind::Binary => Kind::Binary,
        ValueKind::Reference => Kind::Reference,
        _ => Kind::Any,
    }
}

/// A packed record, as expressions see it.
pub(crate) struct ExpressionRecord<'r, S>(pub(crate) provisio_model::Record<'r, S>);

impl<S: provisio_model::Side> provisio_expression::Record for ExpressionRecord<'_, S> {
    #[inline]
    fn value<'a>(
        &'a self,
        slot: provisio_expression::Slot,
        bump: &'a Bump,
    ) -> provisio_expression::Value<'a> {
        let slot = provisio_model::Slot(slot);
        match self.0.text(slot) {
            Some(text) => provisio_expression::Value::Text(text),
            None if self.0.is_absent(slot) => provisio_expression::Value::Null,
            None => other_value(self.0, slot, bump),
        }
    }
}

/// What an attribute holds if it is not one text, which it is mostly.
#[inline(never)]
fn other_value<'a, S: provisio_model::Side>(
    record: provisio_model::Record<'a, S>,
    slot: provisio_model::Slot,
    bump: &'a Bump,
) -> provisio_expression::Value<'a> {
    let values = record.values(slot);
    match values.single() {
        Some(value) => expression_value(value, bump),
        None if values.is_empty() => provisio_expression::Value::Null,
        None => {
            let list = bump.alloc_slice_fill_iter(values.iter().map(|it| expression_value(it, bump)));
            provisio_expression::Value::List(list)
        }
    }
}

fn expression_value<'a>(
    value: provisio_model::ValueRef<'a>,
    bump: &'a Bump,
) -> provisio_expression::Value<'a> {
    use provisio_expression::Value;
    use provisio_model::ValueRef;
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => Value::Text(text),
        ValueRef::Bool(bool) => Value::Bool(bool),
        ValueRef::Int(int) => Value::Int(int),
        ValueRef::Binary(bytes) => Value::Binary(bytes),
        ValueRef::Secret(secret) => Value::Text(secret.expose()),
        ValueRef::Decimal(_) | ValueRef::Timestamp(_) => Value::Text(bump.alloc_str(&value_text(value))),
        ValueRef::Complex(parts) => role(parts).map_or(Value::Null, |it| Value::Role(bump.alloc(it))),
        _ => Value::Null,
    }
}

/// An app role that the object is assigned to: a complex value with the parts that Entra's has. Parts of other complex
/// values are named by their paths.
fn role(parts: &Attributes) -> Option<Role<'_>> {
    let text = |name: &str| parts.get(name).and_then(Values::single).and_then(Value::as_text);
    let value = text("value");
    let display_name = text("displayName").or_else(|| text("display")).or(value)?;
    Some(Role { id: text("id").unwrap_or_default(), value: value.unwrap_or_default(), display_name })
}

fn value_text(value: provisio_model::ValueRef<'_>) -> String {
    match value {
        provisio_model::ValueRef::Decimal(decimal) => decimal.to_string(),
        other => other.to_string(),
    }
}
