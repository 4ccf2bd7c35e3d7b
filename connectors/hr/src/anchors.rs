//! In which line did an anchor occur?
//!
//! The anchors themselves are known to the builder of the records. Here is what it does not know.

use std::collections::HashMap;

/// The lines of the rows that were packed, and the anchors of those that were not.
#[derive(Default)]
pub(crate) struct Anchors {
    /// From which row on each line has the next row: the number of the row, and its line.
    runs: Vec<(usize, u64)>,
    packed: usize,
    /// Anchors of rows that could not be read, and their lines.
    unreadable: HashMap<String, u64>,
}

impl Anchors {
    /// Remembers that a row was packed, which began in this line.
    pub(crate) fn packed(&mut self, line: u64) {
        if self.runs.last().is_none_or(|(row, first)| first + (self.packed - row) as u64 != line) {
            self.runs.push((self.packed, line));
        }
        self.packed += 1;
    }

    /// Remembers the anchor of a row that could not be read.
    pub(crate) fn unreadable(&mut self, anchor: &str, line: u64) {
        self.unreadable.insert(anchor.to_owned(), line);
    }

    /// Returns the line of a row that was packed.
    pub(crate) fn line_of(&self, row: usize) -> u64 {
        let behind = self.runs.partition_point(|run| run.0 <= row);
        match behind.checked_sub(1).map(|at| self.runs[at]) {
            Some((first, line)) => line + (row - first) as u64,
            None => 0,
        }
    }

    /// Returns the line of a row that could not be read and had this anchor.
    #[inline]
    pub(crate) fn line_of_unreadable(&self, anchor: &str) -> Option<u64> {
        if self.unreadable.is_empty() { None } else { self.unreadable.get(anchor).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_whatever_lies_between_them() {
        let lines = [2, 3, 4, 9, 10, 12, 20, 21];
        let mut anchors = Anchors::default();
        lines.iter().for_each(|line| anchors.packed(*line));
        assert_eq!((0..lines.len()).map(|row| anchors.line_of(row)).collect::<Vec<_>>(), lines);
        assert_eq!(anchors.runs.len(), 4);
    }
}
