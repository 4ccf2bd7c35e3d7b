//! Source objects as expressions see them.

use bumpalo::Bump;
use provisio_expression::{SourceAttribute, SourceSchema};
use provisio_model::{AttributeSchema, ValueKind};

/// Source attributes as expressions see them: names are exact.
pub(crate) struct Names<'a>(pub(crate) &'a [AttributeSchema]);

impl SourceSchema for Names<'_> {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let at = self.0.iter().position(|it| it.name.as_str() == name)?;
        Some(SourceAttribute {
            slot: u16::try_from(at).ok()?,
            kind: expression_kind(self.0[at].kind),
            multi_valued: self.0[at].multi_valued,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.0.iter().map(|it| it.name.as_str()))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.name.as_str() == name && it.kind == ValueKind::Secret)
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
    fn value<'a>(
        &'a self,
        slot: provisio_expression::Slot,
        bump: &'a Bump,
    ) -> provisio_expression::Value<'a> {
        let values = self.0.values(provisio_model::Slot(slot));
        match values.single() {
            Some(value) => expression_value(value, bump),
            None if values.is_empty() => provisio_expression::Value::Null,
            None => {
                let list = bump.alloc_slice_fill_iter(values.iter().map(|it| expression_value(it, bump)));
                provisio_expression::Value::List(list)
            }
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
        _ => Value::Null,
    }
}

fn value_text(value: provisio_model::ValueRef<'_>) -> String {
    match value {
        provisio_model::ValueRef::Decimal(decimal) => decimal.to_string(),
        other => other.to_string(),
    }
}
