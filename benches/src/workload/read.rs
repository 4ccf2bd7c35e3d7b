//! Reading the workload from its files.

use std::fs::File;
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord};
use provisio_model::LinkTable;

use super::pack::Pack;
use super::{Workload, compiled};
use crate::files::{Source, Target};

/// Why a workload could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file is missing or is no CSV.
    #[error("a file of the workload cannot be read: {0}")]
    Csv(#[from] csv::Error),
    /// A row has fewer columns than it should have.
    #[error("line {line} has too few columns")]
    TooFew {
        /// Where.
        line: u64,
    },
}

impl Workload {
    /// Reads what [`files::write`](crate::files::write) wrote: both snapshots, and links from the column `managed`.
    ///
    /// # Errors
    /// When the files are not those of a workload.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let spec = compiled();
        let mut links = LinkTable::new();
        let mut pack = Pack::workers(&spec);
        each_row(folder, Source::WORKERS, |row| {
            pack.worker(values(row, 0)?);
            Ok(())
        })?;
        let workers = pack.finish();
        let mut pack = Pack::teams(&spec);
        each_group(folder, [Source::TEAMS, Source::MEMBERS], |id, name, members| {
            pack.group(id, name, members.iter().map(String::as_str));
        })?;
        let teams = pack.finish();
        let mut pack = Pack::accounts(&spec);
        each_row(folder, Target::ACCOUNTS, |row| {
            let (id, managed) = (field(row, 0)?, field(row, 1)?);
            pack.account(id, managed == "true", values(row, 2)?, &mut links);
            Ok(())
        })?;
        let accounts = pack.finish();
        let mut pack = Pack::groups(&spec);
        each_group(folder, [Target::GROUPS, Target::MEMBERS], |id, name, members| {
            pack.linked_group(id, name, members.iter().map(String::as_str), &mut links);
        })?;
        let groups = pack.finish();
        Ok(Self::of(spec, [workers, teams], [accounts, groups], links))
    }
}

fn open(folder: &Path, name: &str) -> Result<Reader<File>, ReadError> {
    Ok(ReaderBuilder::new().buffer_capacity(1 << 20).from_path(folder.join(name))?)
}

fn each_row(
    folder: &Path,
    name: &str,
    mut each: impl FnMut(&StringRecord) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut reader = open(folder, name)?;
    let mut row = StringRecord::new();
    while reader.read_record(&mut row)? {
        each(&row)?;
    }
    Ok(())
}

/// Reads groups and their members, which stand in the order of the groups.
fn each_group(
    folder: &Path,
    [groups, members]: [&str; 2],
    mut each: impl FnMut(&str, &str, &[String]),
) -> Result<(), ReadError> {
    let mut reader = open(folder, members)?;
    let mut member = StringRecord::new();
    let mut is_more = reader.read_record(&mut member)?;
    each_row(folder, groups, |group| {
        let id = field(group, 0)?;
        let mut members = Vec::new();
        while is_more && field(&member, 0)? == id {
            members.push(field(&member, 1)?.to_owned());
            is_more = reader.read_record(&mut member)?;
        }
        each(id, field(group, 1)?, &members);
        Ok(())
    })
}

fn field(row: &StringRecord, at: usize) -> Result<&str, ReadError> {
    let line = || row.position().map_or(0, csv::Position::line);
    row.get(at).ok_or_else(|| ReadError::TooFew { line: line() })
}

/// The 20 values of a row from a column on.
fn values(row: &StringRecord, from: usize) -> Result<[Option<&str>; 20], ReadError> {
    let mut values = [None; 20];
    for (at, value) in values.iter_mut().enumerate() {
        *value = Some(field(row, from + at)?).filter(|it| !it.is_empty());
    }
    Ok(values)
}
