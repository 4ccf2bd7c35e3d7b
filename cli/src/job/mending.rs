//! How can the rest of a table be read after a fault? What the fault is about is cut out or put in.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use provisio::model::{Diagnostic, closest};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue, Error};

use super::message::{Meaning, Written};
use super::{fault, message};

/// Keeps a table readable after a fault.
pub(super) struct Mending<'a> {
    /// The path of the table that is read.
    label: &'a str,
    /// Keys that belong into that table and were taken out before.
    others: &'a [&'a str],
    /// The end of the text: what lies behind it was put in.
    end: usize,
    put_in: usize,
    /// Keys that were cut out, by the beginning of their table.
    cut_out: BTreeSet<(usize, String)>,
}

impl<'a> Mending<'a> {
    pub(super) fn new(label: &'a str, others: &'a [&'a str], end: usize) -> Self {
        Self { label, others, end, put_in: 0, cut_out: BTreeSet::new() }
    }

    /// Reports a fault and takes it out of the table; `false` when that cannot be done.
    pub(super) fn mend(
        &mut self,
        table: &mut Spanned<DeTable<'_>>,
        error: &Error,
        faults: &mut Vec<Diagnostic>,
    ) -> bool {
        let (table_span, label) = (table.span(), self.label);
        let span = error.span().unwrap_or_else(|| table_span.clone());
        let mut at = At { span: &span, meaning: Meaning::of(error.message()), faults };
        let is_mended = match at.meaning {
            Meaning::Missing(key) => self.put_in(table.get_mut(), &table_span, label, key, &mut at),
            _ => self.cut_out(table.get_mut(), &table_span, label, &mut at),
        };
        if !is_mended {
            faults.push(Diagnostic::error(fault::VALUE, span, error.message().to_owned()));
        }
        is_mended
    }

    /// Finds the table that lacks a key, and puts something in its place.
    fn put_in(
        &mut self,
        table: &mut DeTable<'_>,
        table_span: &Range<usize>,
        label: &str,
        key: &str,
        at: &mut At<'_, '_>,
    ) -> bool {
        if table_span == at.span && !table.contains_key(key) {
            if !self.is_known(table_span.start, key) {
                // The place of what is missing in the file is its first character.
                let place = if label.is_empty() { 0..0 } else { table_span.clone() };
                at.faults.push(message::missing(label, key, place));
            }
            self.put_in += 1;
            let place = self.end + self.put_in;
            insert(table, key, place..place, DeValue::String(Cow::Borrowed("")));
            return true;
        }
        for (name, value) in table.iter_mut() {
            let (label, span) = (join(label, name.get_ref()), value.span());
            let found = match value.get_mut() {
                DeValue::Table(table) => self.put_in(table, &span, &label, key, at),
                DeValue::Array(items) => items.iter_mut().any(|item| {
                    let span = item.span();
                    match item.get_mut() {
                        DeValue::Table(table) => self.put_in(table, &span, &label, key, at),
                        _ => false,
                    }
                }),
                _ => false,
            };
            if found {
                return true;
            }
        }
        false
    }

    /// Tells whether it was reported already that a key is missing: it was cut out, stands there misspelt, or its
    /// table was put in.
    fn is_known(&self, table_start: usize, key: &str) -> bool {
        let of_table = self.cut_out.iter().filter(|(start, _)| *start == table_start);
        let mut names = of_table.map(|(_, name)| name.as_str());
        table_start > self.end || names.any(|name| closest(name, [key]).is_some())
    }

    /// Finds the key or the value that a fault is about, and cuts it out.
    fn cut_out(
        &mut self,
        table: &mut DeTable<'_>,
        table_span: &Range<usize>,
        label: &str,
        at: &mut At<'_, '_>,
    ) -> bool {
        let is_it = |key: Range<usize>, value: Range<usize>| key == *at.span || value == *at.span;
        let found = table.iter().find(|(key, value)| is_it(key.span(), value.span()));
        let Some((name, value)) = found else {
            return table.iter_mut().any(|(name, value)| {
                let label = join(label, name.get_ref());
                self.cut_out_of_value(value, &label, name.get_ref(), at)
            });
        };
        let name = name.get_ref().as_ref().to_owned();
        if at.span.start > self.end {
            // What was put in has the wrong type: try another.
            let Some(next) = next_placeholder(value.get_ref()) else { return false };
            insert(table, &name, at.span.clone(), next);
            return true;
        }
        let others = if label == self.label { self.others } else { &[] };
        let present: Vec<&str> = table.keys().map(|it| it.get_ref().as_ref()).collect();
        let written = Written { table: label, key: &name, value: value.get_ref(), span: at.span.clone() };
        at.faults.push(message::fault(&at.meaning, &written, &present, others));
        table.remove(name.as_str());
        self.cut_out.insert((table_span.start, name));
        true
    }

    fn cut_out_of_value(
        &mut self,
        value: &mut Spanned<DeValue<'_>>,
        label: &str,
        key: &str,
        at: &mut At<'_, '_>,
    ) -> bool {
        let value_span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.cut_out(table, &value_span, label, at),
            DeValue::Array(items) => {
                if let Some(position) = items.iter().position(|it| it.span() == *at.span) {
                    let item = items[position].get_ref();
                    let written = Written { table: label, key, value: item, span: at.span.clone() };
                    at.faults.push(message::fault(&at.meaning, &written, &[], &[]));
                    let kept = std::mem::replace(items, DeArray::new()).into_iter().enumerate();
                    *items = kept.filter(|(at, _)| *at != position).map(|(_, item)| item).collect();
                    return true;
                }
                items.iter_mut().any(|item| self.cut_out_of_value(item, label, key, at))
            }
            _ => false,
        }
    }
}

/// A fault that is looked for.
struct At<'a, 'e> {
    span: &'a Range<usize>,
    meaning: Meaning<'e>,
    faults: &'a mut Vec<Diagnostic>,
}

fn insert<'t>(table: &mut DeTable<'t>, key: &str, place: Range<usize>, value: DeValue<'t>) {
    table.insert(Spanned::new(place.clone(), Cow::Owned(key.to_owned())), Spanned::new(place, value));
}

/// What stands in for a missing value, until it has a type that fits.
fn next_placeholder<'t>(value: &DeValue<'_>) -> Option<DeValue<'t>> {
    match value {
        DeValue::String(_) => Some(DeValue::Boolean(false)),
        DeValue::Boolean(_) => Some(DeValue::Integer(DeInteger::default())),
        DeValue::Integer(_) => Some(DeValue::Array(DeArray::new())),
        DeValue::Array(_) => Some(DeValue::Table(DeTable::new())),
        _ => None,
    }
}

/// Joins the steps of a path through the file.
pub(super) fn join(label: &str, key: &str) -> String {
    if label.is_empty() { key.to_owned() } else { format!("{label}.{key}") }
}
