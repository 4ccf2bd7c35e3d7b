//! What does `serde` mean, in our words? Its messages name Rust types; a job file is not written in Rust.

use std::ops::Range;

use provisio::model::{Diagnostic, EscapedText, closest};
use toml::de::DeValue;

use super::fault;

/// How much of what somebody wrote is repeated, in characters.
const ECHO_CHARACTERS_MAX: usize = 60;

/// What an error of `serde` says.
#[derive(Debug)]
pub(super) enum Meaning<'e> {
    /// A key is missing.
    Missing(&'e str),
    /// A key means nothing; these are known.
    UnknownKey(Vec<&'e str>),
    /// A word means nothing; these are known.
    UnknownWord(&'e str, Vec<&'e str>),
    /// A value is not what is expected here.
    Expected(&'e str),
    /// Something else.
    Other(&'e str),
}

impl<'e> Meaning<'e> {
    pub(super) fn of(message: &'e str) -> Self {
        let quoted = |text: &'e str| -> Vec<&'e str> { text.split('`').skip(1).step_by(2).collect() };
        if let Some(rest) = message.strip_prefix("missing field ") {
            return quoted(rest).first().map_or(Self::Other(message), |it| Self::Missing(it));
        }
        if message.starts_with("unknown field ") {
            return Self::UnknownKey(quoted(message).split_off(1));
        }
        if let Some(rest) = message.strip_prefix("unknown variant ") {
            let mut words = quoted(rest);
            let known = words.split_off(1.min(words.len()));
            return words.first().map_or(Self::Other(message), |it| Self::UnknownWord(it, known));
        }
        match message.rsplit_once(", expected ") {
            Some((begin, expected)) if begin.starts_with("invalid ") => Self::Expected(expected),
            _ => Self::Other(message),
        }
    }
}

/// Something that somebody wrote, and where.
pub(super) struct Written<'a> {
    /// The path of its table.
    pub(super) table: &'a str,
    /// Its key, or that of the list it is in.
    pub(super) key: &'a str,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
}

/// Says what is wrong with something that was written. `present` are the keys of its table, `others` those that
/// belong there and that `serde` does not know of.
pub(super) fn fault(
    meaning: &Meaning<'_>,
    written: &Written<'_>,
    present: &[&str],
    others: &[&str],
) -> Diagnostic {
    let Written { table, key, value, span } = written;
    let span = span.clone();
    match meaning {
        Meaning::UnknownKey(known) => {
            let known: Vec<&str> = others.iter().chain(known).copied().collect();
            let free = known.iter().copied().filter(|it| !present.contains(it));
            let help = match closest(key, free) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the keys here are {}", choices(&known, "and")),
            };
            let message = format!("unknown key `{}` in {}", echo(key), place(table));
            Diagnostic::error(fault::UNKNOWN_KEY, span, message).with_help(help)
        }
        Meaning::UnknownWord(word, known) => unknown_word(key, word, known, span),
        Meaning::Expected(expected) => {
            let (wanted, help) = wanted(expected, key);
            let message = format!("`{}` must be {wanted}, not {}", echo(key), found(value));
            Diagnostic::error(fault::TYPE, span, message).with_help(help)
        }
        Meaning::Missing(other) | Meaning::Other(other) => {
            Diagnostic::error(fault::VALUE, span, format!("`{}` cannot be used: {other}", echo(key)))
        }
    }
}

/// Says that a word is none of the choices.
pub(super) fn unknown_word(key: &str, word: &str, known: &[&str], span: Range<usize>) -> Diagnostic {
    let allowed = format!("`{key}` is {}", choices(known, "or"));
    let help = match closest(word, known.iter().copied()) {
        Some(known) => format!("did you mean `{known}`? {allowed}"),
        None => allowed,
    };
    let message = format!("`{}` cannot be `{}`", echo(key), echo(word));
    Diagnostic::error(fault::UNKNOWN_WORD, span, message).with_help(help)
}

/// Says that a key is missing.
pub(super) fn missing(table: &str, key: &str, span: Range<usize>) -> Diagnostic {
    let example = match key {
        "format" => "format = 1".to_owned(),
        "mapping" => "mapping = \"mapping.toml\"".to_owned(),
        "files" => "[[source.files]]".to_owned(),
        key => format!("{key} = \"...\""),
    };
    Diagnostic::error(fault::MISSING_KEY, span, format!("{} has no `{key}`", place(table)))
        .with_help(format!("add `{example}`"))
}

/// Calls a table by its path.
pub(super) fn place(table: &str) -> String {
    if table.is_empty() { "the file".to_owned() } else { format!("`{table}`") }
}

/// Says what a value is.
pub(super) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text `{}`", echo(text)),
        DeValue::Integer(integer) => format!("the number {}", echo(integer.as_str())),
        DeValue::Float(float) => format!("the number {}", echo(float.as_str())),
        DeValue::Boolean(bool) => format!("`{bool}`"),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Says what is wanted, and how to write it.
fn wanted(expected: &str, key: &str) -> (String, String) {
    let write = |example: &str| format!("write `{key} = {example}`");
    match expected {
        "a string" | "string" | "path string" | "a borrowed string" => ("text".to_owned(), write("\"...\"")),
        "a character" => ("one character".to_owned(), write("\";\"")),
        "a boolean" => ("`true` or `false`".to_owned(), write("true")),
        "a sequence" => ("a list".to_owned(), write("[ ... ]")),
        "u8" | "u16" | "u32" | "u64" | "usize" => {
            ("a whole number that is not negative".to_owned(), write("1"))
        }
        "i8" | "i16" | "i32" | "i64" | "isize" => ("a whole number".to_owned(), write("1")),
        "f32" | "f64" => ("a number".to_owned(), write("0.5")),
        "a map" => ("a table".to_owned(), write("{ ... }")),
        other if other.starts_with("struct ") => ("a table".to_owned(), write("{ ... }")),
        other if other.contains("enum ") || other.contains("variant") => {
            ("a word".to_owned(), write("\"...\""))
        }
        other => (other.to_owned(), "docs/job-format.md describes the key".to_owned()),
    }
}

/// Joins choices: `a`, `b` or `c`.
fn choices(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => "none".to_owned(),
    }
}

/// Repeats what somebody wrote, shortened and with control characters escaped.
fn echo(written: &str) -> String {
    let mut shown: String = written.chars().take(ECHO_CHARACTERS_MAX).collect();
    if shown.len() < written.len() {
        shown.push('…');
    }
    EscapedText(&shown).to_string()
}
