//! What object is a row? Packs it into records, or says why it cannot be read.

use std::collections::HashSet;
use std::ops::Range;

use provisio_model::{ErrorKind, EscapedText, Failure, PackError, RecordsBuilder, Slot, SourceSide, Text};

use crate::anchors::Anchors;
use crate::columns::{Attribute, Columns, Wanted};
use crate::convert::Converted;
use crate::limits::{ANCHOR_BYTES_MAX, COLUMNS_MAX, FIELD_BYTES_MAX, SHOWN_CHARACTERS, VALUES_MAX};
use crate::rows::Row;

/// Translates the rows of one file.
pub(crate) struct Translator {
    file: String,
    columns: Columns,
    wanted: Vec<Wanted>,
    /// Which of them follow each other and are taken as they are, and each of the others by itself.
    runs: Vec<Range<usize>>,
    /// How many fields a row has; without a header, as many as the first.
    field_count: usize,
    quote: u8,
    trim: bool,
    anchors: Anchors,
    buffers: Buffers,
}

/// Memory that is used again for each row.
#[derive(Default)]
struct Buffers {
    anchor: String,
    field: String,
    values: Vec<Converted>,
    /// Where the fields of some columns lie; nowhere, if they hold no value.
    parts: Vec<Range<u32>>,
}

/// A row that cannot be read, and whose it is when that is certain.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) id: Option<Text>,
    pub(crate) failure: Failure,
}

/// Why a row cannot be begun.
enum Begin {
    /// Its anchor occurred in this line.
    Twice(u64),
    Refused(PackError),
}

/// What a row or a field has against being read: kind and message.
type Fault = (ErrorKind, String);

impl Translator {
    pub(crate) fn new(file: String, columns: Columns, wanted: Vec<Wanted>, quote: u8, trim: bool) -> Self {
        let field_count = columns.headers.len();
        let (anchors, buffers) = (Anchors::default(), Buffers::default());
        let mut runs: Vec<Range<usize>> = Vec::new();
        for run in wanted.chunk_by(|left, right| left.is_plain && right.is_plain) {
            let start = runs.last().map_or(0, |it| it.end);
            runs.push(start..start + run.len());
        }
        Self { file, columns, wanted, runs, field_count, quote, trim, anchors, buffers }
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Says how many fields a row has.
    pub(crate) fn expect_fields(&mut self, count: usize) {
        self.field_count = count;
    }

    /// Tells whether the row has the shape of the others.
    pub(crate) fn is_whole(&self, row: &Row<'_>) -> bool {
        row.span.misquoted.is_none() && row.span.field_count == self.field_count
    }

    /// Prepares for rows that are packed next.
    pub(crate) fn expect<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        builder: &RecordsBuilder<SourceSide>,
    ) {
        let anchors = rows.filter_map(|row| row.field(self.columns.anchor)?.ok());
        builder.bring_ids_near(anchors.map(|it| it.as_written()));
    }

