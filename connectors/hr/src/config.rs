//! What does a job say about its CSV files? Plain data, as a job file holds it.
//!
//! Nothing here was checked yet: [`CsvConfig::faults`] finds what is wrong with it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The files of a CSV source, each with the objects of one type.
///
/// ```
/// let config: provisio_hr::CsvConfig = toml::from_str(r#"
///     [[files]]
///     object_type = "worker"
///     path = "workers.csv"
///     anchor = "workerId"
/// "#).unwrap();
/// assert_eq!(config.files[0].delimiter, ',');
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CsvConfig {
    /// The files, each object type once.
    pub files: Vec<CsvFile>,
}

impl CsvConfig {
    /// Reads these files.
    pub fn new(files: impl IntoIterator<Item = CsvFile>) -> Self {
        Self { files: files.into_iter().collect() }
    }
}

/// One file: where it is, how it is written, what its columns mean, and how one knows that it is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CsvFile {
    /// The type of the objects in it, one for each row.
    pub object_type: String,
    /// Where it is; a relative path starts at the base folder, which for a job file is the folder it lies in.
    pub path: PathBuf,
    /// The column whose value identifies the object: the `name` of one of `columns`, else a header.
    pub anchor: String,
    /// What stands between two fields: one ASCII character.
    #[serde(default = "default_delimiter")]
    pub delimiter: char,
    /// What stands around a field that holds delimiters or line breaks: one ASCII character. Inside, it is
    /// written twice.
    #[serde(default = "default_quote")]
    pub quote: char,
    /// How text is encoded. A UTF-8 byte order mark is skipped.
    #[serde(default)]
    pub encoding: Encoding,
    /// Whether the first row names the columns. Without, each of `columns` needs its `position`.
    #[serde(default = "default_true")]
    pub header: bool,
    /// The columns that are wanted; when empty, every column under the name in the header, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<CsvColumn>,
    /// What a field holds that has no value, besides nothing at all, which never is a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_values: Vec<String>,
    /// Whether white space around a field is dropped, inside and outside of its quotes.
    #[serde(default = "default_true")]
    pub trim: bool,
    /// What must hold so that the file counts as whole.
    #[serde(default)]
    pub expect: Expect,
}

impl CsvFile {
    /// Reads objects of this type from a file with a header row, every column as text.
    pub fn new(object_type: impl Into<String>, path: impl Into<PathBuf>, anchor: impl Into<String>) -> Self {
        Self {
            object_type: object_type.into(),
            path: path.into(),
            anchor: anchor.into(),
            delimiter: default_delimiter(),
            quote: default_quote(),
            encoding: Encoding::default(),
            header: true,
            columns: Vec::new(),
            null_values: Vec::new(),
            trim: true,
            expect: Expect::default(),
        }
    }
}

/// One column, and the attribute that it becomes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CsvColumn {
    /// The name of the attribute.
    pub name: String,
    /// The header of the column. Default: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The column's place in the row, from 1, instead of its header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// What its fields hold.
    #[serde(default, rename = "type")]
    pub kind: ColumnKind,
    /// What stands between two values in one field. With it, the attribute is multi-valued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// For `date` and `timestamp`: how they are written, in `strptime` directives. Default: ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// For `timestamp`: the IANA time zone of times that are written without an offset. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// For `reference`: the object types that it points to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// For `bool`: what is true, in upper or lower case. Default: `true` and `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub true_values: Option<Vec<String>>,
    /// For `bool`: what is false, in upper or lower case. Default: `false` and `0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_values: Option<Vec<String>>,
    /// What a field of this column holds that has no value, besides nothing at all. Default: as for the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_values: Option<Vec<String>>,
}

impl CsvColumn {
    /// Takes the column with this header, as text.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What the fields of a column hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnKind {
    /// Text.
    #[default]
    Text,
    /// A day. It becomes *text* of the form `2026-01-31`, so that expressions can compare and cut it.
    Date,
    /// An instant: a date and time with its offset, or in the column's time zone.
    Timestamp,
    /// A 64-bit signed integer.
    Int,
    /// A number with a decimal point.
    Decimal,
    /// True or false.
    Bool,
    /// The anchor of another object.
    Reference,
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8; anything else makes the row unreadable.
    #[default]
    #[serde(rename = "utf-8", alias = "utf8", alias = "UTF-8")]
    Utf8,
    /// ISO 8859-1: every byte is the character of that number.
    #[serde(rename = "latin-1", alias = "latin1", alias = "iso-8859-1", alias = "ISO-8859-1")]
    Latin1,
    /// Windows-1252: like Latin-1, with the euro sign and typographic quotes.
    #[serde(rename = "windows-1252", alias = "cp1252")]
    Windows1252,
}

/// What must hold so that a file counts as whole. From a file that is not whole, no absence is concluded.
///
/// All that are configured must hold, and besides: the file was read to its end, did not change meanwhile, and
/// has at least one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Expect {
    /// At least so many rows. Only an explicit 0 lets a file without rows count as whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_rows: Option<u64>,
    /// The last line, which is not a row. `{rows}` in it stands for the number of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailer: Option<String>,
    /// A column, by header (or `name`), that holds the number of rows in every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_count_column: Option<String>,
    /// A file that holds the number of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_count_file: Option<PathBuf>,
    /// A file that holds the SHA-256 of the file, as `sha256sum` writes it. It is checked before the first row
    /// is taken: a file that differs gives no objects at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_file: Option<PathBuf>,
    /// Whether the last line must end with a line break: a file that was cut off mostly does not. Default: true,
    /// unless `trailer` or `checksum_file` prove more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_line_break: Option<bool>,
}

fn default_delimiter() -> char {
    ','
}

fn default_quote() -> char {
    '"'
}

fn default_true() -> bool {
    true
}
