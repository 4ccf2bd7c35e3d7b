//! Text as bytes and back.

use super::eager;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Function, FunctionProfile, Parameter, Yields};
use crate::value::Value;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use std::fmt::Write as _;

/// As .NET reads base64: padding is needed, bits to spare at the end are not looked at.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

pub(super) fn functions() -> Vec<Function> {
    let source = || Parameter::required("source", Accepts::Text);
    vec![
        eager("ConvertToBase64", Yields::Text, |arguments| {
            let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            Ok(Value::Text(arguments.store(&BASE64.encode(bytes))?))
        })
        .parameter(source())
        .summary("Gives the text as base64 of UTF-16, little endian, without a byte-order mark.")
        .example(r#"ConvertToBase64("Hello world!")"#, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
        eager("ConvertToUTF8Hex", Yields::Text, |arguments| {
            let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
            let hex = text.bytes().fold(String::with_capacity(text.len() * 2), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02X}");
                hex
            });
            Ok(Value::Text(arguments.store(&hex)?))
        })
        .parameter(source())
        .summary("Gives the text as capital hexadecimal digits of UTF-8.")
        .example(r#"ConvertToUTF8Hex("Hello world!")"#, "48656C6C6F20776F726C6421"),
        eager("ConvertFromBase64", Yields::Text, convert_from_base64)
            .parameter(source())
            .parameter(Parameter::optional("encoding", Accepts::Text))
            .only_in(FunctionProfile::CloudSync)
            .summary("Reads base64 as text: `Unicode` (UTF-16, the default), `UTF8` or `ASCII`.")
            .example(r#"ConvertFromBase64("SABlAGwAbABvACAAdwBvAHIAbABkACEA")"#, "Hello world!")
            .example(r#"ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)"#, "Hello world!")
            .example(r#"ConvertFromBase64("?")"#, "error: conversion"),
    ]
}

fn convert_from_base64<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
    let Some(bytes) = decode(text) else {
        return Err(Fault::conversion("this is not base64").in_argument(0));
    };
    let encoding = arguments.text(1)?.unwrap_or("Unicode").to_ascii_lowercase();
    let text = match encoding.as_str() {
        "unicode" => {
            let mut units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            // Half a unit is unreadable, like half a surrogate pair.
            units.extend((bytes.len() % 2 == 1).then_some(0xfffd));
            String::from_utf16_lossy(&units)
        }
        "utf8" => String::from_utf8_lossy(&bytes).into_owned(),
        "ascii" => bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect(),
        _ => return Err(Fault::conversion("expected `Unicode`, `UTF8` or `ASCII`").in_argument(1)),
    };
    Ok(Value::Text(arguments.store(&text)?))
}

/// Reads base64 as .NET does, which skips white space.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '\t' | '\r' | '\n')).collect();
    BASE64.decode(digits).ok()
}
