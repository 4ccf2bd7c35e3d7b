//! The ceiling: W(N) planned by hand-written Rust that knows nothing else.
//!
//! No schema, no mapping, no reasons, no findings: every attribute has its place in the code, ids are numbers, and what
//! is compared lies side by side. A general engine can come near to it and not below. It reads the same files
//! as everybody and gives the same plan, byte for byte.

mod account;
mod field;
mod index;
mod join;
mod large;
mod members;
mod order;
mod rows;
mod text;

use std::io;
use std::path::Path;
use std::thread;

use crate::files::{Source, Target};
use index::Index;
use join::Found;
use order::Operation;
use rows::{Groups, Rows};

/// Both sides, in memory.
pub struct Sides {
    workers: Rows,
    accounts: Rows,
    teams: Groups,
    groups: Groups,
}

impl Sides {
    /// Reads the files of a workload.
    ///
    /// # Errors
    /// When a file is missing or is not one of a workload.
    pub fn read(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            workers: Rows::workers(&folder.join(Source::WORKERS))?,
            accounts: Rows::accounts(&folder.join(Target::ACCOUNTS))?,
            teams: Groups::read(&folder.join(Source::TEAMS), &folder.join(Source::MEMBERS))?,
            groups: Groups::read(&folder.join(Target::GROUPS), &folder.join(Target::MEMBERS))?,
        })
    }

    /// Makes the plan, on one thread or two.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn plan(&self, threads: usize) -> io::Result<Plan> {
        if threads < 2 {
            let (index, mut found) = join::join(self, join::Share::ALL)?;
            members::compare(self, &[index], 0..self.teams.len(), &mut found);
            return Ok(order::order(self, found));
        }
        let joined = halves(|half| join::join(self, join::Share::half(half)));
        let (indexes, found): (Vec<Index>, Vec<Found>) =
            joined.into_iter().collect::<io::Result<Vec<_>>>()?.into_iter().unzip();
        let middle = self.teams.len() / 2;
        let compared = halves(|half| {
            let range = if half == 0 { 0..middle } else { middle..self.teams.len() };
            let mut found = Found::default();
            members::compare(self, &indexes, range, &mut found);
            found
        });
        let mut all = Found::default();
        found.into_iter().chain(compared).for_each(|it| all.append(it));
        Ok(order::order(self, all))
    }
}

/// What is to be done.
#[derive(Default)]
pub struct Plan {
    operations: Vec<Operation>,
    changes: Vec<join::Change>,
    bytes: Vec<u8>,
    members: Vec<u64>,
}

impl Plan {
    /// Returns how many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Tells whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// Does two halves of something at once.
fn halves<T: Send>(work: impl Fn(u64) -> T + Sync) -> [T; 2] {
    thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        let first = work(0);
        match other.join() {
            Ok(second) => [first, second],
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
