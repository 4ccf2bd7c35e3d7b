//! Lists: counting, picking, removing duplicates.

use super::eager;
use super::text::required_integer;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Function, FunctionProfile, Parameter, Yields, one_value_needed};
use crate::value::Value;
use bumpalo::collections::Vec as BumpVec;
use std::collections::BTreeSet;

pub(super) fn functions() -> Vec<Function> {
    let attribute = || Parameter::required("attribute", Accepts::List);
    vec![
        eager("Count", Yields::Integer, |arguments| {
            Ok(Value::Int(i64::try_from(arguments.list(0).len()).unwrap_or(i64::MAX)))
        })
        .parameter(attribute())
        .summary("Counts the values; null has none, a single value is one.")
        .example(r#"Count(Split("a,b,c", ","))"#, "3")
        .example("Count(NULL)", "0"),
        eager("Item", Yields::Element, item)
            .parameter(attribute())
            .parameter(Parameter::required("index", Accepts::Integer))
            .summary("Gives the value at a position, from 1.")
            .example(r#"Item(Split("ann@contoso.com", "@"), 2)"#, "contoso.com")
            .example(r#"Item("a", 2)"#, "error: out_of_range"),
        eager("RemoveDuplicates", Yields::Values, remove_duplicates)
            .parameter(attribute())
            .summary("Keeps the first of equal values, in order.")
            .example(r#"RemoveDuplicates(Split("b,a,b", ","))"#, "b | a"),
        eager("Contains", Yields::Integer, contains)
            .parameter(Parameter::required("attribute", Accepts::Texts))
            .parameter(Parameter::required("value", Accepts::Text))
            .only_in(FunctionProfile::Undocumented)
            .summary("Gives the position, from 1, of the first value that contains a text; 0 if none does.")
            .example(r#"Contains(Split("x500:a,SMTP:b", ","), "SMTP:")"#, "2"),
        eager("Trim", Yields::Argument, trim)
            .parameter(Parameter::required("value", Accepts::Texts))
            .only_in(FunctionProfile::CloudSync)
            .summary("Takes the white space off both ends, of each value if there are several.")
            .example(r#"Trim(" Test ")"#, "Test"),
    ]
}

fn item<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let index = required_integer(arguments, 1)?;
    if arguments.value(0).is_null() {
        return Ok(Value::Null);
    }
    let place = index.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    match place.and_then(|place| arguments.list(0).get(place)) {
        Some(value) => Ok(*value),
        None => {
            Err(Fault::out_of_range("there is no value at this position; positions count from 1")
                .in_argument(1))
        }
    }
}

fn remove_duplicates<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    if arguments.value(0).is_null() {
        return Ok(Value::Null);
    }
    let mut texts = BTreeSet::new();
    let mut kept: BumpVec<'a, Value<'a>> = BumpVec::new_in(arguments.bump());
    for value in arguments.list(0) {
        let is_new = match value {
            Value::Text(text) => texts.insert(*text),
            other => !kept.contains(other),
        };
        if is_new {
            kept.push(*value);
        }
    }
    Ok(Value::List(kept.into_bump_slice()))
}

fn contains<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let wanted = arguments.text(1)?.unwrap_or_default();
    for (place, value) in (1..).zip(arguments.list(0)) {
        let Some(text) = value.text(arguments.bump()) else {
            return Err(one_value_needed(*value).in_argument(0));
        };
        if text.contains(wanted) {
            return Ok(Value::Int(place));
        }
    }
    Ok(Value::Int(0))
}

fn trim<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let trimmed = |value: Value<'a>| match value {
        Value::Null => Ok(Value::Null),
        Value::Text(text) => Ok(Value::Text(text.trim())),
        other => match other.text(arguments.bump()) {
            Some(text) => Ok(Value::Text(text)),
            None => Err(one_value_needed(other).in_argument(0)),
        },
    };
    let Value::List(values) = arguments.value(0) else { return trimmed(arguments.value(0)) };
    let mut kept = BumpVec::with_capacity_in(values.len(), arguments.bump());
    for value in values {
        kept.push(trimmed(*value)?);
    }
    Ok(Value::List(kept.into_bump_slice()))
}
