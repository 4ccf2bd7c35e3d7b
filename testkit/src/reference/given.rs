//! What the source gives for one target attribute.

use bumpalo::Bump;
use provisio::expression::{
    EvalContext, Flow, Instant, NothingTaken, Record, Role, Slot, UniqueOracle, Value as ExpressionValue,
};
use provisio::model::{AttributeSchema, Attributes, Object, Timestamp, Value, Values};
use provisio::spec::MappingSource;

use super::convert::convert;
use super::place;
use super::rules::{AttributeRules, ObjectRules};

/// What an attribute mapping gives for one source object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// These values, of the kind that the target attribute holds; none if the source has none.
    Values(Vec<Value>),
    /// An expression says to leave the attribute as it is.
    LeaveAttribute,
    /// An expression says to leave the object as it is.
    LeaveObject,
    /// It cannot be computed, or does not fit.
    Fault,
}

impl Given {
    pub(super) fn values(&self) -> &[Value] {
        match self {
            Self::Values(values) => values,
            Self::LeaveAttribute | Self::LeaveObject | Self::Fault => &[],
        }
    }
}

/// Computes an attribute mapping when nothing is taken.
pub(super) fn given(
    mapping: &ObjectRules<'_>,
    attribute: &AttributeRules<'_>,
    source: &Object,
    now: Timestamp,
) -> Given {
    given_unless_taken(mapping, attribute, source, now, &NothingTaken)
}

/// Computes an attribute mapping that may have to choose what is not taken.
pub(super) fn given_unless_taken(
    mapping: &ObjectRules<'_>,
    attribute: &AttributeRules<'_>,
    source: &Object,
    now: Timestamp,
    taken: &dyn UniqueOracle,
) -> Given {
    let raw = match &attribute.spec.source {
        MappingSource::Attribute { name, .. } => {
            mapping.source.resolve(name).map(|it| place::read(&it, &source.attributes)).unwrap_or_default()
        }
        MappingSource::Constant(value) => vec![value.clone()],
        MappingSource::None => Vec::new(),
        MappingSource::Expression { .. } => match computed(attribute, source, now, taken) {
            Ok(values) => values,
            Err(other) => return other,
        },
        _ => return Given::Fault,
    };
    if raw.len() > 1 && !attribute.target.multi_valued {
        return Given::Fault;
    }
    let fit = |value: &Value| {
        let value = convert(value, attribute.target.kind)?;
        let length = value.as_text().map_or(0, |it| it.chars().count());
        attribute.target.length_max.is_none_or(|most| length <= most).then_some(value)
    };
    raw.iter().map(fit).collect::<Option<_>>().map_or(Given::Fault, Given::Values)
}

fn computed(
    attribute: &AttributeRules<'_>,
    source: &Object,
    now: Timestamp,
    taken: &dyn UniqueOracle,
) -> Result<Vec<Value>, Given> {
    let Some(program) = &attribute.program else { return Err(Given::Fault) };
    let bump = Bump::new();
    let record = SourceObject { object: source, reads: &attribute.reads };
    let now = Instant { seconds: now.second(), nanos: now.nanosecond() };
    let context = EvalContext { unique: taken, ..EvalContext::at(now) };
    match program.evaluate(&record, &context, &bump) {
        Ok(Flow::Value(value)) => simple(value).ok_or(Given::Fault),
        Ok(Flow::IgnoreAttribute) => Err(Given::LeaveAttribute),
        Ok(Flow::IgnoreObject) => Err(Given::LeaveObject),
        Err(_) => Err(Given::Fault),
    }
}

/// The values of a result, without nulls; nothing if there is one that no attribute can hold.
fn simple(value: ExpressionValue<'_>) -> Option<Vec<Value>> {
    Some(match value {
        ExpressionValue::Null => Vec::new(),
        ExpressionValue::Text(text) => vec![Value::from(text)],
        ExpressionValue::Int(int) => vec![Value::Int(int)],
        ExpressionValue::Bool(bool) => vec![Value::Bool(bool)],
        ExpressionValue::Binary(bytes) => vec![Value::Binary(bytes.to_vec())],
        ExpressionValue::Decimal(decimal) => vec![Value::from(decimal.to_string())],
        ExpressionValue::List(values) => {
            values.iter().map(|it| simple(*it)).collect::<Option<Vec<_>>>()?.concat()
        }
        ExpressionValue::Role(_) => return None,
    })
}

/// A source object, as expressions see it.
struct SourceObject<'o> {
    object: &'o Object,
    reads: &'o [AttributeSchema],
}

impl Record for SourceObject<'_> {
    fn value<'a>(&'a self, slot: Slot, bump: &'a Bump) -> ExpressionValue<'a> {
        let values = place::read(&self.reads[usize::from(slot)], &self.object.attributes);
        let seen = |it: &Value| seen(it, bump);
        match values.as_slice() {
            [] => ExpressionValue::Null,
            [value] => seen(value),
            values => ExpressionValue::List(bump.alloc_slice_fill_iter(values.iter().map(seen))),
        }
    }
}

fn seen<'a>(value: &Value, bump: &'a Bump) -> ExpressionValue<'a> {
    match value {
        Value::Text(text) | Value::Reference(text) => ExpressionValue::Text(bump.alloc_str(text)),
        Value::Bool(bool) => ExpressionValue::Bool(*bool),
        Value::Int(int) => ExpressionValue::Int(*int),
        Value::Binary(bytes) => ExpressionValue::Binary(bump.alloc_slice_copy(bytes)),
        Value::Secret(secret) => ExpressionValue::Text(bump.alloc_str(secret.expose())),
        Value::Decimal(decimal) => ExpressionValue::Text(bump.alloc_str(&decimal.to_string())),
        Value::Timestamp(instant) => ExpressionValue::Text(bump.alloc_str(&instant.to_string())),
        Value::Complex(parts) => app_role(parts, bump),
        _ => ExpressionValue::Null,
    }
}

/// What has a value or a name is an app role; whichever is missing, the other one is it.
fn app_role<'a>(parts: &Attributes, bump: &'a Bump) -> ExpressionValue<'a> {
    let part = |name: &str| match parts.get(name).map(Values::as_slice) {
        Some([Value::Text(text)]) => Some(&*bump.alloc_str(text)),
        _ => None,
    };
    let value = part("value");
    let Some(display_name) = part("displayName").or(part("display")).or(value) else {
        return ExpressionValue::Null;
    };
    let (id, value) = (part("id").unwrap_or_default(), value.unwrap_or_default());
    ExpressionValue::Role(bump.alloc(Role { id, value, display_name }))
}
