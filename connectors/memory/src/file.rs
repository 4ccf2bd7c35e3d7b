//! How is a directory kept in one file, so that it survives a kill at any moment?
//!
//! The file is read by people, too: it is lines of JSON ([`record`]) in a frame with a checksum ([`frame`]).
//!
//! * A batch of writes is one appended line, on disk before any of its writes is answered. If the process dies
//!   before the line feed is on disk, the next [`open`](crate::MemoryDirectory::open) cuts the line off: the
//!   batch was not done. Any other damage is refused.
//! * When the batches outweigh the objects, the file is rewritten: beside it, to disk, then renamed over it.
//! * A second file with `.lock` added to the name is locked as long as the directory is open.

mod error;
mod frame;
mod load;
mod record;

use std::error::Error as _;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use provisio_model::{Schema, Text};

use crate::key::Key;
use crate::state::{Entry, State};
use frame::{FRAME_BYTES_MAX, write_line};
use load::{Loaded, fingerprint, load};
use record::{Header, More, SnapshotLine, encode_entry, encode_object, encode_tombstone};

pub use error::FileError;
pub use frame::LINE_BYTES_MAX;

/// The file is not rewritten before the batches since the last time have this many bytes (8 MiB); nor before
/// they are longer than the objects were then.
pub const COMPACTION_BYTES_MIN: u64 = 8 << 20;

/// How long a line of objects becomes when the file is rewritten, unless one object is longer, in bytes.
const SNAPSHOT_LINE_BYTES: usize = 128 << 10;

/// A directory file that is open and locked.
#[derive(Debug)]
pub(crate) struct DirectoryFile {
    path: PathBuf,
    schema: String,
    file: File,
    lines: u64,
    snapshot_bytes: u64,
    batch_bytes: u64,
    /// Whether it is unknown which file a power cut would leave.
    is_in_doubt: bool,
    /// Held for as long as the directory is open.
    _lock: File,
}

/// What came of opening a file.
pub(crate) struct Opened {
    pub(crate) file: DirectoryFile,
    pub(crate) state: State,
    pub(crate) incarnation: Text,
}

