//! What does the log say about an object, a cycle, a failure?

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use provisio_model::{Text, Timestamp};

use super::file::{CURRENT, set_aside};
use super::record::{Entry, FORMAT, Line, ObjectRecord, Status};
use crate::report::CycleReport;

/// How much is read at once.
const BLOCK_BYTES: usize = 64 * 1024;
/// The longest line that is read.
const LINE_BYTES_MAX: usize = 64 << 20;
/// How much later than its neighbours a line may have been written: clocks are set.
const DISORDER: Duration = Duration::from_secs(60 * 60);
/// How many damaged lines are told one by one; all are counted.
pub const DAMAGED_KEPT_MAX: usize = 100;

/// The files of a log, open for reading. Reading goes on while a run writes.
#[derive(Clone, Debug)]
pub struct LogReader {
    folder: PathBuf,
}

/// Which records are wanted. What is empty or `None` asks for nothing.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "plain settings")]
pub struct Query {
    /// Of this job.
    pub job: Option<Text>,
    /// About the object with one of these ids on either side, exactly, or names, whatever their case.
    pub objects: Vec<Text>,
    /// With one of these statuses.
    pub statuses: Vec<Status>,
    /// With one of these actions.
    pub actions: Vec<Text>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Of this cycle.
    pub cycle: Option<CycleQuery>,
    /// Of this object mapping.
    pub mapping: Option<Text>,
    /// With this error code.
    pub error: Option<Text>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Which cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a cycle is named or is the last")]
pub enum CycleQuery {
    /// The one that began last.
    Last,
    /// The one with this id, or whose id begins with this.
    Id(Text),
    /// The one with this id, and all later ones.
    From(Text),
}

/// What was found, the latest first.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Found {
    /// The records.
    pub records: Vec<ObjectRecord>,
    /// Whether there are more than were asked for.
    pub is_cut: bool,
    /// Lines that cannot be read, among those that were looked at.
    pub damaged: Vec<Damaged>,
    /// How many of them there are.
    pub damaged_count: usize,
    /// How many records are missing, as the log itself says, among the lines that were looked at.
    pub lost: u64,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damaged {
    /// Which file.
    pub file: PathBuf,
    /// Where the line begins, in bytes.
    pub offset: u64,
    /// What is wrong with it.
    pub why: Text,
}

impl LogReader {
    /// Reads the log in a folder. One that is not there has no records.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Finds records.
    ///
    /// # Errors
    /// When a file cannot be read. Lines that make no sense are told in the answer.
    pub fn find(&self, query: &Query) -> io::Result<Found> {
        let mut found = Found::default();
        let mut cycle = query.cycle.clone();
        self.visit(
            |entry, found| {
                let (at, this) = match &entry {
                    Entry::Object(record) => (Some(record.at), Some(&record.cycle)),
                    Entry::CycleStarted(start) => (Some(start.at), Some(&start.cycle)),
                    Entry::Cycle(report) => (report.ended.or(report.began), Some(&report.cycle)),
                    _ => (None, None),
                };
                if query.since.is_some_and(|since| at.is_some_and(|at| at.plus(DISORDER) < since)) {
                    return Visit::Enough;
                }
                if cycle == Some(CycleQuery::Last)
                    && let Some(this) = this
                {
                    cycle = Some(CycleQuery::Id(this.clone()));
                }
                if let Entry::CycleStarted(start) = &entry
                    && cycle == Some(CycleQuery::Id(start.cycle.clone()))
                {
                    // What lies before belongs to other cycles.
                    return Visit::Enough;
                }
                if let (Entry::CycleStarted(start), Some(CycleQuery::From(from))) = (&entry, &cycle)
                    && start.cycle < *from
                {
                    return Visit::Enough;
                }
                if let Entry::Object(record) = entry
                    && query.wants(&record, cycle.as_ref())
                {
                    if query.limit.is_some_and(|most| found.records.len() >= most) {
                        found.is_cut = true;
                        return Visit::Enough;
                    }
                    found.records.push(*record);
                }
                Visit::More
            },
            &mut found,
        )?;
        Ok(found)
    }

    /// Returns the reports of the last cycles, the latest first.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn cycles(&self, most: usize) -> io::Result<Vec<CycleReport>> {
        let mut reports = Vec::new();
        self.visit(
            |entry, _| {
                if let Entry::Cycle(report) = entry {
                    reports.push(*report);
                }
                if reports.len() < most { Visit::More } else { Visit::Enough }
            },
            &mut Found::default(),
        )?;
        Ok(reports)
    }

