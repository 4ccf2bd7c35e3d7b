//! How is a file read? Opens it, finds its columns, and goes through its rows batch by batch.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Take};
use std::path::Path;
use std::sync::Arc;

use provisio_connector::{ConnectorError, Context, ReadEvent, Result};
use provisio_model::{Completeness, ErrorKind, Incomplete, Layout, RecordsBuilder, SourceSide};

use crate::columns::Columns;
use crate::config::CsvFile;
use crate::expect::{End, Facts, RowCounts, Trailer, judge, row_count, verify_checksum};
use crate::file::{OpenFile, io_error, read_sidecar};
use crate::limits::{BATCH_BYTES, BATCH_ROWS, ROWS_MAX};
use crate::rows::{Row, Rows, Step};
use crate::scan::Dialect;
use crate::translate::Translator;

/// A file whose header was read.
pub(crate) struct Opened {
    pub(crate) file: OpenFile,
    pub(crate) rows: Rows<Take<File>>,
    /// `None` when the file is empty, so that there is no header.
    pub(crate) columns: Option<Columns>,
    pub(crate) trailer: Trailer,
}

/// A file that is being read.
pub(crate) struct Reading<'a> {
    context: &'a Context,
    config: &'a CsvFile,
    base_folder: &'a Path,
    file: OpenFile,
    rows: Rows<Take<File>>,
    trailer: Trailer,
    translator: Option<Translator>,
    row_count_file: Option<std::result::Result<u64, String>>,
    row_counts: RowCounts,
    row_number: u64,
    builder: RecordsBuilder<SourceSide>,
    events: VecDeque<ReadEvent>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begun,
    InRows,
    Ended,
}

/// Opens a file and reads its header.
///
/// # Errors
/// When it cannot be read, or lacks a column.
pub(crate) fn open(config: &CsvFile, base_folder: &Path, operation: &'static str) -> Result<Opened> {
    let name = config.path.display().to_string();
    let mut file = OpenFile::open(&base_folder.join(&config.path), name, config.encoding, operation)?;
    let failed = |file: &OpenFile, error| io_error(&file.name, error, operation);
    let mut text_end = file.bytes();
    let mut trailer = Trailer::NotExpected;
    if let Some(pattern) = &config.expect.trailer {
        let last = file.last_line(config.encoding).map_err(|error| failed(&file, error))?;
        trailer = Trailer::of(pattern, last.as_ref().map_or("", |it| &it.text));
        // Whatever stands in the place of the trailer is no row: it is one that was cut off, or part of one.
        text_end = last.map(|line| line.start).filter(|&start| start > file.text_start).unwrap_or(text_end);
    }
    let handle = file.file.try_clone().map_err(|error| failed(&file, error))?;
    let text = handle.take(text_end.saturating_sub(file.text_start));
    let dialect = Dialect {
        delimiter: u8::try_from(config.delimiter).unwrap_or(b','),
        quote: u8::try_from(config.quote).unwrap_or(b'"'),
        trim: config.trim,
    };
    let mut rows = Rows::new(text, config.encoding, dialect);
    let headers = if config.header {
        match rows.next().map_err(|error| failed(&file, error))? {
            Step::Row => Some(headers(&rows.row(), config, dialect.quote, operation)?),
            Step::End => None,
            Step::Unclosed { line } | Step::TooLong { line } => {
                return Err(invalid(
                    config,
                    operation,
                    &format!("the quotes in line {line} are never closed"),
                ));
            }
        }
    } else {
        Some(Vec::new())
    };
    let columns = headers.map(|headers| Columns::resolve(config, headers, operation)).transpose()?;
    Ok(Opened { file, rows, columns, trailer })
}

fn headers(row: &Row<'_>, config: &CsvFile, quote: u8, operation: &'static str) -> Result<Vec<String>> {
    if row.span.misquoted.is_some() {
        return Err(invalid(config, operation, "in the header, text follows a closing quote"));
    }
    let mut scratch = String::new();
    let mut headers = Vec::new();
    for index in 0..row.span.field_count {
        let text = match row.field(index) {
            Some(Ok(text)) => text.unescape(quote, &mut scratch),
            Some(Err(_)) => return Err(invalid(config, operation, "the header is not valid UTF-8")),
            None => return Err(invalid(config, operation, "there are too many columns")),
        };
        headers.push(if config.trim { text.trim() } else { text }.to_owned());
    }
    Ok(headers)
}

fn invalid(config: &CsvFile, operation: &'static str, what: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::ConfigInvalid, operation, format!("{}: {what}", config.path.display()))
}

impl<'a> Reading<'a> {
    /// Opens the file and finds the wanted columns.
    pub(crate) fn begin(
        context: &'a Context,
        config: &'a CsvFile,
        base_folder: &'a Path,
        layout: Arc<Layout>,
    ) -> Result<Self> {
        context.check("read")?;
        let Opened { file, rows, columns, trailer } = open(config, base_folder, "read")?;
        let quote = u8::try_from(config.quote).unwrap_or(b'"');
        let translator = match columns {
            None => None,
            Some(columns) => {
                let wanted = columns.wanted(&layout, config)?;
                Some(Translator::new(file.name.clone(), columns, wanted, quote, config.trim))
            }
        };
        let sidecar = config.expect.row_count_file.as_ref();
        let row_count_file = sidecar.map(|path| row_count(read_sidecar(&base_folder.join(path))));
        Ok(Self {
            context,
            config,
            base_folder,
            file,
            rows,
            trailer,
            translator,
            row_count_file,
            row_counts: RowCounts::default(),
            row_number: 0,
            builder: RecordsBuilder::in_batches(layout),
            events: VecDeque::new(),
            state: State::Begun,
        })
    }

