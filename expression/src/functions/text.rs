//! Text: joining, cutting, searching, changing case.

use super::{eager, form};
use crate::dotnet::category::{is_letter, is_word_separator};
use crate::dotnet::culture::Culture;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Form, Function, Parameter, Yields};
use crate::value::Value;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};

pub(super) fn functions() -> Vec<Function> {
    let source = || Parameter::required("source", Accepts::Text);
    vec![
        form("Append", Yields::Text, Form::Append)
            .parameter(source())
            .parameter(Parameter::required("suffix", Accepts::Text))
            .summary("Gives the source followed by the suffix; null if the source is null.")
            .example(r#"Append("Group_", "Sales")"#, "Group_Sales"),
        form("Join", Yields::Text, Form::Join)
            .parameter(Parameter::required("separator", Accepts::Text))
            .parameter(Parameter::repeated("source", Accepts::Texts, 1))
            .summary("Puts the separator between the sources; null and empty ones are skipped with their separator.")
            .example(r#"Join(", ", "", "Doe", "John")"#, "Doe, John"),
        form("Left", Yields::Text, Form::Left)
            .parameter(Parameter::required("string", Accepts::Text))
            .parameter(Parameter::required("numChars", Accepts::Integer))
            .summary("Gives the first characters; all of them when the number is negative, `\"\"` for null.")
            .example(r#"Left("John Doe", 3)"#, "Joh"),
        form("Mid", Yields::Text, Form::Mid)
            .parameter(source())
            .parameter(Parameter::required("start", Accepts::Integer))
            .parameter(Parameter::optional("length", Accepts::Integer))
            .summary("Gives `length` characters from the one at `start`, which counts from 1; to the end without a length.")
            .example(r#"Mid("John Doe", 3, 5)"#, "hn Do")
            .example(r#"Mid("John Doe", 0, 5)"#, "error: out_of_range"),
        form("StripSpaces", Yields::Text, Form::StripSpaces)
            .parameter(source())
            .summary("Removes all spaces, and no other white space.")
            .example(r#"StripSpaces(" Mary Ann ")"#, "MaryAnn"),
        form("ToLower", Yields::Text, Form::ToLower)
            .parameter(source())
            .parameter(Parameter::optional("culture", Accepts::Text))
            .summary("Makes all letters small, by the rules of a culture if one is given.")
            .example(r#"ToLower("ÅSA")"#, "åsa")
            .example(r#"ToLower("TITLE", "tr-TR")"#, "tıtle"),
        form("ToUpper", Yields::Text, Form::ToUpper)
            .parameter(source())
            .parameter(Parameter::optional("culture", Accepts::Text))
            .summary("Makes all letters capital, one letter for one: `ß` stays.")
            .example(r#"ToUpper("straße")"#, "STRAßE"),
        form("NormalizeDiacritics", Yields::Text, Form::NormalizeDiacritics)
            .parameter(source())
            .summary("Takes the marks off letters, and writes `æ`, `ø`, `œ`, `ß` as two letters.")
            .example(r#"NormalizeDiacritics("Zoë Bjørn Größe")"#, "Zoe Bjoern Grosse"),
        form("Replace", Yields::Text, Form::Replace)
            .parameter(source())
            .parameter(Parameter::optional("oldValue", Accepts::Text).stored_as("Find"))
            .parameter(Parameter::optional("regexPattern", Accepts::Text).stored_as("RegularExpression"))
            .parameter(Parameter::optional("regexGroupName", Accepts::Text).stored_as("RegularExpressionGroupName"))
            .parameter(Parameter::optional("replacementValue", Accepts::Text).stored_as("Replacement"))
            .parameter(
                Parameter::optional("replacementAttributeName", Accepts::Text).stored_as("ReplacementPropertyName"),
            )
            .parameter(Parameter::optional("template", Accepts::Text).stored_as("Template"))
            .summary(
                "Replaces text. `oldValue` and `replacementValue`: every occurrence. `oldValue` and `template`: every \
                 occurrence in the template becomes the source. `regexPattern` and `replacementValue`: every match, \
                 with `$1`, `${name}`, `$&`. With `regexGroupName` too: only the group's text, taken literally. \
                 `regexPattern`, `regexGroupName` and `replacementAttributeName`: the source if it has a value, else \
                 the group in the first match of the other attribute. .NET regular expressions, without balancing groups.",
            )
            .example(r#"Replace("EN-US", "-", , , "_", , )"#, "EN_US")
            .example(r#"Replace("jsmith", "<user>", , , , , "<user>@contoso.com")"#, "jsmith@contoso.com")
            .example(r#"Replace("(425) 555-0100", , "[()\s-]+", , "", , )"#, "4255550100")
            .example(r#"Replace("John Smith", , "(?<first>\w+) (?<last>\w+)", , "${last}, ${first}", , )"#, "Smith, John")
            .example(r#"Replace("ann@old.com", , "@(?<domain>.+)", "domain", "new.com", , )"#, "ann@new.com")
            .example(r#"Replace("", , "\+1 (?<number>\d+)", "number", , "+1 555", )"#, "555"),
        eager("Word", Yields::Text, word)
            .parameter(Parameter::required("string", Accepts::Text))
            .parameter(Parameter::required("wordNumber", Accepts::Integer))
            .parameter(Parameter::required("delimiters", Accepts::Text))
            .summary("Gives the word with this number, from 1; each character of the delimiters separates words. `\"\"` if there is none.")
            .example(r#"Word("The quick brown fox", 3, " ")"#, "brown")
            .example(r#"Word("a,b", 3, ",")"#, ""),
        eager("InStr", Yields::Integer, in_str)
            .parameter(Parameter::required("value1", Accepts::Text))
            .parameter(Parameter::required("value2", Accepts::Text))
            .parameter(Parameter::optional("start", Accepts::Integer))
            .parameter(Parameter::optional("compareType", Accepts::Text))
            .summary("Gives the position, from 1, of the second text in the first, at or after `start`; 0 if it is not there.")
            .example(r#"InStr("repEated", "e", 3, vbBinaryCompare)"#, "7")
            .example(r#"InStr("ABC", "b", , vbTextCompare)"#, "2"),
        eager("Split", Yields::List, split)
            .parameter(source())
            .parameter(Parameter::required("delimiter", Accepts::Text))
            .summary("Cuts the source at each delimiter and takes the white space off the pieces.")
            .example(r#"Split("a, b,c", ",")"#, "a | b | c"),
        eager("PCase", Yields::Text, pcase)
            .parameter(source())
            .parameter(Parameter::optional("wordSeparators", Accepts::Text))
            .summary("Makes the first letter of each word capital and the others small; words end at punctuation and white space, or at the given characters only.")
            .example(r#"PCase("PABLO GONSALVES (SECOND)")"#, "Pablo Gonsalves (Second)")
            .example(r#"PCase("ANNE-MARIE de vries", " ")"#, "Anne-marie De Vries"),
        eager("CStr", Yields::Text, |arguments| Ok(arguments.text(0)?.map_or(Value::Null, Value::Text)))
            .parameter(Parameter::required("value", Accepts::Text))
            .summary("Gives the text form: `True` or `False`, digits of a number.")
            .example("CStr(True)", "True"),
    ]
}

fn word<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let text = arguments.text(0)?.unwrap_or_default();
    let number = required_integer(arguments, 1)?;
    let delimiters = arguments.text(2)?.unwrap_or_default();
    let Some(skipped) = number.checked_sub(1).and_then(|skipped| usize::try_from(skipped).ok()) else {
        return Ok(Value::Text(""));
    };
    let mut words = text.split(|letter| delimiters.contains(letter)).filter(|word| !word.is_empty());
    Ok(Value::Text(words.nth(skipped).unwrap_or_default()))
}

fn in_str<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
    let wanted = arguments.text(1)?.unwrap_or_default();
    let start = if arguments.is_given(2) { required_integer(arguments, 2)? } else { 1 };
    let ignores_case = match arguments.text(3)? {
        None => false,
        Some(name) if name.eq_ignore_ascii_case("vbTextCompare") || name == "1" => true,
        Some(name) if name.eq_ignore_ascii_case("vbBinaryCompare") || name == "0" => false,
        Some(_) => {
            return Err(Fault::conversion("expected `vbTextCompare` or `vbBinaryCompare`").in_argument(3));
        }
    };
    let Some(skipped) = start.checked_sub(1).filter(|skipped| *skipped >= 0) else {
        return Err(Fault::out_of_range("start counts from 1").in_argument(2));
    };
    let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
    let Some((offset, _)) = text.char_indices().nth(skipped) else { return Ok(Value::Int(0)) };
    let rest = &text[offset..];
    let found = if ignores_case {
        let fold =
            |text: &str| text.chars().map(|letter| Culture::Invariant.lower(letter)).collect::<String>();
        let folded = fold(rest);
        folded.find(&fold(wanted)).map(|at| folded[..at].chars().count())
    } else {
        rest.find(wanted).map(|at| rest[..at].chars().count())
    };
    let position = found.map_or(0, |found| skipped + found + 1);
    Ok(Value::Int(i64::try_from(position).unwrap_or(i64::MAX)))
}

fn split<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
    let delimiter = arguments.text(1)?.unwrap_or_default();
    let mut pieces = BumpVec::new_in(arguments.bump());
    if delimiter.is_empty() {
        pieces.push(Value::Text(text.trim()));
    } else {
        pieces.extend(text.split(delimiter).map(|piece| Value::Text(piece.trim())));
    }
    Ok(Value::List(pieces.into_bump_slice()))
}

fn pcase<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
    let mut out = BumpString::with_capacity_in(text.len(), arguments.bump());
    let culture = Culture::Invariant;
    let mut in_word = false;
    match arguments.text(1)? {
        Some(separators) => {
            for letter in text.chars() {
                out.push(if in_word { culture.lower(letter) } else { title(letter) });
                in_word = !separators.contains(letter);
            }
        }
        None => {
            for letter in text.chars() {
                let lower = culture.lower(letter);
                if in_word {
                    // An apostrophe does not end a word.
                    in_word = lower == '\'' || !is_word_separator(lower);
                    out.push(lower);
                } else if is_letter(lower) {
                    in_word = true;
                    out.push(title(lower));
                } else {
                    out.push(lower);
                }
            }
        }
    }
    Ok(Value::Text(out.into_bump_str()))
}

/// Gives the letter that begins a word in a title.
fn title(letter: char) -> char {
    match letter {
        'Ǆ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǳ' => 'ǲ',
        _ => Culture::Invariant.upper(letter),
    }
}

/// Gives a number that must be there: null has no number form.
pub(super) fn required_integer(arguments: &Arguments<'_, '_>, index: usize) -> Result<i64, Fault> {
    match arguments.integer(index)? {
        Some(number) => Ok(number),
        None => Err(Fault::conversion("null is not a whole number").in_argument(index)),
    }
}