    /// Packs a row.
    pub(crate) fn pack(
        &mut self,
        row: &Row<'_>,
        builder: &mut RecordsBuilder<SourceSide>,
    ) -> Result<(), Unreadable> {
        if !self.is_whole(row) {
            return Err(self.misshapen(row, builder));
        }
        if self.may_hide_a_row(row) {
            let what = "so many bytes are damaged that another row may have been lost in them";
            return Err(self.report(row, None, ErrorKind::InvalidValue, what));
        }
        let Buffers { anchor: anchor_buffer, field, values, parts } = &mut self.buffers;
        let index = self.columns.anchor;
        let anchor = match row.field(index) {
            Some(Ok(text)) => trimmed(text.unescape(self.quote, anchor_buffer), self.trim),
            Some(Err(_)) => return Err(self.unidentified(row, index, "the anchor is not valid UTF-8")),
            None => return Err(self.unidentified(row, index, "the anchor is missing")),
        };
        if is_null(anchor, &self.columns.anchor_nulls) {
            return Err(self.unidentified(row, index, "the anchor is empty"));
        }
        if anchor.len() > ANCHOR_BYTES_MAX {
            let what = format!("the anchor is longer than {ANCHOR_BYTES_MAX} bytes");
            return Err(self.unidentified(row, index, &what));
        }
        if has_control(anchor) {
            return Err(self.unidentified(
                row,
                index,
                "the anchor has a control character, so it may be another one, damaged",
            ));
        }
        let unreadable = |(kind, what): Fault| Unreadable {
            id: Some(anchor.into()),
            failure: Failure::new(kind, format!("{}:{}: {what}", self.file, row.line)),
        };
        let begun = match self.anchors.line_of_unreadable(anchor) {
            Some(first) => Err(Begin::Twice(first)),
            None => builder.begin(anchor).map_err(|error| match error {
                PackError::DuplicateId { .. } => {
                    Begin::Twice(self.anchors.line_of(builder.position(anchor).unwrap_or_default()))
                }
                error => Begin::Refused(error),
            }),
        };
        match begun {
            Ok(()) => {}
            Err(Begin::Twice(first)) => {
                let title = self.columns.title(index);
                let what = format!("{title}: {} occurred in line {first} already", shown(anchor));
                return Err(unreadable((ErrorKind::UniquenessViolated, what)));
            }
            Err(Begin::Refused(error)) => {
                self.anchors.unreadable(anchor, row.line);
                return Err(unreadable((ErrorKind::InvalidValue, error.to_string())));
            }
        }
        let mut faults: Vec<(usize, Fault)> = Vec::new();
        let mut read = |wanted: &Wanted, builder: &mut RecordsBuilder<SourceSide>| {
            let attribute = &self.columns.attributes[wanted.attribute];
            let reader = FieldReader { attribute, quote: self.quote, trim: self.trim };
            if let Err(fault) = reader.set(wanted.slot, row, builder, field, values) {
                faults.push((attribute.index, fault));
            }
        };
        let as_written = row.as_written();
        for run in self.runs.iter().map(|it| &self.wanted[it.clone()]) {
            let Some(text) = as_written.filter(|_| run[0].is_plain) else {
                run.iter().for_each(|it| read(it, builder));
                continue;
            };
            parts.clear();
            parts.extend(run.iter().map(|it| plain_part(it, row, text, &self.columns, self.trim)));
            let mut done = 0;
            loop {
                done += builder.set_texts(run[done].slot, text, &parts[done..]);
                let Some(next) = run.get(done) else { break };
                read(next, builder);
                done += 1;
                if done == run.len() {
                    break;
                }
            }
        }
        if let Some(fault) = in_words(&self.columns, faults) {
            builder.abandon();
            let failure = unreadable(fault);
            self.anchors.unreadable(anchor, row.line);
            return Err(failure);
        }
        builder.commit();
        self.anchors.packed(row.line);
        Ok(())
    }

    /// Reports the last row of a file that may be cut off within it.
    #[cold]
    pub(crate) fn cut_off(&mut self, row: &Row<'_>, builder: &mut RecordsBuilder<SourceSide>) -> Unreadable {
        let behind_anchor = row.span.field_count > self.columns.anchor + 1 && row.is_one_line();
        let id = if behind_anchor { self.anchor_before_fault(row, builder) } else { None };
        let what = "the last line has no line break, so it may be cut off";
        self.report(row, id, ErrorKind::InvalidValue, what)
    }

    #[cold]
    fn misshapen(&mut self, row: &Row<'_>, builder: &mut RecordsBuilder<SourceSide>) -> Unreadable {
        let what = match row.span.misquoted {
            Some(index) => format!("{}: text follows the closing quote", self.columns.title(index)),
            None if row.span.field_count > COLUMNS_MAX => format!("more than {COLUMNS_MAX} fields"),
            None => match row.span.field_count {
                1 => format!("1 field instead of {}", self.field_count),
                count => format!("{count} fields instead of {}", self.field_count),
            },
        };
        let id = if self.is_surely_one_row(row) { self.anchor_before_fault(row, builder) } else { None };
        self.report(row, id, ErrorKind::InvalidValue, &what)
    }

