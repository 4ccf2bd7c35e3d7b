//! HR sources: what personnel systems export.
//!
//! [`CsvSource`] reads CSV files. Its settings are [`CsvConfig`], plain data that a job file holds.
//!
//! How a file becomes objects: bytes are read in chunks and decoded (`rows`), cut into rows and fields (`scan`),
//! the wanted fields become values (`convert`) and are packed (`translate`), a batch at a time (`reading`); at
//! the end it is judged whether the file was whole (`expect`). [`limits`] bounds all of it.

mod anchors;
mod columns;
mod config;
mod convert;
mod expect;
mod file;
pub mod limits;
mod reading;
mod rows;
mod scan;
mod source;
mod translate;
mod validate;

pub use config::{ColumnKind, CsvColumn, CsvConfig, CsvFile, Encoding, Expect};
pub use source::CsvSource;