impl DirectoryFile {
    /// Opens a file, or makes it if there is none.
    pub(crate) fn open(path: &Path, schema: &Schema, new_incarnation: Text) -> Result<Opened, FileError> {
        let path = resolve(path)?;
        let lock = lock(&path)?;
        // What a rewriting that did not come to its end left behind.
        match fs::remove_file(beside(&path, NEW)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", beside(&path, NEW))(error));
            }
            _ => {}
        }
        match OpenOptions::new().read(true).append(true).open(&path) {
            Ok(file) => {
                let loaded = load(&file, &path, schema)?;
                let mut file = Self::of(path, schema, file, lock);
                file.begin_after(&loaded)?;
                let Loaded { state, incarnation, is_of_other_schema, .. } = loaded;
                if is_of_other_schema {
                    file.compact(&state, &incarnation)?;
                }
                file.compact_if_worth(&state, &incarnation);
                Ok(Opened { file, state, incarnation })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let state = State::new(schema);
                // The lock file stands in until the first writing gives the directory its own.
                let stand_in = lock.try_clone().map_err(failed("open", &path))?;
                let mut file = Self::of(path, schema, stand_in, lock);
                file.compact(&state, &new_incarnation)?;
                Ok(Opened { file, state, incarnation: new_incarnation })
            }
            Err(error) => Err(failed("open", &path)(error)),
        }
    }

    fn of(path: PathBuf, schema: &Schema, file: File, lock: File) -> Self {
        let schema = fingerprint(schema);
        let (lines, snapshot_bytes, batch_bytes) = (0, 0, 0);
        Self { path, schema, file, lines, snapshot_bytes, batch_bytes, is_in_doubt: false, _lock: lock }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes every later append fail, as a full or broken disk does.
    #[cfg(test)]
    pub(crate) fn break_disk(&mut self) {
        self.file = File::open(&self.path).expect("readable");
    }

    fn begin_after(&mut self, loaded: &Loaded) -> Result<(), FileError> {
        self.lines = loaded.lines;
        self.snapshot_bytes = loaded.snapshot_bytes;
        self.batch_bytes = loaded.whole_bytes - loaded.snapshot_bytes;
        if loaded.torn_bytes > 0 {
            let bytes = loaded.torn_bytes;
            tracing::warn!(path = %self.path.display(), bytes, "cut off a batch that was not written to its end");
            let cut = self.file.set_len(loaded.whole_bytes).and_then(|()| self.file.sync_all());
            cut.map_err(failed("cut off the end of", &self.path))?;
        }
        Ok(())
    }

    /// Appends a batch and returns when it is on disk. After an error nobody knows what is.
    pub(crate) fn append(&mut self, batch: &Batch) -> Result<(), FileError> {
        if self.is_in_doubt {
            return Err(failed("write", &self.path)(io::Error::other("rewriting it was not confirmed")));
        }
        let mut line = Vec::new();
        write_line(self.lines + 1, &batch.body(), &mut line);
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(failed("write", &self.path))?;
        self.lines += 1;
        self.batch_bytes += line.len() as u64;
        Ok(())
    }

    /// Rewrites the file when the batches outweigh the objects. What was appended is on disk all the same, so a
    /// failure is only logged; the next try comes when as much again was appended.
    pub(crate) fn compact_if_worth(&mut self, state: &State, incarnation: &Text) {
        if self.batch_bytes < COMPACTION_BYTES_MIN.max(self.snapshot_bytes) {
            return;
        }
        if let Err(error) = self.compact(state, incarnation) {
            self.batch_bytes = 0;
            tracing::warn!(%error, cause = ?error.source(), "could not rewrite the directory file");
        }
    }

    /// Rewrites the file. Until the new one has its name, the old one is as it was.
    pub(crate) fn compact(&mut self, state: &State, incarnation: &Text) -> Result<(), FileError> {
        let new_path = beside(&self.path, NEW);
        let written = write_new(&new_path, state, incarnation, &self.schema).and_then(|it| {
            fs::rename(&new_path, &self.path).map_err(failed("replace", &self.path))?;
            Ok(it)
        });
        let (file, bytes, lines) = written.inspect_err(|_| {
            // What cannot be removed now is removed when the file is next opened.
            let _ = fs::remove_file(&new_path);
        })?;
        (self.file, self.snapshot_bytes, self.lines, self.batch_bytes) = (file, bytes, lines, 0);
        // Until the name is on disk, a power cut may bring the old file back: nothing may be promised meanwhile.
        self.is_in_doubt = true;
        sync_folder(&self.path)?;
        self.is_in_doubt = false;
        Ok(())
    }
}

/// The entries of a batch that are not yet in the file.
#[derive(Debug)]
pub(crate) struct Batch {
    from: u64,
    entries: Vec<u8>,
}

/// Whether entries fit in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    /// They fit in a batch of their own.
    InNextBatch,
    Never,
}

