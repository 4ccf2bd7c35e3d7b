//! Numbers and random values.

use super::eager;
use super::text::required_integer;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Function, Parameter, Purity, Yields};
use crate::limits::MAX_RANDOM_LENGTH;
use crate::random::Random;
use crate::value::Value;

pub(super) fn functions() -> Vec<Function> {
    let count = |name| Parameter::required(name, Accepts::Integer);
    vec![
        eager("BitAnd", Yields::Integer, |arguments| {
            let numbers = arguments.integer(0)?.zip(arguments.integer(1)?);
            Ok(numbers.map_or(Value::Null, |(left, right)| Value::Int(left & right)))
        })
        .parameter(count("value1"))
        .parameter(count("value2"))
        .summary("Gives the bits that both numbers have; null if one of them is null.")
        .example("BitAnd(&HF7, 15)", "7"),
        eager("Guid", Yields::Text, guid)
            .purity(Purity::Contextual)
            .summary("Gives a new random GUID; the same seed gives the same one."),
        eager("RandomString", Yields::Text, random_string)
            .parameter(count("length"))
            .parameter(count("minimumNumbers"))
            .parameter(count("minimumSpecialCharacters"))
            .parameter(count("minimumCapital"))
            .parameter(count("minimumLowerCase"))
            .parameter(Parameter::optional("charactersToAvoid", Accepts::Text))
            .purity(Purity::Contextual)
            .summary("Gives a random text of so many characters, at most 256, with at least so many of each kind; no special ones if none are asked for.")
            .example("RandomString(5, 2, 2, 2, 0)", "error: out_of_range"),
    ]
}

fn guid<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let mut random = Random::new(arguments.seed());
    let (high, low) = (random.next_u64(), random.next_u64());
    // Version 4, the variant of RFC 9562.
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    let text = format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
    Ok(Value::Text(arguments.store(&text)?))
}

/// The special characters of Windows' rules for complex passwords.
const SPECIAL: &str = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/";

fn random_string<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let length = required_integer(arguments, 0)?;
    if !(0..=MAX_RANDOM_LENGTH).contains(&length) {
        let message = format!("length must be from 0 to {MAX_RANDOM_LENGTH}");
        return Err(Fault::out_of_range(message).in_argument(0));
    }
    let mut minimums = [0; 4];
    for (place, minimum) in minimums.iter_mut().enumerate() {
        *minimum = required_integer(arguments, place + 1)?;
        if *minimum < 0 {
            return Err(Fault::out_of_range("a minimum is negative").in_argument(place + 1));
        }
    }
    if minimums.iter().fold(0_i64, |sum, minimum| sum.saturating_add(*minimum)) > length {
        return Err(Fault::out_of_range("length is less than the minimums together").in_argument(0));
    }
    let avoided = arguments.text(5)?.unwrap_or_default();
    let kind =
        |characters: &str| characters.chars().filter(|letter| !avoided.contains(*letter)).collect::<Vec<_>>();
    let kinds = [
        kind("0123456789"),
        kind(SPECIAL),
        kind("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        kind("abcdefghijklmnopqrstuvwxyz"),
    ];
    let anything: Vec<char> = [0, 1, 2, 3]
        .into_iter()
        .filter(|place| *place != 1 || minimums[1] > 0)
        .flat_map(|place| kinds[place].clone())
        .collect();

    let mut random = Random::new(arguments.seed());
    let mut drawn = Vec::new();
    let mut draw = |from: &[char], count: i64| {
        for _ in 0..count {
            match from.get(random.below(from.len())) {
                Some(letter) => drawn.push(*letter),
                None => {
                    return Err(Fault::out_of_range("every character that could be drawn is to be avoided")
                        .in_argument(5));
                }
            }
        }
        Ok(())
    };
    for (from, minimum) in kinds.iter().zip(minimums) {
        draw(from, minimum)?;
    }
    draw(&anything, length - minimums.iter().sum::<i64>())?;
    for last in (1..drawn.len()).rev() {
        drawn.swap(last, random.below(last + 1));
    }
    Ok(Value::Text(arguments.store(&drawn.into_iter().collect::<String>())?))
}