    /// Tells whether a misshapen row can neither hide another row nor have its anchor in another place.
    ///
    /// Rows that run into each other have more fields than one, or a quote that spans lines. A delimiter too
    /// many or too few moves all fields behind it.
    fn is_surely_one_row(&self, row: &Row<'_>) -> bool {
        let count = row.span.field_count;
        row.is_one_line()
            && !self.may_hide_a_row(row)
            && (count == self.field_count
                || (count < self.field_count && count > 1 && self.columns.anchor == 0))
    }

    /// Tells whether bytes that are damaged may have been the end of a row and the beginning of the next.
    ///
    /// Two rows in one have the shape of one only if a line break was damaged and, but for one, as many
    /// delimiters as a row has fields.
    fn may_hide_a_row(&self, row: &Row<'_>) -> bool {
        row.damaged_bytes() >= self.field_count
    }

    /// Returns the anchor if it stands before what is misquoted.
    fn anchor_before_fault(
        &mut self,
        row: &Row<'_>,
        builder: &mut RecordsBuilder<SourceSide>,
    ) -> Option<Text> {
        if row.span.misquoted.is_some_and(|index| index <= self.columns.anchor) {
            return None;
        }
        let text = row.field(self.columns.anchor)?.ok()?;
        let anchor = trimmed(text.unescape(self.quote, &mut self.buffers.anchor), self.trim);
        let is_anchor = !is_null(anchor, &self.columns.anchor_nulls);
        (is_anchor && !has_control(anchor) && anchor.len() <= ANCHOR_BYTES_MAX).then(|| {
            // A later row with this anchor is a duplicate.
            if builder.position(anchor).is_none() && self.anchors.line_of_unreadable(anchor).is_none() {
                self.anchors.unreadable(anchor, row.line);
            }
            anchor.into()
        })
    }

    #[cold]
    fn unidentified(&self, row: &Row<'_>, index: usize, what: &str) -> Unreadable {
        let what = format!("{}: {what}", self.columns.title(index));
        self.report(row, None, ErrorKind::InvalidValue, &what)
    }

    fn report(&self, row: &Row<'_>, id: Option<Text>, kind: ErrorKind, what: &str) -> Unreadable {
        Unreadable { id, failure: Failure::new(kind, format!("{}:{}: {what}", self.file, row.line)) }
    }
}

/// Returns where the field of a column that is taken as it is lies in the text of its row; an empty part if it has no value.
#[inline(always)]
fn plain_part(wanted: &Wanted, row: &Row<'_>, text: &str, columns: &Columns, trim: bool) -> Range<u32> {
    let part = row.part(wanted.index);
    if part.is_empty() {
        return part;
    }
    // Nearly no field has anything to trim, and that is seen at its ends.
    let is_visible = |at: u32| matches!(text.as_bytes().get(at as usize), Some(b'!'..=b'~'));
    if !wanted.has_nulls && is_visible(part.start) && is_visible(part.end - 1) {
        return part;
    }
    unusual_part(wanted, part, text, columns, trim)
}

#[cold]
fn unusual_part(wanted: &Wanted, part: Range<u32>, text: &str, columns: &Columns, trim: bool) -> Range<u32> {
    let range = trimmed_range(text, part.start as usize..part.end as usize, trim);
    let nulls = &columns.attributes[wanted.attribute].nulls;
    if is_null(text.get(range.clone()).unwrap_or_default(), nulls) {
        return part.start..part.start;
    }
    range.start as u32..range.end as u32
}

/// Says what the fields of a row have against being read, in the order of the columns; the first one's kind counts.
fn in_words(columns: &Columns, mut faults: Vec<(usize, Fault)>) -> Option<Fault> {
    faults.sort_by_key(|it| it.0);
    let kind = faults.first()?.1.0;
    let words = faults.iter().map(|(index, (_, what))| format!("{}: {what}", columns.title(*index)));
    Some((kind, words.collect::<Vec<_>>().join("; ")))
}

