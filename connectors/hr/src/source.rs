//! How do CSV files answer what the engine asks of a source?

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures_util::stream;
use provisio_connector::{
    CheckReport, Connector, ConnectorError, ConnectorInfo, Context, ReadQuery, ReadStream, Result, Source,
    Wanted,
};
use provisio_model::{Capabilities, ErrorKind, ObjectSchema, ObjectType, Schema};

use crate::columns::{Columns, attribute_schema};
use crate::config::{CsvConfig, CsvFile};
use crate::convert::Converter;
use crate::expect::Trailer;
use crate::reading::{Opened, Reading, open};
use crate::rows::{Rows, Step};

/// Reads CSV files: one type of objects from each, an object from each row.
///
/// A read is declared complete only when the file proved to be whole ([`crate::Expect`]). A row that cannot be
/// read is reported with file, line and column; the rows around it are read. Files are never written.
///
/// ```
/// # use provisio_hr::{CsvConfig, CsvFile, CsvSource};
/// let config = CsvConfig::new([CsvFile::new("worker", "workers.csv", "workerId")]);
/// let source = CsvSource::new(config, "/srv/exports")?;
/// # Ok::<(), provisio_connector::ConnectorError>(())
/// ```
#[derive(Debug)]
pub struct CsvSource {
    config: CsvConfig,
    base_folder: PathBuf,
}

impl CsvSource {
    /// Makes a source of files whose relative paths start at `base_folder`. Opens nothing.
    ///
    /// # Errors
    /// `ConfigInvalid` when the configuration contradicts itself; the message holds all of
    /// [`CsvConfig::faults`].
    pub fn new(config: CsvConfig, base_folder: impl AsRef<Path>) -> Result<Self> {
        let faults = config.faults();
        if !faults.is_empty() {
            return Err(ConnectorError::new(ErrorKind::ConfigInvalid, "configure", faults.join("; ")));
        }
        Ok(Self { config, base_folder: base_folder.as_ref().to_owned() })
    }

    fn file(&self, object_type: &ObjectType) -> Option<&CsvFile> {
        self.config.files.iter().find(|file| file.object_type == object_type.as_str())
    }
}

#[async_trait]
impl Connector for CsvSource {
    fn info(&self) -> ConnectorInfo {
        let paths: Vec<String> = self.config.files.iter().map(|it| it.path.display().to_string()).collect();
        ConnectorInfo { kind: "csv", system: paths.join(", ").into() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::READ_ONLY
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        let mut types = Vec::new();
        for file in &self.config.files {
            context.check("schema")?;
            types.push(match open(file, &self.base_folder, "schema")?.columns {
                Some(columns) => columns.schema(file),
                None => configured_schema(file)?,
            });
        }
        Ok(Schema::new(types))
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        let mut found = Vec::new();
        for file in &self.config.files {
            context.check("check")?;
            found.push(describe(file, open(file, &self.base_folder, "check")?));
        }
        Ok(CheckReport::found(found))
    }
}

#[async_trait]
impl Source for CsvSource {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let Some(file) = self.file(query.object_type()) else {
            let message = format!("no file holds objects of type `{}`", query.object_type());
            return Err(ConnectorError::new(ErrorKind::SchemaViolation, "read", message));
        };
        if query.wanted != Wanted::All {
            let message = "a file is read as a whole; it cannot be asked for single objects";
            return Err(ConnectorError::new(ErrorKind::Unsupported, "read", message));
        }
        let reading = Reading::begin(context, file, &self.base_folder, query.layout)?;
        let events = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next()?.map(|event| (event, reading)))
        });
        Ok(Box::pin(events))
    }
}

/// Returns what an empty file could hold.
fn configured_schema(file: &CsvFile) -> Result<ObjectSchema> {
    let failed = |kind, what: &str| {
        let path = file.path.display();
        Err(ConnectorError::new(kind, "schema", format!("{path}: {what}")))
    };
    if file.columns.is_empty() {
        return failed(ErrorKind::Unreachable, "the file is empty, there is not even a header");
    }
    let mut attributes = Vec::new();
    for column in &file.columns {
        match Converter::compile(column) {
            Ok(converter) => attributes.push(attribute_schema(column, file, &converter)),
            Err(fault) => return failed(ErrorKind::ConfigInvalid, &fault),
        }
    }
    Ok(ObjectSchema::new(file.object_type.as_str(), attributes))
}

/// Describes a file in one line: its columns, about how many rows, and the first.
fn describe(config: &CsvFile, opened: Opened) -> String {
    let Opened { file, mut rows, columns, trailer } = opened;
    let name = &file.name;
    let Some(columns) = columns else {
        return format!("{name}: the file is empty, there is not even a header");
    };
    let (first, estimate) = sample(&columns, &mut rows, file.bytes());
    let mut parts =
        vec![format!("{name}: {} attributes of `{}`", columns.attributes.len(), config.object_type)];
    parts.push(estimate);
    parts.extend(first.map(|anchor| format!("the first is `{}`", provisio_model::EscapedText(&anchor))));
    match trailer {
        Trailer::NotExpected => {}
        Trailer::Found { .. } => parts.push("trailer found".to_owned()),
        Trailer::Missing { .. } => {
            parts.push("the trailer is missing, so a read would not be complete".to_owned());
        }
    }
    parts.join(", ")
}

/// Reads the first rows: the first anchor, and about how many rows there are.
fn sample<R: std::io::Read>(
    columns: &Columns,
    rows: &mut Rows<R>,
    file_bytes: u64,
) -> (Option<String>, String) {
    const SAMPLE_ROWS: u64 = 200;
    let (mut count, mut bytes) = (0, 0);
    let mut first = None;
    while count < SAMPLE_ROWS {
        match rows.next() {
            Ok(Step::Row) => {
                let row = rows.row();
                count += 1;
                bytes += row.bytes() as u64;
                if count == 1 {
                    let anchor = row.field(columns.anchor).and_then(std::result::Result::ok);
                    first = anchor.map(|text| text.as_written().trim().to_owned());
                }
            }
            Ok(Step::End) => {
                return (first, if count == 1 { "1 row".to_owned() } else { format!("{count} rows") });
            }
            _ => break,
        }
    }
    let estimate = file_bytes.saturating_mul(count) / bytes.max(1);
    (first, format!("about {estimate} rows"))
}
