//! Links from a file: CSV with a header, or JSON lines.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use provisio::model::{Link, LinkOrigin, SourceId, TargetId};
use provisio::store::LinkChange;
use serde::Deserialize;

use crate::exit::{Exit, Trouble};
use crate::render::count;

/// The largest file that is read.
const BYTES_MAX: u64 = 256 << 20;
/// How many faults are shown.
const FAULTS_SHOWN: usize = 100;

/// A link that is to be added.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it stands.
    pub(super) line: u64,
    pub(super) change: LinkChange,
}

/// A row, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    mapping: String,
    source: String,
    target: String,
    #[serde(default)]
    origin: Origin,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    Created,
    /// Also where a cell is empty.
    #[default]
    #[serde(alias = "")]
    Adopted,
}

/// Reads a file; all rows, or all that is wrong with them.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, Trouble> {
    let failed = |error: &io::Error| Trouble::file(Exit::Configuration, "read", path, error);
    let length = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if length > BYTES_MAX {
        let why = format!("it has {length} bytes, more than {BYTES_MAX}");
        return Err(failed(&io::Error::new(ErrorKind::InvalidData, why)));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let rows = if text.trim_start().starts_with('{') { from_json(text) } else { from_csv(text) };
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for (line, row) in rows {
        match row.and_then(|it| change(&it)) {
            Ok(change) => good.push(Row { line, change }),
            Err(why) => faults.push(format!("line {line}: {why}")),
        }
    }
    if faults.is_empty() {
        return Ok(good);
    }
    let number = count(faults.len() as u64, "fault", "faults");
    let message = format!("`{}` has {number}; no link was changed", path.display());
    let mut trouble = Trouble::new(Exit::Configuration, message);
    for fault in faults.iter().take(FAULTS_SHOWN) {
        trouble = trouble.because(fault.as_str());
    }
    if let Some(more) = faults.len().checked_sub(FAULTS_SHOWN).filter(|it| *it > 0) {
        trouble = trouble.because(format!("and {more} more"));
    }
    Err(trouble.with_help(
        "CSV with the columns mapping, source, target and, if wanted, origin (created or adopted); or JSON lines",
    ))
}

type Rows = Vec<(u64, Result<Written, String>)>;

fn from_csv(text: &str) -> Rows {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![(1, Err(error.to_string()))],
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let (line, row) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (line, record.deserialize(Some(&headers)))
            }
            Err(error) => (error.position().map_or(0, csv::Position::line), Err(error)),
        };
        rows.push((line, row.map_err(|error| plain(&error))));
    }
    rows
}

/// What is wrong, without the position, which is told anyhow.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields, not {expected_len} as the first line")
        }
        _ => error.to_string(),
    }
}

fn from_json(text: &str) -> Rows {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| (at as u64 + 1, serde_json::from_str(line).map_err(|error| error.to_string())))
        .collect()
}

fn change(row: &Written) -> Result<LinkChange, String> {
    for (key, value) in [("mapping", &row.mapping), ("source", &row.source), ("target", &row.target)] {
        if value.is_empty() {
            return Err(format!("`{key}` is empty"));
        }
    }
    let origin = match row.origin {
        Origin::Created => LinkOrigin::Created,
        Origin::Adopted => LinkOrigin::Adopted,
    };
    let link = Link {
        source: SourceId::new(row.source.as_str()),
        target: TargetId::new(row.target.as_str()),
        origin,
    };
    Ok(LinkChange::Put { mapping: row.mapping.as_str().into(), link })
}
