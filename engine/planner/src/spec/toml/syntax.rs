//! Faults of the TOML parser, in our words.

use std::collections::BTreeSet;

use ::toml::de::Error;
use provisio_model::Diagnostic;

use super::code;
use super::context::Context;

/// The most errors of the parser that are looked at; after so many the rest tells nothing new.
const ERRORS_MAX: usize = 10_000;
/// What helps against a fault, by how the parser's message begins.
const HELP: [(&str, &str); 8] = [
    ("duplicate key", "keep one of them: a key or table is written once"),
    ("invalid unquoted key", QUOTE_KEY),
    ("key with no value", QUOTE_KEY),
    ("string values must be quoted", "put text in quotes: `'...'` or `\"...\"`"),
    ("unclosed", "close it; look at the lines above too"),
    ("missing comma", "put a comma between two entries, and close the list or table before the next line"),
    ("recursion limit", "nest lists and tables less deeply"),
    ("invalid basic string", "close the text with `\"`; text in `'...'` may hold `\"` and `\\` as they are"),
];
const QUOTE_KEY: &str =
    "write `key = value`, with quotes around a key that has more than letters, digits, `_` and `-`";
const OTHER_HELP: &str = "https://toml.io describes what a TOML file may hold";

/// Reports the first fault of each line: what follows on the same line mostly comes of it.
pub(super) fn report(context: &mut Context<'_>, errors: &[Error]) {
    let text = context.text;
    let mut lines = BTreeSet::new();
    for error in errors.iter().take(ERRORS_MAX) {
        let span = error.span().unwrap_or(text.len()..text.len());
        let line_start = text.get(..span.start).and_then(|before| before.rfind('\n'));
        if !lines.insert(line_start) {
            continue;
        }
        let message = error.message();
        let help = HELP.iter().find(|(start, _)| message.starts_with(start)).map_or(OTHER_HELP, |it| it.1);
        let message = message.lines().collect::<Vec<_>>().join(", ");
        context.report(
            Diagnostic::error(code::SYNTAX, span, format!("not valid TOML: {message}")).with_help(help),
        );
    }
}
