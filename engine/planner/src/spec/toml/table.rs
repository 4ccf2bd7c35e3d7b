//! TOML tables with places, read by key and by type; what is not as asked is reported and gives `None`.

use ::toml::Spanned;
use ::toml::de::{DeInteger, DeString, DeTable, DeValue};
use provisio_model::{Diagnostic, EscapedText, Value};

use super::code;
use super::context::Context;
use provisio_model::closest;

use super::suggest::choices;
use crate::spec::Span;

/// How much of what somebody wrote is repeated in a message, in characters.
const ECHO_CHARACTERS_MAX: usize = 60;

/// A TOML table.
pub(super) struct Table<'t> {
    /// How messages call it, such as `` `[[object]]` ``.
    pub(super) label: String,
    /// Where it begins: the place of what is missing in it.
    pub(super) span: Span,
    entries: &'t DeTable<'t>,
    known: &'static [&'static str],
}

/// A value with its key, or one item of a list.
pub(super) struct Entry<'t> {
    /// How messages call it, such as `` `source` ``.
    pub(super) label: String,
    /// The key; for an item of a list that of the list.
    pub(super) key: &'t str,
    /// Where the key stands; for an item of a list where the item stands.
    pub(super) key_span: Span,
    /// Where the value stands.
    pub(super) span: Span,
    value: &'t DeValue<'t>,
}

/// A text and the place of its characters, without the quotes around them.
pub(super) struct Quoted<'t> {
    pub(super) text: &'t str,
    pub(super) span: Span,
}

impl<'t> Table<'t> {
    pub(super) fn of_file(entries: &'t DeTable<'t>) -> Self {
        Self { label: "the file".to_owned(), span: 0..0, entries, known: &[] }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry<'t>> {
        self.entries.get_key_value(key).map(|(key, value)| Entry::new(key, value))
    }

    /// Returns all entries in the order of the text.
    pub(super) fn entries(&self) -> Vec<Entry<'t>> {
        let mut entries: Vec<_> = self.entries.iter().map(|(key, value)| Entry::new(key, value)).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        entries
    }

    /// Returns the entry, or reports that it is missing; `example` is a line that would add it.
    pub(super) fn required(&self, context: &mut Context<'t>, key: &str, example: &str) -> Option<Entry<'t>> {
        let entry = self.get(key);
        if entry.is_none() && !self.is_misspelt(key) {
            let message = format!("{} has no `{key}`", self.label);
            context.report(
                Diagnostic::error(code::MISSING_KEY, self.span.clone(), message)
                    .with_help(format!("add `{example}`")),
            );
        }
        entry
    }

    /// Says which keys there can be and reports every other.
    pub(super) fn expect_keys(&mut self, context: &mut Context<'t>, known: &'static [&'static str]) {
        self.known = known;
        for entry in self.entries().iter().filter(|entry| !known.contains(&entry.key)) {
            let message = format!("unknown key {} in {}", entry.label, self.label);
            let missing = known.iter().copied().filter(|known| !self.has(known));
            let help = match closest(entry.key, missing) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the keys here are {}", choices(known, "and")),
            };
            context.report(
                Diagnostic::error(code::UNKNOWN_KEY, entry.key_span.clone(), message).with_help(help),
            );
        }
    }

    /// Tells whether a key that is not there stands there misspelt, which is reported as such.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        let mut unknown =
            self.entries.keys().map(|it| it.get_ref().as_ref()).filter(|it| !self.known.contains(it));
        unknown.any(|written| closest(written, [key]).is_some())
    }
}

