//! Going through many objects one after the other.

use std::ops::Range;

use super::{AT_ONCE, Record, Records, Row, Slot};
use crate::Side;

impl<S: Side> Records<S> {
    /// Goes through some objects in the order in which they were read, of which little more than some attributes will be
    /// looked at.
    ///
    /// These are brought near a few dozen objects at a time, as [`bring_near`](Records::bring_near) does: whoever reads a
    /// little of each object skips so much in between that a processor does not see what comes next.
    pub fn walk<'a>(&'a self, range: Range<usize>, slots: &'a [Slot]) -> impl Iterator<Item = Record<'a, S>> {
        let end = range.end.min(self.len());
        let mut near = range.start;
        (range.start..end).map(move |at| {
            if at == near {
                near = end.min(at + AT_ONCE);
                self.touch(at..near, slots);
            }
            self.record(Row::at(at))
        })
    }

    fn touch(&self, range: Range<usize>, slots: &[Slot]) {
        let heads = range.filter_map(|at| self.head(Row::at(at)));
        let seen = heads.fold(0, |seen, head| {
            slots.iter().fold(seen, |seen, slot| {
                let cell = usize::from(slot.0);
                seen ^ self.rows.touch(head, cell..cell + 1)
            })
        });
        std::hint::black_box(seen);
    }
}
