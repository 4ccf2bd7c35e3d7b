//! Stage 3: what a source object gives for one target attribute.

use bumpalo::Bump;
use provisio_expression::{EvalContext, Flow, Instant, Program, Value as ExpressionValue};
use provisio_model::{ValueKind, ValueRef, Values};

use crate::compiled::{AttributeSource, CompiledAttribute};
use crate::convert::{Mismatch, convert};
use crate::expressions::ExpressionRecord;
use crate::finding::FindingKind;

/// What an attribute mapping gives for one object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flowed<'a> {
    /// One value, of the kind of the target attribute.
    One(ValueRef<'a>),
    /// Several values, of the kind of the target attribute; at least one.
    Many(&'a [ValueRef<'a>]),
    /// The source has no value.
    Nothing,
    /// An expression says to leave the attribute as it is.
    Keep,
    /// An expression says to leave the object as it is.
    IgnoreObject,
}

impl<'a> Flowed<'a> {
    pub(crate) fn values(&self) -> &[ValueRef<'a>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
            Self::Nothing | Self::Keep | Self::IgnoreObject => &[],
        }
    }

    pub(crate) fn is_value(&self) -> bool {
        !self.values().is_empty()
    }

    pub(crate) fn to_values(self) -> Option<Values> {
        Values::from_many(self.values().iter().map(|it| it.to_value()))
    }
}

/// Computes an attribute mapping for one source object. Results are borrowed from the record, the program or
/// the bump.
pub(crate) fn flow<'a, S: provisio_model::Side>(
    attribute: &'a CompiledAttribute,
    record: &'a ExpressionRecord<'a, S>,
    context: &'a EvalContext<'a>,
    bump: &'a Bump,
) -> Result<Flowed<'a>, FindingKind> {
    let flowed = match &attribute.source {
        AttributeSource::Direct(slot) => {
            let values = record.0.values(*slot);
            match values.single() {
                Some(value) => Flowed::One(value),
                None if values.is_empty() => Flowed::Nothing,
                None => Flowed::Many(bump.alloc_slice_fill_iter(values.iter())),
            }
        }
        AttributeSource::Constant(values) => match values.single() {
            Some(value) => Flowed::One(value.borrow()),
            None => Flowed::Many(bump.alloc_slice_fill_iter(values.iter())),
        },
        AttributeSource::DefaultOnly => Flowed::Nothing,
        AttributeSource::Expression(program) => {
            let result = program.evaluate(record, context, bump);
            match result.map_err(|error| FindingKind::ExpressionFailed { error: error.to_string().into() })? {
                Flow::IgnoreAttribute => Flowed::Keep,
                Flow::IgnoreObject => Flowed::IgnoreObject,
                Flow::Value(value) => from_expression(value, bump)?,
            }
        }
    };
    fit(flowed, attribute, bump)
}

/// Says why a target attribute refuses what an expression gives for every object, if it does. The expression reads
/// nothing of the object.
pub(crate) fn refusal(attribute: &CompiledAttribute, program: &Program) -> Option<FindingKind> {
    let (bump, nothing) = (Bump::new(), []);
    let context = EvalContext::at(Instant { seconds: 0, nanos: 0 });
    let flowed = match program.evaluate(&nothing[..], &context, &bump) {
        Ok(Flow::Value(value)) => from_expression(value, &bump),
        Ok(_) => return None,
        Err(error) => return Some(FindingKind::ExpressionFailed { error: error.to_string().into() }),
    };
    flowed.and_then(|it| fit(it, attribute, &bump).map(|_| ())).err()
}

fn from_expression<'a>(value: ExpressionValue<'a>, bump: &'a Bump) -> Result<Flowed<'a>, FindingKind> {
    Ok(match value {
        ExpressionValue::Null => Flowed::Nothing,
        ExpressionValue::List(values) => {
            let mut list = bumpalo::collections::Vec::with_capacity_in(values.len(), bump);
            for value in values {
                list.extend(simple(*value, bump)?);
            }
            match list.into_bump_slice() {
                [] => Flowed::Nothing,
                [value] => Flowed::One(*value),
                several => Flowed::Many(several),
            }
        }
        value => simple(value, bump)?.map_or(Flowed::Nothing, Flowed::One),
    })
}

fn simple<'a>(value: ExpressionValue<'a>, bump: &'a Bump) -> Result<Option<ValueRef<'a>>, FindingKind> {
    Ok(Some(match value {
        ExpressionValue::Null => return Ok(None),
        ExpressionValue::Text(text) => ValueRef::Text(text),
        ExpressionValue::Int(int) => ValueRef::Int(int),
        ExpressionValue::Bool(bool) => ValueRef::Bool(bool),
        ExpressionValue::Binary(bytes) => ValueRef::Binary(bytes),
        other => match other.text(bump) {
            Some(text) => ValueRef::Text(text),
            None => {
                return Err(FindingKind::WrongKind { found: ValueKind::Complex, wanted: ValueKind::Text });
            }
        },
    }))
}

/// Makes the values fit the target attribute, or says why they do not.
fn fit<'a>(
    flowed: Flowed<'a>,
    attribute: &CompiledAttribute,
    bump: &'a Bump,
) -> Result<Flowed<'a>, FindingKind> {
    match flowed {
        Flowed::One(value) => fit_value(value, attribute, bump).map(Flowed::One),
        Flowed::Many(values) if !attribute.multi_valued => {
            Err(FindingKind::SeveralValues { found: values.len() })
        }
        Flowed::Many(values) => {
            let fitting =
                values.iter().all(|it| it.kind() == attribute.kind && attribute.length_max.is_none());
            if fitting {
                return Ok(flowed);
            }
            let mut fitted = bumpalo::collections::Vec::with_capacity_in(values.len(), bump);
            for value in values {
                fitted.push(fit_value(*value, attribute, bump)?);
            }
            Ok(Flowed::Many(fitted.into_bump_slice()))
        }
        other => Ok(other),
    }
}

fn fit_value<'a>(
    value: ValueRef<'a>,
    attribute: &CompiledAttribute,
    bump: &'a Bump,
) -> Result<ValueRef<'a>, FindingKind> {
    let value = convert(value, attribute.kind, bump)
        .map_err(|Mismatch { from, to }| FindingKind::WrongKind { found: from, wanted: to })?;
    if let (ValueRef::Text(text), Some(most)) = (value, attribute.length_max)
        && text.len() > most
    {
        let length = text.chars().count();
        if length > most {
            return Err(FindingKind::TooLong { length, most });
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_in_lists_are_no_values() {
        let bump = Bump::new();
        let (null, text) = (ExpressionValue::Null, ExpressionValue::Text("a"));
        let lists = [[null, null, null], [null, text, null], [text, null, text]];
        let counts = lists.each_ref().map(|list| {
            let flowed = from_expression(ExpressionValue::List(list), &bump).expect("texts are simple");
            (matches!(flowed, Flowed::Nothing), flowed.values().len())
        });
        assert_eq!(counts, [(true, 0), (false, 1), (false, 2)]);
    }
}
