//! The source.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use provisio_connector::{
    CheckReport, Connector, ConnectorError, ConnectorInfo, Context, ReadQuery, ReadStream, Result, Source,
};
use provisio_model::{Capabilities, ErrorKind, Schema};

use crate::CsvConfig;

/// Reads CSV files.
#[derive(Debug)]
pub struct CsvSource {
    config: CsvConfig,
    base_folder: PathBuf,
}

impl CsvSource {
    /// Makes a source of files whose relative paths start at `base_folder`. Opens nothing.
    ///
    /// # Errors
    /// `ConfigInvalid` when the configuration contradicts itself; the message holds all faults.
    pub fn new(config: CsvConfig, base_folder: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { config, base_folder: base_folder.as_ref().to_owned() })
    }
}

#[async_trait]
impl Connector for CsvSource {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "csv", system: self.base_folder.display().to_string().into() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::READ_ONLY
    }

    async fn schema(&self, _context: &Context) -> Result<Schema> {
        Err(ConnectorError::new(ErrorKind::Unsupported, "schema", "not built yet"))
    }

    async fn check(&self, _context: &Context) -> Result<CheckReport> {
        Err(ConnectorError::new(
            ErrorKind::Unsupported,
            "check",
            format!("not built yet ({} files)", self.config.files.len()),
        ))
    }
}

#[async_trait]
impl Source for CsvSource {
    async fn read<'a>(&'a self, _context: &'a Context, _query: ReadQuery) -> Result<ReadStream<'a>> {
        Err(ConnectorError::new(ErrorKind::Unsupported, "read", "not built yet"))
    }
}