impl<'t> Entry<'t> {
    fn new(key: &'t Spanned<DeString<'t>>, value: &'t Spanned<DeValue<'t>>) -> Self {
        let name = key.get_ref().as_ref();
        Self {
            label: format!("`{}`", echo(name)),
            key: name,
            key_span: key.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }

    fn item(&self, value: &'t Spanned<DeValue<'t>>) -> Self {
        Self {
            label: format!("an item of {}", self.label),
            key: self.key,
            key_span: value.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn is_integer(&self) -> bool {
        self.value.is_integer()
    }

    /// Tells whether it is a table that no line opens, made by the dots of longer names.
    pub(super) fn is_implied(&self) -> bool {
        self.is_table() && self.span == self.key_span
    }

    /// Returns the boolean, or `None` without a report if it is something else.
    pub(super) fn as_bool(&self) -> Option<bool> {
        self.value.as_bool()
    }

    pub(super) fn bool(&self, context: &mut Context<'t>) -> Option<bool> {
        let bool = self.as_bool();
        if bool.is_none() {
            self.report_type(context, "`true` or `false`", "write `true` or `false` without quotes");
        }
        bool
    }

    pub(super) fn quoted(&self, context: &mut Context<'t>) -> Option<Quoted<'t>> {
        let DeValue::String(text) = self.value else {
            self.report_type(context, "text", "write it as text in quotes");
            return None;
        };
        Some(Quoted { text: text.as_ref(), span: inside_quotes(context.text, self.span.clone()) })
    }

    /// Reads text that has at least one visible character.
    pub(super) fn filled(&self, context: &mut Context<'t>) -> Option<Quoted<'t>> {
        let quoted = self.quoted(context)?;
        if quoted.text.trim().is_empty() {
            self.report_empty(context, "is empty", "fill it in");
            return None;
        }
        Some(quoted)
    }

    /// Reads a name: text that is not empty and can be shown on one line.
    pub(super) fn name(&self, context: &mut Context<'t>) -> Option<Quoted<'t>> {
        let quoted = self.filled(context)?;
        report_control_characters(context, &self.label, quoted.text, &self.span).then_some(quoted)
    }

    /// Reads one of a set of words.
    pub(super) fn word<T: Copy>(&self, context: &mut Context<'t>, words: &[(&str, T)]) -> Option<T> {
        let quoted = self.quoted(context)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == quoted.text) {
            return Some(*meaning);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let allowed = format!("{} is {}", self.label, choices(&known, "or"));
        self.report_word(context, quoted.text, known, &allowed);
        None
    }

    /// Reports a word that is none of `known`; `allowed` says which there are.
    pub(super) fn report_word(&self, context: &mut Context<'t>, word: &str, known: Vec<&str>, allowed: &str) {
        let help = match closest(word, known) {
            Some(known) => format!("did you mean `{known}`? {allowed}"),
            None => allowed.to_owned(),
        };
        let message = format!("{} cannot be `{}`", self.label, echo(word));
        context.report(Diagnostic::error(code::UNKNOWN_WORD, self.span.clone(), message).with_help(help));
    }

    /// Reads a whole number that is not below `least`.
    pub(super) fn integer(&self, context: &mut Context<'t>, least: u64) -> Option<u64> {
        let DeValue::Integer(integer) = self.value else {
            let help = format!("write a number such as `{} = {}`", self.key, least.max(1));
            self.report_type(context, "a whole number", &help);
            return None;
        };
        match i64_of(integer).map(u64::try_from) {
            Some(Ok(number)) if number >= least => Some(number),
            Some(_) => self.report_range(context, &format!("must be {least} or more")),
            None if integer.as_str().starts_with('-') => {
                self.report_range(context, &format!("must be {least} or more"))
            }
            None => self.report_range(context, &format!("must not be above {}", i64::MAX)),
        }
    }

    /// Reads a number from 0 to 100, with or without a fraction.
    pub(super) fn percent(&self, context: &mut Context<'t>) -> Option<f64> {
        let number = match self.value {
            // Whole percents are tiny; one too large for a float is out of range all the same.
            DeValue::Integer(integer) => i64_of(integer).map_or(f64::INFINITY, |it| it as f64),
            DeValue::Float(float) => float.as_str().parse().unwrap_or(f64::NAN),
            _ => {
                self.report_type(context, "a number or `false`", "write a number such as `percent = 10`");
                return None;
            }
        };
        if (0.0..=100.0).contains(&number) {
            return Some(number);
        }
        self.report_range(context, "must be from 0 to 100")
    }

    /// Reads a value that an attribute can hold.
    pub(super) fn value(&self, context: &mut Context<'t>) -> Option<Value> {
        match self.value {
            DeValue::String(text) => Some(Value::from(text.as_ref())),
            DeValue::Boolean(bool) => Some(Value::Bool(*bool)),
            DeValue::Integer(integer) => match i64_of(integer) {
                Some(integer) => Some(Value::Int(integer)),
                None => self.report_range(context, "must fit into 64 bits"),
            },
            DeValue::Float(float) => match float.as_str().parse::<f64>() {
                Ok(decimal) if decimal.is_finite() => Some(Value::Decimal(decimal)),
                _ => self.report_range(context, "must be a finite number"),
            },
            DeValue::Datetime(datetime) => match datetime.offset.map(|_| timestamp_text(datetime).parse()) {
                Some(Ok(timestamp)) => Some(Value::Timestamp(timestamp)),
                Some(Err(_)) => self.report_range(context, "must lie between the years 0000 and 9999 in UTC"),
                None => {
                    let help =
                        "add time and offset, as in `2026-01-31T00:00:00Z`, or put it in quotes as text";
                    self.report_value(context, "a date or time without an offset is no instant", help)
                }
            },
            DeValue::Array(_) => self.report_value(
                context,
                &format!("{} must be one value", self.label),
                "write it without `[` and `]`",
            ),
            DeValue::Table(_) => self.report_value(
                context,
                &format!("{} must be one value", self.label),
                "map each sub-attribute by itself, as in `'name.givenName'`",
            ),
        }
    }

    /// Opens it as a table.
    pub(super) fn table(&self, context: &mut Context<'t>, label: &str, help: &str) -> Option<Table<'t>> {
        let DeValue::Table(entries) = self.value else {
            self.report_type(context, "a table", help);
            return None;
        };
        Some(Table { label: label.to_owned(), span: self.key_span.clone(), entries, known: &[] })
    }

    /// Opens it as a list of tables that are written with `header`.
    pub(super) fn tables(
        &self,
        context: &mut Context<'t>,
        header: &str,
        most: usize,
    ) -> Option<Vec<Table<'t>>> {
        let DeValue::Array(_) = self.value else {
            self.report_type(context, "a list of tables", &format!("write `{header}` with two brackets"));
            return None;
        };
        let label = format!("`{header}`");
        let help = format!("write `{header}` for each");
        let items = self.items(context, most, &format!("add one with `{header}`"))?;
        Some(items.iter().filter_map(|item| item.table(context, &label, &help)).collect())
    }

    /// Opens it as a list; `help` says what to do about an empty one.
    pub(super) fn items(&self, context: &mut Context<'t>, most: usize, help: &str) -> Option<Vec<Entry<'t>>> {
        let DeValue::Array(items) = self.value else {
            self.report_type(context, "a list", &format!("write `{} = [ ... ]`", self.key));
            return None;
        };
        if items.is_empty() {
            self.report_empty(context, "is an empty list", help);
            return None;
        }
        if items.len() > most {
            self.report_too_many(context, items.len(), most);
            return None;
        }
        Some(items.iter().map(|value| self.item(value)).collect())
    }

    pub(super) fn report_too_many(&self, context: &mut Context<'t>, number: usize, most: usize) {
        let message = format!("{} has {number} entries, more than {most}", self.label);
        context.report(
            Diagnostic::error(code::TOO_LARGE, self.key_span.clone(), message)
                .with_help("split the mapping into several files, one for each job"),
        );
    }

    pub(super) fn report_type(&self, context: &mut Context<'t>, expected: &str, help: &str) {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(true) => "`true`",
            DeValue::Boolean(false) => "`false`",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("{} must be {expected}, not {found}", self.label);
        context.report(Diagnostic::error(code::TYPE, self.span.clone(), message).with_help(help));
    }

    pub(super) fn report_range<T>(&self, context: &mut Context<'t>, rule: &str) -> Option<T> {
        let written = context.text.get(self.span.clone()).unwrap_or_default();
        let message = format!("{} is out of range", self.label);
        let help = format!("{} {rule}, not `{}`", self.label, echo(written));
        context.report(Diagnostic::error(code::RANGE, self.span.clone(), message).with_help(help));
        None
    }

    fn report_empty(&self, context: &mut Context<'t>, how: &str, help: &str) {
        let message = format!("{} {how}", self.label);
        context.report(Diagnostic::error(code::EMPTY, self.span.clone(), message).with_help(help));
    }

    fn report_value<T>(&self, context: &mut Context<'t>, message: &str, help: &str) -> Option<T> {
        context.report(Diagnostic::error(code::VALUE, self.span.clone(), message).with_help(help));
        None
    }
}

/// Reports a name with control characters, which would break the line of a plan; tells whether it is clean.
pub(super) fn report_control_characters(
    context: &mut Context<'_>,
    label: &str,
    name: &str,
    span: &Span,
) -> bool {
    let clean = !name.contains(char::is_control);
    if !clean {
        let message = format!("{label} has a line break or another control character");
        context.report(
            Diagnostic::error(code::EMPTY, span.clone(), message).with_help("a name is shown on one line"),
        );
    }
    clean
}

/// Repeats what somebody wrote, shortened and with control characters escaped.
pub(super) fn echo(written: &str) -> String {
    let mut shown: String = written.chars().take(ECHO_CHARACTERS_MAX).collect();
    if shown.len() < written.len() {
        shown.push('…');
    }
    EscapedText(&shown).to_string()
}

fn i64_of(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Writes a time with its seconds, which TOML lets one leave out and RFC 3339 does not.
fn timestamp_text(datetime: &::toml::value::Datetime) -> String {
    let mut datetime = *datetime;
    if let Some(time) = &mut datetime.time {
        time.second.get_or_insert(0);
    }
    datetime.to_string()
}

/// Narrows the span of a TOML string to the characters between its quotes.
fn inside_quotes(text: &str, span: Span) -> Span {
    let Some(written) = text.get(span.clone()) else { return span };
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| {
        written.len() >= 2 * quote.len() && written.starts_with(quote) && written.ends_with(quote)
    });
    let Some(quote) = quote else { return span };
    let mut start = span.start + quote.len();
    let end = span.end - quote.len();
    if quote.len() == 3 {
        // A line break right after the opening quotes is not part of the text.
        let inside = &text[start..end];
        start += if inside.starts_with("\r\n") { 2 } else { usize::from(inside.starts_with('\n')) };
    }
    start..end
}