    /// Returns the next event; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<ReadEvent>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            self.context.check("read")?;
            match self.state {
                State::Begun => self.verify()?,
                State::InRows => self.read_batch()?,
                State::Ended => return Ok(None),
            }
        }
    }

    /// Verifies the checksum, before the first row is believed.
    fn verify(&mut self) -> Result<()> {
        self.state = State::InRows;
        let Some(path) = &self.config.expect.checksum_file else { return Ok(()) };
        let verified = match read_sidecar(&self.base_folder.join(path)) {
            Err(fault) => Err(fault),
            Ok(list) => {
                let context = self.context;
                let actual = self.file.sha256(|| context.check("read"))?;
                verify_checksum(&list, &self.config.path, &actual)
            }
        };
        if let Err(fault) = verified {
            self.doubt(format!("`{}` {fault}; nothing was read", path.display()));
        }
        Ok(())
    }

    /// Packs the next rows.
    fn read_batch(&mut self) -> Result<()> {
        let Some(translator) = &mut self.translator else {
            self.doubt("the file is empty, there is not even a header".to_owned());
            return Ok(());
        };
        let builder = &mut self.builder;
        let mut unreadable = Vec::new();
        let mut end = None;
        let (mut rows, mut bytes) = (0, 0);
        while rows < BATCH_ROWS && bytes < BATCH_BYTES && end.is_none() {
            if self.rows.look_ahead() {
                translator.expect(self.rows.ahead(), builder);
            }
            let step = self.rows.next().map_err(|error| io_error(&self.file.name, error, "read"))?;
            match step {
                Step::Row => {}
                Step::End => {
                    end = Some(End::Reached);
                    break;
                }
                Step::Unclosed { line } => {
                    end = Some(End::Unclosed { line });
                    break;
                }
                Step::TooLong { line } => {
                    end = Some(End::TooLong { line });
                    break;
                }
            }
            let row = self.rows.row();
            if self.row_number == 0 && !self.config.header {
                let last = translator.columns().last();
                if row.span.field_count <= last {
                    let what = format!("the first row has no column {}", last + 1);
                    return Err(invalid(self.config, "read", &what));
                }
                translator.expect_fields(row.span.field_count);
            }
            rows += 1;
            bytes += row.bytes();
            self.row_number += 1;
            if self.row_number > ROWS_MAX {
                end = Some(End::TooMany);
                break;
            }
            let is_whole = translator.is_whole(&row);
            if let Some(index) = translator.columns().row_count.filter(|_| is_whole) {
                self.row_counts.note(&row, index);
            }
            let may_be_cut_off =
                !row.span.terminated && (!is_whole || needs_line_break(self.config, &self.trailer));
            if may_be_cut_off {
                end = Some(End::CutOff { line: row.line });
                unreadable.push(translator.cut_off(&row, builder));
            } else if let Err(row) = translator.pack(&row, builder) {
                unreadable.push(row);
            }
        }
        if !builder.records().is_empty() {
            self.events.push_back(ReadEvent::SourceBatch(builder.take_batch()));
        }
        let unreadable = unreadable.into_iter();
        self.events.extend(unreadable.map(|it| ReadEvent::Unreadable { id: it.id, failure: it.failure }));
        if let Some(end) = end {
            self.end(end);
        }
        Ok(())
    }

    /// Judges whether the file was whole.
    fn end(&mut self, end: End) {
        let mut change = match self.file.change() {
            Ok(change) => change.map(str::to_owned),
            Err(error) => Some(format!("it cannot be looked at any more: {error}")),
        };
        if end == End::Reached && self.rows.input().limit() > 0 {
            change = Some("it became shorter".to_owned());
        }
        let facts = Facts {
            rows: self.row_number,
            end,
            trailer: &self.trailer,
            row_counts: &self.row_counts,
            row_count_file: self.row_count_file.as_ref(),
            change,
        };
        match judge(&self.config.expect, &facts) {
            Err(doubts) => self.doubt(doubts),
            Ok(evidence) => {
                self.state = State::Ended;
                self.events.push_back(ReadEvent::Complete(Completeness::declared(evidence)));
            }
        }
    }

    fn doubt(&mut self, doubts: String) {
        self.state = State::Ended;
        let doubts = format!("{}: {doubts}", self.file.name);
        self.events.push_back(ReadEvent::Incomplete(Incomplete::Doubtful(doubts.into())));
    }
}

/// Tells whether a missing line break at the end means that the file may be cut off.
fn needs_line_break(config: &CsvFile, trailer: &Trailer) -> bool {
    let is_proved = matches!(trailer, Trailer::Found { .. }) || config.expect.checksum_file.is_some();
    config.expect.final_line_break.unwrap_or(!is_proved)
}
