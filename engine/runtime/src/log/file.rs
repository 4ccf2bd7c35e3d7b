//! How do lines get into files, and when do files go?
//!
//! A folder holds the file that is written, [`CURRENT`], and those that were set aside, whose names sort by time.
//! Lines are collected and written together; a line that was cut off by a crash is left as it is, on a line of its own.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use provisio_model::{Text, Timestamp};

use super::record::{Entry, FORMAT, Gap, Line};
use super::standing::private;
use crate::cycle::compact;

/// The file that is written.
pub const CURRENT: &str = "provisioning.jsonl";
/// Keeps a second writer out.
const LOCK: &str = ".lock";
const PREFIX: &str = "provisioning-";
const SUFFIX: &str = ".jsonl";

/// How many bytes are collected before they are written.
const BUFFER_BYTES: usize = 256 * 1024;
/// The longest beginning of a file that is looked at for its age.
const FIRST_LINE_BYTES_MAX: u64 = 1 << 20;

/// When a file is set aside, and how long it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain settings")]
pub struct Rotation {
    /// A file that has so many bytes is set aside.
    pub file_bytes: u64,
    /// A file that was begun so long ago is set aside.
    pub file_age: Duration,
    /// A file that was set aside so long ago is deleted.
    pub keep_age: Duration,
    /// Of all files that were set aside, so many bytes are kept, the latest.
    pub keep_bytes: u64,
}

impl Default for Rotation {
    /// 64 MiB or a day in a file; 90 days, at most 2 GiB.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { file_bytes: 64 << 20, file_age: DAY, keep_age: DAY * 90, keep_bytes: 2 << 30 }
    }
}

/// The files of a log, open for writing.
pub(super) struct LogFile {
    folder: PathBuf,
    rotation: Rotation,
    /// `None` until it can be opened.
    open: Option<Open>,
    buffer: Vec<u8>,
    buffered_lines: u64,
    /// Lines that could not be written since the last one that could, and why.
    lost: Option<(u64, Text)>,
}

struct Open {
    file: File,
    bytes: u64,
    began: Option<Timestamp>,
    /// The file ends in the middle of a line.
    is_torn: bool,
    /// Held as long as the log is open.
    _lock: File,
}

impl LogFile {
    /// Prepares to write into a folder. Nothing is touched before the first line.
    pub(super) fn new(folder: PathBuf, rotation: Rotation) -> Self {
        Self { folder, rotation, open: None, buffer: Vec::new(), buffered_lines: 0, lost: None }
    }

