//! Which file is it, and is it still the same?

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use provisio_connector::{ConnectorError, Result};
use provisio_model::ErrorKind;
use sha2::{Digest as _, Sha256};

use crate::config::Encoding;
use crate::limits::{CHUNK_BYTES, FILE_BYTES_MAX, SIDECAR_BYTES_MAX, TRAILER_BYTES_MAX};

/// An open file, and what it was like when it was opened.
pub(crate) struct OpenFile {
    /// Its name in messages: the path as it was configured.
    pub(crate) name: String,
    pub(crate) file: File,
    /// Where its text begins, behind a byte order mark.
    pub(crate) text_start: u64,
    path: PathBuf,
    fingerprint: Fingerprint,
}

/// By what a changed file is known.
#[derive(Clone, PartialEq, Eq)]
struct Fingerprint {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file, where there are such.
    identity: Option<(u64, u64)>,
}

/// The last line of a file that is not empty.
pub(crate) struct LastLine {
    /// Where it begins.
    pub(crate) start: u64,
    /// Its text without line break, in UTF-8 as far as that is possible.
    pub(crate) text: String,
}

impl OpenFile {
    /// Opens a file to read it.
    ///
    /// # Errors
    /// `Unreachable` when there is none, `PermissionDenied`, `TooLarge`; `ConfigInvalid` when it is no plain
    /// file or in another encoding than configured.
    pub(crate) fn open(
        path: &Path,
        name: String,
        encoding: Encoding,
        operation: &'static str,
    ) -> Result<Self> {
        let failed = |error: io::Error| io_error(&name, error, operation);
        let refuse = |kind, what: &str| Err(ConnectorError::new(kind, operation, format!("{name}: {what}")));
        // Before it is opened: to open a pipe would wait for its other end.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return refuse(ErrorKind::ConfigInvalid, "this is not a file");
        }
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.len() > FILE_BYTES_MAX {
            return refuse(ErrorKind::TooLarge, &format!("the file is larger than {FILE_BYTES_MAX} bytes"));
        }
        let mut start = Vec::new();
        (&mut file).take(3).read_to_end(&mut start).map_err(failed)?;
        let text_start = match &start[..] {
            [0xef, 0xbb, 0xbf] if encoding == Encoding::Utf8 => 3,
            [0xef, 0xbb, 0xbf] => {
                return refuse(
                    ErrorKind::ConfigInvalid,
                    "the file begins with the byte order mark of UTF-8, and another encoding is configured",
                );
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return refuse(ErrorKind::ConfigInvalid, "the file is UTF-16; export it as UTF-8");
            }
            _ => 0,
        };
        file.seek(SeekFrom::Start(text_start)).map_err(failed)?;
        let fingerprint = Fingerprint::of(&metadata);
        Ok(Self { name, file, text_start, path: path.to_owned(), fingerprint })
    }

    /// Returns its size when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        self.fingerprint.bytes
    }

    /// Says how the file, or the one that has its name now, differs from what was opened.
    pub(crate) fn change(&self) -> io::Result<Option<&'static str>> {
        let now = Fingerprint::of(&self.file.metadata()?);
        let named = Fingerprint::of(&fs::metadata(&self.path)?);
        Ok(if named.identity != self.fingerprint.identity {
            Some("it was replaced")
        } else if now.bytes != self.fingerprint.bytes || named.bytes != self.fingerprint.bytes {
            Some("its size changed")
        } else if now != self.fingerprint || named != self.fingerprint {
            Some("its modification time changed")
        } else {
            None
        })
    }

    /// Finds the last line that is not empty; `None` when there is none, or it is longer than
    /// [`TRAILER_BYTES_MAX`]. The place where the file is read on stays.
    pub(crate) fn last_line(&mut self, encoding: Encoding) -> io::Result<Option<LastLine>> {
        let window = (TRAILER_BYTES_MAX as u64).min(self.bytes().saturating_sub(self.text_start));
        let window_start = self.bytes() - window;
        let mut tail = Vec::new();
        let position = self.file.stream_position()?;
        self.file.seek(SeekFrom::Start(window_start))?;
        (&mut self.file).take(window).read_to_end(&mut tail)?;
        self.file.seek(SeekFrom::Start(position))?;
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let Some(last) = tail.iter().rposition(|byte| !is_break(byte)) else { return Ok(None) };
        let start = match tail[..last].iter().rposition(is_break) {
            Some(before) => before + 1,
            None if window_start == self.text_start => 0,
            None => return Ok(None),
        };
        let text = decode(&tail[start..=last], encoding);
        Ok(Some(LastLine { start: window_start + start as u64, text }))
    }

    /// Returns the SHA-256 of the whole file in hexadecimal; `check` is asked between two chunks whether to go on.
    /// The place where the file is read on stays.
    pub(crate) fn sha256(&mut self, mut check: impl FnMut() -> Result<()>) -> Result<String> {
        let name = self.name.clone();
        let failed = |error: io::Error| io_error(&name, error, "read");
        let mut digest = Sha256::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        let position = self.file.stream_position().map_err(failed)?;
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        loop {
            check()?;
            match self.file.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => digest.update(&chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        self.file.seek(SeekFrom::Start(position)).map_err(failed)?;
        Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Fingerprint {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Reads a small text file that lies beside the export.
///
/// # Errors
/// Why it cannot be read, as a sentence.
pub(crate) fn read_sidecar(path: &Path) -> std::result::Result<String, String> {
    let cannot = |error: io::Error| format!("cannot be read: {}", io_reason(&error));
    if !fs::metadata(path).map_err(cannot)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(SIDECAR_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > SIDECAR_BYTES_MAX {
        return Err(format!("is larger than {SIDECAR_BYTES_MAX} bytes"));
    }
    Ok(text)
}

/// Makes the error of a file that cannot be read.
pub(crate) fn io_error(name: &str, error: io::Error, operation: &'static str) -> ConnectorError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        _ => ErrorKind::Unreachable,
    };
    ConnectorError::new(kind, operation, format!("{name}: {}", io_reason(&error))).with_source(error)
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "the permission to read it is missing".to_owned(),
        _ => error.to_string(),
    }
}

fn decode(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Latin1 => encoding_rs::mem::decode_latin1(bytes).into_owned(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}