/// Tells whether an anchor has what nobody types: it would be taken for another person, and the real one for gone.
fn has_control(anchor: &str) -> bool {
    anchor.bytes().any(|it| it.is_ascii_control())
}

/// Reads one field of a row.
struct FieldReader<'a> {
    attribute: &'a Attribute,
    quote: u8,
    trim: bool,
}

impl FieldReader<'_> {
    /// Sets the attribute to what its field holds.
    fn set(
        &self,
        slot: Slot,
        row: &Row<'_>,
        builder: &mut RecordsBuilder<SourceSide>,
        buffer: &mut String,
        values: &mut Vec<Converted>,
    ) -> Result<(), Fault> {
        let attribute = self.attribute;
        let text = match row.field(attribute.index) {
            Some(Ok(text)) => text.unescape(self.quote, buffer),
            Some(Err(_)) => return Err((ErrorKind::InvalidValue, "the text is not valid UTF-8".to_owned())),
            None => return Ok(()),
        };
        if text.len() > FIELD_BYTES_MAX {
            return Err((ErrorKind::TooLarge, format!("the field is longer than {FIELD_BYTES_MAX} bytes")));
        }
        let field = trimmed(text, self.trim);
        if is_null(field, &self.attribute.nulls) {
            return Ok(());
        }
        if attribute.is_plain {
            return builder.set_text(slot, field, 0..field.len()).map_err(refused);
        }
        let Some(separator) = &self.attribute.separator else {
            let value = self.convert(field, 0..field.len())?;
            return builder.set(slot, value.value(field)).map_err(refused);
        };
        values.clear();
        let mut start = 0;
        for part in field.split(separator.as_str()) {
            let value = trimmed_range(field, start..start + part.len(), self.trim);
            start += part.len() + separator.len();
            let text = field.get(value.clone()).unwrap_or_default();
            if !is_null(text, &self.attribute.nulls) {
                values.push(self.convert(field, value)?);
            }
            if values.len() > VALUES_MAX {
                return Err((ErrorKind::TooLarge, format!("there are more than {VALUES_MAX} values")));
            }
        }
        drop_repeated(values, field);
        builder.set_many(slot, values.iter().map(|value| value.value(field))).map_err(refused)
    }

    fn convert(&self, field: &str, range: Range<usize>) -> Result<Converted, Fault> {
        self.attribute.converter.convert(field, range.clone()).map_err(|not_a| {
            let text = field.get(range).unwrap_or_default();
            (ErrorKind::InvalidValue, format!("{} is not {}", shown(text), not_a.0))
        })
    }
}

#[cold]
fn refused(error: PackError) -> Fault {
    let kind = match error {
        PackError::TooLarge { .. } => ErrorKind::TooLarge,
        _ => ErrorKind::InvalidValue,
    };
    (kind, error.to_string())
}

/// Values are a set: keeps the first of those that are the same.
fn drop_repeated(values: &mut Vec<Converted>, field: &str) {
    const FEW: usize = 16;
    if values.len() <= FEW {
        let mut kept = 0;
        for at in 0..values.len() {
            let key = values[at].key(field);
            if values[..kept].iter().all(|it| it.key(field) != key) {
                values.swap(kept, at);
                kept += 1;
            }
        }
        values.truncate(kept);
    } else {
        let mut seen = HashSet::new();
        values.retain(|value| seen.insert(value.key(field)));
    }
}

fn trimmed_range(text: &str, range: Range<usize>, trim: bool) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    if !trim {
        return range;
    }
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

fn trimmed(text: &str, trim: bool) -> &str {
    // Nearly no field has anything to trim, and that is seen at its ends.
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ if trim => text.trim(),
        _ => text,
    }
}

fn is_null(text: &str, nulls: &[String]) -> bool {
    text.is_empty() || nulls.iter().any(|it| it == text)
}

/// Shows a value in a message: escaped, and not all of a long one.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("`{}…`", EscapedText(&text[..end])),
        None => format!("`{}`", EscapedText(text)),
    }
}
