//! HR sources: what personnel systems export.
//!
//! [`CsvSource`] reads CSV files. Its settings are [`CsvConfig`], plain data that a job file holds.

mod config;
mod source;

pub use config::{ColumnKind, CsvColumn, CsvConfig, CsvFile, Encoding, Expect};
pub use source::CsvSource;