impl Batch {
    /// Begins a batch after this sequence number.
    pub(crate) fn after(sequence: u64) -> Self {
        Self { from: sequence + 1, entries: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds the entries of one write, all of them or none.
    pub(crate) fn add(&mut self, state: &State, entries: &[Entry]) -> Room {
        let begin = self.entries.len();
        for entry in entries {
            if !self.entries.is_empty() {
                self.entries.push(b',');
            }
            if encode_entry(state, entry, &mut self.entries).is_err() {
                self.entries.truncate(begin);
                return Room::Never;
            }
        }
        if self.entries.len() + 2 * FRAME_BYTES_MAX <= LINE_BYTES_MAX {
            return Room::Enough;
        }
        let bytes = self.entries.len() - begin;
        self.entries.truncate(begin);
        if bytes + 2 * FRAME_BYTES_MAX <= LINE_BYTES_MAX { Room::InNextBatch } else { Room::Never }
    }

    fn body(&self) -> Vec<u8> {
        let mut body = format!("\"from\":{},\"batch\":[", self.from).into_bytes();
        body.extend_from_slice(&self.entries);
        body.push(b']');
        body
    }
}

/// Writes a file with the whole state, puts it on disk, and returns it, open for appending, with its length in
/// bytes and in lines.
fn write_new(
    new_path: &Path,
    state: &State,
    incarnation: &Text,
    schema: &str,
) -> Result<(File, u64, u64), FileError> {
    let not_written = |error| failed("write", new_path)(error);
    let file = private().read(true).append(true).create_new(true).open(new_path).map_err(not_written)?;
    let mut writer = BufWriter::new(file);
    let (mut bytes, mut lines) = (0, 0);
    let mut line = Vec::new();
    let mut write = |body: &[u8]| {
        line.clear();
        lines += 1;
        write_line(lines, body, &mut line);
        bytes += line.len() as u64;
        writer.write_all(&line).map_err(not_written)
    };
    let mut header = Vec::new();
    let encoded = Header::of(state, incarnation, schema).encode(&mut header);
    encoded.map_err(|error| not_written(error.into()))?;
    write(&header)?;
    write_snapshot(new_path, state, &mut write)?;
    let file = writer.into_inner().map_err(|error| not_written(error.into_error()))?;
    file.sync_all().map_err(not_written)?;
    Ok((file, bytes, lines))
}

/// Writes all objects and remembered deletions, in as many lines as it takes.
fn write_snapshot(
    path: &Path,
    state: &State,
    write: &mut impl FnMut(&[u8]) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let not_encoded = |error: serde_json::Error| failed("write", path)(error.into());
    let mut line = SnapshotLine::default();
    for (object_type, type_state) in state.indexed_types() {
        for (id, stored) in &type_state.objects {
            let key = Key { object_type, id: id.clone() };
            let begin = line.objects.len();
            line.objects.extend_from_slice(if begin == 0 { b"" } else { b"," });
            encode_object(state, &key, stored, &mut line.objects).map_err(not_encoded)?;
            let bytes = line.objects.len() - begin;
            if bytes + SNAPSHOT_LINE_BYTES + 2 * FRAME_BYTES_MAX > LINE_BYTES_MAX {
                return Err(FileError::TooLarge { path: path.into(), bytes });
            }
            if line.objects.len() >= SNAPSHOT_LINE_BYTES {
                write(&line.take(More::Follows))?;
            }
        }
    }
    for (&changed, key) in &state.feed.tombstones {
        line.deleted.extend_from_slice(if line.deleted.is_empty() { b"" } else { b"," });
        encode_tombstone(state, key, changed, &mut line.deleted).map_err(not_encoded)?;
        if line.deleted.len() >= SNAPSHOT_LINE_BYTES {
            write(&line.take(More::Follows))?;
        }
    }
    write(&line.take(More::Ends))
}

const NEW: &str = ".new";
const LOCK: &str = ".lock";

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Returns the one path of a file, whatever links lead to it: it is the file that is replaced, not a link.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let name =
                path.file_name().ok_or_else(|| failed("open", path)(io::ErrorKind::InvalidInput.into()))?;
            Ok(fs::canonicalize(folder).map_err(failed("open the folder", folder))?.join(name))
        }
        resolved => resolved.map_err(failed("open", path)),
    }
}

fn lock(path: &Path) -> Result<File, FileError> {
    let lock_path = beside(path, LOCK);
    let lock = private().write(true).create(true).truncate(false).open(&lock_path);
    let lock = lock.map_err(failed("open", &lock_path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(FileError::InUse { path: path.into() }),
        Err(TryLockError::Error(error)) => Err(failed("lock", &lock_path)(error)),
    }
}

/// Only the owner may read what is made: it holds personal data and what is kept of secrets.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Puts a new name on disk.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(failed("write to disk the folder", folder))?;
    }
    Ok(())
}

fn failed(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> FileError {
    let path = path.into();
    move |source| FileError::Io { operation, path, source }
}
