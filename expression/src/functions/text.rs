//! Text: joining, cutting, changing case, encoding.

use super::form;
use crate::function::{Accepts, Form, Function, Parameter, Yields};

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
    ]
}
