//! Why can a directory file not be used?

use std::io;
use std::path::PathBuf;

use provisio_connector::ConnectorError;
use provisio_model::ErrorKind;

/// Why a directory could not be opened, or not be written as a whole. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Another process, or another [`MemoryDirectory`](crate::MemoryDirectory) of this one, has it open.
    #[error("`{path}` is in use by another process")]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{path}` is not a directory file: {why}")]
    NotADirectory {
        /// Which file.
        path: PathBuf,
        /// What it lacks.
        why: String,
    },
    /// The file was written by another version of this library.
    #[error("`{path}` has format version {found}; this program reads version {expected}")]
    OtherVersion {
        /// Which file.
        path: PathBuf,
        /// The version that it says.
        found: u64,
        /// The version that can be read.
        expected: u64,
    },
    /// A line is not what was written. Nothing of the file is used: restore it from a backup.
    #[error("`{path}` is damaged in line {line} at byte {offset}: {why}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Where the line begins, in bytes from the beginning of the file.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The file was written with another schema, and what it holds does not fit the one given.
    #[error("`{path}` was written with another schema: {why}")]
    OtherSchema {
        /// Which file.
        path: PathBuf,
        /// The first thing that does not fit.
        why: String,
    },
    /// One object is longer than a line may be ([`LINE_BYTES_MAX`](crate::LINE_BYTES_MAX)).
    #[error("`{path}` cannot hold an object of {bytes} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The length of the object in the file.
        bytes: usize,
    },
    /// The file system refused.
    #[error("cannot {operation} `{path}`")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it did not work.
        source: io::Error,
    },
}

impl From<FileError> for ConnectorError {
    fn from(error: FileError) -> Self {
        let kind = match &error {
            FileError::InUse { .. } => ErrorKind::Unreachable,
            FileError::NotADirectory { .. } | FileError::OtherSchema { .. } => ErrorKind::ConfigInvalid,
            FileError::OtherVersion { .. } => ErrorKind::Unsupported,
            FileError::TooLarge { .. } => ErrorKind::TooLarge,
            FileError::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
                io::ErrorKind::NotFound => ErrorKind::ConfigInvalid,
                _ => ErrorKind::Unexpected,
            },
            FileError::Damaged { .. } => ErrorKind::Unexpected,
        };
        Self::new(kind, "open", error.to_string()).with_source(error)
    }
}
