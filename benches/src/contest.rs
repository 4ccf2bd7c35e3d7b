//! The text in which every contender writes its plan, so that all can be compared byte for byte.
//!
//! One line for each operation, cells separated by tabs, in this order:
//!
//! | line | meaning | ordered by |
//! |---|---|---|
//! | `CG` group name | a group is created | group |
//! | `C` worker attribute=value ... | an account is created | how many managers come before, worker |
//! | `SM` worker manager | the manager is set after both were created, as they lead each other | worker |
//! | `U` worker attribute=value ... | attributes change; `∅` clears | worker |
//! | `AM` group worker,worker ... | members join | group |
//! | `RM` group worker,worker ... | members leave | group |
//! | `D` account worker | an account is disabled | account |

mod ours;

use std::io::{self, Write};

pub use ours::{Unfit, write_ours};

/// An attribute that is cleared.
pub(crate) const CLEARED: &str = "∅";

/// One line of the text.
pub(crate) struct Line<'w, W> {
    out: &'w mut W,
}

impl<'w, W: Write> Line<'w, W> {
    pub(crate) fn begin(out: &'w mut W, kind: &str) -> io::Result<Self> {
        out.write_all(kind.as_bytes())?;
        Ok(Self { out })
    }

    pub(crate) fn cell(self, text: &[u8]) -> io::Result<Self> {
        self.out.write_all(b"\t")?;
        self.out.write_all(text)?;
        Ok(self)
    }

    pub(crate) fn pair(self, name: &str, value: &[u8]) -> io::Result<Self> {
        let line = self.cell(name.as_bytes())?;
        line.out.write_all(b"=")?;
        line.out.write_all(value)?;
        Ok(line)
    }

    pub(crate) fn list<T: AsRef<[u8]>>(self, members: impl IntoIterator<Item = T>) -> io::Result<Self> {
        let members: Vec<T> = members.into_iter().collect();
        let members: Vec<&[u8]> = members.iter().map(AsRef::as_ref).collect();
        self.cell(&members.join(b",".as_slice()))
    }

    pub(crate) fn end(self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }
}