    /// Shows the lines to a visitor, the latest first, until it has enough.
    fn visit(
        &self,
        mut visitor: impl FnMut(Entry, &mut Found) -> Visit,
        found: &mut Found,
    ) -> io::Result<()> {
        let mut files = set_aside(&self.folder);
        files.push(self.folder.join(CURRENT));
        for path in files.into_iter().rev() {
            let file = match File::open(&path) {
                Ok(file) => file,
                // Not begun yet, or set aside or deleted since the folder was looked at.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let mut lines = Backwards::new(file)?;
            while let Some(piece) = lines.next()? {
                match parse(&piece) {
                    Ok(Entry::Unknown) => {}
                    Ok(entry) => {
                        if let Entry::Gap(gap) = &entry {
                            found.lost += gap.lost;
                        }
                        if visitor(entry, found) == Visit::Enough {
                            return Ok(());
                        }
                    }
                    Err(why) => found.damage(&path, piece.offset, why),
                }
            }
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq)]
enum Visit {
    More,
    Enough,
}

impl Found {
    fn damage(&mut self, file: &Path, offset: u64, why: Text) {
        self.damaged_count += 1;
        if self.damaged.len() < DAMAGED_KEPT_MAX {
            self.damaged.push(Damaged { file: file.to_owned(), offset, why });
        }
    }
}

impl Query {
    fn wants(&self, record: &ObjectRecord, cycle: Option<&CycleQuery>) -> bool {
        let any = |list: &[Text], text: &Text| list.is_empty() || list.contains(text);
        let is = |wanted: &Option<Text>, text: &str| wanted.as_deref().is_none_or(|it| it == text);
        let in_cycle = match cycle {
            None | Some(CycleQuery::Last) => true,
            Some(CycleQuery::Id(id)) => record.cycle.starts_with(&**id),
            Some(CycleQuery::From(id)) => record.cycle >= *id,
        };
        let error = record.error.as_ref().map_or("", |it| &*it.code);
        in_cycle
            && is(&self.job, &record.job)
            && is(&self.mapping, &record.mapping)
            && is(&self.error, error)
            && any(&self.actions, &record.action)
            && (self.statuses.is_empty() || self.statuses.contains(&record.status))
            && self.since.is_none_or(|it| record.at >= it)
            && self.until.is_none_or(|it| record.at < it)
            && (self.objects.is_empty() || self.objects.iter().any(|it| is_about(record, it)))
    }
}

fn is_about(record: &ObjectRecord, object: &str) -> bool {
    [&record.source, &record.target].into_iter().any(|it| {
        it.id.as_deref() == Some(object)
            || it.name.as_deref().is_some_and(|name| name.to_lowercase() == object.to_lowercase())
    })
}

/// A line, and whether it was ended.
struct Piece {
    offset: u64,
    text: Vec<u8>,
    is_ended: bool,
}

fn parse(piece: &Piece) -> Result<Entry, Text> {
    if !piece.is_ended {
        return Err("the last line is not complete: a run was cut off here, or is writing it".into());
    }
    let line: Line = serde_json::from_slice(&piece.text)
        .map_err(|error| Text::from(format!("it is no line of a provisioning log: {error}")))?;
    if line.format > FORMAT { Ok(Entry::Unknown) } else { Ok(line.entry) }
}

/// Reads the lines of a file from its end.
struct Backwards {
    file: File,
    /// What lies before this was not read yet.
    start: u64,
    /// What was read and not given out.
    carry: Vec<u8>,
    is_last: bool,
}

impl Backwards {
    fn new(mut file: File) -> io::Result<Self> {
        let start = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, start, carry: Vec::new(), is_last: true })
    }

    /// Returns the line before those that were returned so far. Empty lines are left out.
    fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if let Some(piece) = self.cut() {
                if piece.text.is_empty() {
                    continue;
                }
                return Ok(Some(piece));
            }
            if self.start == 0 {
                let text = std::mem::take(&mut self.carry);
                let is_ended = !std::mem::take(&mut self.is_last);
                return Ok((!text.is_empty()).then_some(Piece { offset: 0, text, is_ended }));
            }
            if self.carry.len() > LINE_BYTES_MAX {
                let message = format!("a line is longer than {LINE_BYTES_MAX} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            self.read_block()?;
        }
    }

    /// Cuts the last line off what was read, if it begins there.
    fn cut(&mut self) -> Option<Piece> {
        let at = self.carry.iter().rposition(|it| *it == b'\n')?;
        let text = self.carry.split_off(at + 1);
        self.carry.pop();
        let is_ended = !std::mem::take(&mut self.is_last);
        Some(Piece { offset: self.start + at as u64 + 1, text, is_ended })
    }

    fn read_block(&mut self) -> io::Result<()> {
        // A long line is read in ever larger blocks, so that it is not moved too often.
        let length = (BLOCK_BYTES.max(self.carry.len()) as u64).min(self.start);
        self.start -= length;
        self.file.seek(SeekFrom::Start(self.start))?;
        let mut block = vec![0; usize::try_from(length).unwrap_or(BLOCK_BYTES)];
        self.file.read_exact(&mut block)?;
        block.append(&mut self.carry);
        self.carry = block;
        Ok(())
    }
}
