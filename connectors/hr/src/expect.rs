//! Is the file whole? Compares what was configured with what was found; a pure function at the end.

use std::path::Path;

use provisio_model::EscapedText;

use crate::config::Expect;
use crate::rows::Row;

/// How a read came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the end of the rows.
    Reached,
    /// Within quotes that were opened in this line.
    Unclosed { line: u64 },
    /// At a row that is too long; it began in this line.
    TooLong { line: u64 },
    /// At a row too many.
    TooMany,
    /// In a last line that may be cut off.
    CutOff { line: u64 },
}

/// Whether the last line is what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trailer {
    NotExpected,
    /// It is there, with this number of rows if it holds one.
    Found {
        rows: Option<u64>,
    },
    /// This is there instead.
    Missing {
        last_line: String,
    },
}

/// What the rows themselves say about their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowCounts {
    /// The number that all rows said so far.
    pub(crate) agreed: Option<u64>,
    /// The first row that says something else, or nothing: a sentence.
    pub(crate) fault: Option<String>,
}

/// What was found out about a file.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) rows: u64,
    pub(crate) end: End,
    pub(crate) trailer: &'a Trailer,
    pub(crate) row_counts: &'a RowCounts,
    /// What the file with the row count says.
    pub(crate) row_count_file: Option<&'a Result<u64, String>>,
    /// How the file changed while it was read.
    pub(crate) change: Option<String>,
}

impl Trailer {
    /// Compares the last line with the pattern.
    pub(crate) fn of(pattern: &str, last_line: &str) -> Self {
        let missing = || Self::Missing { last_line: last_line.to_owned() };
        let Some((before, behind)) = pattern.split_once("{rows}") else {
            return if last_line == pattern { Self::Found { rows: None } } else { missing() };
        };
        let rows = last_line.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
        match rows.and_then(parse_count) {
            Some(rows) => Self::Found { rows: Some(rows) },
            None => missing(),
        }
    }
}

impl RowCounts {
    /// Takes down what a row says.
    pub(crate) fn note(&mut self, row: &Row<'_>, index: usize) {
        if self.fault.is_some() {
            return;
        }
        let text = row.field(index).and_then(Result::ok).map(|text| text.as_written().trim());
        match (text.and_then(parse_count), self.agreed) {
            (None, _) => self.fault = Some(format!("line {} does not say how many rows there are", row.line)),
            (Some(said), Some(agreed)) if said != agreed => {
                self.fault =
                    Some(format!("line {} says that there are {said} rows, and others {agreed}", row.line));
            }
            (said, _) => self.agreed = said,
        }
    }
}

/// Says why the file is whole, or everything that speaks against it.
pub(crate) fn judge(expect: &Expect, facts: &Facts<'_>) -> Result<String, String> {
    let mut evidence = vec![match facts.rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }];
    let mut doubts = Vec::new();
    match facts.end {
        End::Reached => {}
        End::Unclosed { line } => doubts.push(format!("the file ends within quotes; the row began in line {line}")),
        End::TooLong { line } => doubts.push(format!(
            "the row that begins in line {line} is too long; a quote may be missing; what follows was not read"
        )),
        End::TooMany => doubts.push("there are too many rows; what follows was not read".to_owned()),
        End::CutOff { line } => {
            let hint = match expect.final_line_break {
                Some(_) => "",
                None => "; if it is written like that, expect a `trailer`, or set `final_line_break = false`",
            };
            let what = "has no line break, so the file may be cut off";
            doubts.push(format!("the last line ({line}) {what}{hint}"));
        }
    }
    if let Some(change) = &facts.change {
        doubts.push(format!("the file changed while it was read: {change}"));
    }
    match (&expect.trailer, facts.trailer) {
        (Some(_), Trailer::Found { rows: Some(rows) }) if *rows != facts.rows => {
            doubts
                .push(format!("the last line says that there are {rows} rows, and there are {}", facts.rows));
        }
        (Some(_), Trailer::Found { .. }) => evidence.push("trailer found".to_owned()),
        (Some(pattern), Trailer::Missing { last_line }) => doubts.push(format!(
            "expected the last line `{pattern}`, found `{}`",
            EscapedText(&start_of(last_line))
        )),
        _ => {}
    }
    if expect.row_count_column.is_some() {
        match (&facts.row_counts.fault, facts.row_counts.agreed) {
            (Some(fault), _) => doubts.push(fault.clone()),
            (None, Some(said)) if said != facts.rows => {
                doubts
                    .push(format!("every row says that there are {said} rows, and there are {}", facts.rows));
            }
            (None, Some(_)) => evidence.push("as many as each row says".to_owned()),
            (None, None) => {}
        }
    }
    if let (Some(path), Some(said)) = (&expect.row_count_file, facts.row_count_file) {
        match said {
            Err(fault) => doubts.push(format!("`{}` {fault}", path.display())),
            Ok(said) if *said != facts.rows => doubts.push(format!(
                "`{}` says that there are {said} rows, and there are {}",
                path.display(),
                facts.rows
            )),
            Ok(_) => evidence.push(format!("as many as `{}` says", path.display())),
        }
    }
    if expect.checksum_file.is_some() {
        evidence.push("checksum verified".to_owned());
    }
    match expect.minimum_rows {
        Some(minimum) if facts.rows < minimum => {
            doubts.push(format!("expected at least {minimum} rows, found {}", facts.rows));
        }
        Some(0) if facts.rows == 0 => evidence.push("allowed by `minimum_rows = 0`".to_owned()),
        Some(minimum) if minimum > 0 => evidence.push(format!("at least {minimum}")),
        None if facts.rows == 0 && facts.end == End::Reached => {
            doubts.push("there is no row; if it may be empty, set `minimum_rows = 0`".to_owned());
        }
        _ => {}
    }
    evidence.push("size and time unchanged".to_owned());
    if doubts.is_empty() { Ok(evidence.join(", ")) } else { Err(doubts.join("; ")) }
}

/// Reads what a file with a row count says.
pub(crate) fn row_count(text: Result<String, String>) -> Result<u64, String> {
    parse_count(text?.trim()).ok_or_else(|| "does not hold a number".to_owned())
}

/// Compares the checksum of a file with a list as `sha256sum` writes it: `<64 digits>  <name>` in each line, or
/// the digits alone.
///
/// # Errors
/// Why they do not agree, as a sentence.
pub(crate) fn verify_checksum(list: &str, file: &Path, actual: &str) -> Result<(), String> {
    let name = file.file_name().unwrap_or_default();
    let mut entries = list.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let (digits, name) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        (digits.trim_start_matches('\\'), name.trim_start().trim_start_matches('*'))
    });
    let count = entries.clone().count();
    let entry =
        entries.find(|(_, of)| (of.is_empty() && count == 1) || Path::new(of).file_name() == Some(name));
    match entry {
        None => Err(format!("has no line for `{}`", name.to_string_lossy())),
        Some((digits, _)) if digits.eq_ignore_ascii_case(actual) => Ok(()),
        Some(_) => Err(format!("does not agree: the SHA-256 of the file is {actual}")),
    }
}

fn parse_count(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn start_of(line: &str) -> String {
    const CHARACTERS: usize = 100;
    match line.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
