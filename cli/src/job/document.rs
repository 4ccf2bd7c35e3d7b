//! What does a TOML file say, and what is wrong with it? All faults, from types that only know `serde`.
//!
//! `serde` stops at the first fault. So a section is read again and again: each fault is reported, what it is
//! about is cut out or put in, and the rest is read once more. That way the settings of any connector get all of
//! their faults reported, with places, without a second description of what they may hold.

use std::collections::BTreeSet;
use std::ops::Range;

use provisio::model::Diagnostic;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::mending::{Mending, join};
use super::{fault, message};

/// The most faults that are looked for in one section.
const FAULTS_MAX: usize = 200;

/// A text, and the faults found in it so far.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: Vec<Diagnostic>,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, faults: Vec::new() }
    }

    pub(super) fn report(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// Returns the faults in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.faults.sort_by_key(|it| it.span.start);
        self.faults
    }

    /// Parses the text; when it is not TOML, nothing else can be said about it.
    pub(super) fn parse(&mut self) -> Option<Section<'t>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let mut lines = BTreeSet::new();
        for error in &errors {
            let span = error.span().unwrap_or(self.text.len()..self.text.len());
            let line = self.text.get(..span.start).map(|before| before.matches('\n').count());
            // What follows on the same line mostly comes of the first fault.
            if lines.insert(line) {
                let message = error.message().lines().collect::<Vec<_>>().join(", ");
                self.report(
                    Diagnostic::error(fault::SYNTAX, span, format!("not valid TOML: {message}"))
                        .with_help("https://toml.io describes what a TOML file may hold"),
                );
            }
        }
        errors.is_empty().then_some(Section { label: String::new(), table })
    }
}

/// A table of the file.
pub(super) struct Section<'t> {
    /// Its path, such as `source`; empty for the file.
    label: String,
    table: Spanned<DeTable<'t>>,
}

impl<'t> Section<'t> {
    /// Returns where it begins.
    pub(super) fn span(&self) -> Range<usize> {
        self.table.span()
    }

    /// Returns a whole number and its place.
    pub(super) fn integer(&self, key: &str) -> Option<(u64, Range<usize>)> {
        let value = self.table.get_ref().get(key)?;
        let integer = value.get_ref().as_integer()?;
        Some((u64::from_str_radix(integer.as_str(), integer.radix()).ok()?, value.span()))
    }

    /// Returns a text and its place.
    pub(super) fn text(&self, key: &str) -> Option<Spanned<String>> {
        let value = self.table.get_ref().get(key)?;
        Some(Spanned::new(value.span(), value.get_ref().as_str()?.to_owned()))
    }

    /// Takes out a table; reports when it is missing or something else. `example` is a line that would add it.
    pub(super) fn take_table(
        &mut self,
        document: &mut Document<'_>,
        key: &str,
        example: &str,
    ) -> Option<Section<'t>> {
        let Some(value) = self.table.get_mut().remove(key) else {
            let is_misspelt = self.keys().any(|it| provisio::model::closest(it, [key]).is_some());
            if !is_misspelt {
                let message = format!("{} has no `{key}`", message::place(&self.label));
                document.report(
                    Diagnostic::error(fault::MISSING_KEY, self.start(), message)
                        .with_help(format!("add `{example}`")),
                );
            }
            return None;
        };
        self.as_table(document, key, value, example)
    }

    /// Takes out a table that may be missing; reports when it is something else.
    pub(super) fn take_optional_table(
        &mut self,
        document: &mut Document<'_>,
        key: &str,
    ) -> Option<Section<'t>> {
        let value = self.table.get_mut().remove(key)?;
        self.as_table(document, key, value, &format!("[{key}]"))
    }

    fn as_table(
        &self,
        document: &mut Document<'_>,
        key: &str,
        value: Spanned<DeValue<'t>>,
        example: &str,
    ) -> Option<Section<'t>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => {
                Some(Section { label: join(&self.label, key), table: Spanned::new(span, table) })
            }
            other => {
                let message = format!("`{key}` must be a table, not {}", message::found(&other));
                document.report(
                    Diagnostic::error(fault::TYPE, span, message).with_help(format!("write `{example}`")),
                );
                None
            }
        }
    }

    /// Takes out a text; reports when it is missing or something else.
    pub(super) fn take_text(
        &mut self,
        document: &mut Document<'_>,
        key: &str,
        example: &str,
    ) -> Option<Spanned<String>> {
        let Some(value) = self.table.get_mut().remove(key) else {
            let message = format!("{} has no `{key}`", message::place(&self.label));
            document.report(
                Diagnostic::error(fault::MISSING_KEY, self.span(), message)
                    .with_help(format!("add `{example}`")),
            );
            return None;
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::String(text) => Some(Spanned::new(span, text.into_owned())),
            other => {
                let message = format!("`{key}` must be text, not {}", message::found(&other));
                document.report(
                    Diagnostic::error(fault::TYPE, span, message).with_help(format!("write `{example}`")),
                );
                None
            }
        }
    }

    /// Takes out a text that may be missing; reports when it is something else.
    #[cfg(feature = "ldap")]
    pub(super) fn take_optional_text(
        &mut self,
        document: &mut Document<'_>,
        key: &str,
        example: &str,
    ) -> Option<Spanned<String>> {
        if self.table.get_ref().contains_key(key) { self.take_text(document, key, example) } else { None }
    }

    /// Reads the section as a type; reports everything that is wrong with it. `others` are keys that belong here
    /// and were taken out.
    pub(super) fn read<T: DeserializeOwned>(
        mut self,
        document: &mut Document<'_>,
        others: &[&str],
    ) -> Option<T> {
        let mut mending = Mending::new(&self.label, others, document.text.len());
        let mut is_clean = true;
        for _ in 0..FAULTS_MAX {
            let error = match T::deserialize(Deserializer::from(self.table.clone())) {
                Ok(value) => return is_clean.then_some(value),
                Err(error) => error,
            };
            is_clean = false;
            if !mending.mend(&mut self.table, &error, &mut document.faults) {
                break;
            }
        }
        None
    }

    /// Reads some of the section, without a report of what is wrong.
    pub(super) fn read_silently<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(Deserializer::from(self.table.clone())).ok()
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.get_ref().keys().map(|it| it.get_ref().as_ref())
    }

    /// The place of what is missing in it: its first character.
    fn start(&self) -> Range<usize> {
        if self.label.is_empty() { 0..0 } else { self.span() }
    }
}
