//! What only cloud sync has, or what only published expressions show.

use super::eager;
use super::encoding::decode;
use super::text::required_integer;
use crate::error::Fault;
use crate::function::{
    Accepts, Arguments, Function, FunctionProfile, Parameter, Purity, Yields, one_value_needed,
};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

pub(super) fn functions() -> Vec<Function> {
    vec![
        eager("DNComponent", Yields::Text, dn_component)
            .parameter(Parameter::required("dn", Accepts::Text))
            .parameter(Parameter::required("index", Accepts::Integer))
            .only_in(FunctionProfile::CloudSync)
            .summary("Gives the value of a component of a distinguished name, counted from 1 from the left.")
            .example(r#"DNComponent("cn=Joe,ou=Sales,dc=contoso,dc=com", 2)"#, "Sales")
            .example(r#"DNComponent("cn=Joe", 2)"#, "error: out_of_range"),
        eager("StringFromSid", Yields::Text, string_from_sid)
            .parameter(Parameter::required("objectSid", Accepts::Binary))
            .only_in(FunctionProfile::CloudSync)
            .summary("Writes a binary security identifier as `S-1-…`.")
            .example(r#"StringFromSid("AQEAAAAAAAUSAAAA")"#, "S-1-5-18"),
        eager("CRef", Yields::Text, |arguments| Ok(arguments.text(0)?.map_or(Value::Null, Value::Text)))
            .parameter(Parameter::required("value", Accepts::Text))
            .only_in(FunctionProfile::Undocumented)
            .summary("Gives its text as it is.")
            .example(r#"CRef("cn=Joe")"#, "cn=Joe"),
        eager("DefaultDomain", Yields::Text, |arguments| {
            Ok(arguments.context.default_domain.map_or(Value::Null, Value::Text))
        })
        .purity(Purity::Contextual)
        .only_in(FunctionProfile::Undocumented)
        .summary("Gives the default domain of the tenant."),
    ]
}

fn dn_component<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(name) = arguments.text(0)? else { return Ok(Value::Null) };
    let index = required_integer(arguments, 1)?;
    let place = index.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let Some(component) = place.and_then(|place| components(name).nth(place)) else {
        return Err(Fault::out_of_range("there is no such component; they count from 1").in_argument(1));
    };
    let value = match component.split_once('=') {
        Some((_, value)) => value.trim(),
        None => return Err(Fault::conversion("this is not a distinguished name").in_argument(0)),
    };
    match unescaped(value) {
        Cow::Borrowed(value) => Ok(Value::Text(value)),
        Cow::Owned(value) => Ok(Value::Text(arguments.store(&value)?)),
    }
}

/// Cuts a distinguished name at the commas that are neither escaped nor quoted.
fn components(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(name);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut escaped, mut quoted) = (false, false);
        let end = text.find(|character| {
            let ends = matches!(character, ',' | ';') && !escaped && !quoted;
            quoted ^= character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        match end {
            Some(end) => {
                rest = Some(&text[end + 1..]);
                Some(&text[..end])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// Takes the escapes of RFC 4514 out of a value.
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains(['\\', '"']) {
        return Cow::Borrowed(value);
    }
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let is_hexadecimal = pair.is_some_and(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match pair.filter(|_| is_hexadecimal).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend(after.first());
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn string_from_sid<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let malformed = || Fault::conversion("this is not a binary security identifier").in_argument(0);
    let bytes = match arguments.value(0) {
        Value::Null => return Ok(Value::Null),
        Value::Binary(bytes) => Cow::Borrowed(bytes),
        // JSON carries bytes as base64.
        Value::Text(text) => Cow::Owned(decode(text).ok_or_else(malformed)?),
        other @ (Value::List(_) | Value::Role(_)) => return Err(one_value_needed(other).in_argument(0)),
        Value::Int(_) | Value::Decimal(_) | Value::Bool(_) => return Err(malformed()),
    };
    let Some((head, sub_authorities)) = bytes.split_first_chunk::<8>() else { return Err(malformed()) };
    let [revision, count, authority @ ..] = head;
    if sub_authorities.len() != 4 * usize::from(*count) {
        return Err(malformed());
    }
    let authority = authority.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut text = format!("S-{revision}-{authority}");
    for part in sub_authorities.chunks_exact(4) {
        let number = part.iter().rev().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        // Writing to a string cannot fail.
        let _ = write!(text, "-{number}");
    }
    Ok(Value::Text(arguments.store(&text)?))
}
