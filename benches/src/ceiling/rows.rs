//! What the files hold, packed: each row its values one after the other, and before them where each ends.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::account::{ACTIVE, MANAGED};
use super::field::{Field, ROOM};
use super::large::Large;

/// The columns of a worker in their places: first the twelve that are copied, as an account has them.
const WORKER_COLUMNS: [usize; 20] = [0, 1, 2, 4, 5, 6, 7, 8, 11, 12, 14, 19, 3, 9, 10, 13, 15, 16, 17, 18];
/// The columns of an account in their places: the mapped attributes, the id, whether it is managed.
const ACCOUNT_COLUMNS: [usize; 22] =
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 0, 1];

/// The bytes before the values of a row: the ends of up to 24.
const HEAD: usize = 48;

/// Rows of one type.
pub(super) struct Rows {
    bytes: Large,
    /// How many of the bytes are rows.
    length: usize,
    /// Where each row begins, in units of eight bytes.
    starts: Vec<u32>,
    /// The number in each worker's id; 0 if there is none.
    pub(super) keys: Vec<u64>,
    /// Of accounts: whether they are managed and active.
    pub(super) flags: Vec<u8>,
}

pub(super) const IS_MANAGED: u8 = 1;
pub(super) const IS_ACTIVE: u8 = 2;

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    head: &'a [u8; HEAD],
    body: &'a [u8],
}

impl<'a> Row<'a> {
    #[inline(always)]
    pub(super) fn end(self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.head[2 * at], self.head[2 * at + 1]]))
    }

    #[inline(always)]
    pub(super) fn field(self, at: usize) -> Field<'a> {
        let start = if at == 0 { 0 } else { self.end(at - 1) };
        Field::new(&self.body[start..], self.end(at) - start)
    }

    /// Tells whether the first fields of two rows are the same, all of them.
    #[inline(always)]
    pub(super) fn begins_as(self, other: Row<'_>, count: usize) -> bool {
        let end = self.end(count - 1);
        self.head[..2 * count] == other.head[..2 * count] && self.body[..end] == other.body[..end]
    }
}

impl Rows {
    pub(super) fn workers(path: &Path) -> io::Result<Self> {
        Self::read(path, &WORKER_COLUMNS, |_| 0)
    }

    pub(super) fn accounts(path: &Path) -> io::Result<Self> {
        Self::read(path, &ACCOUNT_COLUMNS, |row| {
            let flag = |at: usize, flag: u8| if row.field(at).bytes() == b"true" { flag } else { 0 };
            flag(MANAGED, IS_MANAGED) | flag(ACTIVE, IS_ACTIVE)
        })
    }

    fn read(path: &Path, columns: &[usize], flags: impl Fn(Row<'_>) -> u8) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len() as usize;
        // Rows have at least 120 bytes.
        let bytes = Large::zeroed(length + length / 120 * 64 + 4096)?;
        let mut rows = Self { bytes, length: 0, starts: Vec::new(), keys: Vec::new(), flags: Vec::new() };
        let mut commas = Vec::with_capacity(columns.len() + 1);
        each_line(file, |line| {
            commas.clear();
            commas.extend(line.iter().enumerate().filter(|it| *it.1 == b',').map(|it| it.0));
            commas.push(line.len());
            let (head, body) = rows.bytes[rows.length..].split_at_mut(HEAD);
            let mut end = 0;
            for (at, &column) in columns.iter().enumerate() {
                let from = if column == 0 { 0 } else { commas[column - 1] + 1 };
                let value = &line[from..commas[column]];
                body[end..end + value.len()].copy_from_slice(value);
                end += value.len();
                // INVARIANT: a row is far below 64 KiB.
                head[2 * at..2 * at + 2].copy_from_slice(&(end as u16).to_le_bytes());
            }
            rows.starts.push((rows.length / 8) as u32);
            rows.length = (rows.length + HEAD + end).next_multiple_of(8);
        })?;
        if rows.length + ROOM.max(HEAD) > rows.bytes.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the rows are too short"));
        }
        rows.keys = rows.iter().map(|it| key(it.field(0).bytes())).collect();
        rows.flags = rows.iter().map(flags).collect();
        Ok(rows)
    }

    fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.starts.len()).map(|it| self.row(it))
    }

    #[inline(always)]
    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let start = self.starts[at] as usize * 8;
        match self.bytes[start..].split_first_chunk() {
            Some((head, body)) => Row { head, body },
            None => Row { head: &[0; HEAD], body: &[] },
        }
    }

    /// Reads a byte of each line of the cache that a row lies in, so that many rows come from memory at once.
    #[inline(always)]
    pub(super) fn touch(&self, at: usize) -> u8 {
        let start = self.starts[at] as usize * 8;
        (0..5).map(|line| self.bytes.get(start + 64 * line).copied().unwrap_or(0)).fold(0, |all, it| all ^ it)
    }
}

/// The eight digits of a worker's or an account's id, as a number that sorts as they do; 0 if it is none.
#[inline(always)]
pub(super) fn key(id: &[u8]) -> u64 {
    match id {
        [_, digits @ ..] => digits.try_into().map_or(0, u64::from_be_bytes),
        [] => 0,
    }
}

/// Groups and who is in them.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) ids: Vec<u32>,
    pub(super) names: Vec<String>,
    starts: Vec<u32>,
    members: Vec<u64>,
}

impl Groups {
    pub(super) fn read(groups: &Path, members: &Path) -> io::Result<Self> {
        let mut read = Self::default();
        each_line(File::open(groups)?, |line| {
            let (id, name) = cut(line);
            read.ids.push(number(id));
            read.names.push(String::from_utf8_lossy(name).into_owned());
        })?;
        // The members stand in the order of the groups.
        let mut lines: Vec<(u32, u64)> = Vec::new();
        each_line(File::open(members)?, |line| {
            let (id, member) = cut(line);
            lines.push((number(id), key(member)));
        })?;
        let mut rest = lines.as_slice();
        for id in &read.ids {
            read.starts.push(read.members.len() as u32);
            let count = rest.iter().take_while(|it| it.0 == *id).count();
            let (of_group, others) = rest.split_at(count);
            read.members.extend(of_group.iter().map(|it| it.1));
            rest = others;
        }
        read.starts.push(read.members.len() as u32);
        Ok(read)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn members(&self, at: usize) -> &[u64] {
        &self.members[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Finds groups by their number.
    pub(super) fn by_id(&self) -> HashMap<u32, usize> {
        self.ids.iter().enumerate().map(|(at, id)| (*id, at)).collect()
    }
}

fn cut(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|it| *it == b',') {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => (line, &[]),
    }
}

/// The number in the id of a group.
fn number(id: &[u8]) -> u32 {
    id.iter().skip(1).fold(0, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')))
}

/// Visits the lines of a file after the first.
fn each_line(file: File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    let mut is_first = true;
    while reader.read_until(b'\n', &mut line)? > 0 {
        let end = line.strip_suffix(b"\n").unwrap_or(&line);
        if !std::mem::take(&mut is_first) {
            each(end);
        }
        line.clear();
    }
    Ok(())
}