    /// Returns the file that is written.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(CURRENT)
    }

    /// Tells whether lines were lost since the last one that could be written.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Takes a line. It is on its way when [`LogFile::flush`] succeeds.
    pub(super) fn push(&mut self, entry: Entry, now: Timestamp) -> io::Result<()> {
        serde_json::to_writer(&mut self.buffer, &Line { format: FORMAT, entry })?;
        self.buffer.push(b'\n');
        self.buffered_lines += 1;
        if self.buffer.len() >= BUFFER_BYTES { self.flush(now) } else { Ok(()) }
    }

    /// Hands what was collected to the operating system. What cannot be written is dropped and counted: memory is
    /// bounded, and the count is the first line when writing works again.
    pub(super) fn flush(&mut self, now: Timestamp) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.write(now);
        match &written {
            Ok(()) => self.lost = None,
            Err(error) => {
                let before = self.lost.take().map_or(0, |(lines, _)| lines);
                self.lost = Some((before + self.buffered_lines, error.to_string().into()));
                if let Some(open) = &mut self.open {
                    // Some of it may have been written.
                    open.is_torn = true;
                }
            }
        }
        self.buffer.clear();
        self.buffered_lines = 0;
        written
    }

    /// Writes what was collected, and waits until it is on the disk.
    pub(super) fn sync(&mut self, now: Timestamp) -> io::Result<()> {
        self.flush(now)?;
        match &self.open {
            Some(open) => open.file.sync_data(),
            None => Ok(()),
        }
    }

    fn write(&mut self, now: Timestamp) -> io::Result<()> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open_current(now)?,
        };
        if self.is_due(&open, now) {
            open = self.set_aside(open, now)?;
        }
        let result = self.write_to(&mut open, now);
        self.open = Some(open);
        result
    }

    fn write_to(&self, open: &mut Open, now: Timestamp) -> io::Result<()> {
        let mut head = Vec::new();
        if open.is_torn {
            head.push(b'\n');
        }
        if let Some((lost, why)) = &self.lost {
            let gap = Entry::Gap(Gap { lost: *lost, why: why.clone() });
            serde_json::to_writer(&mut head, &Line { format: FORMAT, entry: gap })?;
            head.push(b'\n');
        }
        open.file.write_all(&head)?;
        open.is_torn = false;
        open.file.write_all(&self.buffer)?;
        open.bytes += (head.len() + self.buffer.len()) as u64;
        open.began.get_or_insert(now);
        Ok(())
    }

    fn is_due(&self, open: &Open, now: Timestamp) -> bool {
        let is_old = open.began.is_some_and(|it| now.since(it) >= self.rotation.file_age);
        let is_full = open.bytes + self.buffer.len() as u64 > self.rotation.file_bytes;
        open.bytes > 0 && (is_old || is_full)
    }

    fn open_current(&self, now: Timestamp) -> io::Result<Open> {
        fs::create_dir_all(&self.folder)?;
        let lock = private().create(true).append(true).open(self.folder.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another process writes it"),
            TryLockError::Error(error) => error,
        })?;
        self.drop_old(now);
        self.open_file(lock)
    }

    fn open_file(&self, lock: File) -> io::Result<Open> {
        let path = self.path();
        let file = private().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        let (began, is_torn) =
            if bytes == 0 { (None, false) } else { (first_instant(&path), !ends_with_line(&path, bytes)?) };
        Ok(Open { file, bytes, began, is_torn, _lock: lock })
    }

    /// Sets the file aside and begins the next. Renaming is all or nothing: no line is ever in two files, or in none.
    fn set_aside(&self, open: Open, now: Timestamp) -> io::Result<Open> {
        let Open { file, _lock: lock, .. } = open;
        file.sync_data()?;
        drop(file);
        let stamp = compact(now);
        let name = (1_u32..10_000)
            .map(|number| self.folder.join(format!("{PREFIX}{stamp}-{number:04}{SUFFIX}")))
            .find(|it| !it.exists())
            .ok_or_else(|| io::Error::other("too many files were set aside in one second"))?;
        fs::rename(self.path(), name)?;
        self.drop_old(now);
        self.open_file(lock)
    }

    /// Deletes what is not kept any longer. A file that cannot be deleted is tried again next time.
    fn drop_old(&self, now: Timestamp) {
        let mut bytes: u64 = 0;
        for path in set_aside(&self.folder).into_iter().rev() {
            bytes += fs::metadata(&path).map_or(0, |it| it.len());
            let is_old = instant_of(&path).is_some_and(|it| now.since(it) > self.rotation.keep_age);
            if is_old || bytes > self.rotation.keep_bytes {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Returns the files that were set aside, the oldest first.
pub(super) fn set_aside(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|it| it.path()).filter(is_ours).collect();
    files.sort();
    files
}

/// Returns when a file was set aside, which its name says.
fn instant_of(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    let (stamp, _) = name.split_once('-')?;
    let (date, time) = stamp.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, at: std::ops::Range<usize>| text.get(at).map(str::to_owned);
    let date = [part(date, 0..4)?, part(date, 4..6)?, part(date, 6..8)?].join("-");
    let time = [part(time, 0..2)?, part(time, 2..4)?, part(time, 4..6)?].join(":");
    format!("{date}T{time}Z").parse().ok()
}

/// Returns when the first line of a file was written.
fn first_instant(path: &Path) -> Option<Timestamp> {
    let mut line = String::new();
    let file = io::Read::take(File::open(path).ok()?, FIRST_LINE_BYTES_MAX);
    BufReader::new(file).read_line(&mut line).ok()?;
    let line: serde_json::Value = serde_json::from_str(&line).ok()?;
    ["at", "began"].iter().find_map(|it| line.get(it)?.as_str()?.parse().ok())
}

fn ends_with_line(path: &Path, bytes: u64) -> io::Result<bool> {
    use io::{Read as _, Seek as _};
    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(bytes.saturating_sub(1)))?;
    let mut last = [0];
    Ok(file.read(&mut last)? == 1 && last == [b'\n'])
}
